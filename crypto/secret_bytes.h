// SecretBytes: key material, and whatever else must not outlive its use.
//
// Wiped when freed; cannot be copied, printed or compared in variable time.
// Its bytes are read through ExposeSecret() only, so that every reader is one
// grep away. In locked memory (locked_memory.h) as far as there is room for it.

#ifndef PANVAULT_CRYPTO_SECRET_BYTES_H_
#define PANVAULT_CRYPTO_SECRET_BYTES_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace panvault::crypto {

// Not thread-safe to change; safe to read from many threads.
class SecretBytes final {
 public:
  SecretBytes() = default;
  // `size` bytes of zero, to be written through MutableSecret().
  explicit SecretBytes(size_t size);
  // A copy of `bytes`; the caller wipes its own.
  static SecretBytes CopyOf(absl::Span<const uint8_t> bytes);

  // A moved-from value is empty.
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  size_t size() const { return size_; }

  // Valid until this value is moved from, assigned to or destroyed.
  absl::Span<const uint8_t> ExposeSecret() const;
  absl::Span<uint8_t> MutableSecret();

  // Takes time that depends on the sizes only.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b);

 private:
  void Free() noexcept;

  uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
};

// Overwrites `bytes` in a way that the compiler does not remove. For scratch
// buffers that held digits or keys.
void WipeMemory(void* bytes, size_t size) noexcept;

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_SECRET_BYTES_H_
