#include "segmentation/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace panvault::segmentation {
namespace {

constexpr int kV4Bits = 32;
constexpr int kV6Bits = 128;

absl::uint128 ToNumber(absl::Span<const uint8_t> bytes) {
  absl::uint128 number = 0;
  for (const uint8_t byte : bytes) number = (number << 8) | byte;
  return number;
}

struct Prefix {
  absl::uint128 address;
  int address_bits;  // kV4Bits or kV6Bits.
  int prefix_bits;
};

AddressSet ToSet(const Prefix& prefix) {
  const int host_bits = prefix.address_bits - prefix.prefix_bits;
  const absl::uint128 host_mask = host_bits == kV6Bits
                                      ? absl::Uint128Max()
                                      : (absl::uint128(1) << host_bits) - 1;
  const absl::uint128 first = prefix.address & ~host_mask;
  const absl::uint128 last = first | host_mask;
  AddressSet set;
  if (prefix.address_bits == kV4Bits) {
    return Ipv4Range(static_cast<uint32_t>(first), static_cast<uint32_t>(last));
  }
  set.v6 = IntervalSet<absl::uint128>({first, last});
  return set;
}

// `prefix_bits` of the result is that of the address alone.
absl::StatusOr<Prefix> ParseIp(absl::string_view text) {
  const std::string address(text);
  std::array<uint8_t, 16> bytes = {};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    return Prefix{ToNumber(absl::MakeSpan(bytes).first(4)), kV4Bits, kV4Bits};
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    const absl::uint128 number = ToNumber(bytes);
    // ::ffff:0:0/96 is IPv4 to some who read it and IPv6 to others, in either
    // notation.
    if (absl::StrContains(text, ".") || (number >> kV4Bits) == 0xffff) {
      return absl::InvalidArgumentError("IPv4 inside IPv6 is ambiguous");
    }
    return Prefix{number, kV6Bits, kV6Bits};
  }
  return absl::InvalidArgumentError("not an IPv4 or IPv6 address");
}

std::string RangeText(const std::string& first, const std::string& last) {
  return first == last ? first : absl::StrCat(first, "-", last);
}

}  // namespace

AddressSet AddressSet::Union(const AddressSet& other) const {
  return {v4.Union(other.v4), v6.Union(other.v6)};
}

AddressSet AddressSet::Intersect(const AddressSet& other) const {
  return {v4.Intersect(other.v4), v6.Intersect(other.v6)};
}

AddressSet AddressSet::Subtract(const AddressSet& other) const {
  return {v4.Subtract(other.v4), v6.Subtract(other.v6)};
}

const AddressSet& AllAddresses() {
  static const AddressSet* const all = new AddressSet{
      IntervalSet<uint32_t>({0, std::numeric_limits<uint32_t>::max()}),
      IntervalSet<absl::uint128>({0, absl::Uint128Max()})};
  return *all;
}

AddressSet Ipv4Range(uint32_t first, uint32_t last) {
  AddressSet set;
  set.v4 = IntervalSet<uint32_t>({first, last});
  return set;
}

absl::StatusOr<AddressSet> ParseCidr(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) {
    return absl::InvalidArgumentError("a CIDR has a prefix length, as in /32");
  }
  absl::StatusOr<Prefix> prefix = ParseIp(text.substr(0, slash));
  if (!prefix.ok()) return prefix.status();
  const absl::string_view digits = text.substr(slash + 1);
  int bits = 0;
  if (!absl::SimpleAtoi(digits, &bits) || absl::StrCat(bits) != digits ||
      bits < 0 || bits > prefix->address_bits) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the prefix length is a number from 0 to ", prefix->address_bits));
  }
  prefix->prefix_bits = bits;
  return ToSet(*prefix);
}

absl::StatusOr<AddressSet> ParseAddress(absl::string_view text) {
  const absl::StatusOr<Prefix> prefix = ParseIp(text);
  if (!prefix.ok()) return prefix.status();
  return ToSet(*prefix);
}

std::string Ipv4Text(uint32_t address) {
  return absl::StrCat(address >> 24, ".", (address >> 16) & 0xff, ".",
                      (address >> 8) & 0xff, ".", address & 0xff);
}

std::string Ipv6Text(absl::uint128 address) {
  std::array<uint8_t, 16> bytes = {};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[bytes.size() - 1 - i] = static_cast<uint8_t>(
        absl::Uint128Low64(address >> (8 * static_cast<int>(i))) & 0xff);
  }
  std::array<char, INET6_ADDRSTRLEN> text = {};
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string FirstAddress(const AddressSet& set) {
  if (!set.v4.empty()) return Ipv4Text(set.v4.intervals().front().first);
  return Ipv6Text(set.v6.intervals().front().first);
}

std::string ToText(const AddressSet& set) {
  std::string text;
  const auto add = [&text](const std::string& range) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", range);
  };
  for (const auto& one : set.v4.intervals()) {
    add(RangeText(Ipv4Text(one.first), Ipv4Text(one.last)));
  }
  for (const auto& one : set.v6.intervals()) {
    add(RangeText(Ipv6Text(one.first), Ipv6Text(one.last)));
  }
  return text;
}

}  // namespace panvault::segmentation
