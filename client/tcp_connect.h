// A TCP connection to an address as gRPC's targets have it, without gRPC.

#ifndef PANVAULT_CLIENT_TCP_CONNECT_H_
#define PANVAULT_CLIENT_TCP_CONNECT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace panvault::client {

// A connected socket, closed with its owner.
class Socket final {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int get() const { return fd_; }

 private:
  int fd_;
};

// `target` is "host:port" or "[ip]:port"; addresses of the host are tried one
// after the other. The socket blocks, and its reads and writes give up after
// `timeout`, as each attempt to connect does. kInvalidArgument for another form
// of target; kUnavailable, with the system's reason. Thread-safe.
absl::StatusOr<Socket> TcpConnect(const std::string& target,
                                  absl::Duration timeout);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_TCP_CONNECT_H_
