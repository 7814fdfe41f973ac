#include "server/dev/postgres_programs.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace panvault::dev {
namespace {

std::string FolderOf(const std::string& root, unsigned major) {
  return absl::StrCat(root, "/", major, "/bin");
}

bool IsComplete(const std::string& folder) {
  for (const char* program : {"/initdb", "/postgres", "/createdb"}) {
    if (access((folder + program).c_str(), X_OK) != 0) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> FindPostgresPrograms(const std::string& root) {
  unsigned newest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    unsigned major = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &major) &&
        major >= kPostgresMajorMin && major > newest &&
        IsComplete(FolderOf(root, major))) {
      newest = major;
    }
  }
  if (newest != 0) return FolderOf(root, newest);
  return absl::NotFoundError(
      absl::StrCat("no PostgreSQL ", kPostgresMajorMin, " or newer under ",
                   root, "; on Debian: apt-get install postgresql"));
}

absl::StatusOr<std::string> FindPostgresPrograms(const std::string& root,
                                                 unsigned major) {
  std::string folder = FolderOf(root, major);
  if (IsComplete(folder)) return folder;
  return absl::NotFoundError(absl::StrCat("PostgreSQL ", major,
                                          " is not under ", root,
                                          "; on Debian: apt-get "
                                          "install postgresql-",
                                          major));
}

}  // namespace panvault::dev
