// A folder for one test, removed with it.

#ifndef PANVAULT_TESTS_TESTING_TEMP_FOLDER_H_
#define PANVAULT_TESTS_TESTING_TEMP_FOLDER_H_

#include <string>

namespace panvault::testing {

// Not thread-safe. Directly under /tmp, whatever TMPDIR says, and with mode
// 0711: PostgreSQL's account must pass through it, and unix sockets need short
// paths.
class TempFolder final {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // Absolute; empty if it could not be made.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_TEMP_FOLDER_H_
