// Card numbers for load: random, Luhn-valid, the same for the same seed.
//
// They start with 0, which ISO/IEC 7812-1 does not give to card issuers, so
// that none of them is someone's card. Random enough to spread load, not for
// secrets.

#ifndef PANVAULT_BENCH_PAN_SOURCE_H_
#define PANVAULT_BENCH_PAN_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace panvault::bench {

inline constexpr size_t kPanDigitsMin = 12;
inline constexpr size_t kPanDigitsMax = 19;

struct PanSourceOptions {
  uint64_t seed = 1;
  // Drawn from evenly. A length may stand there more than once.
  std::vector<size_t> lengths = {12, 13, 14, 15, 16, 17, 18, 19};
};

// Copies go on alike. Not thread-safe.
class PanSource final {
 public:
  // kInvalidArgument without lengths, or for one outside the limits above.
  static absl::StatusOr<PanSource> Create(PanSourceOptions options);

  // Replaces `pan` by the next number; reuses its memory.
  void Next(std::string& pan);

 private:
  explicit PanSource(PanSourceOptions options);

  std::vector<size_t> lengths_;
  std::mt19937_64 random_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_PAN_SOURCE_H_
