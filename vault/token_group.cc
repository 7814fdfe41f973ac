#include "vault/token_group.h"

#include "crypto/secret_bytes.h"

namespace panvault::vault {

TokenGroup::TokenGroup(const VersionKeys& keys, const TokenLayout& layout)
    : keys_(keys), layout_(layout) {}

TokenGroup::~TokenGroup() {
  crypto::WipeMemory(digits_.data(), size_ * layout_.length);
}

absl::Status TokenGroup::Add(absl::string_view number,
                             absl::string_view context) {
  if (size_ == kTokenBatchMax || number.size() != layout_.length) {
    return absl::InternalError("a token group of a wrong shape");
  }
  if (context != last_context_) {
    const absl::StatusOr<ContextTag> tag =
        ContextTagOf(keys_.tweak_key, context);
    if (!tag.ok()) return tag.status();
    last_tag_ = *tag;
    last_context_ = context;
  }
  const absl::Span<uint8_t> digits =
      absl::MakeSpan(digits_).subspan(size_ * layout_.length, layout_.length);
  for (size_t i = 0; i < number.size(); ++i) {
    digits[i] = static_cast<uint8_t>(number[i] - '0');
  }
  WriteTweak(layout_, digits, last_tag_,
             absl::MakeSpan(tweaks_).subspan(size_ * kTweakBytes, kTweakBytes));
  ++size_;
  return absl::OkStatus();
}

absl::Status TokenGroup::PansToTokens() {
  return vault::PansToTokens(
      layout_, keys_.slot,
      [this](const crypto::Ff1Batch& ff1) { return keys_.ff1.Encrypt(ff1); },
      batch());
}

absl::Status TokenGroup::TokensToPans() {
  return vault::TokensToPans(
      layout_,
      [this](const crypto::Ff1Batch& ff1) { return keys_.ff1.Decrypt(ff1); },
      batch(), absl::MakeSpan(known_).first(size_));
}

absl::Span<const uint8_t> TokenGroup::digits(size_t i) const {
  return absl::MakeConstSpan(digits_).subspan(i * layout_.length,
                                              layout_.length);
}

TokenBatch TokenGroup::batch() {
  return {.digits = absl::MakeSpan(digits_).first(size_ * layout_.length),
          .tweaks = absl::MakeConstSpan(tweaks_).first(size_ * kTweakBytes)};
}

}  // namespace panvault::vault
