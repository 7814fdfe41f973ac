// Sets of IPv4 and IPv6 addresses, and the CIDR notation of ipBlock.

#ifndef PANVAULT_SEGMENTATION_ADDRESS_H_
#define PANVAULT_SEGMENTATION_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/interval_set.h"

namespace panvault::segmentation {

// Plain data. The two families never mix: 0.0.0.0/0 holds no IPv6 address.
struct AddressSet {
  IntervalSet<uint32_t> v4;
  IntervalSet<absl::uint128> v6;

  bool empty() const { return v4.empty() && v6.empty(); }
  AddressSet Union(const AddressSet& other) const;
  AddressSet Intersect(const AddressSet& other) const;
  AddressSet Subtract(const AddressSet& other) const;
  friend bool operator==(const AddressSet& a, const AddressSet& b) {
    return a.v4 == b.v4 && a.v6 == b.v6;
  }
};

// Thread-safe, as all below.
const AddressSet& AllAddresses();
AddressSet Ipv4Range(uint32_t first, uint32_t last);

// "10.0.0.0/8" or "2001:db8::/32". Bits behind the prefix are masked, as the
// API server does. Refused: a bare address, leading zeros, zones, IPv4 in IPv6
// (with a dot, or mapped: ::ffff:0:0/96 and what is in it).
// Errors: kInvalidArgument.
absl::StatusOr<AddressSet> ParseCidr(absl::string_view text);

// One address, without prefix. Errors: kInvalidArgument.
absl::StatusOr<AddressSet> ParseAddress(absl::string_view text);

std::string Ipv4Text(uint32_t address);
std::string Ipv6Text(absl::uint128 address);

// The first address of a set that is not empty: "192.0.2.1".
std::string FirstAddress(const AddressSet& set);

// "10.0.0.0-10.255.255.255, ::-::ffff"; a single address is not repeated.
std::string ToText(const AddressSet& set);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_ADDRESS_H_
