// AES on single blocks (FIPS 197), many to a call: the one operation of FF1
// that is not arithmetic. Internal to crypto/: ECB shows which blocks are equal
// and is not a mode to encrypt data with.

#ifndef PANVAULT_CRYPTO_AES_ECB_H_
#define PANVAULT_CRYPTO_AES_ECB_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "crypto/openssl.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

inline constexpr size_t kAesBlockBytes = 16;
// Per call: OpenSSL counts bytes in int.
inline constexpr size_t kAesEcbBlocksMax = size_t{1} << 20;

// A key, and a cipher context for each thread that uses it.
//
// OpenSSL keeps state in a context even for ECB, so threads must not share one;
// making one per call would cost more than the blocks. A thread has a slot with
// a context made at its first use; one that finds its slot busy, because
// another thread shares it, works with a copy for that time. All contexts are
// wiped and freed with this object.
//
// Thread-safe. No Lease may outlive it.
class AesEcb final {
  // On a cache line of its own. `busy` guards `context`.
  struct alignas(64) Slot {
    std::atomic<bool> busy = false;
    EvpCipherCtxPtr context;
  };

 public:
  // `key` is 16, 24 or 32 bytes, else kInvalidArgument; copied. kInternal if
  // OpenSSL fails.
  static absl::StatusOr<std::unique_ptr<const AesEcb>> Create(
      const SecretBytes& key);

  AesEcb(const AesEcb&) = delete;
  AesEcb& operator=(const AesEcb&) = delete;
  ~AesEcb() = default;

  // A context in the hands of one thread. Not thread-safe.
  class Lease final {
   public:
    explicit Lease(const AesEcb& aes);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    // False if no context could be made: out of memory.
    bool ok() const { return context_ != nullptr; }

    // Encrypts `blocks` blocks, at most kAesEcbBlocksMax, each by itself. `in`
    // and `out` are the same or do not overlap. False if OpenSSL fails.
    bool Encrypt(const uint8_t* in, uint8_t* out, size_t blocks) const {
      const int bytes = static_cast<int>(blocks * kAesBlockBytes);
      int written = 0;
      return EVP_EncryptUpdate(context_, out, &written, in, bytes) == 1 &&
             written == bytes;
    }

   private:
    Slot* slot_;  // Null if it was busy.
    EvpCipherCtxPtr own_;
    EVP_CIPHER_CTX* context_;
  };

 private:
  explicit AesEcb(EvpCipherCtxPtr keyed);

  // Threads are numbered as they first come: up to this many share no slot.
  static constexpr size_t kSlots = 32;

  const EvpCipherCtxPtr keyed_;  // Never encrypts; only copied from.
  mutable std::array<Slot, kSlots> slots_;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_AES_ECB_H_
