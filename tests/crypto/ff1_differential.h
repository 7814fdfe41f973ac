// Random batches through Ff1 and, message by message, through the reference.

#ifndef PANVAULT_TESTS_CRYPTO_FF1_DIFFERENTIAL_H_
#define PANVAULT_TESTS_CRYPTO_FF1_DIFFERENTIAL_H_

#include <cstddef>
#include <cstdint>
#include <random>

namespace panvault::crypto {

struct DifferentialCase {
  uint32_t radix = 10;
  size_t key_bytes = 32;
  size_t length = 0;
  size_t tweak_bytes = 0;
  size_t messages = 0;
};

// Encrypts a random batch, compares each message with the reference's, and
// decrypts it back; then decrypts another one and compares. Reports differences
// as test failures that name the case. Returns the messages compared.
size_t CompareWithReference(const DifferentialCase& given,
                            std::mt19937_64& rng);

// Batch sizes about the paths and chunks of the implementation, and random ones
// from 1 to 300.
size_t BatchSize(std::mt19937_64& rng);

}  // namespace panvault::crypto

#endif  // PANVAULT_TESTS_CRYPTO_FF1_DIFFERENTIAL_H_
