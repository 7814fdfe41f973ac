// FF1 read off SP 800-38G step by step, with OpenSSL's BIGNUM for the numbers
// and AES-CBC for PRF: the oracle that crypto/ff1*.cc is compared with. It
// shares no code with them, and takes no shortcut that they take.
//
// Aborts if OpenSSL fails. Any radix from 2 to 256, any length, any tweak; does
// not check its arguments.

#ifndef PANVAULT_TESTS_CRYPTO_FF1_REFERENCE_H_
#define PANVAULT_TESTS_CRYPTO_FF1_REFERENCE_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace panvault::crypto {

// Not thread-safe.
class ReferenceFf1 final {
 public:
  ReferenceFf1(const std::vector<uint8_t>& key, uint32_t radix);
  ~ReferenceFf1();

  // Both return the numerals of the result.
  std::vector<uint8_t> Encrypt(const std::vector<uint8_t>& tweak,
                               const std::vector<uint8_t>& numerals);
  std::vector<uint8_t> Decrypt(const std::vector<uint8_t>& tweak,
                               const std::vector<uint8_t>& numerals);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_TESTS_CRYPTO_FF1_REFERENCE_H_
