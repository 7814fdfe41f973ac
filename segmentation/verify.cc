#include "segmentation/verify.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "segmentation/declared.h"
#include "segmentation/difference.h"
#include "segmentation/engine.h"
#include "segmentation/namespaces.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

std::string NameOf(const Workload& pod) {
  return absl::StrCat(pod.kind, " ", pod.namespace_name, "/", pod.name);
}

Finding NewFinding(Severity severity, absl::string_view rule,
                   const std::string& subject, const std::string& message) {
  Finding finding;
  finding.severity = severity;
  finding.rule = std::string(rule);
  finding.subject = subject;
  finding.message = message;
  return finding;
}

// What of `admission` is not declared. A named port stands for whatever number
// a pod gives it; an address gives none.
absl::StatusOr<Remainder> Undeclared(const Admission& admission,
                                     const std::vector<Relation>& declared) {
  ConnectionSet at_most = admission.connections;
  for (const NamedPort& named : admission.named) {
    at_most = at_most.Union(Connections(named.protocol, kEveryPort));
  }
  absl::StatusOr<Remainder> rest =
      Without({admission.pods, {}, at_most}, declared);
  if (!rest.ok()) return rest;
  absl::StatusOr<Remainder> outside = Without(
      {std::nullopt, admission.addresses, admission.connections}, declared);
  if (!outside.ok()) return outside;
  rest->addresses = std::move(outside->addresses);
  return rest;
}

Finding TooComplex(const Workload& pod, const absl::Status& status) {
  return NewFinding(Severity::kUnknown, kTooComplex, NameOf(pod),
                    std::string(status.message()));
}

// One pod of the release in one direction.
class PodCheck {
 public:
  PodCheck(const Cluster& cluster, const FlowMatrix& matrix,
           const Workload& pod, Direction direction)
      : pod_(pod),
        direction_(direction),
        admissions_(Admissions(Isolating(cluster.policies, pod, direction),
                               pod.ports, direction)),
        declared_(DeclaredFor(pod, matrix, direction)) {}

  void Run(std::vector<Finding>& findings) const {
    std::vector<Relation> declared;
    for (const DeclaredPeer& one : declared_) {
      declared.push_back({one.pods, one.addresses, one.connections});
    }
    for (const Admission& admission : admissions_) {
      CheckLeak(admission, declared, findings);
    }
    std::vector<Relation> allowed;
    for (const Admission& one : admissions_) {
      allowed.push_back({one.pods, one.addresses, one.connections});
    }
    for (const DeclaredPeer& one : declared_) {
      CheckBlocked(one, allowed, findings);
    }
  }

 private:
  void CheckLeak(const Admission& admission,
                 const std::vector<Relation>& declared,
                 std::vector<Finding>& findings) const {
    const absl::StatusOr<Remainder> rest = Undeclared(admission, declared);
    if (!rest.ok()) {
      findings.push_back(TooComplex(pod_, rest.status()));
      return;
    }
    if (rest->empty()) return;
    const bool is_ingress = direction_ == Direction::kIngress;
    Finding finding = NewFinding(
        Severity::kFail, is_ingress ? kLeakIngress : kLeakEgress, NameOf(pod_),
        absl::StrCat(ToText(admission.origin, direction_), " admits ",
                     is_ingress ? "from" : "to",
                     " undeclared peers: ", ToText(rest->AllConnections())));
    finding.example =
        is_ingress ? absl::StrCat(rest->Example(), " reaches ", NameOf(pod_))
                   : absl::StrCat(NameOf(pod_), " reaches ", rest->Example());
    finding.source = admission.origin.policy == nullptr
                         ? pod_.source
                         : admission.origin.policy->source;
    findings.push_back(std::move(finding));
  }

  void CheckBlocked(const DeclaredPeer& declared,
                    const std::vector<Relation>& allowed,
                    std::vector<Finding>& findings) const {
    const absl::StatusOr<Remainder> rest = Without(
        {declared.pods, declared.addresses, declared.connections}, allowed);
    if (!rest.ok()) {
      findings.push_back(TooComplex(pod_, rest.status()));
      return;
    }
    if (rest->empty()) return;
    Finding finding = NewFinding(
        Severity::kFail, kBlocked, absl::StrCat("flow ", declared.flow),
        absl::StrCat("the ", DirectionName(direction_), " of ", NameOf(pod_),
                     " is not open for all of it: ", Reason(declared)));
    finding.example = absl::StrCat(
        rest->Example(), direction_ == Direction::kIngress ? " is not let in"
                                                           : " is not reached");
    finding.source = pod_.source;
    findings.push_back(std::move(finding));
  }

  std::string Reason(const DeclaredPeer& declared) const {
    if (admissions_.empty()) return "no rule lets anything through";
    bool has_named = false;
    bool is_port_open = false;
    for (const Admission& one : admissions_) {
      has_named = has_named || !one.named.empty();
      is_port_open = is_port_open ||
                     !one.connections.Intersect(declared.connections).empty();
    }
    if (is_port_open) return "no rule with these ports admits the whole peer";
    if (has_named) {
      return "the port is open by name only, and names are the peer's to give";
    }
    return absl::StrCat("no rule opens ", ToText(declared.connections));
  }

