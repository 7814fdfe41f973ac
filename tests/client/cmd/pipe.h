// A pipe for the tests of the command.

#ifndef PANVAULT_TESTS_CLIENT_CMD_PIPE_H_
#define PANVAULT_TESTS_CLIENT_CMD_PIPE_H_

#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"

namespace panvault::cli {

// Not thread-safe, but its two ends may be used by two threads.
class Pipe final {
 public:
  Pipe() {
    int fds[2] = {-1, -1};
    if (pipe(fds) == 0) read_fd_ = fds[0], write_fd_ = fds[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }

  int read_fd() const { return read_fd_; }
  int write_fd() const { return write_fd_; }
  void CloseRead() { Close(read_fd_); }
  void CloseWrite() { Close(write_fd_); }

  // False if the other end is closed.
  bool Write(absl::string_view text) {
    while (!text.empty()) {
      const ssize_t wrote = write(write_fd_, text.data(), text.size());
      if (wrote <= 0) return false;
      text.remove_prefix(static_cast<size_t>(wrote));
    }
    return true;
  }

  // Everything up to the end.
  std::string ReadAll() {
    std::string all;
    char buffer[65536];
    ssize_t got = 0;
    while ((got = read(read_fd_, buffer, sizeof(buffer))) > 0) {
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }

 private:
  static void Close(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
  int read_fd_ = -1;
  int write_fd_ = -1;
};

// A pipe that holds `text` and then ends; a thread feeds it.
class Input final {
 public:
  explicit Input(std::string text)
      : feeder_([this, text = std::move(text)] {
          pipe_.Write(text);
          pipe_.CloseWrite();
        }) {}
  ~Input() {
    pipe_.CloseRead();
    feeder_.join();
  }
  int fd() const { return pipe_.read_fd(); }

 private:
  Pipe pipe_;
  std::thread feeder_;
};

// Collects what is written to fd() until Take().
class Output final {
 public:
  Output()
      : text_(std::async(std::launch::async,
                         [this] { return pipe_.ReadAll(); })) {}
  ~Output() { pipe_.CloseWrite(); }  // Else text_ would wait for ever.
  int fd() const { return pipe_.write_fd(); }
  std::string Take() {
    pipe_.CloseWrite();
    return text_.get();
  }

 private:
  Pipe pipe_;
  std::future<std::string> text_;
};

}  // namespace panvault::cli

#endif  // PANVAULT_TESTS_CLIENT_CMD_PIPE_H_
