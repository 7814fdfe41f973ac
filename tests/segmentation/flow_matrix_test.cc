// What this shows: the file of flows is read strictly; what it leaves out, says
// twice or contradicts is named.

#include "segmentation/flow_matrix.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/shown_problems.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFlows[] = R"(
server:
  namespace: vault
  pod_labels: {app.kubernetes.io/name: panvault, app.kubernetes.io/component: server}
  spiffe_id: spiffe://pay.example/ns/vault/sa/panvault
  port: 8443
callers:
- {name: shop, namespace: shop, service_account: api, pod_labels: {app: shop},
   spiffe_id: "spiffe://pay.example/ns/shop/sa/api", port: 8443, protocol: TCP,
   justification: j, owner: o, approved_by: a, review_by: "2027-01-31", pci: [1.2.5]}
without_identity:
- {name: db, kind: postgres, direction: egress, from_components: [server],
   cidr: 10.0.0.1/32, ports: [5432], protocols: [TCP],
   justification: j, owner: o, approved_by: a, review_by: "2027-01-31", pci: []}
- {name: scrape, kind: metrics, direction: ingress, to_components: [server],
   namespace: monitoring, pod_labels: {app: prometheus}, ports: ["9090-9091", 9100],
   protocols: [TCP], justification: j, owner: o, approved_by: a,
   review_by: "2027-01-31", pci: [1.2.6]}
- {name: test, kind: test, direction: within, from_components: [test],
   to_components: [server], ports: [8443], protocols: [TCP], justification: j, owner: o,
   approved_by: a, pci: []}
)";

struct Result {
  FlowMatrix matrix;
  std::vector<std::string> problems;
};

Result Read(const std::string& text) {
  Result result;
  std::vector<Problem> problems;
  result.matrix = ParseFlowMatrix("f", text, problems);
  result.problems = Shown(problems);
  return result;
}

// What is wrong after one change to the flows above.
std::vector<std::string> Wrong(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kFlows, {{from, to}});
  EXPECT_NE(text, kFlows) << from;
  return Read(text).problems;
}

TEST(FlowMatrixTest, ReadsAll) {
  const Result result = Read(kFlows);
  EXPECT_THAT(result.problems, IsEmpty());
  const FlowMatrix& matrix = result.matrix;
  EXPECT_EQ(matrix.server.service_account, "panvault");
  EXPECT_EQ(matrix.ServerComponent(), "server");
  EXPECT_EQ(matrix.ReleaseLabels(),
            (Labels{{"app.kubernetes.io/name", "panvault"}}));
  EXPECT_EQ(matrix.ComponentLabels("x").at(kComponentLabel), "x");
  ASSERT_THAT(matrix.callers, SizeIs(1));
  EXPECT_EQ(matrix.callers[0].words.pci, std::vector<std::string>{"1.2.5"});
  ASSERT_THAT(matrix.others, SizeIs(3));
  EXPECT_EQ(ToText(*matrix.others[0].block), "10.0.0.1");
  EXPECT_EQ(ToText(matrix.others[1].connections), "TCP 9090-9091,9100");
  EXPECT_EQ(matrix.others[2].direction, PlainFlow::Direction::kWithin);
}

TEST(FlowMatrixTest, IdentityAndPodsMustAgree) {
  EXPECT_THAT(Wrong("ns/shop/sa/api", "ns/other/sa/api"),
              ElementsAre("callers[0].spiffe_id: names another namespace than "
                          "the entry"));
  EXPECT_THAT(Wrong("ns/shop/sa/api", "ns/shop/sa/web"),
              ElementsAre("callers[0].spiffe_id: names another service account "
                          "than the entry"));
  EXPECT_THAT(Wrong("ns/vault/sa", "ns/other/sa"),
              ElementsAre("server.spiffe_id: names another namespace"));
  EXPECT_THAT(Wrong("spiffe://pay.example/ns/shop/sa/api", "spiffe://x/y"),
              SizeIs(1));
}

TEST(FlowMatrixTest, CallersHaveLabelsAndTheServersPort) {
  EXPECT_THAT(Wrong("pod_labels: {app: shop}", "pod_labels: {}"),
              ElementsAre("callers[0].pod_labels: is needed"));
  EXPECT_THAT(Wrong("port: 8443, protocol: TCP", "port: 8444, protocol: UDP"),
              ElementsAre("callers[0].port: is not the server's",
                          "callers[0].protocol: is not TCP"));
  EXPECT_THAT(Wrong("app: shop", "app: \"*\""),
              ElementsAre("callers[0].pod_labels.app: has no label value"));
}

TEST(FlowMatrixTest, NoFlowWithoutIdentityOnTheGrpcPort) {
  EXPECT_THAT(Wrong("\"9090-9091\"", "\"8400-8500\""),
              ElementsAre("without_identity[1].ports: is the gRPC port, which "
                          "needs an identity"));
  EXPECT_THAT(Wrong("kind: test", "kind: other"),
              ElementsAre("without_identity[2].ports: is the gRPC port, which "
                          "needs an identity"));
}

