#include "vault/token_tweak.h"

#include <algorithm>

#include "crypto/kdf.h"
#include "vault/pan.h"

namespace panvault::vault {
namespace {

constexpr uint8_t kFormat = 0x10;
constexpr size_t kKeptBytes = 5;
static_assert(1 + kKeptBytes + kContextTagBytes == kTweakBytes);
// Format and length share a byte.
static_assert(kPanDigitsMax - kPanDigitsMin < 16);
// Twelve kept digits (BIN8_LAST4) fit 40 bits.
static_assert(uint64_t{999'999'999'999} < uint64_t{1} << (8 * kKeptBytes));

uint64_t Append(uint64_t number, absl::Span<const uint8_t> digits) {
  for (const uint8_t digit : digits) number = number * 10 + digit;
  return number;
}

}  // namespace

absl::StatusOr<ContextTag> ContextTagOf(const crypto::SecretBytes& tweak_key,
                                        absl::string_view context) {
  ContextTag tag = {};
  if (context.empty()) return tag;
  const absl::StatusOr<crypto::Sha256Digest> digest = crypto::HmacSha256(
      tweak_key,
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(context.data()),
                          context.size()));
  if (!digest.ok()) return digest.status();
  std::copy_n(digest->begin(), tag.size(), tag.begin());
  return tag;
}

void WriteTweak(const TokenLayout& layout, absl::Span<const uint8_t> digits,
                const ContextTag& tag, absl::Span<uint8_t> out) {
  out[0] = static_cast<uint8_t>(kFormat | (layout.length - kPanDigitsMin));
  uint64_t kept = Append(0, digits.first(layout.front));
  kept = Append(kept, digits.last(layout.back));
  for (size_t i = kKeptBytes; i > 0; --i) {
    out[i] = static_cast<uint8_t>(kept);
    kept >>= 8;
  }
  std::copy(tag.begin(), tag.end(), out.begin() + 1 + kKeptBytes);
}

}  // namespace panvault::vault
