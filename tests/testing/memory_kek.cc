#include "tests/testing/memory_kek.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "vault/key_wrap.h"

namespace panvault::testing {

MemoryKek::MemoryKek(uint8_t byte)
    : kek_id_(absl::StrCat("memory:", byte)),
      kek_(crypto::SecretBytes::CopyOf(std::vector<uint8_t>(32, byte))) {}

absl::StatusOr<std::vector<uint8_t>> MemoryKek::Wrap(
    const crypto::SecretBytes& dek, absl::Span<const uint8_t> aad) const {
  return vault::SealDek(kek_, dek, aad);
}

absl::StatusOr<crypto::SecretBytes> MemoryKek::Unwrap(
    absl::Span<const uint8_t> wrapped, absl::Span<const uint8_t> aad) const {
  ++unwraps_;
  return vault::OpenDek(kek_, wrapped, aad);
}

FailingKek::FailingKek(const vault::KekProvider& like, absl::Status status)
    : kek_id_(like.kek_id()), status_(std::move(status)) {}

absl::StatusOr<std::vector<uint8_t>> FailingKek::Wrap(
    const crypto::SecretBytes&, absl::Span<const uint8_t>) const {
  return status_;
}

absl::StatusOr<crypto::SecretBytes> FailingKek::Unwrap(
    absl::Span<const uint8_t>, absl::Span<const uint8_t>) const {
  return status_;
}

}  // namespace panvault::testing
