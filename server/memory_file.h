// MemoryFile: a file of this process alone, for a library that reads secrets
// from paths only. It has no name and is on no disk.
//
// Its pages are locked (mlock) if RLIMIT_MEMLOCK allows, so that they are not
// swapped out, and wiped when the content is replaced or the file is gone.
// Root, and whoever may trace this process, can read it.

#ifndef PANVAULT_SERVER_MEMORY_FILE_H_
#define PANVAULT_SERVER_MEMORY_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::server {

// Not thread-safe. Readers of the path may be anywhere in this process: each
// open of it sees one content, whole, that was in force then.
class MemoryFile final {
 public:
  // `parts`, one after the other; not empty. Each file of a process has a time
  // of modification of its own, in whole seconds, so that a reader which goes
  // by that notices every replacement. kResourceExhausted, naming the call, if
  // the kernel gives no descriptor or memory.
  static absl::StatusOr<MemoryFile> Create(
      absl::Span<const absl::string_view> parts);

  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&&) = delete;
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  // "/proc/self/fd/7": the same for the life of this value, and after
  // ReplaceBy.
  std::string path() const;

  // From now on the path has the content of `other`, in one step, and nothing
  // reads the old one but who had it open already, and reads zeros.
  void ReplaceBy(MemoryFile other);

  // Overwrites the content with '#', in place: needs nothing, and cannot fail.
  void Erase();

  // Whether the pages are locked.
  bool locked() const { return locked_; }

 private:
  MemoryFile(int fd, void* pages, size_t size, bool locked)
      : fd_(fd), pages_(pages), size_(size), locked_(locked) {}

  int fd_;  // -1 once moved from.
  void* pages_;
  size_t size_;
  bool locked_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_MEMORY_FILE_H_
