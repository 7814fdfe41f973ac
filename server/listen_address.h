// Addresses to listen on: an IP address and a port, as text.
//
// Host names are refused: what a name resolves to at start is not what an
// operator has read in the file.

#ifndef PANVAULT_SERVER_LISTEN_ADDRESS_H_
#define PANVAULT_SERVER_LISTEN_ADDRESS_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace panvault::server {

inline constexpr absl::string_view kUnixPrefix = "unix:";
// sun_path of sockaddr_un, without its NUL.
inline constexpr size_t kUnixPathBytesMax = 107;

// "127.0.0.1:8443", "[::1]:8443". Ports are 0 to 65535, decimal. Thread-safe,
// as all here.
bool IsIpAndPort(absl::string_view text);

// IsIpAndPort, and the address is in 127.0.0.0/8 or is ::1.
bool IsLoopback(absl::string_view text);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_LISTEN_ADDRESS_H_
