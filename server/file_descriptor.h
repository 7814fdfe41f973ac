// FileDescriptor: a file descriptor that is closed with its owner.

#ifndef PANVAULT_SERVER_FILE_DESCRIPTOR_H_
#define PANVAULT_SERVER_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace panvault::server {

// Not thread-safe.
class FileDescriptor final {
 public:
  FileDescriptor() = default;
  // Takes `fd`; negative is none.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { Close(); }

  bool ok() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // The caller closes it from now on.
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_FILE_DESCRIPTOR_H_
