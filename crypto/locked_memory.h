// Memory for keys that the system does not write to a disk: locked (mlock(2)),
// and left out of core files (MADV_DONTDUMP).
//
// A quarter of a megabyte for the whole process, handed out in powers of two
// from 32 bytes to 16 KiB. Locking needs an RLIMIT_MEMLOCK of as much; without
// it the memory is used all the same, and says so. Not for card numbers, which
// are in buffers of gRPC's and OpenSSL's anyhow, nor for the round keys that
// OpenSSL makes of an AES key.

#ifndef PANVAULT_CRYPTO_LOCKED_MEMORY_H_
#define PANVAULT_CRYPTO_LOCKED_MEMORY_H_

#include <cstddef>

namespace panvault::crypto {

inline constexpr size_t kLockedBytes = 256 << 10;
inline constexpr size_t kLockedBlockMax = 16 << 10;

// `size` bytes of zero, aligned as by malloc; null if there is no room, or for
// 0 and more than kLockedBlockMax. Thread-safe, as all here.
void* AllocateLocked(size_t size);

// Wipes and takes back what AllocateLocked(size) returned. False, and nothing
// is done, for a block from elsewhere.
bool FreeLocked(void* block, size_t size);

// Whether the memory is locked, and not only kept together.
bool IsMemoryLocked();

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_LOCKED_MEMORY_H_
