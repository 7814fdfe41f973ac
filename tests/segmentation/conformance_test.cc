// What this shows: the 48 cases of Kubernetes' own conformance suite for
// NetworkPolicy (test/e2e/network/netpol), written anew as a table: which of
// the pods a, b and c of namespaces x, y and z reach each other. As there, a
// pod's connections to itself are left out, and an ipBlock matches pods.

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "segmentation/explain.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

// Each line of `policies` is a namespace and a specification. Each word of
// `expected` takes away or gives back connections, in order: "-*>x/*" is all to
// pods of x, "+x/b>x/a" one. `relabel` is "y: label" or "x/a: label".
struct Step {
  int number;
  const char* policies;
  const char* connection;
  const char* expected;
  const char* relabel = "";
};

void PrintTo(const Step& step, std::ostream* os) {
  *os << "case " << step.number << " on " << step.connection;
}

#define X_ALL "x {podSelector: {}, "
#define X_A "x {podSelector: {matchLabels: {pod: a}}, "
#define Y_A "y {podSelector: {matchLabels: {pod: a}}, "
#define Y_B "y {podSelector: {matchLabels: {pod: b}}, "
#define IN "policyTypes: [Ingress], ingress: "
#define OUT "policyTypes: [Egress], egress: "
#define POD(name) "podSelector: {matchLabels: {pod: " name "}}"
#define NS(name)                                                           \
  "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \"" name \
  "\"}}"
#define NOT_NS(name)                                                           \
  "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, " \
  "operator: NotIn, values: [\"" name "\"]}]}"
#define PODS_IN(names)                                                       \
  "podSelector: {matchExpressions: [{key: pod, operator: In, values: " names \
  "}]}"
#define PORT(number) "ports: [{port: " number "}]"

constexpr char kAll80[] = X_ALL IN "[{" PORT("80") "}]}";
constexpr char kOut80[] = X_ALL OUT "[{" PORT("80") "}]}";
constexpr char kTogether[] =
    X_A "policyTypes: [Ingress, Egress], ingress: [{from: [{" POD(
        "b") "}]}], egress: [{" PORT("80") "}]}";
constexpr char kAround[] =
    X_A OUT "[{to: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.2/32]}}]}]}";