  const Workload& pod_;
  const Direction direction_;
  const std::vector<Admission> admissions_;
  const std::vector<DeclaredPeer> declared_;
};

// Whether `source` is let out to `server` on `wanted`; the reason if not.
std::optional<std::string> WhyNotLetOut(const Cluster& cluster,
                                        const NamespaceIndex& namespaces,
                                        const Workload& source,
                                        const Workload& server,
                                        const ConnectionSet& wanted) {
  const PolicyList policies =
      Isolating(cluster.policies, source, Direction::kEgress);
  const PodView view{namespaces.LabelsOf(server.namespace_name), server.labels};
  ConnectionSet open;
  for (const Admission& admission :
       Admissions(policies, source.ports, Direction::kEgress)) {
    if (!admission.pods || !Contains(*admission.pods, view)) continue;
    open = open.Union(admission.connections);
    for (const NamedPort& named : admission.named) {
      open = open.Union(Resolve(named, server.ports));
    }
  }
  if (wanted.Subtract(open).empty()) return std::nullopt;
  return absl::StrCat("NetworkPolicy ", policies.front()->namespace_name, "/",
                      policies.front()->name,
                      " isolates the egress of the caller's pods");
}

// The caller's half: its own namespace may keep it from calling.
void CheckCallers(const Cluster& cluster, const FlowMatrix& matrix,
                  const Workload& server, std::vector<Finding>& findings) {
  const NamespaceIndex namespaces(cluster);
  const ConnectionSet wanted =
      Connections(Protocol::kTcp, {matrix.server.port, matrix.server.port});
  for (const CallerFlow& caller : matrix.callers) {
    Workload pod;
    pod.kind = "Pod";
    pod.namespace_name = caller.namespace_name;
    pod.name = caller.name;
    pod.labels = caller.pod_labels;
    const std::optional<std::string> reason =
        WhyNotLetOut(cluster, namespaces, pod, server, wanted);
    if (!reason) continue;
    Finding finding = NewFinding(Severity::kFail, kBlocked,
                                 absl::StrCat("flow ", caller.name), *reason);
    finding.example = absl::StrCat(
        ToText(ExampleOf(PodsWith(caller.namespace_name, caller.pod_labels))),
        " cannot send to ", NameOf(server));
    findings.push_back(std::move(finding));
  }
}

void AddUndecided(const Cluster& cluster, std::vector<Finding>& findings) {
  for (const Problem& problem : cluster.problems) {
    Finding finding =
        NewFinding(Severity::kUnknown, kUnreadable, problem.path, problem.what);
    finding.source = problem.source;
    findings.push_back(std::move(finding));
  }
  for (const ForeignPolicy& policy : cluster.foreign) {
    Finding finding = NewFinding(
        Severity::kUnknown, kForeign,
        absl::StrCat(policy.kind, " ", policy.namespace_name, "/", policy.name),
        absl::StrCat(policy.api_version,
                     " is not modelled; it may open or close anything"));
    finding.source = policy.source;
    findings.push_back(std::move(finding));
  }
}

Finding OutOfReach(const Workload& pod, const char* rule,
                   const std::string& why) {
  Finding finding = NewFinding(Severity::kUnknown, rule, NameOf(pod), why);
  finding.source = pod.source;
  return finding;
}

void CheckBothWays(const Cluster& cluster, const FlowMatrix& matrix,
                   const Workload& pod, std::vector<Finding>& findings) {
  for (const Direction direction : {Direction::kIngress, Direction::kEgress}) {
    PodCheck(cluster, matrix, pod, direction).Run(findings);
  }
}

}  // namespace

std::vector<Finding> VerifyFlows(const Cluster& cluster,
                                 const FlowMatrix& matrix, const Watch& watch) {
  std::vector<Finding> findings;
  AddUndecided(cluster, findings);
  const std::vector<const Workload*> present = ReleasePods(cluster, matrix);
  const std::vector<Workload> absent = AbsentPods(cluster, matrix);
  size_t done = 0;
  const auto tell = [&] {
    if (watch) watch(done, present.size() + absent.size());
    ++done;
  };
  const Workload* server = nullptr;
  for (const Workload* const pod : present) {
    tell();
    if (pod->host_network) {
      findings.push_back(OutOfReach(
          *pod, kHostNetwork,
          "shares the network of its node, where no policy applies"));
      continue;
    }
    if (pod->has_second_network) {
      findings.push_back(
          OutOfReach(*pod, kSecondNetwork,
                     "asks for a second network, where no policy applies"));
    }
    if (IsServer(*pod, matrix)) server = pod;
    CheckBothWays(cluster, matrix, *pod, findings);
  }
  for (const Workload& pod : absent) {
    tell();
    CheckBothWays(cluster, matrix, pod, findings);
  }
  if (server != nullptr) {
    CheckCallers(cluster, matrix, *server, findings);
  } else {
    findings.push_back(NewFinding(
        Severity::kUnknown, kNoServer, "the release",
        absl::StrCat("no pod in namespace ", matrix.server.namespace_name,
                     " has the labels of the server")));
  }
  return findings;
}

}  // namespace panvault::segmentation
