// What this shows: the command line of panvault-load, its defaults and limits,
// and that help teaches without a server.

#include "bench/load_options.h"

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Variables = std::map<std::string, std::string>;

const Variables kConnection = {{"PANVAULT_ADDRESS", "vault:1"},
                               {"PANVAULT_SERVER_ID", "spiffe://a/b"},
                               {"PANVAULT_IDENTITY", "/id"}};

std::variant<LoadOptions, LoadAnswer> Parse(
    std::vector<std::string> args, const Variables& variables = kConnection) {
  return ParseLoadOptions(std::move(args), [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

LoadOptions Options(std::vector<std::string> args) {
  auto parsed = Parse(std::move(args));
  if (const auto* answer = std::get_if<LoadAnswer>(&parsed)) {
    ADD_FAILURE() << answer->text;
    return {};
  }
  return std::get<LoadOptions>(std::move(parsed));
}

LoadAnswer Answer(std::vector<std::string> args,
                  const Variables& variables = kConnection) {
  const auto parsed = Parse(std::move(args), variables);
  if (const auto* answer = std::get_if<LoadAnswer>(&parsed)) return *answer;
  return {-1, "it was accepted"};
}

TEST(LoadOptions, UnaryHasDefaults) {
  const LoadOptions options = Options({"unary", "--profile", "cards"});
  EXPECT_EQ(options.call.method, Method::kTokenize);
  EXPECT_EQ(options.call.service, Service::kVault);
  EXPECT_EQ(options.call.profile, "cards");
  EXPECT_EQ(options.call.items, 1U);
  EXPECT_EQ(options.in_flight, 64U);
  EXPECT_EQ(options.channels, 4U);
  EXPECT_FALSE(options.rate.has_value());
  EXPECT_EQ(options.duration, std::chrono::seconds(5));
  EXPECT_EQ(options.warm_up, std::chrono::seconds(1));
  EXPECT_EQ(options.timeout, std::chrono::seconds(10));
  EXPECT_THAT(options.pans.lengths, SizeIs(8));
  EXPECT_FALSE(options.compare);
}

TEST(LoadOptions, BatchesHaveDefaultsOfTheirOwn) {
  const LoadOptions batch = Options({"batch", "--profile", "cards"});
  EXPECT_EQ(batch.call.method, Method::kBatchTokenize);
  EXPECT_EQ(batch.call.items, 1000U);
  EXPECT_EQ(batch.in_flight, 4U);
  const LoadOptions bulk = Options({"bulk", "--profile", "cards"});
  EXPECT_EQ(bulk.call.method, Method::kBulkTokenize);
  EXPECT_EQ(bulk.call.items, 10'000U);
  EXPECT_EQ(bulk.in_flight, 4U);
}

TEST(LoadOptions, TakesWhatIsGiven) {
  const LoadOptions options = Options(
      {"bulk",       "--profile", "cards",     "--items",    "50",
       "--rate",     "2.5",       "--null",    "--duration", "300ms",
       "--warm-up",  "0",         "--timeout", "2",          "--in-flight",
       "9",          "--lengths", "16,19",     "--seed",     "77",
       "--channels", "2",         "--json",    "out.json"});
  EXPECT_EQ(options.call.items, 50U);
  EXPECT_EQ(options.call.service, Service::kNull);
  EXPECT_EQ(options.rate, 2.5);
  EXPECT_EQ(options.duration, std::chrono::milliseconds(300));
  EXPECT_EQ(options.warm_up, std::chrono::seconds(0));
  EXPECT_EQ(options.timeout, std::chrono::seconds(2));
  EXPECT_EQ(options.in_flight, 9U);
  EXPECT_THAT(options.pans.lengths, ElementsAre(16, 19));
  EXPECT_EQ(options.pans.seed, 77U);
  EXPECT_EQ(options.channels, 2U);
  EXPECT_EQ(options.json_file, "out.json");
}

TEST(LoadOptions, CompareHasRounds) {
  const LoadOptions options =
      Options({"compare", "--profile", "cards", "--server-pid", "42"});
  EXPECT_TRUE(options.compare);
  EXPECT_FALSE(options.gate);
  EXPECT_EQ(options.rounds, 7);
  EXPECT_EQ(options.duration, std::chrono::seconds(1));
  EXPECT_EQ(options.warm_up, std::chrono::milliseconds(250));
  EXPECT_EQ(options.server_pid, 42);
}

TEST(LoadOptions, GateNeedsRounds) {
  EXPECT_TRUE(Options({"compare", "--profile", "cards", "--gate"}).gate);
  EXPECT_THAT(
      Answer({"compare", "--profile", "cards", "--gate", "--rounds", "6"}).text,
      HasSubstr("--gate needs 7 rounds"));
}

TEST(LoadOptions, ConnectionComesFromOptionsBeforeTheEnvironment) {
  const LoadOptions options =
      Options({"unary", "--profile", "cards", "--address", "other:2"});
  EXPECT_EQ(options.channel.target, "other:2");
  EXPECT_EQ(options.channel.server_spiffe_id, "spiffe://a/b");
  EXPECT_EQ(options.channel.files.svid_file, "/id/svid.pem");
  EXPECT_EQ(options.channel.files.key_file, "/id/key.pem");
  EXPECT_EQ(options.channel.files.bundle_file, "/id/bundle.pem");
}

TEST(LoadOptions, SaysWhichPartOfTheConnectionIsMissing) {
  for (const auto& [name, value] : kConnection) {
    Variables variables = kConnection;
    variables.erase(name);
    const LoadAnswer answer =
        Answer({"unary", "--profile", "cards"}, variables);
    EXPECT_EQ(answer.code, 2);
    EXPECT_THAT(answer.text, HasSubstr(name));
  }
}

TEST(LoadOptions, RefusesWhatIsOutsideTheLimits) {
  const std::vector<std::vector<std::string>> kWrong = {
      {},
      {"nonsense"},
      {"unary"},
      {"unary", "--profile", "p", "extra"},
      {"unary", "--profile", "p", "--in-flight", "0"},
      {"unary", "--profile", "p", "--in-flight", "4097"},
      {"unary", "--profile", "p", "--rate", "0"},
      {"unary", "--profile", "p", "--rate", "-5"},
      {"unary", "--profile", "p", "--channels", "65"},
      {"unary", "--profile", "p", "--duration", "0"},
      {"unary", "--profile", "p", "--duration", "2h"},
      {"unary", "--profile", "p", "--duration", "soon"},
      {"unary", "--profile", "p", "--warm-up", "-1s"},
      {"unary", "--profile", "p", "--timeout", "0"},
      {"unary", "--profile", "p", "--lengths", "11"},
      {"unary", "--profile", "p", "--lengths", "16,20"},
      {"batch", "--profile", "p", "--items", "0"},
      {"bulk", "--profile", "p", "--items", "10001"},
      {"compare", "--profile", "p", "--rounds", "0"},
      {"compare", "--profile", "p", "--server-pid", "0"},
      {"compare", "--profile", "p", "--in-flight", "1"},
  };
  for (const auto& args : kWrong) {
    std::string line;
    for (const std::string& arg : args) line += " " + arg;
    const LoadAnswer answer = Answer(args);
    EXPECT_EQ(answer.code, 2) << line;
    EXPECT_THAT(answer.text, HasSubstr("See panvault-load --help.")) << line;
  }
}

TEST(LoadOptions, HelpNeedsNoServer) {
  const LoadAnswer main = Answer({"--help"}, {});
  EXPECT_EQ(main.code, 0);
  EXPECT_THAT(main.text, HasSubstr("Examples:"));
  for (const char* command : {"unary", "batch", "bulk", "compare"}) {
    EXPECT_THAT(main.text, HasSubstr(command));
    const LoadAnswer help = Answer({command, "--help"}, {});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.text, HasSubstr("PANVAULT_IDENTITY")) << command;
  }
}

}  // namespace
}  // namespace panvault::bench
