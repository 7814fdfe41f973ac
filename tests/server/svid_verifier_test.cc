// What this shows: an identity is found once and looked at every time: its
// expiry and a change of the trust bundles count at once.

#include "server/svid_verifier.h"

#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::IsOk;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;

std::shared_ptr<const TrustBundles> BundlesOf(const Made& root) {
  auto bundles = std::make_shared<TrustBundles>();
  bundles->emplace("fake.test",
                   crypto::TrustAnchors::Create(
                       {crypto::Certificate::FromDer(root.Der()).value()})
                       .value());
  return bundles;
}

vault::Reason ReasonOf(
    const absl::StatusOr<std::shared_ptr<const PeerSvid>>& svid) {
  return vault::FactsOf(svid.status()).reason;
}

class SvidVerifierTest : public ::testing::Test {
 protected:
  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  const Made middle_ = MakeCertificate(CaSpec("middle"), &root_);
  const Made leaf_ = MakeCertificate({}, &root_);
  const std::string pem_ = leaf_.Pem();
  SvidVerifier svids_{BundlesOf(root_)};
};

TEST_F(SvidVerifierTest, TellsTheSameIdentityAgain) {
  const auto first = svids_.Identify(pem_, "", absl::Now());
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ((*first)->id.text(), "spiffe://fake.test/ns/shop/sa/payment");
  const auto again = svids_.Identify(pem_, "", absl::Now());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*again, *first) << "looked up, not checked anew";
}

TEST_F(SvidVerifierTest, RefusesAnIdentityFromTheSecondItExpires) {
  const auto svid = svids_.Identify(pem_, "", absl::Now());
  ASSERT_THAT(svid, IsOk());
  const absl::Time end = (*svid)->not_after;
  EXPECT_THAT(svids_.Identify(pem_, "", end - absl::Milliseconds(1)), IsOk());
  EXPECT_EQ(ReasonOf(svids_.Identify(pem_, "", end)),
            vault::Reason::kSvidExpired);
  EXPECT_EQ(ReasonOf(svids_.Identify(pem_, "", end + absl::Hours(1))),
            vault::Reason::kSvidExpired);
}

TEST_F(SvidVerifierTest, ForgetsIdentitiesWhoseCaIsGone) {
  ASSERT_THAT(svids_.Identify(pem_, "", absl::Now()), IsOk());
  const Made other = MakeCertificate(CaSpec("root"), nullptr);
  svids_.Swap(BundlesOf(other));
  EXPECT_EQ(ReasonOf(svids_.Identify(pem_, "", absl::Now())),
            vault::Reason::kSvidInvalid);
  EXPECT_THAT(
      svids_.Identify(MakeCertificate({}, &other).Pem(), "", absl::Now()),
      IsOk());
  svids_.Swap(BundlesOf(root_));
  EXPECT_THAT(svids_.Identify(pem_, "", absl::Now()), IsOk());
}

// A leaf that is good with its chain is not good without it, whatever came
// first.
TEST_F(SvidVerifierTest, GoesByTheChainToo) {
  const Made leaf = MakeCertificate({}, &middle_);
  EXPECT_FALSE(svids_.Identify(leaf.Pem(), "", absl::Now()).ok());
  EXPECT_THAT(svids_.Identify(leaf.Pem(), middle_.Pem(), absl::Now()), IsOk());
  EXPECT_FALSE(svids_.Identify(leaf.Pem(), "", absl::Now()).ok());
  EXPECT_THAT(svids_.Identify(leaf.Pem(), middle_.Pem(), absl::Now()), IsOk());
}

TEST_F(SvidVerifierTest, RefusesWhatIsNoCertificate) {
  for (const std::string& text :
       {std::string(), std::string("garbage"), pem_ + pem_, leaf_.KeyPem()}) {
    EXPECT_EQ(ReasonOf(svids_.Identify(text, "", absl::Now())),
              vault::Reason::kSvidInvalid);
  }
  EXPECT_EQ(ReasonOf(svids_.Identify(pem_, "garbage", absl::Now())),
            vault::Reason::kSvidInvalid);
}

TEST_F(SvidVerifierTest, IsUsedFromManyThreadsWhileBundlesChange) {
  const Made other = MakeCertificate(CaSpec("root"), nullptr);
  const auto ours = BundlesOf(root_);
  const auto theirs = BundlesOf(other);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 300; ++i) {
        const auto svid = svids_.Identify(pem_, "", absl::Now());
        EXPECT_TRUE(svid.ok() || ReasonOf(svid) == vault::Reason::kSvidInvalid);
      }
    });
  }
  for (int i = 0; i < 200; ++i) svids_.Swap(i % 2 == 0 ? theirs : ours);
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(svids_.Identify(pem_, "", absl::Now()), IsOk());
}

}  // namespace
}  // namespace panvault::server
