// What this shows: a running vault follows its files, its agent and its list of
// callers, as its clients see it; and without a first identity there is no
// start, and a reason.

#include "server/sources.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/fake_workload_api.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"
#include "tests/server/workload_updates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "vault/read_file.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;
using ::testing::HasSubstr;

class SourcesTest : public ::testing::Test {
 protected:
  SourcesTest() {
    const std::string folder = vault_.folder() / "caller";
    std::filesystem::create_directory(folder);
    caller_ = vault_.authority().WriteIdentity(folder, kPaymentId);
    config_.access_file = vault_.access_file();
  }

  absl::Status Start(absl::Duration first_identity_max = absl::Minutes(1)) {
    auto sources = Sources::Start(
        config_, {vault_.identity(), vault_.access(), vault_.log()},
        {.poll = absl::Milliseconds(20),
         .first_identity_max = first_identity_max});
    if (sources.ok()) sources_ = *std::move(sources);
    return sources.status();
  }
  void WriteServer(absl::Duration life = absl::Hours(1)) {
    const TlsFiles& files = vault_.server_files();
    vault_.authority().WriteIdentity(
        std::filesystem::path(files.svid_file).parent_path(), kVaultId, life);
    std::filesystem::permissions(files.key_file,
                                 std::filesystem::perms::owner_read);
  }
  // What a caller sees who connects now; "" if it cannot.
  std::string SerialShown() const {
    const crypto::TlsFindings outcome =
        TryHandshake(vault_.server().address(), &caller_);
    return outcome.accepted ? SerialOf(outcome) : "";
  }
  std::string Serial() const {
    const auto facts = vault_.identity().facts();
    return facts.has_value() ? facts->serial : "";
  }
  bool LogHolds(const std::string& what) const {
    return Eventually([&] { return vault_.Log().find(what) != what.npos; });
  }
  static grpc::Status Tokenize(v1::TokenVaultService::Stub& stub) {
    v1::TokenizeRequest request;
    request.set_profile("cards");
    request.set_pan(kPan);
    v1::TokenizeResponse response;
    return CallOf(stub, &v1::TokenVaultService::Stub::Tokenize, request,
                  response);
  }

  const testing::TempFolder sockets_;
  mutable TestVault vault_{{.with_identity = false}};
  client::TlsFiles caller_;
  Config config_;
  std::unique_ptr<Sources> sources_;
};

TEST_F(SourcesTest, WithoutAnIdentityNobodyConnects) {
  EXPECT_EQ(SerialShown(), "");
  EXPECT_FALSE(Tokenize(*vault_.VaultAs(kPaymentId)).ok());
}

TEST_F(SourcesTest, FilesAreFollowed) {
  config_.tls = vault_.server_files();
  ASSERT_THAT(Start(), IsOk());
  EXPECT_TRUE(Eventually([&] { return SerialShown() == Serial(); }));
  const auto stub = vault_.VaultAs(kPaymentId);
  EXPECT_TRUE(Tokenize(*stub).ok());
  const std::string first = Serial();
  WriteServer();
  EXPECT_TRUE(Eventually([&] { return Serial() != first; }));
  EXPECT_TRUE(Eventually([&] { return SerialShown() == Serial(); }));
  EXPECT_TRUE(Tokenize(*stub).ok()) << "open connections go on";
  EXPECT_EQ(sources_->identity_numbers().loads, 2u);
  EXPECT_GE(sources_->access_numbers().loads, 1u);
}

TEST_F(SourcesTest, FilesThatAreNoIdentityAreNoStart) {
  config_.tls = vault_.server_files();
  config_.tls.bundle_file = vault_.folder() / "none.pem";
  const absl::Status status = Start();
  EXPECT_THAT(std::string(status.message()), HasSubstr("none.pem"));
  EXPECT_EQ(vault_.Log(), "") << "said once, by the caller";
}

TEST_F(SourcesTest, AgentIsFollowed) {
  FakeWorkloadApi agent(sockets_.path() + "/agent.sock");
  X509SVIDResponse update = UpdateOf(vault_.authority(), kVaultId);
  agent.Push(update);
  config_.workload_api_socket = agent.socket();
  ASSERT_THAT(Start(), IsOk());
  EXPECT_TRUE(Eventually([&] { return SerialShown() == Serial(); }));
  const auto stub = vault_.VaultAs(kPaymentId);
  EXPECT_TRUE(Tokenize(*stub).ok());

  const std::string first = Serial();
  update = UpdateOf(vault_.authority(), kVaultId);
  agent.Push(update);
  EXPECT_TRUE(Eventually([&] { return Serial() != first; }));
  EXPECT_TRUE(Eventually([&] { return SerialShown() == Serial(); }));

  agent.Push({});
  EXPECT_TRUE(Eventually([&] { return Serial().empty(); }));
  EXPECT_EQ(SerialShown(), "") << "at once, not when gRPC notices";
  EXPECT_FALSE(Tokenize(*vault_.VaultAs(kPaymentId)).ok());
  EXPECT_TRUE(Tokenize(*stub).ok()) << "open connections go on";
  EXPECT_TRUE(LogHolds("ours was taken back"));
  // Not even a look at who we were.
  absl::SleepFor(2 * kIdentityRefresh);
  EXPECT_EQ(SerialOf(TryHandshake(vault_.server().address(), &caller_)), "");

  agent.Push(update);
  EXPECT_TRUE(Eventually([&] { return !SerialShown().empty(); }));
  EXPECT_TRUE(Tokenize(*vault_.VaultAs(kPaymentId)).ok());
  agent.StopListening();
  EXPECT_TRUE(LogHolds("identity_reload_failed"));
  EXPECT_EQ(SerialShown(), Serial()) << "a lost agent takes nothing away";
}

TEST_F(SourcesTest, NoAgentIsNoStart) {
  config_.workload_api_socket = sockets_.path() + "/none.sock";
  const absl::Status status = Start(absl::Milliseconds(100));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(config_.workload_api_socket));
}

TEST_F(SourcesTest, ListOfCallersIsFollowed) {
  config_.tls = vault_.server_files();
  ASSERT_THAT(Start(), IsOk());
  EXPECT_TRUE(Eventually([&] { return SerialShown() == Serial(); }));
  const auto stub = vault_.VaultAs(kReceiptsId);
  EXPECT_EQ(ReasonOf(Tokenize(*stub)), v1::ERROR_REASON_NOT_GRANTED);
  const std::string text = vault::ReadFile(vault_.access_file()).value();
  client::WriteFile(vault_.access_file(),
                    absl::StrReplaceAll(text, {{"[Detokenize, BatchDetokenize]",
                                                "[Tokenize, Detokenize]"}}));
  EXPECT_TRUE(Eventually([&] { return Tokenize(*stub).ok(); }));
  client::WriteFile(vault_.access_file(), "callers:\n  - nam: x\n");
  EXPECT_TRUE(LogHolds("access_reload_failed"));
  EXPECT_TRUE(Tokenize(*stub).ok());
  client::WriteFile(vault_.access_file(), "callers: []\n");
  EXPECT_TRUE(Eventually([&] {
    return ReasonOf(Tokenize(*stub)) == v1::ERROR_REASON_CALLER_UNKNOWN;
  }));
}

TEST_F(SourcesTest, WarnsOfExpiry) {
  WriteServer(absl::Seconds(4));
  config_.tls = vault_.server_files();
  ASSERT_THAT(Start(), IsOk());
  EXPECT_TRUE(LogHolds("\"event\":\"identity_expires\""));
  EXPECT_TRUE(LogHolds("\"left_s\":"));
}

}  // namespace
}  // namespace panvault::server