constexpr Step kSteps[] = {
    {1, X_ALL IN "[]}", "TCP 80", "-*>x/*"},
    {2, X_ALL "policyTypes: [Ingress, Egress]}", "TCP 80", "-*>x/* -x/*>*"},
    {3, X_A IN "[{from: [{" POD("b") "}]}]}", "TCP 80", "-*>x/a +x/b>x/a"},
    {4,
     X_ALL IN "[]}\n" X_A IN "[{from: [{podSelector: {}, "
              "namespaceSelector: {}}]}]}",
     "TCP 80", "-*>x/* +*>x/a"},
    {5, X_A IN "[{from: [{namespaceSelector: {matchLabels: {}}}]}]}", "TCP 80",
     ""},
    {6, X_A IN "[{from: [{" NS("y") "}]}]}", "TCP 80", "-x/*>x/a -z/*>x/a"},
    {7, X_A IN "[{from: [{" PODS_IN("[b]") "}]}]}", "TCP 80",
     "-*>x/a +x/b>x/a"},
    {8,
     X_A IN
     "[{from: [{namespaceSelector: {matchExpressions: [{key: "
     "kubernetes.io/metadata.name, operator: In, values: [\"y\"]}]}}]}]}",
     "TCP 80", "-x/*>x/a -z/*>x/a"},
    {9, X_A IN "[{from: [{" NOT_NS("x") "}, {" POD("b") "}]}]}", "TCP 80",
     "-x/a>x/a -x/c>x/a"},
    {10, X_A IN "[{from: [{" NOT_NS("x") ", " POD("b") "}]}]}", "TCP 80",
     "-*>x/a +y/b>x/a +z/b>x/a"},
    {11, X_A IN "[{from: [{" NOT_NS("x") ", " PODS_IN("[b, c]") "}]}]}",
     "TCP 80", "-x/*>x/a -y/a>x/a -z/a>x/a"},
    {12, X_A IN "[{from: [{" POD("b") "}, {" POD("c") "}]}]}", "TCP 80",
     "-*>x/a +x/b>x/a +x/c>x/a"},
    {13, X_A IN "[{from: [{" NS("y") ", " POD("a") "}]}]}", "TCP 80",
     "-*>x/a +y/a>x/a"},
    {14, X_A IN "[{from: [{" NS("y") "}], " PORT("81") "}]}", "TCP 81",
     "-*>x/a +y/*>x/a"},
    {15, X_A IN "[{from: [{" NS("y") "}], " PORT("81") "}]}", "TCP 80",
     "-*>x/a"},
    {15,
     X_A IN "[{from: [{" NS("y") "}], " PORT(
         "81") "}]}\n" X_A IN "[{from: [{" NS("y") "}], " PORT("80") "}]}",
     "TCP 80", "-*>x/a +y/*>x/a"},
    {16, X_ALL IN "[{}]}", "TCP 80", ""},
    {16, X_ALL IN "[{}]}", "TCP 81", ""},
    {17, X_ALL IN "[{" PORT("serve-81-tcp") "}]}", "TCP 81", ""},
    {17, X_ALL IN "[{" PORT("serve-81-tcp") "}]}", "TCP 80", "-*>x/*"},
    {18, X_A IN "[{from: [{" NS("y") "}], " PORT("serve-80-tcp") "}]}",
     "TCP 80", "-*>x/a +y/*>x/a"},
    {18, X_A IN "[{from: [{" NS("y") "}], " PORT("serve-80-tcp") "}]}",
     "TCP 81", "-*>x/a"},
    {19, X_ALL OUT "[{" PORT("serve-80-tcp") "}]}", "TCP 80", ""},
    {19, X_ALL OUT "[{" PORT("serve-80-tcp") "}]}", "TCP 81", "-x/*>*"},
    {20, X_ALL IN "[{}]}", "TCP 81", ""},
    {20, X_ALL IN "[]}", "TCP 81", "-*>x/*"},
    {21,
     X_A IN "[{from: [{namespaceSelector: {matchLabels: {ns2: "
            "updated}}}]}]}",
     "TCP 80", "-*>x/a"},
    {21,
     X_A IN "[{from: [{namespaceSelector: {matchLabels: {ns2: "
            "updated}}}]}]}",
     "TCP 80", "-*>x/a +y/*>x/a", "y: ns2=updated"},
    {22,
     X_A IN "[{from: [{podSelector: {matchLabels: {pod: b, pod2: "
            "updated}}}]}]}",
     "TCP 80", "-*>x/a"},
    {22,
     X_A IN "[{from: [{podSelector: {matchLabels: {pod: b, pod2: "
            "updated}}}]}]}",
     "TCP 80", "-*>x/a +x/b>x/a", "x/b: pod2=updated"},
    {23, X_ALL IN "[{from: [{podSelector: {matchLabels: {}}}]}]}", "TCP 80",
     "-y/*>x/* -z/*>x/*"},
    {24, "x {podSelector: {matchLabels: {target: isolated}}, " IN "[]}",
     "TCP 80", ""},
    {24, "x {podSelector: {matchLabels: {target: isolated}}, " IN "[]}",
     "TCP 80", "-*>x/a", "x/a: target=isolated"},
    {25, X_A OUT "[]}", "TCP 80", "-x/a>*"},
    {26, X_ALL OUT "[]}", "TCP 80", "-x/*>*"},
    {27, kTogether, "TCP 80", "-*>x/a +x/b>x/a"},
    {27, kTogether, "TCP 81", "-*>x/a -x/a>* +x/b>x/a"},
    {28,
     X_A OUT "[{to: [{" NS("y") ", " POD("a") "}]}]}\n" Y_A IN "[{from: [{" NS(
         "x") ", " POD("a") "}]}]}\n" Y_B IN
                            "[{from: [{" NS("x") ", " POD("a") "}]}]}",
     "TCP 80", "-x/a>* -*>y/a +x/a>y/a -*>y/b"},
    {29, X_A OUT "[{to: [{" NS("y") ", " POD("a") "}]}]}", "TCP 80",
     "-x/a>* +x/a>y/a"},
    {30, X_A IN "[{ports: [{protocol: TCP}]}]}", "TCP 80", ""},
    {30, X_A IN "[{ports: [{protocol: TCP}]}]}", "UDP 80", "-*>x/a"},
    {31, kAll80, "TCP 81", "-*>x/*"},
    {31, X_ALL IN "[{" PORT("80") "}]}\n" X_ALL IN "[{}]}", "TCP 81", ""},
    {32, kOut80, "TCP 81", "-x/*>*"},
    {32, X_ALL OUT "[{" PORT("80") "}]}\n" X_ALL OUT "[{}]}", "TCP 81", ""},
    {33, X_ALL "policyTypes: [Ingress, Egress]}", "TCP 80", "-x/*>* -*>x/*"},
    {33, "", "TCP 80", ""},
    {34, X_A OUT "[{to: [{ipBlock: {cidr: 10.0.2.2/32}}]}]}", "TCP 80",
     "-x/a>* +x/a>y/b"},
    {35, kAround, "TCP 80", "-x/a>x/b"},
    {36, kAround, "TCP 80", "-x/a>x/b"},
    {36, X_A OUT "[{to: [{ipBlock: {cidr: 10.0.1.2/32}}]}]}", "TCP 80",
     "-x/a>* +x/a>x/b"},
    {37, X_A OUT "[{}]}", "TCP 80", ""},
    {37, X_A OUT "[{}]}\n" X_A IN "[]}", "TCP 80", "-*>x/a"},
    {38, X_ALL IN "[]}\n" X_A IN "[{ports: [{port: 81, protocol: SCTP}]}]}",
     "TCP 81", "-*>x/*"},
    {39, X_A IN "[{ports: [{port: 80, protocol: SCTP}]}]}", "TCP 81", "-*>x/a"},
    {40, X_A IN "[{ports: [{port: 81, protocol: UDP}]}]}", "TCP 81", "-*>x/a"},
    {41, X_A IN "[{from: [{" NS("y") "}]}]}", "TCP 80", "-x/*>x/a -z/*>x/a"},
    {42, X_A OUT "[{to: [{" NOT_NS("y") "}]}]}", "TCP 80", "-x/a>y/*"},
    {43, X_ALL IN "[]}", "UDP 80", "-*>x/*"},
    {44,
     X_A IN "[{from: [{" NS("y") "}], ports: [{port: 81, protocol: UDP}]}]}",
     "UDP 81", "-x/*>x/a -z/*>x/a"},
    {45, X_A IN "[{from: [{" NS("y") ", " POD("a") "}]}]}", "UDP 80",
     "-*>x/a +y/a>x/a"},
    {46, X_ALL IN "[]}", "SCTP 80", "-*>x/*"},
    {47,
     X_A IN "[{from: [{" NS("y") "}], ports: [{port: 81, protocol: "
                                 "SCTP}]}]}",
     "SCTP 81", "-x/*>x/a -z/*>x/a"},
    {48, X_A IN "[{from: [{" NS("y") ", " POD("a") "}]}]}", "SCTP 80",
     "-*>x/a +y/a>x/a"},
};

