#include "vault/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace panvault::vault {
namespace {

absl::Status Unusable(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", why));
}

absl::Status SystemError(const std::string& path) {
  const int error = errno;
  if (error == ENOENT) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  }
  return Unusable(path, std::strerror(error));
}

class OpenFile final {
 public:
  explicit OpenFile(const std::string& path)
      // Not blocking: a FIFO in place of the file must not hang the server.
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status CheckMode(const std::string& path, const struct stat& facts) {
  if (facts.st_uid != geteuid() && facts.st_uid != 0) {
    return Unusable(path, "belongs to another user; a key file has to be ours");
  }
  if ((facts.st_mode & 0037) != 0) {
    return Unusable(path,
                    "others can use it; chmod 0600 (or 0640 for a group)");
  }
  return absl::OkStatus();
}

// Checks the open file, not the path, which may name another one by then.
absl::StatusOr<crypto::SecretBytes> Read(const std::string& path, bool is_key) {
  const OpenFile file(path);
  if (file.fd() < 0) return SystemError(path);
  struct stat facts = {};
  if (fstat(file.fd(), &facts) != 0) return SystemError(path);
  if (!S_ISREG(facts.st_mode)) return Unusable(path, "not a regular file");
  if (is_key) {
    const absl::Status mode = CheckMode(path, facts);
    if (!mode.ok()) return mode;
  }
  if (facts.st_size < 0 || facts.st_size > static_cast<off_t>(kFileBytesMax)) {
    return Unusable(path, absl::StrCat("over ", kFileBytesMax, " bytes"));
  }
  crypto::SecretBytes content(static_cast<size_t>(facts.st_size));
  const absl::Span<uint8_t> bytes = content.MutableSecret();
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(file.fd(), &bytes[done], bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path);
    if (got == 0) return Unusable(path, "changed while it was read");
    done += static_cast<size_t>(got);
  }
  return content;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const absl::StatusOr<crypto::SecretBytes> content = Read(path, false);
  if (!content.ok()) return content.status();
  const absl::Span<const uint8_t> bytes = content->ExposeSecret();
  return std::string(bytes.begin(), bytes.end());
}

absl::StatusOr<crypto::SecretBytes> ReadKeyFile(const std::string& path) {
  return Read(path, true);
}

}  // namespace panvault::vault
