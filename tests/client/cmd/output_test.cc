// What this shows: every result is one line of text or one JSON value that
// parses, whatever strings the server sent.

#include "client/cmd/output.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/error.h"
#include "client/model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/token_vault.pb.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr Position kLine7 = {"line", 7};

absl::Status Luhn() {
  return client::StatusFromRpc(
      client::RpcError(grpc::StatusCode::INVALID_ARGUMENT,
                       v1::ERROR_REASON_PAN_LUHN, "what is \"wrong\"\n"));
}

TEST(Output, PrintsTokensAsLines) {
  std::string text;
  AppendTokenized(Format::kText, kLine7,
                  {.token = "123456789012", .key_version = 3}, text);
  AppendTokenized(
      Format::kText, kLine7,
      {.token = "123456789012", .key_version = 3, .key_version_required = true},
      text);
  AppendPan(Format::kText, kLine7, "************1111", text);
  AppendRefusal(Format::kText, kLine7, Luhn(), text);
  AppendRefusal(Format::kText, kLine7, absl::InternalError("x"), text);
  EXPECT_EQ(text,
            "123456789012\n"
            "123456789012\t3\n"
            "************1111\n"
            "!PAN_LUHN\n"
            "!INTERNAL\n");
}

TEST(Output, PrintsTokensAsJson) {
  std::string lines;
  AppendTokenized(
      Format::kJson, kLine7,
      {.token = "123456789012", .key_version = 3, .key_version_required = true},
      lines);
  AppendPan(Format::kJson, {"item", 1}, "411111******1111", lines);
  AppendRefusal(Format::kJson, kLine7, Luhn(), lines);
  const Json array = Json::parse(JsonArrayOfLines(lines));
  ASSERT_EQ(array.size(), 3u);
  EXPECT_EQ(array[0], Json({{"line", 7},
                            {"token", "123456789012"},
                            {"key_version", 3},
                            {"key_version_required", true}}));
  EXPECT_EQ(array[1], Json({{"item", 1}, {"pan", "411111******1111"}}));
  EXPECT_EQ(array[2]["error"], Json({{"code", "INVALID_ARGUMENT"},
                                     {"reason", "PAN_LUHN"},
                                     {"field", "the_field"},
                                     {"limit", "the limit"},
                                     {"message", "what is \"wrong\"\n"}}));
}

TEST(Output, StaysJsonWhenTheServerSendsNonsense) {
  std::string line;
  AppendPan(Format::kJson, kLine7, "12\"\\\n\xff", line);
  EXPECT_EQ(Json::parse(line)["pan"], "12????");
  line.clear();
  AppendRefusal(Format::kJson, kLine7, absl::InternalError("bad \xff text"),
                line);
  EXPECT_THAT(Json::parse(line)["error"]["message"].get<std::string>(),
              HasSubstr("bad"));
  EXPECT_NO_THROW(Json::parse(RenderProfile(
      Format::kJson, {.name = "\xff\"\n", .create_time = absl::Now()})));
}

TEST(Output, MakesArraysOfAnyNumberOfLines) {
  EXPECT_EQ(JsonArrayOfLines(""), "[]\n");
  EXPECT_EQ(JsonArrayOfLines("{}\n"), "[{}]\n");
  EXPECT_EQ(JsonArrayOfLines("{}\n{}\n"), "[{},{}]\n");
}

