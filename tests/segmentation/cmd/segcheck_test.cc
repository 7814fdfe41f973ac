// What this shows: the program's commands, exit codes and outputs.

#include "segmentation/cmd/segcheck.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"
#include "tests/segmentation/release.h"
#include "tests/testing/temp_folder.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result {
  int code;
  std::string out;
  std::string err;
};

Result RunTool(const std::vector<std::string>& args) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunSegcheck(args, out, err);
  return {code, out.str(), err.str()};
}

class SegcheckTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  Result Verify(const std::string& text,
                const std::vector<std::string>& more = {}) {
    std::vector<std::string> args = {"verify", "--today", "2026-12-01",
                                     "--manifests", Write("r.yaml", text)};
    args.insert(args.end(), more.begin(), more.end());
    return RunTool(args);
  }

  panvault::testing::TempFolder folder_;
};

TEST_F(SegcheckTest, VerifyPasses) {
  const Result result = Verify(ReleaseText());
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, StartsWith("PASS\n"));
}

TEST_F(SegcheckTest, VerifyFails) {
  const Result result = Verify(
      Changed("10.20.0.5/32\n      ports:\n", "10.20.0.0/24\n      ports:\n"));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("leak-egress"));
}

TEST_F(SegcheckTest, VerifyDoesNotKnow) {
  EXPECT_EQ(Verify(WithMore("a: [\n")).code, 2);
  EXPECT_EQ(Verify(WithMore("{}")).code, 2);
}

// What keeps flows.yaml from being found is named, in every form of report.
TEST_F(SegcheckTest, VerifySaysWhyThereAreNoFlows) {
  const Result repeated =
      Verify(WithMore("kind: Pod\nkind: Pod\n"), {"--report", "json"});
  EXPECT_EQ(repeated.code, 2);
  EXPECT_THAT(repeated.out, HasSubstr("\"verdict\": \"UNKNOWN\""));
  EXPECT_THAT(repeated.out, HasSubstr("repeated key \\\"kind\\\""));
  EXPECT_THAT(repeated.out, HasSubstr("/r.yaml"));
  const Result none =
      Verify("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.out, HasSubstr("holds flows.yaml; give --flows"));
}

TEST_F(SegcheckTest, FlowsCanBeAFile) {
  const std::string flows = Write("flows.yaml", "server: {}\n");
  const Result result = Verify(ReleaseText(), {"--flows", flows});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out, HasSubstr("server.namespace: is needed"));
  EXPECT_EQ(Verify(ReleaseText(), {"--flows", flows + ".none"}).code, 2);
}

TEST_F(SegcheckTest, ReportsGoWhereTheyShould) {
  const std::string path = folder_.path() + "/report.html";
  const Result result =
      Verify(ReleaseText(), {"--report", "json", "--report", "html=" + path});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("\"verdict\": \"PASS\""));
  EXPECT_THAT(result.out, HasSubstr("verify --today 2026-12-01 --manifests"));
  const auto page = ReadWholeFile(path);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(*page, StartsWith("<!DOCTYPE html>"));
}

// A report that is not written must not look like one that is.
TEST_F(SegcheckTest, UnwritableReportsAreErrors) {
  EXPECT_EQ(Verify(ReleaseText(),
                   {"--report", "html=" + folder_.path() + "/no/such/folder"})
                .code,
            2);
}

TEST_F(SegcheckTest, OptionsOfVerify) {
  const std::string untied =
      Changed("validationActions: [Deny, Audit]", "validationActions: [Warn]");
  EXPECT_EQ(Verify(untied).code, 1);
  EXPECT_EQ(Verify(untied, {"--allow-untied-labels"}).code, 0);
  EXPECT_EQ(Verify(untied, {"--allow-untied-labels", "--strict"}).code, 1);
  const std::string file = Write("late.yaml", ReleaseText());
  EXPECT_EQ(
      RunTool({"verify", "--today", "2030-01-01", "--manifests", file}).code,
      1);
}

TEST_F(SegcheckTest, ListExplainDiff) {
  const std::string pods =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: s}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: s}\n---\n";
  const std::string deny =
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: "
      "{name: d, namespace: s}\nspec: {podSelector: {}}\n";
  const std::string open = Write("open.yaml", pods);
  const std::string closed = Write("closed.yaml", pods + deny);
  const Result list = RunTool({"list", "--manifests", open});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, HasSubstr("s/a[Pod] => s/b[Pod] : All Connections\n"));
  const Result explain =
      RunTool({"explain", "s/a", "s/b", "80", "--manifests", closed});
  EXPECT_EQ(explain.code, 0);
  EXPECT_THAT(explain.out, StartsWith("BLOCKED\n"));
  const Result diff = RunTool({"diff", open, closed});
  EXPECT_EQ(diff.code, 1);
  EXPECT_THAT(diff.out, HasSubstr("closed s/a[Pod] => s/b[Pod]"));
  EXPECT_THAT(diff.out,
              HasSubstr("closed ingress of pods [any] in s: from pods "
                        "[any] on All Connections\n"));
  EXPECT_EQ(RunTool({"diff", open, open}).code, 0);
}

