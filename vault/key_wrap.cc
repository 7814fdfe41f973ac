#include "vault/key_wrap.h"

#include <utility>

#include "crypto/aes_gcm.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

constexpr uint8_t kFormat = 0x01;
constexpr absl::string_view kLabel = "panvault dek v1";
constexpr absl::string_view kPurpose = "ff1-dek";

void AppendBigEndian(uint32_t value, std::vector<uint8_t>& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<uint8_t>(value >> shift));
  }
}

// With its length in front, no two lists of fields give the same bytes.
void AppendField(absl::string_view field, std::vector<uint8_t>& out) {
  AppendBigEndian(static_cast<uint32_t>(field.size()), out);
  out.insert(out.end(), field.begin(), field.end());
}

absl::Status Corrupt(absl::string_view message) {
  return MakeError({Reason::kKeyCorrupt, "", ""}, message);
}

}  // namespace

std::vector<uint8_t> DekAad(const DekRow& row) {
  std::vector<uint8_t> aad;
  AppendField(kLabel, aad);
  AppendField(row.profile_id, aad);
  AppendBigEndian(sizeof(row.version), aad);
  AppendBigEndian(row.version, aad);
  AppendField(kPurpose, aad);
  AppendField(row.kek_id, aad);
  return aad;
}

std::vector<uint8_t> WithFormat(std::vector<uint8_t> sealed) {
  sealed.insert(sealed.begin(), kFormat);
  return sealed;
}

absl::StatusOr<absl::Span<const uint8_t>> WithoutFormat(
    absl::Span<const uint8_t> wrapped) {
  if (wrapped.empty() || wrapped[0] != kFormat) {
    return Corrupt("the stored key has an unknown format");
  }
  return wrapped.subspan(1);
}

absl::Status NotAuthentic() {
  return Corrupt("the stored key does not authenticate");
}

absl::StatusOr<std::vector<uint8_t>> SealDek(const crypto::SecretBytes& kek,
                                             const crypto::SecretBytes& dek,
                                             absl::Span<const uint8_t> aad) {
  absl::StatusOr<std::vector<uint8_t>> sealed =
      crypto::AesGcmSeal(kek, aad, dek);
  if (!sealed.ok()) return sealed.status();
  return WithFormat(*std::move(sealed));
}

absl::StatusOr<crypto::SecretBytes> OpenDek(const crypto::SecretBytes& kek,
                                            absl::Span<const uint8_t> wrapped,
                                            absl::Span<const uint8_t> aad) {
  const absl::StatusOr<absl::Span<const uint8_t>> sealed =
      WithoutFormat(wrapped);
  if (!sealed.ok()) return sealed.status();
  absl::StatusOr<crypto::SecretBytes> dek =
      crypto::AesGcmOpen(kek, aad, *sealed);
  if (dek.status().code() == absl::StatusCode::kDataLoss) return NotAuthentic();
  return dek;
}

}  // namespace panvault::vault
