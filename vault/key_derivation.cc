#include "vault/key_derivation.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "crypto/kdf.h"
#include "vault/key_wrap.h"

namespace panvault::vault {
namespace {

constexpr size_t kDerivedKeyBytes = 32;
// The number is that of the derivation: another one gives unrelated keys.
constexpr absl::string_view kFf1Info = "panvault v1 ff1";
constexpr absl::string_view kTweakInfo = "panvault v1 tweak";

}  // namespace

absl::StatusOr<DerivedKeys> DeriveKeys(const crypto::SecretBytes& dek) {
  if (dek.size() != kDekBytes) {
    return absl::InvalidArgumentError("a data-encryption key has 32 bytes");
  }
  absl::StatusOr<crypto::SecretBytes> ff1 =
      crypto::HkdfSha256(dek, {}, kFf1Info, kDerivedKeyBytes);
  if (!ff1.ok()) return ff1.status();
  absl::StatusOr<crypto::SecretBytes> tweak =
      crypto::HkdfSha256(dek, {}, kTweakInfo, kDerivedKeyBytes);
  if (!tweak.ok()) return tweak.status();
  return DerivedKeys{*std::move(ff1), *std::move(tweak)};
}

}  // namespace panvault::vault
