#include "server/dev/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace panvault::dev {
namespace {

constexpr off_t kFileBytesMax = 1 << 20;

absl::Status ErrnoError(absl::string_view what) {
  const absl::string_view reason = strerror(errno);
  if (errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(what, ": ", reason));
  }
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", reason));
}

absl::Status CheckFolder(const std::string& path) {
  struct stat facts = {};
  if (lstat(path.c_str(), &facts) != 0) return ErrnoError(path);
  absl::string_view wrong;
  if (S_ISLNK(facts.st_mode)) {
    wrong = "is a link; give the folder itself";
  } else if (!S_ISDIR(facts.st_mode)) {
    wrong = "is not a folder";
  } else if (facts.st_uid != geteuid()) {
    wrong = "belongs to another user";
  } else if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    wrong = "can be written by others; chmod go-w it";
  }
  if (wrong.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, " ", wrong));
}

absl::Status WriteAll(int fd, const NewFile& file) {
  absl::string_view rest = file.content;
  while (!rest.empty()) {
    const ssize_t wrote = write(fd, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return ErrnoError(file.path);
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  // The mode is set here as well, because a umask may have taken bits away.
  if (fchmod(fd, file.mode) != 0 || fsync(fd) != 0) {
    return ErrnoError(file.path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoError(path);
  }
  return CheckFolder(path);
}

absl::StatusOr<std::string> OpenStateFolder(const std::string& path) {
  if (path.empty()) {
    return absl::InvalidArgumentError("the state folder has no name");
  }
  std::error_code error;
  // lstat() would look through a link that ends with a slash.
  std::string plain = path;
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  const std::filesystem::path above =
      std::filesystem::absolute(plain, error).parent_path();
  std::filesystem::create_directories(above, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat(above.string(), ": ", error.message()));
  }
  if (absl::Status status = MakeFolder(plain); !status.ok()) return status;
  const std::filesystem::path whole = std::filesystem::canonical(plain, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat(plain, ": ", error.message()));
  }
  return whole.string();
}

absl::Status WriteFile(const NewFile& file) {
  const std::string unfinished = absl::StrCat(file.path, ".new");
  if (unlink(unfinished.c_str()) != 0 && errno != ENOENT) {
    return ErrnoError(unfinished);
  }
  const int fd =
      open(unfinished.c_str(),
           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoError(unfinished);
  absl::Status status = WriteAll(fd, file);
  if (close(fd) != 0 && status.ok()) status = ErrnoError(unfinished);
  if (status.ok() && rename(unfinished.c_str(), file.path.c_str()) != 0) {
    status = ErrnoError(file.path);
  }
  if (!status.ok()) unlink(unfinished.c_str());
  return status;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const int fd =
      open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return ErrnoError(path);
  struct stat facts = {};
  absl::StatusOr<std::string> content;
  if (fstat(fd, &facts) != 0) {
    content = ErrnoError(path);
  } else if (!S_ISREG(facts.st_mode) || facts.st_size > kFileBytesMax) {
    content = absl::FailedPreconditionError(
        absl::StrCat(path, " is not a regular file of at most 1 MiB"));
  } else {
    std::string bytes(static_cast<size_t>(facts.st_size), '\0');
    const ssize_t got = read(fd, bytes.data(), bytes.size());
    if (got < 0) {
      content = ErrnoError(path);
    } else {
      bytes.resize(static_cast<size_t>(got));
      content = std::move(bytes);
    }
  }
  close(fd);
  return content;
}

}  // namespace panvault::dev