// "x/*" or "*", for a pod "x/a".
bool Fits(absl::string_view pattern, absl::string_view pod) {
  if (pattern == "*") return true;
  if (absl::EndsWith(pattern, "/*")) {
    return pattern.substr(0, 2) == pod.substr(0, 2);
  }
  return pattern == pod;
}

bool IsExpected(absl::string_view expected, const std::string& source,
                const std::string& destination) {
  bool is_open = true;
  for (const absl::string_view word :
       absl::StrSplit(expected, ' ', absl::SkipEmpty())) {
    const std::vector<absl::string_view> ends =
        absl::StrSplit(word.substr(1), '>');
    if (Fits(ends[0], source) && Fits(ends[1], destination)) {
      is_open = word.front() == '+';
    }
  }
  return is_open;
}

// ", label: value" if `relabel` is about `object`.
std::string MoreLabels(absl::string_view relabel, absl::string_view object) {
  const std::vector<std::string> parts = absl::StrSplit(relabel, ": ");
  if (parts.front() != object || parts.size() != 2) return "";
  const std::vector<std::string> label = absl::StrSplit(parts[1], '=');
  return absl::StrCat(", ", label[0], ": ", label[1]);
}

std::string ClusterText(const Step& step) {
  std::string text;
  int space_number = 0;
  for (const char* const space : {"x", "y", "z"}) {
    ++space_number;
    absl::StrAppend(&text,
                    "apiVersion: v1\nkind: Namespace\nmetadata: {name: ", "\"",
                    space, "\", labels: {test: \"1\"",
                    MoreLabels(step.relabel, space), "}}\n---\n");
    int pod_number = 0;
    for (const char* const pod : {"a", "b", "c"}) {
      ++pod_number;
      absl::StrAppend(&text,
                      "apiVersion: v1\nkind: Pod\nmetadata: {name: ", pod,
                      ", namespace: \"", space, "\", labels: {pod: ", pod,
                      MoreLabels(step.relabel, absl::StrCat(space, "/", pod)),
                      "}}\nspec: {containers: [{name: c, ports: [");
      for (const char* const port : {"80", "81"}) {
        absl::StrAppend(&text, "{name: serve-", port,
                        "-tcp, containerPort: ", port, "}, ");
      }
      absl::StrAppend(&text, "]}]}\nstatus: {podIP: 10.0.", space_number, ".",
                      pod_number, "}\n---\n");
    }
  }
  int policy_number = 0;
  for (const absl::string_view line :
       absl::StrSplit(step.policies, '\n', absl::SkipEmpty())) {
    absl::StrAppend(&text, "apiVersion: networking.k8s.io/v1\nkind: ",
                    "NetworkPolicy\nmetadata: {name: p", ++policy_number,
                    ", namespace: \"", line.substr(0, 1),
                    "\"}\nspec: ", line.substr(2), "\n---\n");
  }
  return text;
}

