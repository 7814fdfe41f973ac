// free() for the whole program: memory is overwritten before it goes back, so
// that a card number does not stay behind in it. gRPC, protobuf and OpenSSL
// free what they have read as it is, and none of them can be told otherwise.
//
// glibc's own M_PERTURB leaves out blocks of up to 1,032 bytes, which its
// per-thread cache takes (glibc 2.36); a card number is in those. Not covered:
// what realloc() leaves behind when it moves a small block, and memory in use.
//
// Part of programs, not of the library: a program has one free(). Left out of
// sanitizer builds, which have one of their own.

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

// glibc's free() under its second name, which is there for this.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __libc_free(void* block);

// Shared libraries find it, too.
extern "C" __attribute__((used, visibility("default"))) void free(void* block) {
  if (block == nullptr) return;
  explicit_bzero(block, malloc_usable_size(block));
  __libc_free(block);
}
