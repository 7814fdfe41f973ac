// Two connected TCP sockets, on loopback.

#ifndef PANVAULT_TESTS_SERVER_TCP_PAIR_H_
#define PANVAULT_TESTS_SERVER_TCP_PAIR_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "server/file_descriptor.h"

namespace panvault::testing {

struct TcpPair {
  server::FileDescriptor here;
  server::FileDescriptor peer;
};

// Descriptors that are not ok, if the machine has none.
inline TcpPair MakeTcpPair() {
  const server::FileDescriptor listener(
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const to = reinterpret_cast<sockaddr*>(&address);
  TcpPair pair;
  if (bind(listener.get(), to, size) != 0 || listen(listener.get(), 1) != 0 ||
      getsockname(listener.get(), to, &size) != 0) {
    return pair;
  }
  pair.peer =
      server::FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(pair.peer.get(), to, size) != 0) return pair;
  pair.here = server::FileDescriptor(
      accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return pair;
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_SERVER_TCP_PAIR_H_
