// What this shows: whatever goes into a line, a JSON parser gets it out again,
// and nothing can end the line or a string before its time.

#include "server/json_line.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

constexpr absl::Time kTime = absl::FromUnixMicros(1'800'000'000'000'042);

nlohmann::json Parsed(JsonLine line) {
  const std::string text = line.Take();
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  return nlohmann::json::parse(text);
}

TEST(JsonLine, KnownAnswer) {
  JsonLine line("call", kTime);
  line.Add("caller", "spiffe://a/b");
  line.Add("items", 10'000);
  line.Add("pci", std::vector<std::string>{"7.2.5", "10.2.1"});
  line.Add("none", std::vector<std::string>{});
  EXPECT_EQ(line.Take(),
            "{\"time\":\"2027-01-15T08:00:00.000042Z\",\"event\":\"call\","
            "\"caller\":\"spiffe://a/b\",\"items\":10000,"
            "\"pci\":[\"7.2.5\",\"10.2.1\"],\"none\":[]}\n");
}

TEST(JsonLine, TimesAreTheirOwnFromOneSecondToTheNext) {
  for (const int64_t micros : {int64_t{0}, int64_t{999'999}, int64_t{1'000'000},
                               int64_t{1'799'999'999'999'999}}) {
    EXPECT_EQ(
        Parsed(JsonLine("e", absl::FromUnixMicros(micros)))["time"],
        absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(micros),
                         absl::UTCTimeZone()));
  }
}

TEST(JsonLine, EveryAsciiByteComesBack) {
  for (int byte = 0; byte < 128; ++byte) {
    const std::string value(3, static_cast<char>(byte));
    JsonLine line("e", kTime);
    line.Add("value", value);
    line.Add("after", "x");
    const nlohmann::json parsed = Parsed(std::move(line));
    EXPECT_EQ(parsed["value"], value) << byte;
    EXPECT_EQ(parsed["after"], "x") << byte;
  }
}

TEST(JsonLine, OtherBytesAreReplaced) {
  JsonLine line("e", kTime);
  line.Add("value", "a\xff\xc3\xa4z");
  EXPECT_EQ(Parsed(std::move(line))["value"],
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST(JsonLine, RandomBytesNeverBreakTheLine) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    std::string value(random() % 40, '\0');
    for (char& c : value) c = static_cast<char>(random());
    JsonLine line("e", kTime);
    line.Add("value", value);
    line.Add("list", std::vector<std::string>{value, value});
    line.Add("after", 7);
    const nlohmann::json parsed = Parsed(std::move(line));
    ASSERT_EQ(parsed.size(), 5u);
    ASSERT_EQ(parsed["after"], 7);
  }
}

TEST(JsonLine, NumbersOfEverySize) {
  for (const int64_t value : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    JsonLine line("e", kTime);
    line.Add("value", value);
    EXPECT_EQ(Parsed(std::move(line))["value"], value);
  }
}

}  // namespace
}  // namespace panvault::server
