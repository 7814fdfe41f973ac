// Reads manifests that a test writes out, and what was wrong with them.

#ifndef PANVAULT_TESTS_SEGMENTATION_READ_CLUSTER_H_
#define PANVAULT_TESTS_SEGMENTATION_READ_CLUSTER_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "segmentation/manifests.h"
#include "segmentation/model.h"
#include "tests/segmentation/shown_problems.h"

namespace panvault::segmentation {

// "2:14: NetworkPolicy a/b: spec.ingress: is a map, not a list", with document
// and line.
inline std::vector<std::string> ProblemsOf(const Cluster& cluster) {
  std::vector<std::string> shown;
  for (const Problem& problem : cluster.problems) {
    shown.push_back(absl::StrCat(problem.source.document, ":",
                                 problem.source.line, ": ", Shown(problem)));
  }
  return shown;
}

inline Cluster ReadAnyCluster(absl::string_view text) {
  Cluster cluster;
  AddManifest("test.yaml", text, cluster);
  return cluster;
}

// Expects that nothing is wrong with it.
inline Cluster ReadCluster(absl::string_view text) {
  Cluster cluster = ReadAnyCluster(text);
  for (const std::string& problem : ProblemsOf(cluster)) {
    ADD_FAILURE() << problem;
  }
  return cluster;
}

// A policy of namespace "a" with this specification, indented by two.
inline std::string PolicyText(absl::string_view spec) {
  return absl::StrCat(
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
      "metadata: {name: p, namespace: a}\nspec:\n",
      spec, "\n");
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_READ_CLUSTER_H_
