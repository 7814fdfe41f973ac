// free() and realloc() for the whole program: memory is overwritten before it
// goes back, so that a card number does not stay behind in it. gRPC, protobuf
// and OpenSSL free what they have read as it is, and none of them can be told
// otherwise.
//
// glibc's own M_PERTURB leaves out blocks of up to 1,032 bytes, which its
// per-thread cache takes (glibc 2.36); a card number is in those. Not covered:
// memory in use.
//
// Part of programs, not of the library: a program has one of each. Left out of
// sanitizer builds, which have one of their own.

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

// glibc's own under their second names, which are there for this.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" void __libc_free(void* block);
extern "C" void* __libc_realloc(void* block, size_t size);
// NOLINTEND(bugprone-reserved-identifier)

namespace {

// Blocks that malloc has mapped (process.cc's threshold) move by their pages:
// nothing stays where they were.
constexpr size_t kMappedBytes = 32 << 20;

}  // namespace

// Shared libraries find it, too.
extern "C" __attribute__((used, visibility("default"))) void free(void* block) {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  __libc_free(block);
}

extern "C" __attribute__((used, visibility("default"))) void* realloc(
    void* block, size_t size) {
  if (block == nullptr) return malloc(size);
  if (size == 0) {
    free(block);
    return nullptr;
  }
  const size_t had = malloc_usable_size(block);
  if (had > kMappedBytes) return __libc_realloc(block, size);
  // Given back in part, its end would be free memory, and not wiped.
  if (size <= had && size >= had / 2) return block;
  void* const moved = malloc(size);
  if (moved == nullptr) return nullptr;
  memcpy(moved, block, had < size ? had : size);
  free(block);
  return moved;
}
