// What the fuzzers do with a text from outside. corpus_test.cc does the same
// with every file that they are given to begin with, or that once broke
// something.

#ifndef PANVAULT_TESTS_SEGMENTATION_FUZZ_INPUTS_H_
#define PANVAULT_TESTS_SEGMENTATION_FUZZ_INPUTS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/check.h"
#include "segmentation/connection_list.h"
#include "segmentation/report_text.h"

namespace panvault::segmentation {

// The work grows with pods times policies; some of each are enough.
inline constexpr size_t kFuzzedObjectsMax = 20;

// Reads manifests in YAML or JSON; lists, checks and reports what they say.
inline void TryManifests(absl::string_view text) {
  Manifests manifests;
  AddManifest("fuzzed", text, manifests.cluster);
  const Cluster& cluster = manifests.cluster;
  if (cluster.workloads.size() > kFuzzedObjectsMax ||
      cluster.policies.size() > kFuzzedObjectsMax) {
    return;
  }
  ListConnections(cluster, {});
  FlowMatrix matrix;
  std::vector<Problem> problems;
  const auto flows = FlowsInManifests(cluster);
  if (flows.ok()) matrix = ParseFlowMatrix("flows.yaml", *flows, problems);
  const Report report = Check(manifests, matrix, problems, {});
  for (const ReportForm form :
       {ReportForm::kText, ReportForm::kJson, ReportForm::kJunit,
        ReportForm::kSarif, ReportForm::kMarkdown, ReportForm::kHtml}) {
    Write(report, form);
  }
}

// Reads a file of flows.
inline void TryFlows(absl::string_view text) {
  std::vector<Problem> problems;
  ParseFlowMatrix("fuzzed", text, problems);
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_FUZZ_INPUTS_H_
