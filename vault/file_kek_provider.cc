#include "vault/file_kek_provider.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/kdf.h"
#include "vault/key_wrap.h"
#include "vault/read_file.h"

namespace panvault::vault {
namespace {

constexpr size_t kKekBytes = 32;
constexpr absl::string_view kKekIdLabel = "panvault kek id v1";
constexpr size_t kKekIdBytes = 8;

class FileKekProvider final : public KekProvider {
 public:
  FileKekProvider(crypto::SecretBytes kek, std::string kek_id)
      : kek_(std::move(kek)), kek_id_(std::move(kek_id)) {}

  const std::string& kek_id() const override { return kek_id_; }

  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override {
    return SealDek(kek_, dek, aad);
  }

  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override {
    return OpenDek(kek_, wrapped, aad);
  }

 private:
  const crypto::SecretBytes kek_;
  const std::string kek_id_;
};

absl::StatusOr<crypto::SecretBytes> ReadKek(const std::string& path) {
  absl::StatusOr<crypto::SecretBytes> kek = ReadKeyFile(path);
  if (!kek.ok()) {
    return absl::Status(kek.status().code(),
                        absl::StrCat("KEK file ", kek.status().message()));
  }
  if (kek->size() != kKekBytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        "KEK file ", path, ": has ", kek->size(),
        " bytes; it must have exactly ", kKekBytes, " random ones"));
  }
  return kek;
}

// A keyed hash: it says whether two KEKs are the same, and nothing else.
absl::StatusOr<std::string> KekIdOf(const crypto::SecretBytes& kek) {
  const absl::Span<const uint8_t> label(
      reinterpret_cast<const uint8_t*>(kKekIdLabel.data()), kKekIdLabel.size());
  const absl::StatusOr<crypto::Sha256Digest> digest =
      crypto::HmacSha256(kek, label);
  if (!digest.ok()) return digest.status();
  return absl::StrCat(
      "file:",
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(digest->data()), kKekIdBytes)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const KekProvider>> NewFileKekProvider(
    const std::string& path) {
  absl::StatusOr<crypto::SecretBytes> kek = ReadKek(path);
  if (!kek.ok()) return kek.status();
  absl::StatusOr<std::string> kek_id = KekIdOf(*kek);
  if (!kek_id.ok()) return kek_id.status();
  return std::make_unique<const FileKekProvider>(*std::move(kek),
                                                 *std::move(kek_id));
}

}  // namespace panvault::vault