TEST(FlowMatrixTest, TheOtherEndIsOneThing) {
  EXPECT_THAT(Wrong("cidr: 10.0.0.1/32", "cidr: 10.0.0.1/32, namespace: x"),
              SizeIs(2));
  EXPECT_THAT(
      Wrong("cidr: 10.0.0.1/32, ", ""),
      ElementsAre("without_identity[0]: a flow has a cidr, or namespace "
                  "and pod_labels"));
  EXPECT_THAT(Wrong("pod_labels: {app: prometheus}, ", ""),
              ElementsAre("without_identity[1]: namespace and pod_labels go "
                          "together"));
  EXPECT_THAT(Wrong("10.0.0.1/32", "10.0.0.1"),
              ElementsAre("without_identity[0].cidr: a CIDR has a prefix "
                          "length, as in /32"));
  EXPECT_THAT(Wrong("direction: within", "direction: within, cidr: ::/0"),
              SizeIs(1));
}

TEST(FlowMatrixTest, PortsAreNumbersAndRanges) {
  const auto wrong = [](const std::string& ports) {
    return Wrong("ports: [5432]", "ports: [" + ports + "]");
  };
  EXPECT_THAT(wrong("1, 65535, \"5-5\""), IsEmpty());
  EXPECT_THAT(wrong(""), ElementsAre("without_identity[0].ports: is needed"));
  for (const char* const bad : {"0", "65536", "-1", "\"5\"", "\"9-8\"", "a-b",
                                "\"1-65536\"", "1.5", "true", "{}"}) {
    EXPECT_THAT(wrong(std::string("1, ") + bad),
                ElementsAre("without_identity[0].ports[1]: is neither a port "
                            "nor a range of ports, as in \"80-90\""))
        << bad;
  }
}

TEST(FlowMatrixTest, ComponentsCanHaveLabelsOfTheirOwn) {
  const auto with = [](const std::string& components) {
    return Read(std::string(kFlows) + "components: " + components + "\n");
  };
  const Result own = with("{test: {made-by: operator}}");
  EXPECT_THAT(own.problems, IsEmpty());
  EXPECT_EQ(own.matrix.ComponentLabels("test"),
            (Labels{{"made-by", "operator"}}));
  EXPECT_THAT(own.matrix.Components(), ElementsAre("server", "test"));
  EXPECT_THAT(with("{test: {}}").problems,
              ElementsAre("components.test: is needed"));
  EXPECT_THAT(with("{server: {a: b}}").problems,
              ElementsAre("components.server: is the server's, which has its "
                          "own"));
  EXPECT_THAT(with("{test: {a: \"*\"}}").problems, SizeIs(1));
}

TEST(FlowMatrixTest, DirectionsHaveTheirEnds) {
  EXPECT_THAT(Wrong("direction: egress", "direction: out"),
              ElementsAre("without_identity[0].direction: is not ingress, "
                          "egress or within"));
  EXPECT_THAT(Wrong("from_components: [server],", "from_components: [],"),
              ElementsAre("without_identity[0].from_components: is needed"));
  EXPECT_THAT(Wrong("direction: ingress, to_components: [server]",
                    "direction: ingress, from_components: [server]"),
              ElementsAre("without_identity[1].from_components: is not allowed",
                          "without_identity[1].to_components: is needed"));
}

TEST(FlowMatrixTest, NamesAndIdentitiesAreUnique) {
  EXPECT_THAT(Wrong("name: db", "name: shop"),
              ElementsAre("without_identity: two flows named shop"));
}

TEST(FlowMatrixTest, RefusesTheRest) {
  EXPECT_THAT(Wrong("owner: o, approved_by: a, review_by: \"2027-01-31\", pci: "
                    "[1.2.5]",
                    "approved_by: a, review_by: \"2027-01-31\""),
              ElementsAre("callers[0].owner: is needed"));
  EXPECT_THAT(Wrong("callers:\n", "callerz:\n"),
              ElementsAre("callerz: unknown field"));
  EXPECT_THAT(Wrong("protocols: [TCP], justification: j, owner: o, "
                    "approved_by: a,\n   review_by",
                    "protocols: [ICMP], justification: j, owner: o, "
                    "approved_by: a,\n   review_by"),
              SizeIs(1));
  EXPECT_THAT(Read("").problems,
              ElementsAre("the file of flows has one document"));
  EXPECT_THAT(Read("a: 1\n---\nb: 2").problems, SizeIs(1));
  EXPECT_THAT(Read("a: [").problems, SizeIs(1));
  EXPECT_THAT(Read("{}").problems, ElementsAre("server: is needed"));
}

}  // namespace
}  // namespace panvault::segmentation
