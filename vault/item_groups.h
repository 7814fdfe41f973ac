// Counting sort of a window of items, so that one FF1 call takes those that
// share a key version and a length.

#ifndef PANVAULT_VAULT_ITEM_GROUPS_H_
#define PANVAULT_VAULT_ITEM_GROUPS_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "vault/key_version.h"
#include "vault/pan.h"

namespace panvault::vault {

// A group is a pair of slot and length.
inline constexpr size_t kGroups =
    kKeySlots * (kPanDigitsMax - kPanDigitsMin + 1);
// An item that is in no group: its outcome is known already.
inline constexpr uint8_t kNoGroup = 255;
static_assert(kGroups < kNoGroup);

// `slot` 1 to kKeySlots, `length` 12 to 19. Thread-safe, as all here.
uint8_t GroupOf(unsigned slot, size_t length);

// Writes the indices of `groups` to `order`, by group and then ascending,
// without those in no group; returns how many. `order` is as long as `groups`,
// which has at most 65,535 items.
size_t OrderByGroup(absl::Span<const uint8_t> groups,
                    absl::Span<uint16_t> order);

// The end of the run of equal groups that begins at `begin`.
size_t EndOfRun(absl::Span<const uint8_t> groups,
                absl::Span<const uint16_t> order, size_t begin);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_ITEM_GROUPS_H_