class ConformanceTest : public ::testing::TestWithParam<Step> {};

TEST_P(ConformanceTest, HasTheTruthTable) {
  const Step& step = GetParam();
  const Cluster cluster = ReadCluster(ClusterText(step));
  ASSERT_EQ(cluster.workloads.size(), 9U);
  ExplainOptions options;
  options.blocks_match_pods = true;
  for (const Workload& from : cluster.workloads) {
    for (const Workload& to : cluster.workloads) {
      if (&from == &to) continue;
      const std::string source = from.namespace_name + "/" + from.name;
      const std::string destination = to.namespace_name + "/" + to.name;
      const auto explanation =
          Explain(cluster, {source, destination},
                  *ParseConnection(step.connection), options);
      ASSERT_TRUE(explanation.ok()) << explanation.status();
      EXPECT_EQ(explanation->is_allowed(),
                IsExpected(step.expected, source, destination))
          << source << " to " << destination;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Netpol, ConformanceTest, ::testing::ValuesIn(kSteps));

TEST(Conformance, TheTableHasAll48Cases) {
  std::set<int> numbers;
  for (const Step& step : kSteps) numbers.insert(step.number);
  EXPECT_EQ(numbers.size(), 48U);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 48);
}

}  // namespace
}  // namespace panvault::segmentation
