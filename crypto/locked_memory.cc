#include "crypto/locked_memory.h"

#include <string.h>
#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <mutex>

namespace panvault::crypto {
namespace {

constexpr size_t kBlockMin = 32;
constexpr size_t kClasses = 10;  // 32, 64, ... 16 KiB
static_assert(kBlockMin << (kClasses - 1) == kLockedBlockMax);

// kClasses for what has none.
size_t ClassOf(size_t size) {
  if (size == 0) return kClasses;
  size_t index = 0;
  while (index < kClasses && (kBlockMin << index) < size) ++index;
  return index;
}

// Its own memory holds nothing but blocks; those that are free are zero, but
// for the link to the next one.
class Arena final {
 public:
  Arena() {
    void* const pages = mmap(nullptr, kLockedBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return;
    begin_ = static_cast<uint8_t*>(pages);
    locked_ = mlock(pages, kLockedBytes) == 0;
    madvise(pages, kLockedBytes, MADV_DONTDUMP);
  }

  void* Take(size_t index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Free* const block = free_[index]; block != nullptr) {
      free_[index] = block->next;
      block->next = nullptr;
      return block;
    }
    const size_t size = kBlockMin << index;
    if (begin_ == nullptr || kLockedBytes - used_ < size) return nullptr;
    void* const block = begin_ + used_;
    used_ += size;
    return block;
  }

  bool GiveBack(void* block, size_t index) {
    const auto at = reinterpret_cast<uintptr_t>(block);
    const auto begin = reinterpret_cast<uintptr_t>(begin_);
    if (begin_ == nullptr || at < begin || at >= begin + kLockedBytes) {
      return false;
    }
    explicit_bzero(block, kBlockMin << index);
    const std::lock_guard<std::mutex> lock(mutex_);
    auto* const freed = static_cast<Free*>(block);
    freed->next = free_[index];
    free_[index] = freed;
    return true;
  }

  bool locked() const { return locked_; }

 private:
  struct Free {
    Free* next;
  };

  uint8_t* begin_ = nullptr;
  bool locked_ = false;
  std::mutex mutex_;
  size_t used_ = 0;  // From the beginning; never taken back.
  std::array<Free*, kClasses> free_ = {};
};

// Never destroyed: keys may be freed by the last destructors of a program.
Arena& TheArena() {
  static auto* const arena = new Arena;
  return *arena;
}

}  // namespace

void* AllocateLocked(size_t size) {
  const size_t index = ClassOf(size);
  return index == kClasses ? nullptr : TheArena().Take(index);
}

bool FreeLocked(void* block, size_t size) {
  const size_t index = ClassOf(size);
  return index != kClasses && TheArena().GiveBack(block, index);
}

bool IsMemoryLocked() { return TheArena().locked(); }

}  // namespace panvault::crypto
