// What this shows: against a real agent's protocol on a unix socket, the client
// follows every update, stops using what was taken back, keeps the last good
// identity through everything else, and comes back as the specification asks.

#include "server/workload_api_client.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/fake_workload_api.h"
#include "tests/server/log_pipe.h"
#include "tests/server/workload_updates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kId[] = "spiffe://fake.test/ns/panvault/sa/panvaultd";

class WorkloadApiClientTest : public ::testing::Test {
 protected:
  // Starts the client; waits for an identity if `update` is one.
  void Start(const std::string& hint = {}) {
    client_ = std::make_unique<WorkloadApiClient>(
        WorkloadApiClient::Options{.socket = agent_.socket(),
                                   .hint = hint,
                                   .backoff_first = absl::Milliseconds(20),
                                   .backoff_max = absl::Milliseconds(80)},
        *live_, alarm_);
  }
  void StartWith(const X509SVIDResponse& update) {
    agent_.Push(update);
    Start();
    ASSERT_THAT(client_->WaitForIdentity(absl::Minutes(1)), IsOk());
  }
  X509SVIDResponse Update(const std::string& id = kId) const {
    return UpdateOf(authority_, id);
  }
  static std::string SerialOf(const X509SVIDResponse& update) {
    const std::string& der = update.svids(0).x509_svid();
    return crypto::Certificate::FromDer(
               {reinterpret_cast<const uint8_t*>(der.data()), der.size()})
        .value()
        .facts()
        .serial;
  }
  bool Serves(const X509SVIDResponse& update) const {
    const auto facts = live_->facts();
    return facts.has_value() && facts->serial == SerialOf(update);
  }
  bool ServesNothing() const { return !live_->facts().has_value(); }
  uint64_t Failures() const { return alarm_.numbers().failures; }
  // An alarm was raised, more than the `before`.
  bool Alarmed(uint64_t before) const {
    return Eventually([&] { return Failures() > before; });
  }

  const testing::TempFolder folder_;
  const client::TestAuthority authority_;
  FakeWorkloadApi agent_{folder_.path() + "/agent.sock"};
  testing::LogPipe pipe_;
  JsonLog log_{pipe_.fd()};
  SourceAlarm alarm_{log_, "identity"};
  const std::unique_ptr<LiveIdentity> live_ = LiveIdentity::Create({}).value();
  std::unique_ptr<WorkloadApiClient> client_;
};

TEST_F(WorkloadApiClientTest, FollowsRotations) {
  const X509SVIDResponse first = Update();
  StartWith(first);
  EXPECT_TRUE(Serves(first));
  for (int i = 0; i < 20; ++i) {
    const X509SVIDResponse next = Update();
    agent_.Push(next);
    EXPECT_TRUE(Eventually([&] { return Serves(next); })) << i;
  }
  EXPECT_EQ(agent_.streams(), 1) << "one stream for all";
  EXPECT_EQ(agent_.without_header(), 0);
  // The alarm is told after what is served has changed.
  EXPECT_TRUE(Eventually([&] { return alarm_.numbers().loads == 21; }))
      << alarm_.numbers().loads;
  EXPECT_EQ(Failures(), 0u);
}

// The fake is strict: without the header, it answers as an agent would.
TEST_F(WorkloadApiClientTest, FakeRefusesTheMissingHeader) {
  const auto stub = SpiffeWorkloadAPI::NewStub(grpc::CreateChannel(
      "unix:" + agent_.socket(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->FetchX509SVID(&context, X509SVIDRequest());
  X509SVIDResponse update;
  EXPECT_FALSE(stream->Read(&update));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(agent_.without_header(), 1);
}

TEST_F(WorkloadApiClientTest, NewBundlesAloneAreAChange) {
  X509SVIDResponse update = Update();
  StartWith(update);
  const client::TestAuthority other;
  update.mutable_svids(0)->mutable_bundle()->append(DerOf(other.bundle_pem()));
  agent_.Push(update);
  EXPECT_TRUE(Eventually([&] { return live_->facts()->anchor_count == 2; }));
  update.mutable_svids(0)->set_bundle(DerOf(authority_.bundle_pem()));
  agent_.Push(update);
  EXPECT_TRUE(Eventually([&] { return live_->facts()->anchor_count == 1; }))
      << "what is not in the update is not believed";
}

TEST_F(WorkloadApiClientTest, WhatWasTakenBackIsNotUsed) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  for (const X509SVIDResponse& without :
       {X509SVIDResponse(), Update(absl::StrCat(kId, "2"))}) {
    const uint64_t before = Failures();
    agent_.Push(without);
    EXPECT_TRUE(Eventually([&] { return ServesNothing(); }));
    EXPECT_TRUE(Alarmed(before));
    agent_.Push(good);
    EXPECT_TRUE(Eventually([&] { return Serves(good); }));
  }
}

TEST_F(WorkloadApiClientTest, GarbageChangesNothing) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  for (const BadUpdate& bad : BadUpdates(authority_, kId)) {
    const uint64_t before = Failures();
    agent_.Push(bad.update);
    EXPECT_TRUE(Alarmed(before)) << bad.what;
    EXPECT_TRUE(Serves(good)) << bad.what;
  }
  EXPECT_EQ(agent_.streams(), 1);
  const X509SVIDResponse next = Update();
  agent_.Push(next);
  EXPECT_TRUE(Eventually([&] { return Serves(next); }));
}

TEST_F(WorkloadApiClientTest, OversizeChangesNothing) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  X509SVIDResponse large = Update();
  large.add_crl(std::string(kUpdateBytesMax, 'x'));
  agent_.Push(large);
  EXPECT_TRUE(Alarmed(Failures()));
  EXPECT_TRUE(Serves(good));
  const X509SVIDResponse next = Update();
  agent_.Push(next);
  EXPECT_TRUE(Eventually([&] { return Serves(next); }));
}