TEST(Output, ShowsProfiles) {
  const std::vector<client::Profile> profiles = {
      {.name = "cards",
       .kept = client::Kept::kBin6Last4,
       .allow_floor = true,
       .create_time = absl::FromUnixSeconds(1'700'000'000),
       .pan_lengths = {16, 17}},
      {.name = "a-much-longer-name", .kept = client::Kept::kNone}};
  const std::string table = RenderProfiles(Format::kText, profiles);
  EXPECT_THAT(table, HasSubstr("NAME                SCHEME  KEEP"));
  EXPECT_THAT(table, HasSubstr("cards               ff1     bin6-last4"));
  EXPECT_THAT(RenderProfile(Format::kText, profiles[0]),
              HasSubstr("PAN lengths:  16, 17\n"));
  const Json array = Json::parse(RenderProfiles(Format::kJson, profiles));
  ASSERT_EQ(array.size(), 2u);
  EXPECT_EQ(array[0], Json({{"name", "cards"},
                            {"scheme", "ff1"},
                            {"keep", "bin6-last4"},
                            {"allow_floor", true},
                            {"pan_lengths", {16, 17}},
                            {"create_time", "2023-11-14T22:13:20Z"}}));
  EXPECT_EQ(Json::parse(RenderProfile(Format::kJson, profiles[0])), array[0]);
  EXPECT_EQ(RenderProfiles(Format::kJson, {}), "[]\n");
}

TEST(Output, ShowsKeyVersions) {
  const std::vector<client::KeyVersion> versions = {
      {.version = 1,
       .state = client::KeyState::kDecryptOnly,
       .primary = false,
       .kek_id = "file:12ab",
       .create_time = absl::FromUnixSeconds(1'700'000'000),
       .usable = false}};
  EXPECT_THAT(RenderKeyVersions(Format::kText, versions),
              HasSubstr("1        decrypt-only  no       NO      file:12ab"));
  EXPECT_EQ(Json::parse(RenderKeyVersions(Format::kJson, versions))[0],
            Json({{"version", 1},
                  {"state", "decrypt-only"},
                  {"primary", false},
                  {"usable", false},
                  {"kek_id", "file:12ab"},
                  {"create_time", "2023-11-14T22:13:20Z"}}));
}

TEST(Output, ShowsConnections) {
  const std::vector<client::Connection> connections = {
      {.id = 9,
       .peer = "ipv4:10.0.0.1:40000",
       .since = absl::FromUnixSeconds(1'700'000'000),
       .spiffe_id = "spiffe://fake.test/sa/till",
       .serial = "4f2a",
       .calls = 1'000'000},
      {.id = 10,
       .peer = "ipv6:%5Bfd00::1%5D:1",
       .since = absl::FromUnixSeconds(1'700'000'001)}};
  EXPECT_EQ(
      RenderConnections(Format::kText, connections),
      "ID  PEER                  SINCE                 CALLS    SERIAL  "
      "CALLER\n"
      "9   ipv4:10.0.0.1:40000   2023-11-14T22:13:20Z  1000000  4f2a    "
      "spiffe://fake.test/sa/till\n"
      "10  ipv6:%5Bfd00::1%5D:1  2023-11-14T22:13:21Z  0        -       -\n");
  const Json array = Json::parse(RenderConnections(Format::kJson, connections));
  ASSERT_EQ(array.size(), 2u);
  EXPECT_EQ(array[0], Json({{"id", 9},
                            {"peer", "ipv4:10.0.0.1:40000"},
                            {"since", "2023-11-14T22:13:20Z"},
                            {"spiffe_id", "spiffe://fake.test/sa/till"},
                            {"serial", "4f2a"},
                            {"calls", 1'000'000}}));
  EXPECT_EQ(array[1]["spiffe_id"], "");
  EXPECT_EQ(RenderConnections(Format::kJson, {}), "[]\n");
}

TEST(Output, ShowsPlausibility) {
  EXPECT_EQ(RenderPlausibility(Format::kText, kLine7, {true, 2}),
            "plausible, key version 2\n");
  EXPECT_EQ(RenderPlausibility(Format::kText, kLine7, {true, 0}),
            "plausible\n");
  EXPECT_EQ(RenderPlausibility(Format::kText, kLine7, {false, 0}),
            "not plausible\n");
  EXPECT_EQ(Json::parse(RenderPlausibility(Format::kJson, kLine7, {true, 2})),
            Json({{"line", 7}, {"plausible", true}, {"key_version", 2}}));
}

TEST(Output, ShowsErrors) {
  EXPECT_EQ(RenderError(Format::kText, absl::NotFoundError("gone")),
            "panvault: NOT_FOUND: gone\n");
  EXPECT_EQ(RenderError(Format::kText, Luhn()),
            "panvault: PAN_LUHN: what is \"wrong\"\n\n");
  EXPECT_EQ(Json::parse(RenderError(Format::kJson, Luhn()))["error"]["reason"],
            "PAN_LUHN");
}

TEST(Output, NamesEveryValue) {
  for (const auto kept : {client::Kept::kNone, client::Kept::kLast4,
                          client::Kept::kBin6Last4, client::Kept::kBin8Last4}) {
    EXPECT_NE(NameOf(kept), "unknown");
  }
  EXPECT_EQ(NameOf(client::Kept::kUnknown), "unknown");
  EXPECT_EQ(NameOf(client::Scheme::kUnknown), "unknown");
  EXPECT_EQ(NameOf(client::KeyState::kUnknown), "unknown");
  EXPECT_EQ(NameOf(client::KeyState::kDestroyScheduled), "destroy-scheduled");
}

}  // namespace
}  // namespace panvault::cli
