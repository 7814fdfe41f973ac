#include "segmentation/match_callers.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "segmentation/declared.h"
#include "segmentation/engine.h"
#include "segmentation/label_tie.h"
#include "segmentation/peer_box.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

PeerBox BoxOfCaller(const CallerFlow& caller) {
  return PodsWith(caller.namespace_name, caller.pod_labels);
}

void CheckOverlaps(const FlowMatrix& matrix, std::vector<Finding>& findings) {
  const std::vector<CallerFlow>& callers = matrix.callers;
  for (size_t i = 0; i < callers.size(); ++i) {
    for (size_t j = i + 1; j < callers.size(); ++j) {
      const std::optional<PeerBox> both =
          Intersect(BoxOfCaller(callers[i]), BoxOfCaller(callers[j]));
      if (!both) continue;
      Finding finding;
      finding.rule = kOverlap;
      finding.subject = absl::StrCat("flow ", callers[j].name);
      finding.message = absl::StrCat("its pods can be those of flow ",
                                     callers[i].name, " as well");
      finding.example = ToText(ExampleOf(*both));
      finding.source.file = matrix.file;
      findings.push_back(std::move(finding));
    }
  }
}

// Each peer on the gRPC port is one caller's, and each caller has one.
void CheckPeers(const Cluster& cluster, const FlowMatrix& matrix,
                const Workload& server, std::vector<Finding>& findings) {
  const ConnectionSet grpc =
      Connections(Protocol::kTcp, {matrix.server.port, matrix.server.port});
  std::vector<size_t> peers_of(matrix.callers.size());
  for (const Admission& admission :
       Admissions(Isolating(cluster.policies, server, Direction::kIngress),
                  server.ports, Direction::kIngress)) {
    if (!admission.pods || admission.connections.Intersect(grpc).empty()) {
      continue;
    }
    std::vector<std::string> names;
    for (size_t i = 0; i < matrix.callers.size(); ++i) {
      if (!Intersect(*admission.pods, BoxOfCaller(matrix.callers[i]))) continue;
      names.push_back(matrix.callers[i].name);
      ++peers_of[i];
    }
    if (names.size() < 2) continue;
    Finding finding;
    finding.rule = kSharedPeer;
    finding.subject =
        absl::StrCat(server.kind, " ", server.namespace_name, "/", server.name);
    finding.message =
        absl::StrCat(ToText(admission.origin, Direction::kIngress),
                     " lets in several callers: ", absl::StrJoin(names, ", "));
    if (admission.origin.policy)
      finding.source = admission.origin.policy->source;
    findings.push_back(std::move(finding));
  }
  for (size_t i = 0; i < peers_of.size(); ++i) {
    if (peers_of[i] < 2) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.rule = kSharedPeer;
    finding.subject = absl::StrCat("flow ", matrix.callers[i].name);
    finding.message = absl::StrCat(peers_of[i], " peers let it in");
    findings.push_back(std::move(finding));
  }
}

void CheckTies(const Cluster& cluster, const FlowMatrix& matrix,
               const MatchOptions& options, std::vector<Finding>& findings) {
  for (const CallerFlow& caller : matrix.callers) {
    if (IsTied(cluster, caller)) continue;
    Finding finding;
    finding.severity =
        options.allow_untied_labels ? Severity::kWarning : Severity::kFail;
    finding.rule = kUntied;
    finding.subject = absl::StrCat("flow ", caller.name);
    finding.message = absl::StrCat(
        "no ValidatingAdmissionPolicy in the input ties its labels to service "
        "account ",
        caller.service_account);
    finding.example = absl::StrCat(ToText(ExampleOf(BoxOfCaller(caller))),
                                   " with any service account");
    finding.source.file = matrix.file;
    findings.push_back(std::move(finding));
  }
}

void CheckAccount(const Workload& pod, const std::string& declared,
                  const std::string& flow, std::vector<Finding>& findings) {
  if (pod.service_account == declared) return;
  Finding finding;
  finding.rule = kWrongAccount;
  finding.subject =
      absl::StrCat(pod.kind, " ", pod.namespace_name, "/", pod.name);
  finding.message =
      absl::StrCat("has the labels of ", flow, ", but runs as service account ",
                   pod.service_account, ", not ", declared);
  finding.source = pod.source;
  findings.push_back(std::move(finding));
}

void CheckAccounts(const Cluster& cluster, const FlowMatrix& matrix,
                   std::vector<Finding>& findings) {
  for (const CallerFlow& caller : matrix.callers) {
    const PeerBox box = BoxOfCaller(caller);
    const Labels space = {{kNamespaceNameLabel, caller.namespace_name}};
    for (const Workload& pod : cluster.workloads) {
      if (pod.namespace_name != caller.namespace_name || pod.is_finished ||
          !Contains(box, PodView{space, pod.labels})) {
        continue;
      }
      CheckAccount(pod, caller.service_account,
                   absl::StrCat("flow ", caller.name), findings);
    }
  }
}

}  // namespace

std::vector<Finding> MatchCallers(const Cluster& cluster,
                                  const FlowMatrix& matrix,
                                  const MatchOptions& options) {
  std::vector<Finding> findings;
  CheckOverlaps(matrix, findings);
  CheckTies(cluster, matrix, options, findings);
  CheckAccounts(cluster, matrix, findings);
  for (const Workload* const pod : ReleasePods(cluster, matrix)) {
    if (!IsServer(*pod, matrix)) continue;
    CheckAccount(*pod, matrix.server.service_account, "the server", findings);
    if (!pod->host_network) CheckPeers(cluster, matrix, *pod, findings);
  }
  return findings;
}

}  // namespace panvault::segmentation
