#include "crypto/aes_ecb.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace panvault::crypto {
namespace {

const EVP_CIPHER* CipherFor(size_t key_bytes) {
  switch (key_bytes) {
    case 16:
      return Aes128Ecb();
    case 24:
      return Aes192Ecb();
    default:
      return Aes256Ecb();
  }
}

// A small number for the calling thread, the same each time.
size_t ThreadNumber() {
  static std::atomic<size_t> next = 0;
  thread_local const size_t number =
      next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

EvpCipherCtxPtr CopyOf(const EVP_CIPHER_CTX* keyed) {
  EvpCipherCtxPtr copy(EVP_CIPHER_CTX_new());
  if (copy == nullptr || EVP_CIPHER_CTX_copy(copy.get(), keyed) != 1) {
    return nullptr;
  }
  return copy;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const AesEcb>> AesEcb::Create(
    const SecretBytes& key) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("AES key of ", key.size(), " bytes; want 16, 24 or 32"));
  }
  const EVP_CIPHER* const cipher = CipherFor(key.size());
  EvpCipherCtxPtr keyed(EVP_CIPHER_CTX_new());
  // With padding on, OpenSSL would add a block or hold one back.
  if (keyed == nullptr || cipher == nullptr ||
      EVP_EncryptInit_ex2(keyed.get(), cipher, key.ExposeSecret().data(),
                          nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(keyed.get(), 0) != 1) {
    return OpenSslError("keying AES");
  }
  return std::unique_ptr<const AesEcb>(new AesEcb(std::move(keyed)));
}

AesEcb::AesEcb(EvpCipherCtxPtr keyed) : keyed_(std::move(keyed)) {}

AesEcb::Lease::Lease(const AesEcb& aes)
    : slot_(&aes.slots_[ThreadNumber() % kSlots]) {
  if (slot_->busy.exchange(true, std::memory_order_acquire)) slot_ = nullptr;
  EvpCipherCtxPtr& context = slot_ == nullptr ? own_ : slot_->context;
  if (context == nullptr) context = CopyOf(aes.keyed_.get());
  context_ = context.get();
}

AesEcb::Lease::~Lease() {
  if (slot_ != nullptr) slot_->busy.store(false, std::memory_order_release);
}

}  // namespace panvault::crypto
