#include "vault/item_groups.h"

#include <array>

namespace panvault::vault {

uint8_t GroupOf(unsigned slot, size_t length) {
  constexpr size_t kLengths = kPanDigitsMax - kPanDigitsMin + 1;
  return static_cast<uint8_t>((slot - 1) * kLengths + (length - kPanDigitsMin));
}

size_t OrderByGroup(absl::Span<const uint8_t> groups,
                    absl::Span<uint16_t> order) {
  // After the first loop, starts[g + 1] counts group g; after the second,
  // starts[g] is where it begins.
  std::array<uint16_t, kGroups + 1> starts = {};
  for (const uint8_t group : groups) {
    if (group != kNoGroup) ++starts[group + 1u];
  }
  for (size_t group = 0; group < kGroups; ++group) {
    starts[group + 1] =
        static_cast<uint16_t>(starts[group + 1] + starts[group]);
  }
  const size_t ordered = starts[kGroups];
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == kNoGroup) continue;
    order[starts[groups[i]]++] = static_cast<uint16_t>(i);
  }
  return ordered;
}

size_t EndOfRun(absl::Span<const uint8_t> groups,
                absl::Span<const uint16_t> order, size_t begin) {
  size_t end = begin + 1;
  while (end < order.size() && groups[order[end]] == groups[order[begin]]) {
    ++end;
  }
  return end;
}

}  // namespace panvault::vault
