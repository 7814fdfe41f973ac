// The socket that callers connect to, and the names of who has.
//
// TCP over IPv4 or IPv6; "[::]" takes both. Not shared with other processes: no
// SO_REUSEPORT, since a second server would answer for the first.

#ifndef PANVAULT_SERVER_LISTEN_SOCKET_H_
#define PANVAULT_SERVER_LISTEN_SOCKET_H_

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/file_descriptor.h"

namespace panvault::server {

// Connections that the kernel keeps while they wait to be accepted; past it,
// clients try again by themselves.
inline constexpr int kListenBacklog = 512;

struct ListenSocket {
  FileDescriptor fd;    // Does not block; closed on exec.
  std::string address;  // As asked for, with the port that port 0 got.
};

// `address` is as IsIpAndPort (listen_address.h) wants it: kInvalidArgument.
// kUnavailable, with the address, if it cannot be listened on.
absl::StatusOr<ListenSocket> Listen(absl::string_view address);

// Who is at the other end of a connection.
struct PeerAddress {
  // As gRPC's ServerContext::peer() has it: "ipv4:10.0.0.7:50412",
  // "ipv6:%5B::1%5D:50412"; an IPv4 address within IPv6 is IPv4.
  std::string peer;
  // What is counted as one source: the IPv4 address, or the first 64 bits of
  // the IPv6 one, which is what one host can choose from.
  std::string source;
};

// Thread-safe. Empty texts for what is no IP address.
PeerAddress DescribePeer(const sockaddr_storage& address);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_LISTEN_SOCKET_H_