TEST_F(WorkloadApiClientTest, DisconnectsTakeNothingAway) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  for (int i = 0; i < 3; ++i) {
    const int streams = agent_.streams();
    agent_.EndStreams();
    EXPECT_TRUE(Eventually([&] { return agent_.streams() > streams; }));
    EXPECT_TRUE(Serves(good));
  }
  agent_.StopListening();
  EXPECT_TRUE(Alarmed(Failures()));
  EXPECT_TRUE(Alarmed(Failures() + 3));
  EXPECT_TRUE(Serves(good));
  agent_.Listen();
  const X509SVIDResponse next = Update();
  agent_.Push(next);
  EXPECT_TRUE(Eventually([&] { return Serves(next); })) << "resumed";
  EXPECT_TRUE(Eventually([&] { return !alarm_.numbers().failing; }));
}

TEST_F(WorkloadApiClientTest, PermissionDeniedTakesItAwayAndIsTriedAgain) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  agent_.RefuseWith(
      {grpc::StatusCode::PERMISSION_DENIED, "no identity issued"});
  EXPECT_TRUE(Eventually([&] { return ServesNothing(); }));
  const int streams = agent_.streams();
  EXPECT_TRUE(Eventually([&] { return agent_.streams() > streams + 2; }));
  agent_.Push(good);
  EXPECT_TRUE(Eventually([&] { return Serves(good); })) << "the same, again";
  client_.reset();
  bool told = false;
  for (const auto& line : pipe_.TakeLines()) {
    told |= line.value("reason", "") == "Workload API: no identity issued" &&
            line["event"] == "identity_reload_failed";
  }
  EXPECT_TRUE(told);
}

TEST_F(WorkloadApiClientTest, BacksOff) {
  agent_.RefuseWith({grpc::StatusCode::PERMISSION_DENIED, "no"});
  const absl::Time start = absl::Now();
  Start();
  EXPECT_TRUE(Eventually([&] { return agent_.streams() >= 6; }));
  // 20 + 40 + 80 + 80 + 80.
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
}

TEST_F(WorkloadApiClientTest, InvalidArgumentIsNotTriedAgain) {
  const X509SVIDResponse good = Update();
  StartWith(good);
  const int streams = agent_.streams();
  agent_.RefuseWith({grpc::StatusCode::INVALID_ARGUMENT, "what?"});
  EXPECT_TRUE(Alarmed(0));
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(agent_.streams(), streams);
  EXPECT_TRUE(Serves(good));
  // The alarm goes on by its ticks.
  EXPECT_TRUE(alarm_.numbers().failing);
}

TEST_F(WorkloadApiClientTest, FirstIdentityIsWaitedForAndNoLonger) {
  agent_.StopListening();
  Start();
  const absl::Status none = client_->WaitForIdentity(absl::Milliseconds(200));
  EXPECT_THAT(none, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(std::string(none.message()), HasSubstr(agent_.socket()));
  EXPECT_THAT(std::string(none.message()), HasSubstr("No such file"));
  agent_.Listen();
  agent_.Push(Update());
  EXPECT_THAT(client_->WaitForIdentity(absl::Minutes(1)), IsOk());
}

TEST_F(WorkloadApiClientTest, WaitingEndsWhenTryingIsOfNoUse) {
  agent_.RefuseWith({grpc::StatusCode::INVALID_ARGUMENT, "what?"});
  Start();
  const absl::Status none = client_->WaitForIdentity(absl::Hours(1));
  EXPECT_THAT(none, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(none.message()), HasSubstr("what?"));
}

TEST_F(WorkloadApiClientTest, WaitingEndsWhenAskedToStop) {
  Start();
  int asked = 0;
  const absl::Status none = client_->WaitForIdentity(
      absl::Hours(1), [&asked] { return ++asked == 3; });
  EXPECT_THAT(none, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(asked, 3);
}

TEST_F(WorkloadApiClientTest, HintChoosesAmongSeveral) {
  X509SVIDResponse update = Update();
  *update.add_svids() = SvidOf(authority_, absl::StrCat(kId, "2"));
  update.mutable_svids(1)->set_hint("internal");
  agent_.Push(update);
  Start("internal");
  ASSERT_THAT(client_->WaitForIdentity(absl::Minutes(1)), IsOk());
  EXPECT_EQ(live_->facts()->spiffe_id, absl::StrCat(kId, "2"));
}

TEST_F(WorkloadApiClientTest, OrderOfSeveralDoesNotMatterLater) {
  X509SVIDResponse update = Update();
  StartWith(update);
  X509SVIDResponse turned = Update(absl::StrCat(kId, "2"));
  *turned.add_svids() = SvidOf(authority_, kId);
  agent_.Push(turned);
  EXPECT_TRUE(Eventually([&] { return !Serves(update); }));
  EXPECT_EQ(live_->facts()->spiffe_id, kId);
}

TEST_F(WorkloadApiClientTest, SilentAgentIsGivenUp) {
  Start();
  EXPECT_TRUE(Eventually([&] { return agent_.streams() == 1; }));
  client_->Tick(absl::Now());
  EXPECT_EQ(Failures(), 0u);
  client_->Tick(absl::Now() + kFirstUpdateMax + absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return agent_.streams() == 2; }));
  EXPECT_EQ(Failures(), 1u);
  // One that has spoken may be silent.
  agent_.Push(Update());
  ASSERT_THAT(client_->WaitForIdentity(absl::Minutes(1)), IsOk());
  EXPECT_TRUE(Eventually([&] {
    client_->Tick(absl::Now());
    return agent_.streams() == 2;
  }));
}

}  // namespace
}  // namespace panvault::server
