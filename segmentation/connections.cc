#include "segmentation/connections.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::segmentation {
namespace {

constexpr uint32_t kStride = 65536;

}  // namespace

absl::string_view ProtocolName(Protocol protocol) {
  switch (protocol) {
    case Protocol::kSctp:
      return "SCTP";
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kUdp:
      return "UDP";
  }
  return "";
}

std::optional<Protocol> ParseProtocol(absl::string_view name) {
  for (const Protocol protocol : kProtocols) {
    if (name == ProtocolName(protocol)) return protocol;
  }
  return std::nullopt;
}

ConnectionSet Connections(Protocol protocol, PortRange ports) {
  const uint32_t base = static_cast<uint32_t>(protocol) * kStride;
  return ConnectionSet({base + ports.first, base + ports.last});
}

const ConnectionSet& AllConnections() {
  static const ConnectionSet* const all = [] {
    auto* const set = new ConnectionSet;
    for (const Protocol protocol : kProtocols) {
      *set = set->Union(Connections(protocol, kEveryPort));
    }
    return set;
  }();
  return *all;
}

Connection FirstOf(const ConnectionSet& set) {
  const uint32_t number = set.intervals().front().first;
  return {static_cast<Protocol>(number / kStride), number % kStride};
}

std::string ToText(const ConnectionSet& set) {
  if (set == AllConnections()) return "All Connections";
  if (set.empty()) return "No Connections";
  std::string text;
  std::optional<Protocol> shown;
  for (const ConnectionSet::Interval& one : set.intervals()) {
    const auto protocol = static_cast<Protocol>(one.first / kStride);
    if (!text.empty()) text += ",";
    if (shown != protocol) absl::StrAppend(&text, ProtocolName(protocol), " ");
    shown = protocol;
    absl::StrAppend(&text, one.first % kStride);
    if (one.first != one.last) absl::StrAppend(&text, "-", one.last % kStride);
  }
  return text;
}

std::optional<Connection> ParseConnection(absl::string_view text) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::ByAnyChar(" /"), absl::SkipWhitespace());
  if (parts.empty() || parts.size() > 2) return std::nullopt;
  std::optional<Protocol> protocol = Protocol::kTcp;
  if (parts.size() == 2) {
    protocol = ParseProtocol(absl::AsciiStrToUpper(parts.front()));
  }
  uint32_t port = 0;
  if (!protocol || !absl::SimpleAtoi(parts.back(), &port) || port < 1 ||
      port > kPortMax) {
    return std::nullopt;
  }
  return Connection{*protocol, port};
}

}  // namespace panvault::segmentation
