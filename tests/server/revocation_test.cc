// What this shows: a caller that is no longer trusted gets no answer after one
// second, on connections that it had, and its connections are gone; the others
// notice nothing. The long form (PANVAULT_SOAK=1) does it 100 times beside 50
// busy connections.

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;

const bool kSoak = getenv("PANVAULT_SOAK") != nullptr;

constexpr absl::Duration kPromised = absl::Seconds(1);

std::shared_ptr<const AccessPolicy> PolicyOf(
    const std::vector<std::string>& ids) {
  std::string text = "callers:\n";
  for (const std::string& id : ids) {
    absl::StrAppend(&text, "  - name: c", id.size(), "\n    spiffe_id: ", id,
                    "\n    grants:\n      - methods: [Tokenize]\n"
                    "        profiles: [cards]\n"
                    "    justification: tests\n    owner: tests\n"
                    "    approved_by: tests\n    review_by: \"2099-12-31\"\n");
  }
  return AccessPolicy::Parse("access.yaml", text).value();
}

// Calls without a pause over one connection until it is told to stop.
class BusyCaller final {
 public:
  explicit BusyCaller(std::shared_ptr<grpc::Channel> channel)
      : stub_(v1::TokenVaultService::NewStub(std::move(channel))),
        thread_([this] { Run(); }) {}
  ~BusyCaller() {
    stop_ = true;
    thread_.join();
  }

  int64_t answers() const { return answers_; }
  int64_t errors() const { return errors_; }
  absl::Time last_answer() const { return absl::FromUnixMicros(last_us_); }

 private:
  void Run() {
    v1::TokenizeRequest request;
    request.set_profile("cards");
    request.set_pan(kPan);
    while (!stop_) {
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
      v1::TokenizeResponse response;
      if (stub_->Tokenize(&context, request, &response).ok()) {
        last_us_ = absl::ToUnixMicros(absl::Now());
        ++answers_;
      } else {
        ++errors_;
        absl::SleepFor(absl::Milliseconds(20));
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  const std::unique_ptr<v1::TokenVaultService::Stub> stub_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> answers_ = 0;
  std::atomic<int64_t> errors_ = 0;
  std::atomic<int64_t> last_us_ = 0;
  std::thread thread_;  // Last: it uses the others.
};

size_t ConnectionsOf(const TestVault& vault, absl::string_view id) {
  size_t count = 0;
  for (const ConnectionFacts& facts :
       vault.server().connections().List().connections) {
    if (facts.spiffe_id == id) ++count;
  }
  return count;
}

class Revocation : public ::testing::Test {
 protected:
  Revocation() {
    vault_.access().Swap(PolicyOf({kPaymentId, kReceiptsId}));
    for (int i = 0; i < (kSoak ? 50 : 8); ++i) {
      others_.push_back(
          std::make_unique<BusyCaller>(vault_.ChannelAs(kPaymentId)));
    }
    EXPECT_TRUE(Eventually([this] {
      return std::all_of(others_.begin(), others_.end(),
                         [](const auto& busy) { return busy->answers() > 0; });
    }));
  }

  // Three connections of the caller that is to go are busy; then `remove` is
  // done. None of them is served, or open, a second later.
  void ExpectEnd(const std::function<void()>& remove) {
    std::vector<std::unique_ptr<BusyCaller>> gone;
    for (int i = 0; i < 3; ++i) {
      gone.push_back(
          std::make_unique<BusyCaller>(vault_.ChannelAs(kReceiptsId)));
    }
    ASSERT_TRUE(Eventually([&gone] {
      return std::all_of(gone.begin(), gone.end(),
                         [](const auto& busy) { return busy->answers() > 0; });
    }));
    const absl::Time removed = absl::Now();
    remove();
    absl::SleepFor(kPromised - (absl::Now() - removed));
    EXPECT_EQ(ConnectionsOf(vault_, kReceiptsId), 0u);
    absl::SleepFor(absl::Milliseconds(300));
    for (const auto& busy : gone) {
      EXPECT_LE(busy->last_answer(), removed + kPromised);
      EXPECT_GT(busy->errors(), 0);
    }
  }

  void ExpectOthersUndisturbed() const {
    for (const auto& busy : others_) EXPECT_EQ(busy->errors(), 0);
    EXPECT_EQ(ConnectionsOf(vault_, kPaymentId), others_.size());
  }

  TestVault vault_{{.answer_unknown_callers = false}};
  std::vector<std::unique_ptr<BusyCaller>> others_;
};

TEST_F(Revocation, CallerTakenOffTheAllowlist) {
  for (int i = 0; i < (kSoak ? 100 : 3); ++i) {
    ExpectEnd([this] {
      vault_.access().Swap(PolicyOf({kPaymentId}));
      vault_.server().TrustChanged();
    });
    vault_.access().Swap(PolicyOf({kPaymentId, kReceiptsId}));
    vault_.server().TrustChanged();
  }
  ExpectOthersUndisturbed();
}

TEST_F(Revocation, CaRemovedEndsAll) {
  ExpectEnd([this] {
    vault_.svids().Swap(std::make_shared<const TrustBundles>());
    vault_.server().TrustChanged();
  });
  EXPECT_EQ(ConnectionsOf(vault_, kPaymentId), 0u);
}

TEST_F(Revocation, SvidThatRunsOut) {
  // Certificates have whole seconds.
  const absl::Time end = absl::Now() + absl::Seconds(4);
  const BusyCaller short_lived(vault_.ChannelAs(kReceiptsId, absl::Seconds(4)));
  ASSERT_TRUE(Eventually([&] { return short_lived.answers() > 0; }));
  EXPECT_EQ(ConnectionsOf(vault_, kReceiptsId), 1u);
  absl::SleepFor(end + kPromised - absl::Now());
  EXPECT_EQ(ConnectionsOf(vault_, kReceiptsId), 0u);
  EXPECT_LE(short_lived.last_answer(), end);
  ExpectOthersUndisturbed();
}

TEST_F(Revocation, ConnectionWithoutACallIsClosedToo) {
  const auto channel = vault_.ChannelAs(kReceiptsId);
  ASSERT_TRUE(channel->WaitForConnected(
      absl::ToChronoTime(absl::Now() + absl::Seconds(30))));
  const size_t before = vault_.server().connections().size();
  vault_.server().TrustChanged();
  absl::SleepFor(kPromised);
  EXPECT_EQ(vault_.server().connections().size(), before - 1);
  ExpectOthersUndisturbed();
}

}  // namespace
}  // namespace panvault::server
