// What this shows: each RPC carries its arguments to the server and its results
// and refusals back; retries and deadlines hold over a real connection.

#include "client/client.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;

constexpr char kPan[] = "4111111111111111";
constexpr char kToken[] = "5888888888888888";

// Answers UNAVAILABLE to the first `times` calls of any method.
FakeVault::Options FailFirst(int times) {
  return {.script = [times](const std::string&, int earlier) {
    return earlier < times ? RpcError(grpc::StatusCode::UNAVAILABLE,
                                      v1::ERROR_REASON_NOT_READY, "not yet")
                           : grpc::Status::OK;
  }};
}

TEST(Client, TokenizesAndDetokenizes) {
  const FakeSetup setup;
  const auto client = setup.MakeClient();
  ASSERT_OK_AND_ASSIGN(const Tokenized tokenized,
                       client->Tokenize("cards", {kPan, "shop"}));
  EXPECT_EQ(tokenized.token, kToken);
  EXPECT_EQ(tokenized.key_version, 1u);
  EXPECT_FALSE(tokenized.key_version_required);
  const auto reveal = [&](Reveal level) {
    return client->Detokenize("cards", level, {kToken, "shop"}).value();
  };
  EXPECT_EQ(reveal(Reveal::kFull), kPan);
  EXPECT_EQ(reveal(Reveal::kBinLast4), "411111******1111");
  EXPECT_EQ(reveal(Reveal::kLast4), "************1111");
}

TEST(Client, ReturnsTheReasonOfARefusal) {
  const FakeSetup setup;
  const auto result =
      setup.MakeClient()->Tokenize("cards", {"4111111111111112", ""});
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(result.status().message(), "PAN_LUHN: refused");
  EXPECT_EQ(setup.vault.calls("Tokenize"), 1);
}

TEST(Client, ReturnsOneResultPerBatchItem) {
  const FakeSetup setup;
  const auto client = setup.MakeClient();
  const std::vector<PanItem> pans = {{kPan, ""}, {"", ""}, {kPan, "shop"}};
  ASSERT_OK_AND_ASSIGN(const auto tokens, client->BatchTokenize("floor", pans));
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_EQ(tokens[0]->token, kToken);
  EXPECT_TRUE(tokens[0]->key_version_required);
  EXPECT_EQ(CallErrorOf(tokens[1].status()).reason, "PAN_LENGTH");
  EXPECT_EQ(tokens[2]->token, kToken);

  const std::vector<TokenItem> items = {{kToken, "", 3}, {kToken, ""}};
  ASSERT_OK_AND_ASSIGN(const auto back,
                       client->BatchDetokenize("floor", Reveal::kFull, items));
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(*back[0], kPan);
  EXPECT_EQ(CallErrorOf(back[1].status()).reason, "KEY_VERSION_REQUIRED");
}

TEST(Client, CarriesColumnsOfBulkCalls) {
  const FakeSetup setup;
  const auto client = setup.MakeClient();
  const std::vector<DigitColumn> columns = {{16, std::string(kPan) + kPan},
                                            {12, "123456789012"}};
  ASSERT_OK_AND_ASSIGN(
      const BulkResult tokens,
      client->BulkTokenize({.profile = "cards", .columns = columns}));
  ASSERT_EQ(tokens.columns.size(), 2u);
  EXPECT_EQ(tokens.columns[0].digits, std::string(kToken) + kToken);
  EXPECT_EQ(tokens.columns[1].width, 12u);
  EXPECT_EQ(tokens.key_version, 7u);
  ASSERT_EQ(tokens.errors.size(), 1u);
  EXPECT_EQ(tokens.errors[0].index, 1u);
  EXPECT_EQ(CallErrorOf(tokens.errors[0].status).reason, "PAN_LUHN");
  ASSERT_OK_AND_ASSIGN(
      const BulkResult back,
      client->BulkDetokenize({.profile = "cards", .columns = tokens.columns}));
  EXPECT_EQ(back.columns[0].digits, columns[0].digits);
}

