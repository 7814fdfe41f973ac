#include "server/listen_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/listen_address.h"

namespace panvault::server {
namespace {

struct Bindable {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// Of a text that IsIpAndPort has taken.
Bindable ParseAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  static_cast<void>(absl::SimpleAtoi(text.substr(colon + 1), &port));
  std::string host(text.substr(0, colon));
  Bindable result;
  if (host.front() == '[') {
    host = host.substr(1, host.size() - 2);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr);
    result.size = sizeof *v6;
  } else {
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &v4->sin_addr);
    result.size = sizeof *v4;
  }
  return result;
}

int PortOf(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port)
             : ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

bool SetOption(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

PeerAddress DescribeV4(const in_addr& address, int port) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address, text, sizeof text);
  return {absl::StrCat("ipv4:", text, ":", port), text};
}

}  // namespace

absl::StatusOr<ListenSocket> Listen(absl::string_view address) {
  if (!IsIpAndPort(address)) {
    return absl::InvalidArgumentError("want \"ip:port\" to listen on");
  }
  Bindable to = ParseAddress(address);
  const auto failed = [address] {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", strerror(errno)));
  };
  FileDescriptor fd(socket(to.storage.ss_family,
                           SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // What is accepted inherits TCP_NODELAY: answers are small, and must not wait
  // for more to send with them.
  if (!fd.ok() || !SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) ||
      !SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1)) {
    return failed();
  }
  if (to.storage.ss_family == AF_INET6 &&
      !SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0)) {
    return failed();
  }
  auto* const bound = reinterpret_cast<sockaddr*>(&to.storage);
  if (bind(fd.get(), bound, to.size) != 0 ||
      listen(fd.get(), kListenBacklog) != 0 ||
      getsockname(fd.get(), bound, &to.size) != 0) {
    return failed();
  }
  return ListenSocket{std::move(fd),
                      absl::StrCat(address.substr(0, address.rfind(':')), ":",
                                   PortOf(to.storage))};
}

PeerAddress DescribePeer(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return DescribeV4(reinterpret_cast<const sockaddr_in*>(&address)->sin_addr,
                      PortOf(address));
  }
  if (address.ss_family != AF_INET6) return {};
  in6_addr v6 = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    in_addr v4 = {};
    memcpy(&v4, v6.s6_addr + 12, sizeof v4);
    return DescribeV4(v4, PortOf(address));
  }
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &v6, text, sizeof text);
  std::string peer = absl::StrCat("ipv6:%5B", text, "%5D:", PortOf(address));
  memset(v6.s6_addr + 8, 0, 8);
  inet_ntop(AF_INET6, &v6, text, sizeof text);
  return {std::move(peer), absl::StrCat(text, "/64")};
}

}  // namespace panvault::server
