#include "crypto/secret_bytes.h"

#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <utility>

namespace panvault::crypto {

SecretBytes::SecretBytes(size_t size)
    : bytes_(size == 0 ? nullptr : std::make_unique<uint8_t[]>(size)),
      size_(size) {}

SecretBytes SecretBytes::CopyOf(absl::Span<const uint8_t> bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.bytes_.get());
  return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

absl::Span<const uint8_t> SecretBytes::ExposeSecret() const {
  return {bytes_.get(), size_};
}

absl::Span<uint8_t> SecretBytes::MutableSecret() {
  return {bytes_.get(), size_};
}

bool operator==(const SecretBytes& a, const SecretBytes& b) {
  return a.size_ == b.size_ &&
         (a.size_ == 0 ||
          CRYPTO_memcmp(a.bytes_.get(), b.bytes_.get(), a.size_) == 0);
}

void SecretBytes::Wipe() noexcept {
  if (bytes_ != nullptr) WipeMemory(bytes_.get(), size_);
}

// Not OPENSSL_cleanse: that one is four times slower in OpenSSL 3.0, which
// shows where FF1 wipes its scratch.
void WipeMemory(void* bytes, size_t size) noexcept {
  explicit_bzero(bytes, size);
}

}  // namespace panvault::crypto
