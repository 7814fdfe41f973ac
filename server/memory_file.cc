#include "server/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret_bytes.h"

namespace panvault::server {
namespace {

absl::Status Failed(absl::string_view call, int fd) {
  const int error = errno;
  if (fd >= 0) close(fd);
  return absl::ResourceExhaustedError(
      absl::StrCat(call, ": ", strerror(error)));
}

// Not a time: only different from all others, and not 0, which gRPC takes for
// a failure.
time_t NextStamp() {
  static std::atomic<time_t> last{0};
  return ++last;
}

}  // namespace

absl::StatusOr<MemoryFile> MemoryFile::Create(
    absl::Span<const absl::string_view> parts) {
  size_t size = 0;
  for (const absl::string_view part : parts) size += part.size();
  const int fd = memfd_create("panvault", MFD_CLOEXEC);
  if (fd < 0) return Failed("memfd_create", fd);
  if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) return Failed("fchmod", fd);
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) {
    return Failed("ftruncate", fd);
  }
  void* const pages =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (pages == MAP_FAILED) return Failed("mmap", fd);
  const bool locked = mlock(pages, size) == 0;
  auto* at = static_cast<char*>(pages);
  for (const absl::string_view part : parts) {
    memcpy(at, part.data(), part.size());
    at += part.size();
  }
  MemoryFile file(fd, pages, size, locked);
  const time_t stamp = NextStamp();
  const timespec times[2] = {{stamp, 0}, {stamp, 0}};
  if (futimens(fd, times) != 0) return Failed("futimens", -1);
  return file;
}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      pages_(std::exchange(other.pages_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      locked_(std::exchange(other.locked_, false)) {}

MemoryFile::~MemoryFile() {
  if (pages_ != nullptr) {
    crypto::WipeMemory(pages_, size_);
    munmap(pages_, size_);
  }
  if (fd_ >= 0) close(fd_);
}

std::string MemoryFile::path() const {
  return absl::StrCat("/proc/self/fd/", fd_);
}

void MemoryFile::ReplaceBy(MemoryFile other) {
  int done = -1;
  do {
    done = dup3(other.fd_, fd_, O_CLOEXEC);
    // EBUSY: some thread is between two steps of open(); it will not last.
  } while (done < 0 && (errno == EINTR || errno == EBUSY));
  // Nothing else can fail: both descriptors are open, and ours.
  if (done < 0) abort();
  // The old content goes with `other`.
  std::swap(pages_, other.pages_);
  std::swap(size_, other.size_);
  std::swap(locked_, other.locked_);
}

void MemoryFile::Erase() {
  crypto::WipeMemory(pages_, size_);
  memset(pages_, '#', size_);
}

}  // namespace panvault::server
