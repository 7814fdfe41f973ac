#include "tests/testing/temp_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace panvault::testing {

TempFolder::TempFolder() {
  std::string name = "/tmp/panvault-test.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return;
  path_ = name;
  chmod(path_.c_str(), 0711);
}

TempFolder::~TempFolder() {
  std::error_code error;
  if (!path_.empty()) std::filesystem::remove_all(path_, error);
}

}  // namespace panvault::testing