TEST(Client, ReadsAndCreatesProfilesAndKeys) {
  const FakeSetup setup;
  const auto client = setup.MakeClient();
  ASSERT_OK_AND_ASSIGN(
      const Profile created,
      client->CreateTokenProfile(
          {.name = "new", .kept = Kept::kBin6Last4, .allow_floor = true}));
  EXPECT_EQ(created.name, "new");
  EXPECT_EQ(created.kept, Kept::kBin6Last4);
  EXPECT_TRUE(created.allow_floor);
  ASSERT_OK_AND_ASSIGN(const Profile shown, client->GetTokenProfile("cards"));
  EXPECT_EQ(shown.create_time, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_THAT(shown.pan_lengths, ElementsAre(12, 13, 14, 15, 16, 17, 18, 19));
  ASSERT_OK_AND_ASSIGN(const auto profiles, client->ListTokenProfiles());
  EXPECT_EQ(profiles.size(), 2u);
  ASSERT_OK_AND_ASSIGN(const auto versions, client->ListKeyVersions("cards"));
  ASSERT_EQ(versions.size(), 1u);
  EXPECT_EQ(versions[0].state, KeyState::kEnabled);
  EXPECT_EQ(versions[0].kek_id, "file:abc");
  EXPECT_THAT(client->GetTokenProfile("nowhere"),
              StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const TokenPlausibility plausibility,
                       client->ValidateToken("cards", kToken));
  EXPECT_TRUE(plausibility.plausible);
}

TEST(Client, ReadsTheListOfConnectionsToItsEnd) {
  const FakeSetup setup;
  ASSERT_OK_AND_ASSIGN(const auto connections,
                       setup.MakeClient()->ListConnections());
  ASSERT_EQ(connections.size(), 5u);
  EXPECT_EQ(setup.vault.calls("ListConnections"), 3);
  for (uint64_t i = 0; i < 5; ++i) EXPECT_EQ(connections[i].id, i + 1);
  EXPECT_EQ(connections[4].peer, "ipv4:10.0.0.5:40000");
  EXPECT_EQ(connections[4].since, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(connections[4].spiffe_id, "spiffe://fake.test/sa/till");
  EXPECT_EQ(connections[4].serial, "4f2a");
  EXPECT_EQ(connections[4].calls, 7u);
  EXPECT_EQ(connections[2].spiffe_id, "");
  EXPECT_EQ(connections[2].serial, "");
}

TEST(Client, GivesUpOnAListOfConnectionsWithoutAnEnd) {
  const FakeSetup setup({.endless_list = true});
  const auto connections = setup.MakeClient()->ListConnections();
  EXPECT_THAT(connections, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(setup.vault.calls("ListConnections"), 2);
}

TEST(Client, RetriesDataPlaneAndReadsWhenUnavailable) {
  const FakeSetup setup(FailFirst(2));
  const auto client = setup.MakeClient();
  const std::vector<PanItem> pans = {{kPan, ""}};
  const std::vector<TokenItem> tokens = {{kToken, ""}};
  EXPECT_THAT(client->Tokenize("cards", {kPan, ""}), IsOk());
  EXPECT_THAT(client->Detokenize("cards", Reveal::kFull, {kToken, ""}), IsOk());
  EXPECT_THAT(client->BatchTokenize("cards", pans), IsOk());
  EXPECT_THAT(client->BatchDetokenize("cards", Reveal::kFull, tokens), IsOk());
  EXPECT_THAT(client->GetTokenProfile("cards"), IsOk());
  for (const char* method : {"Tokenize", "Detokenize", "BatchTokenize",
                             "BatchDetokenize", "GetTokenProfile"}) {
    EXPECT_EQ(setup.vault.calls(method), 3) << method;
  }
}

TEST(Client, NeverRetriesCreateTokenProfile) {
  const FakeSetup setup(FailFirst(1));
  EXPECT_THAT(setup.MakeClient()->CreateTokenProfile({.name = "new"}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(setup.vault.calls("CreateTokenProfile"), 1);
}

TEST(Client, DoesNotRetryWhatIsRefused) {
  const FakeSetup setup(
      FakeVault::Options{.script = [](const std::string&, int) {
        return RpcError(grpc::StatusCode::PERMISSION_DENIED,
                        v1::ERROR_REASON_CALLER_UNKNOWN, "who?");
      }});
  EXPECT_THAT(setup.MakeClient()->Tokenize("cards", {kPan, ""}),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(setup.vault.calls("Tokenize"), 1);
}

TEST(Client, KeepsTheDeadlineWhileTheServerIsSilent) {
  const FakeSetup setup(
      FakeVault::Options{.script = [](const std::string&, int) {
        absl::SleepFor(absl::Seconds(2));
        return grpc::Status::OK;
      }});
  ClientOptions options = setup.OptionsFor(setup.vault.address());
  options.timeout = absl::Milliseconds(300);
  const auto client = Client::Create(options).value();
  const absl::Time start = absl::Now();
  EXPECT_THAT(client->Tokenize("cards", {kPan, ""}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(1500));
}

TEST(Client, KeepsTheDeadlineWhileNobodyListens) {
  FakeSetup setup;
  ClientOptions options = setup.OptionsFor(setup.vault.address());
  setup.vault.Stop();
  options.timeout = absl::Milliseconds(500);
  options.retry.attempts_max = 1000;
  const auto client = Client::Create(options).value();
  const absl::Time start = absl::Now();
  EXPECT_FALSE(client->Tokenize("cards", {kPan, ""}).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST(Client, FindsAServerThatComesBack) {
  FakeSetup setup;
  const std::string address = setup.vault.address();
  const auto client = setup.MakeClient();
  ASSERT_THAT(client->Tokenize("cards", {kPan, ""}), IsOk());
  setup.vault.Stop();
  std::unique_ptr<FakeVault> again;
  std::thread restart([&] {
    absl::SleepFor(absl::Milliseconds(200));
    again = std::make_unique<FakeVault>(setup.authority,
                                        FakeVault::Options{.address = address});
  });
  EXPECT_THAT(client->Tokenize("cards", {kPan, ""}), IsOk());
  restart.join();
}

TEST(Client, ServesManyThreadsAtOnce) {
  const FakeSetup setup;
  const auto client = setup.MakeClient();
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto result = client->Tokenize("cards", {kPan, ""});
        if (result.ok() && result->token == kToken) ++served;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 400);
}

TEST(Client, RefusesOptionsThatCannotWork) {
  const FakeSetup setup;
  ClientOptions options = setup.OptionsFor(setup.vault.address());
  options.timeout = absl::ZeroDuration();
  EXPECT_THAT(Client::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options = setup.OptionsFor("");
  EXPECT_THAT(Client::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::client
