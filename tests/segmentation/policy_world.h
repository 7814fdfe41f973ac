// A small cluster for tests of semantics: namespaces a (team red) and b (team
// blue), in each the pods x and z, labelled pod=x and pod=z, and in a the pod
// host on the host network.

#ifndef PANVAULT_TESTS_SEGMENTATION_POLICY_WORLD_H_
#define PANVAULT_TESTS_SEGMENTATION_POLICY_WORLD_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "segmentation/connections.h"
#include "segmentation/explain.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {

inline std::string WorldText() {
  std::string text;
  for (const char* const space : {"a", "b"}) {
    absl::StrAppend(
        &text,
        "---\napiVersion: v1\nkind: Namespace\nmetadata: ", "{name: ", space,
        ", labels: {team: ", *space == 'a' ? "red" : "blue", "}}\n");
    for (const char* const pod : {"x", "z"}) {
      absl::StrAppend(
          &text, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: ", pod,
          ", namespace: ", space, ", labels: {pod: ", pod,
          "}}\nspec: {initContainers: [{name: i, ports: [{name: side, ",
          "containerPort: 7}]}], containers: [{name: c, ports: [{name: web, ",
          "containerPort: ", *pod == 'x' ? "80" : "81",
          "}, {name: dns, containerPort: 53, protocol: UDP}]}]}\n");
    }
  }
  absl::StrAppend(&text, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: ",
                  "host, namespace: a, labels: {pod: x}}\n",
                  "spec: {hostNetwork: true, containers: []}\n");
  return text;
}

// A policy's specification, for World: one that selects the pods x.
inline std::string OfX(const std::string& rest) {
  return "  podSelector: {matchLabels: {pod: x}}\n" + rest;
}

// Ingress of x from these peers only; egress of x by these rules only: YAML
// lists without their brackets.
inline std::string IngressOfX(const std::string& peers) {
  return OfX("  ingress: [{from: [" + peers + "]}]");
}
inline std::string EgressOfX(const std::string& rules) {
  return OfX("  policyTypes: [Egress]\n  egress: [" + rules + "]");
}

// The world with policies of namespace "a", each the text of a specification
// indented by two.
class World {
 public:
  explicit World(const std::vector<std::string>& specs) {
    std::string text = WorldText();
    int number = 0;
    for (const std::string& spec : specs) {
      absl::StrAppend(&text, "---\napiVersion: networking.k8s.io/v1\nkind: ",
                      "NetworkPolicy\nmetadata: {name: p", ++number,
                      ", namespace: a}\nspec:\n", spec, "\n");
    }
    cluster_ = ReadCluster(text);
  }

  const Cluster& cluster() const { return cluster_; }

  // "TCP 80" from "b/x" or "192.0.2.1" to "a/x".
  bool Allows(absl::string_view source, absl::string_view destination,
              absl::string_view connection = "TCP 80") const {
    const auto parsed = ParseConnection(connection);
    const auto explanation =
        Explain(cluster_, {source, destination}, parsed.value());
    EXPECT_TRUE(explanation.ok()) << explanation.status();
    return explanation.ok() && explanation->is_allowed();
  }

 private:
  Cluster cluster_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_POLICY_WORLD_H_
