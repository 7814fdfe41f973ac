// How much of a PAN is shown (PCI DSS 3.4.1).

#ifndef PANVAULT_VAULT_REVEAL_H_
#define PANVAULT_VAULT_REVEAL_H_

#include "absl/types/span.h"
#include "vault/pan.h"

namespace panvault::vault {

// Each level includes the ones before it.
enum class Reveal {
  kLast4 = 1,     // ************1111
  kBinLast4 = 2,  // 411111******1111
  kFull = 3,
};

// Writes `pan.length()` characters to `out`, which has room for them: ASCII
// digits, '*' for what `reveal` does not cover. The caller wipes `out`.
void WriteRevealed(const Pan& pan, Reveal reveal, absl::Span<char> out);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_REVEAL_H_
