#include "segmentation/check.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "segmentation/allowlist.h"
#include "segmentation/declared.h"
#include "segmentation/rbac.h"
#include "segmentation/rules.h"
#include "segmentation/surroundings.h"
#include "segmentation/verify.h"

namespace panvault::segmentation {
namespace {

constexpr char kFlowsKey[] = "flows.yaml";

void Append(std::vector<Finding> more, std::vector<Finding>& findings) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

std::string LabelsText(const Labels& labels) {
  return absl::StrJoin(labels, ", ", absl::PairFormatter("="));
}

std::string PodsText(const std::string& space, const Labels& labels) {
  return absl::StrCat("pods of ", space, " with ", LabelsText(labels));
}

void SetWords(const FlowWords& words, FlowRow& row) {
  row.justification = words.justification;
  row.owner = words.owner;
  row.approved_by = words.approved_by;
  row.review_by = words.review_by;
  row.pci = words.pci;
}

FlowRow RowOf(const CallerFlow& caller, const FlowMatrix& matrix) {
  FlowRow row;
  row.name = caller.name;
  row.from = PodsText(caller.namespace_name, caller.pod_labels);
  row.to = absl::StrCat("the server (", matrix.server.namespace_name, ")");
  row.ports = absl::StrCat("TCP ", matrix.server.port);
  row.identity = caller.spiffe_id;
  SetWords(caller.words, row);
  return row;
}

FlowRow RowOf(const PlainFlow& flow) {
  const std::string outside =
      flow.cidr.empty() ? PodsText(flow.namespace_name, flow.pod_labels)
                        : flow.cidr;
  const std::string from = absl::StrJoin(flow.from_components, ", ");
  const std::string to = absl::StrJoin(flow.to_components, ", ");
  FlowRow row;
  row.name = flow.name;
  switch (flow.direction) {
    case PlainFlow::Direction::kIngress:
      row.from = outside;
      row.to = to;
      break;
    case PlainFlow::Direction::kEgress:
      row.from = from;
      row.to = outside;
      row.side = FlowRow::Side::kOutOf;
      break;
    case PlainFlow::Direction::kWithin:
      row.from = from;
      row.to = to;
      row.side = FlowRow::Side::kWithin;
      break;
  }
  row.ports = ToText(flow.connections);
  SetWords(flow.words, row);
  return row;
}

void AddRows(const FlowMatrix& matrix, Report& report) {
  for (const CallerFlow& caller : matrix.callers) {
    report.flows.push_back(RowOf(caller, matrix));
  }
  for (const PlainFlow& flow : matrix.others) {
    report.flows.push_back(RowOf(flow));
  }
  for (FlowRow& row : report.flows) {
    row.is_blocked =
        std::any_of(report.findings.begin(), report.findings.end(),
                    [&row](const Finding& one) {
                      return one.rule == kBlocked &&
                             one.subject == absl::StrCat("flow ", row.name);
                    });
  }
}

void AddNotChecked(const Cluster& cluster, Report& report) {
  std::vector<std::string>& texts = report.not_checked;
  texts.emplace_back(
      "Whether the network plugin enforces NetworkPolicy at all, and the time "
      "until a change takes effect: that takes probes in the cluster.");
  texts.emplace_back(
      "ICMP and other protocols than TCP, UDP and SCTP; they are outside the "
      "specification of NetworkPolicy.");
  texts.emplace_back(
      "What no policy can block: traffic between a pod and its own node "
      "(kubelet probes), replies, and loopback; and connections that were open "
      "before a change.");
  texts.emplace_back(
      "Second network interfaces, and source addresses that are rewritten on "
      "the way.");
  texts.emplace_back(
      "What nodes answer themselves on link-local addresses, as name servers "
      "and metadata services: some plugins let it through, whatever is said.");
  texts.emplace_back(
      "The control plane's own role bindings (system:*, system:masters).");
  if (!cluster.not_examined.empty()) {
    texts.push_back(absl::StrCat(
        "Objects of other kinds, which open nothing that NetworkPolicies "
        "close: ",
        absl::StrJoin(cluster.not_examined, ", ", absl::PairFormatter(" ")),
        "."));
  }
}

void AddProblems(const std::vector<Problem>& problems, Report& report) {
  for (const Problem& problem : problems) {
    Finding finding;
    finding.severity = Severity::kUnknown;
    finding.rule = kUnreadable;
    finding.subject = problem.path;
    finding.message = problem.what;
    finding.source = problem.source;
    report.findings.push_back(std::move(finding));
  }
}

void Sort(std::vector<Finding>& findings) {
  const auto key = [](const Finding& one) {
    return std::tie(one.severity, one.rule, one.subject, one.message);
  };
  std::stable_sort(
      findings.begin(), findings.end(),
      [&key](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

}  // namespace

Report Check(const Manifests& manifests, const FlowMatrix& matrix,
             const std::vector<Problem>& matrix_problems,
             const CheckOptions& options) {
  const Cluster& cluster = manifests.cluster;
  Report report;
  report.inputs = manifests.files;
  AddNotChecked(cluster, report);
  AddProblems(matrix_problems, report);
  // Often the cause: flows.yaml is in a file that could not be read.
  if (!matrix_problems.empty()) AddProblems(cluster.problems, report);
  if (matrix_problems.empty()) {
    report.findings = VerifyFlows(cluster, matrix, options.watch);
    Append(MatchCallers(cluster, matrix, options.match), report.findings);
    Append(MatchAllowlist(cluster, matrix), report.findings);
    Append(CheckRbac(cluster, matrix.server.namespace_name), report.findings);
    Append(CheckSurroundings(cluster, matrix, options.today), report.findings);
    for (const Workload* const pod : ReleasePods(cluster, matrix)) {
      report.checked.push_back(
          absl::StrCat(pod->kind, " ", pod->namespace_name, "/", pod->name));
    }
    for (const Workload& pod : AbsentPods(cluster, matrix)) {
      report.checked.push_back(
          absl::StrCat("component ", pod.namespace_name, "/", pod.name,
                       ", by its labels: no pod of it is in the input"));
    }
    AddRows(matrix, report);
    if (!HasAllowlist(cluster, matrix)) {
      report.not_checked.emplace_back(
          "The service's allowlist: no ConfigMap of the input holds "
          "access.yaml.");
    }
  }
  for (Finding& finding : report.findings) {
    if (options.warnings_fail && finding.severity == Severity::kWarning) {
      finding.severity = Severity::kFail;
    }
  }
  Sort(report.findings);
  report.verdict = VerdictOf(report.findings);
  return report;
}

absl::StatusOr<std::string> FlowsInManifests(const Cluster& cluster) {
  const std::string* flows = nullptr;
  for (const OtherObject& other : cluster.others) {
    if (other.kind != "ConfigMap") continue;
    const TreeNode* const data = other.root.Find("data");
    const TreeNode* const text =
        data == nullptr ? nullptr : data->Find(kFlowsKey);
    if (text == nullptr) continue;
    if (flows != nullptr) {
      return absl::FailedPreconditionError(
          "several ConfigMaps hold flows.yaml; name one with --flows");
    }
    flows = &text->text;
  }
  if (flows == nullptr) {
    return absl::NotFoundError(
        "no ConfigMap of the manifests holds flows.yaml; give --flows");
  }
  return *flows;
}

}  // namespace panvault::segmentation
