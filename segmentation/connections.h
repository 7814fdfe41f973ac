// Protocols and ports that a NetworkPolicy can tell apart: TCP, UDP and SCTP,
// ports 1 to 65535. Other protocols (ICMP) are outside its specification, and
// outside what is checked here.

#ifndef PANVAULT_SEGMENTATION_CONNECTIONS_H_
#define PANVAULT_SEGMENTATION_CONNECTIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "segmentation/interval_set.h"

namespace panvault::segmentation {

inline constexpr uint32_t kPortMax = 65535;

// In the order in which they are listed.
enum class Protocol : uint32_t { kSctp = 0, kTcp = 1, kUdp = 2 };
inline constexpr Protocol kProtocols[] = {Protocol::kSctp, Protocol::kTcp,
                                          Protocol::kUdp};

// "TCP".
absl::string_view ProtocolName(Protocol protocol);
std::optional<Protocol> ParseProtocol(absl::string_view name);

struct PortRange {
  uint32_t first;  // 1 to kPortMax.
  uint32_t last;   // Not below `first`.
};
inline constexpr PortRange kEveryPort = {1, kPortMax};

// A number is protocol * 65536 + port. Port 0 is never in it, so that ranges of
// two protocols do not merge.
using ConnectionSet = IntervalSet<uint32_t>;

ConnectionSet Connections(Protocol protocol, PortRange ports);
const ConnectionSet& AllConnections();

// The lowest connection of a set that is not empty.
struct Connection {
  Protocol protocol;
  uint32_t port;
};
Connection FirstOf(const ConnectionSet& set);

// "All Connections", "No Connections", or "TCP 80,90-95,UDP 53".
std::string ToText(const ConnectionSet& set);

// "TCP 8443" (protocol may be in any case; TCP if it is left out).
std::optional<Connection> ParseConnection(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONNECTIONS_H_