// The Service's port is not the pods', and policies see the pods'.
TEST_F(SegcheckTest, ExplainFollowsServices) {
  const std::string release = Write("release.yaml", ReleaseText());
  const auto explain = [&release](const std::string& port) {
    return RunTool({"explain", "192.0.2.1", "service/vault/rel-panvault", port,
                    "--manifests", release});
  };
  EXPECT_THAT(explain("8443").out,
              StartsWith("service/vault/rel-panvault is vault/rel-panvault on "
                         "TCP 8443\nBLOCKED\n"));
  EXPECT_EQ(explain("443").code, 2);
}

// Nothing of it is about a pod of the input, and all of it about one to come.
TEST_F(SegcheckTest, DiffSeesPodsThatAreNotThere) {
  const auto policy = [this](const std::string& name, const std::string& who) {
    return Write(name, PolicyText("  ingress: [{from: [{podSelector: "
                                  "{matchLabels: {app: " +
                                  who + "}}}]}]"));
  };
  const std::string before = policy("before.yaml", "x");
  const Result diff = RunTool({"diff", before, policy("after.yaml", "w")});
  EXPECT_EQ(diff.code, 1);
  EXPECT_EQ(diff.out,
            "closed ingress of pods [any] in a: from pods [namespace "
            "kubernetes.io/metadata.name = a; pod app = x] on All Connections\n"
            "opened ingress of pods [any] in a: from pods [namespace "
            "kubernetes.io/metadata.name = a; pod app = w] on All "
            "Connections\n");
  EXPECT_EQ(RunTool({"diff", before, before}).out, "");
}

// A listing of what could be read is not the whole truth, and says so.
TEST_F(SegcheckTest, ListingsNameWhatTheyMiss) {
  const Result result =
      RunTool({"list", "--manifests", Write("bad.yaml", "kind: Pod\n")});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("bad.yaml, document 1, line 1: an object "
                                    "needs apiVersion and kind"));
}

// What is missing for a reason does not make a listing bad, but is named.
TEST_F(SegcheckTest, ListingsNameTheHostNetwork) {
  const std::string file =
      Write("host.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: h, namespace: s}\n"
            "spec: {hostNetwork: true, containers: []}\n");
  const Result result = RunTool({"list", "--manifests", file});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err,
            "not listed, as no policy applies on the host network: "
            "s/h[Pod]\n");
  EXPECT_EQ(
      RunTool({"list", "--host-network-as-pods", "--manifests", file}).err, "");
}

// How a long run says how far it is: progress_test.cc and manifests_test.cc.
TEST_F(SegcheckTest, QuickRunsSayNothingOfProgress) {
  const Result plain = Verify(ReleaseText(), {"--report", "sarif"});
  const Result asked =
      Verify(ReleaseText(), {"--report", "html", "--progress"});
  EXPECT_EQ(plain.err, "");
  EXPECT_EQ(asked.err, "");
  EXPECT_THAT(asked.out, StartsWith("<!DOCTYPE html>"));
  const std::string file = Write("file.yaml", ReleaseText());
  EXPECT_EQ(RunTool({"list", "--progress", "--manifests", file}).err, "");
  EXPECT_EQ(RunTool({"diff", "--progress", file, file}).err, "");
}

TEST_F(SegcheckTest, UsageErrorsAreNoPass) {
  EXPECT_EQ(RunTool({}).code, 2);
  EXPECT_EQ(RunTool({"verify"}).code, 2);
  EXPECT_EQ(RunTool({"prove", "--manifests", "x"}).code, 2);
  EXPECT_EQ(RunTool({"verify", "--manifests", "x", "--report", "pdf"}).code, 2);
  EXPECT_EQ(RunTool({"verify", "--manifests", "x", "--today", "soon"}).code, 2);
  EXPECT_EQ(RunTool({"verify", "--manifests", folder_.path() + "/none"}).code,
            2);
  EXPECT_EQ(RunTool({"--help"}).code, 0);
  EXPECT_EQ(RunTool({"--version"}).code, 0);
}

}  // namespace
}  // namespace panvault::segmentation
