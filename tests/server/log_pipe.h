// A pipe that a test logs to, and the lines that come out of it.

#ifndef PANVAULT_TESTS_SERVER_LOG_PIPE_H_
#define PANVAULT_TESTS_SERVER_LOG_PIPE_H_

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace panvault::testing {

// The lines of `text`, each without its end. Fails the test, and leaves the
// line out, if one is cut off or is not one JSON object.
inline std::vector<nlohmann::ordered_json> ParseLines(absl::string_view text) {
  std::vector<nlohmann::ordered_json> lines;
  if (text.empty()) return lines;
  EXPECT_EQ(text.back(), '\n') << "cut off";
  text.remove_suffix(1);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    auto parsed =
        nlohmann::ordered_json::parse(line.begin(), line.end(), nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << line;
    if (parsed.is_object()) lines.push_back(std::move(parsed));
  }
  return lines;
}

// Not thread-safe, but its two ends may be used by two threads. A broken pipe
// is an error from then on, not the end of the test.
class LogPipe final {
 public:
  LogPipe() {
    signal(SIGPIPE, SIG_IGN);
    int fds[2] = {-1, -1};
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    read_fd_ = fds[0];
    write_fd_ = fds[1];
  }
  LogPipe(const LogPipe&) = delete;
  LogPipe& operator=(const LogPipe&) = delete;
  ~LogPipe() {
    CloseRead();
    CloseWrite();
  }

  int read_fd() const { return read_fd_; }
  int fd() const { return write_fd_; }
  void CloseRead() { Close(read_fd_); }
  void CloseWrite() { Close(write_fd_); }

  // Everything up to the end. Close the other end first, or elsewhere.
  std::string ReadAll() const {
    std::string all;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = read(read_fd_, buffer, sizeof(buffer))) > 0) {
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }

  // Ends the log, and returns its lines.
  std::vector<nlohmann::ordered_json> TakeLines() {
    CloseWrite();
    return ParseLines(ReadAll());
  }

 private:
  static void Close(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }

  int read_fd_ = -1;
  int write_fd_ = -1;
};

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_SERVER_LOG_PIPE_H_
