#include "segmentation/workload_identity.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "segmentation/read_selector.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kIdBytesMax = 2048;
constexpr size_t kTrustDomainBytesMax = 255;

bool IsTrustDomain(absl::string_view name) {
  return !name.empty() && name.size() <= kTrustDomainBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) ||
                  c == '.' || c == '-' || c == '_';
         });
}

// Names of service accounts are DNS subdomains.
bool IsServiceAccount(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '.');
  return std::all_of(parts.begin(), parts.end(), IsDnsLabel);
}

}  // namespace

absl::StatusOr<WorkloadIdentity> ParseWorkloadIdentity(
    absl::string_view spiffe_id) {
  absl::string_view rest = spiffe_id;
  if (spiffe_id.size() > kIdBytesMax ||
      !absl::ConsumePrefix(&rest, "spiffe://")) {
    return absl::InvalidArgumentError("is no SPIFFE ID");
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, '/');
  if (parts.size() != 5 || parts[1] != "ns" || parts[3] != "sa") {
    return absl::InvalidArgumentError(
        "is not of the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT");
  }
  if (!IsTrustDomain(parts[0])) {
    return absl::InvalidArgumentError("has no trust domain of a-z, 0-9, .-_");
  }
  if (!IsDnsLabel(parts[2]) || !IsServiceAccount(parts[4])) {
    return absl::InvalidArgumentError(
        "names no namespace or service account that can exist");
  }
  return WorkloadIdentity{std::string(parts[0]), std::string(parts[2]),
                          std::string(parts[4])};
}

}  // namespace panvault::segmentation
