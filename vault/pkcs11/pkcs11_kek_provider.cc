#include "vault/pkcs11/pkcs11_kek_provider.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "vault/errors.h"
#include "vault/key_wrap.h"
#include "vault/pkcs11/call_worker.h"
#include "vault/pkcs11/heartbeat.h"
#include "vault/read_file.h"

namespace panvault::vault::pkcs11 {
namespace {

using Bytes = std::vector<uint8_t>;

// Far above what tokens take.
constexpr size_t kPinBytesMax = 255;

absl::StatusOr<crypto::SecretBytes> ReadPin(const std::string& path) {
  const absl::StatusOr<crypto::SecretBytes> file = ReadKeyFile(path);
  if (!file.ok()) {
    return absl::Status(file.status().code(),
                        absl::StrCat("PIN file ", file.status().message()));
  }
  absl::Span<const uint8_t> pin = file->ExposeSecret();
  if (!pin.empty() && pin.back() == '\n') pin.remove_suffix(1);
  if (!pin.empty() && pin.back() == '\r') pin.remove_suffix(1);
  if (pin.empty() || pin.size() > kPinBytesMax) {
    return absl::FailedPreconditionError(absl::StrCat(
        "PIN file ", path, ": want one line of 1 to ", kPinBytesMax, " bytes"));
  }
  return crypto::SecretBytes::CopyOf(pin);
}

std::string KekIdOf(const KeyCheckValue& value) {
  return absl::StrCat(
      "pkcs11:",
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(value.data()), value.size())));
}

absl::Status OfItsOwn(const absl::Status& status) {
  return absl::Status(status.code(), status.message());
}

// Tells of changes: of the reason too, since each wants another remedy.
class Alarm final {
 public:
  explicit Alarm(std::function<void(const absl::Status&)> on_change)
      : on_change_(std::move(on_change)) {}

  void Note(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string reason(status.message());
    if (reason == reason_) return;
    reason_ = reason;
    on_change_(status);
  }

 private:
  const std::function<void(const absl::Status&)> on_change_;
  std::mutex mutex_;    // Guards reason_ and is held for on_change_.
  std::string reason_;  // Empty: the token answers.
};

class Pkcs11KekProvider final : public KekProvider {
 public:
  explicit Pkcs11KekProvider(const Pkcs11KekOptions& options,
                             crypto::SecretBytes pin)
      : call_limit_(options.call_limit),
        link_(std::make_shared<TokenLink>(
            TokenLink::Options{options.place, std::move(pin), options.pause})),
        alarm_(options.on_change) {}

  ~Pkcs11KekProvider() override {
    heartbeat_.reset();
    // Fails at once if a call is stuck in the module: then nothing is closed.
    worker_.Run([link = link_] { link->Close(); }, call_limit_).IgnoreError();
  }

  absl::Status Open(absl::Duration heartbeat) {
    absl::StatusOr<KeyCheckValue> value = Call<KeyCheckValue>(
        [link = link_](TokenLink::Clock::time_point) { return link->Open(); });
    if (!value.ok()) return value.status();
    kek_id_ = KekIdOf(*value);
    heartbeat_.emplace(heartbeat, [this] { Look(); });
    return absl::OkStatus();
  }

  const std::string& kek_id() const override { return kek_id_; }

  absl::StatusOr<Bytes> Wrap(const crypto::SecretBytes& dek,
                             absl::Span<const uint8_t> aad) const override {
    // The call may outlive its caller.
    const auto copy = std::make_shared<crypto::SecretBytes>(
        crypto::SecretBytes::CopyOf(dek.ExposeSecret()));
    absl::StatusOr<Bytes> sealed = Call<Bytes>(
        [link = link_, copy, aad_copy = Bytes(aad.begin(), aad.end())](
            TokenLink::Clock::time_point deadline) {
          return link->Seal(*copy, aad_copy, deadline);
        });
    if (!sealed.ok()) return Noted(sealed.status());
    alarm_.Note(absl::OkStatus());
    return WithFormat(*std::move(sealed));
  }

  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override {
    const absl::StatusOr<absl::Span<const uint8_t>> sealed =
        WithoutFormat(wrapped);
    if (!sealed.ok()) return sealed.status();
    absl::StatusOr<crypto::SecretBytes> dek = Call<crypto::SecretBytes>(
        [link = link_, copy = Bytes(sealed->begin(), sealed->end()),
         aad_copy = Bytes(aad.begin(), aad.end())](
            TokenLink::Clock::time_point deadline) {
          return link->Unseal(copy, aad_copy, deadline);
        });
    if (!dek.ok()) return Noted(dek.status());
    alarm_.Note(absl::OkStatus());
    return *std::move(dek);
  }

 private:
  void Look() {
    const absl::StatusOr<bool> checked = Call<bool>(
        [link = link_](
            TokenLink::Clock::time_point deadline) -> absl::StatusOr<bool> {
          if (absl::Status status = link->Check(deadline); !status.ok()) {
            return status;
          }
          return true;
        });
    if (checked.ok()) {
      alarm_.Note(absl::OkStatus());
    } else {
      Noted(checked.status()).IgnoreError();
    }
  }

  template <typename T>
  absl::StatusOr<T> Call(
      std::function<absl::StatusOr<T>(TokenLink::Clock::time_point deadline)>
          call) const {
    const auto result =
        std::make_shared<absl::StatusOr<T>>(absl::UnknownError("no result"));
    const auto deadline =
        TokenLink::Clock::now() + absl::ToChronoNanoseconds(call_limit_);
    absl::Status done = worker_.Run(
        [result, deadline, call = std::move(call)] {
          *result = call(deadline);
          // Not the one that TokenLink keeps: its thread's own, counted by
          // absl where ThreadSanitizer does not look.
          if (!result->ok()) *result = OfItsOwn(result->status());
        },
        call_limit_);
    if (!done.ok()) return done;
    return std::move(*result);
  }

  // What callers are told; operators hear the cause.
  absl::Status Noted(const absl::Status& status) const {
    if (status.code() == absl::StatusCode::kDataLoss) {
      alarm_.Note(absl::OkStatus());
      return NotAuthentic();
    }
    if (status.code() == absl::StatusCode::kInternal) return status;
    // Too many wait: that is not the token's fault.
    if (!absl::IsResourceExhausted(status)) alarm_.Note(status);
    return MakeError({Reason::kKekUnavailable, "", ""},
                     "the key-encryption key cannot be used at present");
  }

  const absl::Duration call_limit_;
  const std::shared_ptr<TokenLink> link_;  // Touched by the worker only.
  std::string kek_id_;                     // Constant after Open.
  mutable Alarm alarm_;
  mutable CallWorker worker_;
  std::optional<Heartbeat> heartbeat_;  // Last: it uses all of the above.
};

}  // namespace

absl::StatusOr<std::unique_ptr<const KekProvider>> NewPkcs11KekProvider(
    const Pkcs11KekOptions& options) {
  absl::StatusOr<crypto::SecretBytes> pin = ReadPin(options.pin_file);
  if (!pin.ok()) return pin.status();
  auto provider = std::make_unique<Pkcs11KekProvider>(options, *std::move(pin));
  if (absl::Status opened = provider->Open(options.heartbeat); !opened.ok())
    return opened;
  return provider;
}

}  // namespace panvault::vault::pkcs11
