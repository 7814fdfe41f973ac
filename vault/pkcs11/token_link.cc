#include "vault/pkcs11/token_link.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace panvault::vault::pkcs11 {
namespace {

constexpr int kTries = 3;

bool IsAboutTheCall(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kInvalidArgument:
      return true;
    default:
      return false;
  }
}

absl::Status Of(const KeyPlace& place, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("key \"", place.key_label,
                                                  "\": ", status.message()));
}

}  // namespace

absl::StatusOr<KeyCheckValue> TokenLink::Open() {
  absl::StatusOr<std::unique_ptr<Module>> module =
      Module::Load(options_.place.module);
  if (!module.ok()) return module.status();
  module_ = *std::move(module);
  if (absl::Status connected = Connect(); !connected.ok()) {
    Close();
    return connected;
  }
  return key_->check_value();
}

absl::StatusOr<std::vector<uint8_t>> TokenLink::Seal(
    const crypto::SecretBytes& plaintext, absl::Span<const uint8_t> aad,
    Clock::time_point deadline) {
  std::vector<uint8_t> result;
  absl::Status status = Use(
      [&](const KekKey& key) {
        absl::StatusOr<std::vector<uint8_t>> sealed = key.Seal(plaintext, aad);
        if (!sealed.ok()) return sealed.status();
        result = *std::move(sealed);
        return absl::OkStatus();
      },
      deadline);
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<crypto::SecretBytes> TokenLink::Unseal(
    absl::Span<const uint8_t> sealed, absl::Span<const uint8_t> aad,
    Clock::time_point deadline) {
  crypto::SecretBytes result;
  absl::Status status = Use(
      [&](const KekKey& key) {
        absl::StatusOr<crypto::SecretBytes> opened = key.Open(sealed, aad);
        if (!opened.ok()) return opened.status();
        result = *std::move(opened);
        return absl::OkStatus();
      },
      deadline);
  if (!status.ok()) return status;
  return result;
}

absl::Status TokenLink::Check(Clock::time_point deadline) {
  return Use([](const KekKey& key) { return key.Check(); }, deadline);
}

absl::Status TokenLink::Use(absl::FunctionRef<absl::Status(const KekKey&)> use,
                            Clock::time_point deadline) {
  if (!pin_refused_.ok()) return pin_refused_;
  if (Clock::now() < quiet_until_) return failure_;
  absl::Status status = TryThrice(use, deadline);
  if (IsAboutTheCall(status)) return status;
  Disconnect();
  failure_ = status;
  quiet_until_ = Clock::now() + absl::ToChronoNanoseconds(options_.pause);
  return status;
}

absl::Status TokenLink::TryThrice(
    absl::FunctionRef<absl::Status(const KekKey&)> use,
    Clock::time_point deadline) {
  absl::Status status;
  for (int tried = 0; tried < kTries; ++tried) {
    if (tried > 0) Disconnect();
    if (tried == kTries - 1) module_->Finalize();
    if (tried > 0 && Clock::now() >= deadline) return status;
    if (session_ == nullptr) status = Connect();
    if (session_ != nullptr) status = use(*key_);
    if (IsAboutTheCall(status) || !pin_refused_.ok()) return status;
  }
  return status;
}

absl::Status TokenLink::Connect() {
  // OK if it is initialised: only its last session may have been lost.
  if (absl::Status begun = module_->Initialize(); !begun.ok()) return begun;
  absl::StatusOr<std::unique_ptr<TokenSession>> session =
      TokenSession::Open(*module_, options_.place.token_label, options_.pin);
  if (!session.ok()) {
    if (session.status().code() == absl::StatusCode::kPermissionDenied) {
      pin_refused_ = session.status();
    }
    return session.status();
  }
  const absl::StatusOr<AesKey> aes =
      AesKey::Find(**session, options_.place.key_label);
  if (!aes.ok()) return aes.status();
  if (key_.has_value()) {
    const absl::Status same = key_->Rebind(*aes);
    if (!same.ok()) return Of(options_.place, same);
  } else {
    const absl::StatusOr<KekKey> key = KekKey::Create(*aes);
    if (!key.ok()) return Of(options_.place, key.status());
    key_ = *key;
  }
  session_ = *std::move(session);
  return absl::OkStatus();
}

void TokenLink::Close() {
  Disconnect();
  if (module_ != nullptr) module_->Finalize();
}

}  // namespace panvault::vault::pkcs11
