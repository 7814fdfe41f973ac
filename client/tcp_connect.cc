#include "client/tcp_connect.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace panvault::client {
namespace {

absl::Status Unavailable(absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot connect: ", why));
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Socket> TcpConnect(const std::string& target,
                                  absl::Duration timeout) {
  const size_t colon = target.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return absl::InvalidArgumentError("want a server's address host:port");
  }
  std::string host = target.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = getaddrinfo(
      host.c_str(), target.substr(colon + 1).c_str(), &hints, &found);
  if (resolved != 0) return Unavailable(gai_strerror(resolved));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(
      found, freeaddrinfo);
  const timeval patience = absl::ToTimeval(timeout);
  int error = 0;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    Socket socket(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0));
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof patience);
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience,
               sizeof patience);
    if (connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) return socket;
    error = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return Unavailable(strerror(error));
}

}  // namespace panvault::client
