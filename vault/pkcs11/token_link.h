// TokenLink: the KEK on its token, found again when it is lost.
//
// Sessions end, tokens are pulled, a network HSM restarts; some modules come
// back only after C_Finalize and C_Initialize. Each use tries three times: as
// it is, with a session of its own, with the module begun anew. After that,
// calls fail at once for a while, so that a storm of them is not one of
// logins.

#ifndef PANVAULT_VAULT_PKCS11_TOKEN_LINK_H_
#define PANVAULT_VAULT_PKCS11_TOKEN_LINK_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "vault/pkcs11/aes_key.h"
#include "vault/pkcs11/kek_key.h"
#include "vault/pkcs11/module.h"
#include "vault/pkcs11/token_session.h"

namespace panvault::vault::pkcs11 {

// Which key. The same names as in panvault.yaml.
struct KeyPlace {
  std::string module;  // Absolute path.
  std::string token_label;
  std::string key_label;
};

// Not thread-safe. All of it blocks for as long as the module does.
class TokenLink final {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    KeyPlace place;
    crypto::SecretBytes pin;
    // Between a failed use and the next that tries.
    absl::Duration pause = absl::Seconds(1);
  };

  explicit TokenLink(Options options) : options_(std::move(options)) {}

  // Loads the module and finds the key, trying once; which key it is, is
  // remembered for good. Errors of Module, TokenSession, AesKey, KekKey.
  absl::StatusOr<KeyCheckValue> Open();

  // As those of KekKey, after an Open that worked. No new try begins after
  // `deadline`. kDataLoss, kInternal and kInvalidArgument are
  // about the call; all others mean that there is no token at present:
  //   kPermissionDenied    the PIN is not taken any more; for good, and without
  //                        asking the token again
  //   kFailedPrecondition  another key, or none, has the label now
  absl::StatusOr<std::vector<uint8_t>> Seal(
      const crypto::SecretBytes& plaintext, absl::Span<const uint8_t> aad,
      Clock::time_point deadline);
  absl::StatusOr<crypto::SecretBytes> Unseal(absl::Span<const uint8_t> sealed,
                                             absl::Span<const uint8_t> aad,
                                             Clock::time_point deadline);

  absl::Status Check(Clock::time_point deadline);

  // Ends the session, and the module's use by this process.
  void Close();

 private:
  absl::Status Use(absl::FunctionRef<absl::Status(const KekKey&)> use,
                   Clock::time_point deadline);
  absl::Status TryThrice(absl::FunctionRef<absl::Status(const KekKey&)> use,
                         Clock::time_point deadline);
  absl::Status Connect();
  void Disconnect() { session_.reset(); }

  const Options options_;
  std::unique_ptr<Module> module_;
  std::unique_ptr<TokenSession> session_;  // Null while not connected.
  std::optional<KekKey> key_;  // Of the first Connect; usable with session_.

  absl::Status pin_refused_;  // For good, if not OK.
  // Why there is no token, and until when nobody asks again.
  absl::Status failure_;
  Clock::time_point quiet_until_ = Clock::time_point::min();
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_TOKEN_LINK_H_
