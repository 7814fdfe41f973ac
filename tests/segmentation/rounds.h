// How many rounds a random test has.

#ifndef PANVAULT_TESTS_SEGMENTATION_ROUNDS_H_
#define PANVAULT_TESTS_SEGMENTATION_ROUNDS_H_

#include <cstdint>

namespace panvault::segmentation {

// Under AddressSanitizer each round takes some ten times as long, and what it
// looks for, faults of memory, any of them shows: a tenth of the rounds there.
constexpr uint32_t Rounds(uint32_t rounds) {
#if defined(__SANITIZE_ADDRESS__)
  return rounds / 10;
#else
  return rounds;
#endif
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_ROUNDS_H_
