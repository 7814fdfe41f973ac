// What this shows: identities that may call and flows that are declared are the
// same, or it is said which are not.

#include "segmentation/allowlist.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBoth[] =
    "    - {name: checkout-api, spiffe_id: "
    "\"spiffe://pay.example/ns/checkout/sa/checkout-api\", grants: []}\n"
    "    - {name: invoices, spiffe_id: "
    "\"spiffe://pay.example/ns/billing/sa/invoices\", grants: []}\n";

Checked WithAccess(const std::string& access,
                   const std::string& space = "vault") {
  return CheckText(
      WithMore("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: access, "
               "namespace: " +
               space + "}\ndata:\n  access.yaml: |\n" + access));
}

std::vector<std::string> Found(const Checked& checked) {
  std::vector<std::string> shown;
  for (const Finding& one :
       MatchAllowlist(checked.manifests.cluster, checked.matrix)) {
    shown.push_back(one.rule + ": " + one.message);
  }
  return shown;
}

TEST(AllowlistTest, SameCallersPass) {
  const Checked checked = WithAccess(std::string("    callers:\n") + kBoth);
  EXPECT_TRUE(HasAllowlist(checked.manifests.cluster, checked.matrix));
  EXPECT_THAT(Found(checked), IsEmpty());
  EXPECT_EQ(checked.report.verdict, Verdict::kPass);
}

TEST(AllowlistTest, GrantsDoNotMatterHere) {
  // One that names no profiles, as those about the server, neither.
  const Checked checked = WithAccess(
      "    callers:\n"
      "    - name: checkout-api\n"
      "      spiffe_id: \"spiffe://pay.example/ns/checkout/sa/checkout-api\"\n"
      "      grants: [{methods: [ListConnections]},\n"
      "               {methods: [Tokenize], profiles: [cards]}]\n"
      "    - name: invoices\n"
      "      spiffe_id: \"spiffe://pay.example/ns/billing/sa/invoices\"\n");
  EXPECT_THAT(Found(checked), IsEmpty());
  EXPECT_EQ(checked.report.verdict, Verdict::kPass);
}

TEST(AllowlistTest, HalvesAreFound) {
  const Checked more = WithAccess(
      std::string("    callers:\n") + kBoth +
      "    - {name: old, spiffe_id: \"spiffe://pay.example/ns/dev/sa/x\"}\n");
  EXPECT_THAT(Found(more),
              ElementsAre("allowlist-mismatch: lets "
                          "spiffe://pay.example/ns/dev/sa/x call (old), for "
                          "which no flow is declared"));
  EXPECT_EQ(more.report.verdict, Verdict::kFail);
  EXPECT_THAT(
      Found(WithAccess("    callers: []\n")),
      ElementsAre("allowlist-mismatch: has no rule for "
                  "spiffe://pay.example/ns/billing/sa/invoices, the caller of "
                  "flow invoices",
                  "allowlist-mismatch: has no rule for "
                  "spiffe://pay.example/ns/checkout/sa/checkout-api, the "
                  "caller of flow checkout-api"));
}

TEST(AllowlistTest, UnreadableIsNoPass) {
  const Checked checked = WithAccess("    callers: [\n");
  EXPECT_THAT(Found(checked),
              ElementsAre("unreadable-input: its access.yaml cannot be read"));
  EXPECT_EQ(checked.report.verdict, Verdict::kUnknown);
}

TEST(AllowlistTest, OtherNamespacesAndNoneAtAll) {
  const Checked other = WithAccess("    callers: []\n", "dev");
  EXPECT_FALSE(HasAllowlist(other.manifests.cluster, other.matrix));
  EXPECT_THAT(Found(other), IsEmpty());
}

}  // namespace
}  // namespace panvault::segmentation
