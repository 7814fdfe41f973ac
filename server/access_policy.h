// AccessPolicy: who may call what, compiled from access.yaml.
//
// Default deny. Names are compared byte for byte: there are no wildcards,
// patterns or case rules. A policy is an immutable value; a new one replaces it
// as a whole (AccessPolicyHolder), and each call is decided by one of them.

#ifndef PANVAULT_SERVER_ACCESS_POLICY_H_
#define PANVAULT_SERVER_ACCESS_POLICY_H_

#include <array>
#include <bitset>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "panvault/v1/access.pb.h"
#include "server/rpc_table.h"
#include "server/spiffe_id.h"
#include "vault/reveal.h"

namespace panvault::server {

// What a call is about.
struct AccessQuestion {
  Rpc rpc;
  absl::string_view profile;            // Empty if the request names none.
  std::optional<vault::Reveal> reveal;  // Set if the RPC needs it.
};

// One declared flow. Thread-safe: immutable.
class Caller final {
 public:
  // `caller` has been checked.
  explicit Caller(const v1::Caller& caller);

  // The flow's name.
  const std::string& name() const { return name_; }
  // PCI DSS requirements that the flow serves.
  absl::Span<const std::string> pci() const { return pci_; }
  absl::CivilDay review_by() const { return review_by_; }

  bool MayCall(const AccessQuestion& question) const;

 private:
  struct ProfileGrants {
    std::bitset<kRpcCount> rpcs;
    // By Rpc: the highest level granted, as the number of vault::Reveal; 0 if
    // none is.
    std::array<uint8_t, kRpcCount> reveal = {};
  };

  std::string name_;
  std::vector<std::string> pci_;
  absl::CivilDay review_by_;
  absl::flat_hash_map<std::string, ProfileGrants> profiles_;
  // Granted for any profile, or about the server.
  std::bitset<kRpcCount> rpcs_without_profile_;
};

// Thread-safe: immutable.
class AccessPolicy final {
 public:
  // Reads access.yaml. kInvalidArgument with file and place, for YAML that
  // yaml_proto.h refuses, or: a name, SPIFFE ID, method, profile or date that
  // is malformed or unknown; a name or ID that stands twice; a flow without
  // justification, owner, approver or review date; a grant without methods or
  // profiles, or with profiles although its methods are about the server, or
  // with methods of both kinds; a reveal level that is missing, or given
  // although no method of the grant shows PANs, or less than FULL with
  // BulkDetokenize. No callers at all is fine and denies everything. Also the
  // errors of ReadFile.
  static absl::StatusOr<std::shared_ptr<const AccessPolicy>> Load(
      const std::string& path);
  static absl::StatusOr<std::shared_ptr<const AccessPolicy>> Parse(
      absl::string_view file, absl::string_view text);

  // nullptr if the ID is not on the allowlist. Valid as long as the policy.
  const Caller* Find(const SpiffeId& id) const;

  // Names of the flows whose review date is before `today`, ascending. They are
  // still served: an outage on a set day is not a review.
  std::vector<std::string> OverdueOn(absl::CivilDay today) const;

  size_t caller_count() const { return callers_.size(); }

 private:
  AccessPolicy() = default;

  absl::flat_hash_map<std::string, std::unique_ptr<const Caller>> callers_;
};

// The policy in force. Thread-safe.
class AccessPolicyHolder final {
 public:
  // `policy` is not null, here and in Swap.
  explicit AccessPolicyHolder(std::shared_ptr<const AccessPolicy> policy)
      : policy_(std::move(policy)) {}

  std::shared_ptr<const AccessPolicy> Get() const;

  // Calls that begin from now on are decided by `policy`.
  void Swap(std::shared_ptr<const AccessPolicy> policy);

 private:
  // Guards all below; held for a copy of the pointer only.
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessPolicy> policy_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_ACCESS_POLICY_H_
