#include "server/dev/os_account.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace panvault::dev {
namespace {

constexpr size_t kEntryBytesMax = 16384;

// Calls `find` (getpwnam_r or getpwuid_r), which fills its arguments.
template <typename Find>
absl::StatusOr<OsAccount> FindAccount(const std::string& what, Find find) {
  std::vector<char> buffer(kEntryBytesMax);
  passwd entry = {};
  passwd* found = nullptr;
  const int error = find(&entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "the system's user database does not know ", what,
        error == 0 ? "" : ": ", error == 0 ? "" : strerror(error)));
  }
  return OsAccount{found->pw_uid, found->pw_gid, found->pw_name};
}

bool MayPass(const struct stat& folder, const OsAccount& account) {
  if (folder.st_uid == account.uid) return (folder.st_mode & S_IXUSR) != 0;
  if (folder.st_gid == account.gid) return (folder.st_mode & S_IXGRP) != 0;
  return (folder.st_mode & S_IXOTH) != 0;
}

}  // namespace

absl::StatusOr<OsAccount> CurrentAccount() {
  const uid_t uid = geteuid();
  auto account = FindAccount(
      absl::StrCat("user id ", uid),
      [uid](passwd* entry, char* buffer, size_t size, passwd** found) {
        return getpwuid_r(uid, entry, buffer, size, found);
      });
  if (!account.ok()) {
    return absl::FailedPreconditionError(account.status().message());
  }
  return account;
}

absl::StatusOr<OsAccount> AccountNamed(const std::string& name) {
  return FindAccount(
      absl::StrCat("user \"", name, "\""),
      [&name](passwd* entry, char* buffer, size_t size, passwd** found) {
        return getpwnam_r(name.c_str(), entry, buffer, size, found);
      });
}

absl::StatusOr<OsAccount> PostgresAccount() {
  return geteuid() == 0 ? AccountNamed("postgres") : CurrentAccount();
}

absl::Status CheckReachable(const std::string& folder,
                            const OsAccount& account) {
  // From the root down, so that the message names what to change first.
  for (size_t end = 0; end != std::string::npos;) {
    end = folder.find('/', end + 1);
    const std::string part = folder.substr(0, end);
    struct stat facts = {};
    if (stat(part.c_str(), &facts) != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat(part, ": ", strerror(errno)));
    }
    if (!MayPass(facts, account)) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "PostgreSQL runs as user %s, which may not pass through %s (mode "
          "%04o): choose a state folder elsewhere, for instance under /tmp or "
          "/var/lib",
          account.name, part, facts.st_mode & 07777u));
    }
  }
  return absl::OkStatus();
}

}  // namespace panvault::dev
