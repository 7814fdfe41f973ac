#include "server/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace panvault::server {
namespace {

bool IsPort(absl::string_view text) {
  uint32_t port = 0;
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; }) &&
         absl::SimpleAtoi(text, &port) && port <= UINT16_MAX;
}

// Whether the address is loopback; nothing if `text` is not ip:port.
std::optional<bool> ParseIpAndPort(absl::string_view text) {
  // inet_pton reads up to a NUL and would take what stands before it.
  if (absl::StrContains(text, '\0')) return std::nullopt;
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsPort(text.substr(colon + 1))) {
    return std::nullopt;
  }
  const absl::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr v6 = {};
    const std::string address(host.substr(1, host.size() - 2));
    if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return std::nullopt;
    return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  }
  in_addr v4 = {};
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4) != 1) {
    return std::nullopt;
  }
  return ntohl(v4.s_addr) >> 24 == 127;
}

}  // namespace

bool IsIpAndPort(absl::string_view text) {
  return ParseIpAndPort(text).has_value();
}

bool IsLoopback(absl::string_view text) {
  return ParseIpAndPort(text).value_or(false);
}

}  // namespace panvault::server
