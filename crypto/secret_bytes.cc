#include "crypto/secret_bytes.h"

#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "crypto/locked_memory.h"

namespace panvault::crypto {

SecretBytes::SecretBytes(size_t size) : size_(size) {
  if (size == 0) return;
  bytes_ = static_cast<uint8_t*>(AllocateLocked(size));
  if (bytes_ == nullptr) bytes_ = new uint8_t[size]();
}

SecretBytes SecretBytes::CopyOf(absl::Span<const uint8_t> bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.bytes_);
  return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Free();
    bytes_ = std::exchange(other.bytes_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Free(); }

absl::Span<const uint8_t> SecretBytes::ExposeSecret() const {
  return {bytes_, size_};
}

absl::Span<uint8_t> SecretBytes::MutableSecret() { return {bytes_, size_}; }

bool operator==(const SecretBytes& a, const SecretBytes& b) {
  return a.size_ == b.size_ &&
         (a.size_ == 0 || CRYPTO_memcmp(a.bytes_, b.bytes_, a.size_) == 0);
}

void SecretBytes::Free() noexcept {
  if (bytes_ == nullptr || FreeLocked(bytes_, size_)) return;
  WipeMemory(bytes_, size_);
  delete[] bytes_;
}

// Not OPENSSL_cleanse: that one is four times slower in OpenSSL 3.0, which
// shows where FF1 wipes its scratch.
void WipeMemory(void* bytes, size_t size) noexcept {
  explicit_bzero(bytes, size);
}

}  // namespace panvault::crypto
