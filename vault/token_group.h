// TokenGroup: up to 256 numbers of one key version and one layout, on their way
// through FF1 together.

#ifndef PANVAULT_VAULT_TOKEN_GROUP_H_
#define PANVAULT_VAULT_TOKEN_GROUP_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vault/ff1_token.h"
#include "vault/keyset.h"
#include "vault/pan.h"
#include "vault/token_layout.h"
#include "vault/token_tweak.h"

namespace panvault::vault {

// Some 8 KB, meant for the stack; wiped when destroyed. Not thread-safe.
class TokenGroup final {
 public:
  // `keys` must outlive the group.
  TokenGroup(const VersionKeys& keys, const TokenLayout& layout);
  TokenGroup(const TokenGroup&) = delete;
  TokenGroup& operator=(const TokenGroup&) = delete;
  ~TokenGroup();

  // Adds a number: ASCII digits that were checked, layout.length of them. At
  // most kTokenBatchMax times. `context` must outlive the next call. kInternal
  // if its hash fails.
  absl::Status Add(absl::string_view number, absl::string_view context);

  // All numbers at once. kInternal if FF1 fails.
  absl::Status PansToTokens();
  absl::Status TokensToPans();

  // Number i as it is now, and whether TokensToPans knew it.
  absl::Span<const uint8_t> digits(size_t i) const;
  bool known(size_t i) const { return known_[i]; }

 private:
  TokenBatch batch();

  const VersionKeys& keys_;
  const TokenLayout layout_;
  size_t size_ = 0;
  // A batch often has one context for all: hashed once per run.
  absl::string_view last_context_;
  ContextTag last_tag_ = {};
  // Not initialised: a group of one must not pay for 256.
  std::array<uint8_t, kTokenBatchMax * kPanDigitsMax> digits_;
  std::array<uint8_t, kTokenBatchMax * kTweakBytes> tweaks_;
  std::array<bool, kTokenBatchMax> known_;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKEN_GROUP_H_
