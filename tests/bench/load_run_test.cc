// What this shows: panvault-load from options to exit code against a server:
// the report of a run, the errors of a failed one, and nothing of a card number
// in either.

#include "bench/load_run.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/bench/bench_server.h"
#include "tests/testing/temp_folder.h"

namespace panvault::bench {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran RunWith(const LoadOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunPanvaultLoad(options, {.out = out, .err = err});
  return {code, out.str(), err.str()};
}

LoadOptions OptionsFor(const BenchServer& server) {
  return {.channel = server.channel_options(),
          .channels = 2,
          .call = {.profile = "cards"},
          .in_flight = 8,
          .duration = milliseconds(300),
          .warm_up = milliseconds(50),
          .timeout = std::chrono::seconds(30)};
}

TEST(LoadRun, ClosedLoopReportsARun) {
  const BenchServer server;
  const testing::TempFolder folder;
  LoadOptions options = OptionsFor(server);
  options.json_file = folder.path() + "/load.json";
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, IsEmpty());
  EXPECT_THAT(ran.out, HasSubstr("unary_tokenize_p99.9"));
  const auto json =
      nlohmann::json::parse(std::ifstream(options.json_file), nullptr, false);
  ASSERT_EQ(json.size(), 5U);
  EXPECT_EQ(json[0]["name"], "unary_tokenize");
  EXPECT_GT(json[0]["value"], 0);
  EXPECT_TRUE(json[0]["floor"].is_null());
  EXPECT_GT(server.calls(), 0);
}

TEST(LoadRun, OpenLoopKeepsItsRate) {
  const BenchServer server;
  LoadOptions options = OptionsFor(server);
  options.rate = 100;
  options.warm_up = milliseconds(500);
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(server.calls(), 80);
}

TEST(LoadRun, NullHandlerLeavesTheVaultAlone) {
  const BenchServer server;
  LoadOptions options = OptionsFor(server);
  options.call.service = Service::kNull;
  EXPECT_EQ(RunWith(options).code, 0);
  EXPECT_EQ(server.calls(), 0);
}

TEST(LoadRun, BatchesReportItems) {
  const BenchServer server;
  for (const Method method : {Method::kBatchTokenize, Method::kBulkTokenize}) {
    LoadOptions options = OptionsFor(server);
    options.call.method = method;
    options.call.items = 100;
    const Ran ran = RunWith(options);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("_tokenize_100_items"));
  }
}

TEST(LoadRun, ErrorsAreCountedAndMakeTheRunFail) {
  const BenchServer server(BenchServer::Options{.script = [](int earlier) {
    return earlier == 5 ? grpc::Status(grpc::StatusCode::INTERNAL, "text")
                        : grpc::Status::OK;
  }});
  const testing::TempFolder folder;
  LoadOptions options = OptionsFor(server);
  options.json_file = folder.path() + "/load.json";
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("       1 INTERNAL\n"));
  EXPECT_FALSE(std::ifstream(options.json_file).is_open());
}

TEST(LoadRun, ErrorsOfItemsHoldNoCardNumber) {
  const BenchServer server(BenchServer::Options{.refuse_first_item = true});
  LoadOptions options = OptionsFor(server);
  options.call.method = Method::kBatchTokenize;
  options.call.items = 3;
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("INVALID_ARGUMENT PAN_LUHN"));
  EXPECT_THAT(ran.err, Not(MatchesRegex("(.|\n)*[0-9]{12}(.|\n)*")));
}

TEST(LoadRun, NobodyAtTheAddressEndsEarly) {
  auto gone = std::make_unique<BenchServer>();
  const testing::TempFolder folder;
  LoadOptions options = OptionsFor(*gone);
  // The identity goes with the server: keep it.
  const client::TestAuthority authority;
  options.channel.files =
      authority.WriteIdentity(folder.path(), client::kClientId);
  options.duration = std::chrono::hours(1);
  gone.reset();
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("UNAVAILABLE"));
}

TEST(LoadRun, MissingIdentityIsSaid) {
  const BenchServer server;
  LoadOptions options = OptionsFor(server);
  options.channel.files.key_file = "/nonexistent/key.pem";
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("/nonexistent/key.pem"));
}

TEST(LoadRun, ReportThatCannotBeWrittenIsAnError) {
  const BenchServer server;
  LoadOptions options = OptionsFor(server);
  options.json_file = "/nonexistent/load.json";
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("/nonexistent/load.json"));
}

TEST(LoadRun, GateFailsWhenTheVaultIsFarSlowerThanTheNullHandler) {
  const BenchServer server(BenchServer::Options{.script = [](int) {
    std::this_thread::sleep_for(milliseconds(150));
    return grpc::Status::OK;
  }});
  LoadOptions options = OptionsFor(server);
  options.compare = true;
  options.rounds = 1;
  options.duration = milliseconds(600);
  options.gate = true;
  const Ran ran = RunWith(options);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("MISSED"));
}

}  // namespace
}  // namespace panvault::bench
