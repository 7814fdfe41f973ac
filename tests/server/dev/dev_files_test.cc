// What this shows: the two files that `panvaultd dev` begins with hold the
// options as they were given, and nothing that an option could smuggle in. That
// the server loads them is shown in config_test.cc and access_policy_test.cc.

#include "server/dev/dev_files.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const DevOptions kOptions = {.state_dir = "/s",
                             .listen = "127.0.0.1:7443",
                             .health_listen = "127.0.0.1:7444",
                             .conninfo = "host=/s dbname=panvault"};

TEST(DevConfigYamlTest, HoldsTheOptions) {
  ASSERT_OK_AND_ASSIGN(const std::string text, DevConfigYaml(kOptions));
  EXPECT_THAT(text, HasSubstr("\nlisten: '127.0.0.1:7443'\n"));
  EXPECT_THAT(text, HasSubstr("\nhealth_listen: '127.0.0.1:7444'\n"));
  EXPECT_THAT(text, HasSubstr("\n  conninfo: 'host=/s dbname=panvault'\n"));
  EXPECT_THAT(text, Not(HasSubstr("$")));
}

TEST(DevConfigYamlTest, QuotesAreDoubled) {
  DevOptions options = kOptions;
  options.conninfo = "user='a' # \"b\": {c} \\";
  ASSERT_OK_AND_ASSIGN(const std::string text, DevConfigYaml(options));
  EXPECT_THAT(text, HasSubstr("\n  conninfo: 'user=''a'' # \"b\": {c} \\'\n"));
}

TEST(DevConfigYamlTest, OptionsAreNotTakenForPlaceholders) {
  DevOptions options = kOptions;
  options.listen = "$HEALTH";
  options.health_listen = "$CONNINFO";
  options.conninfo = "$LISTEN";
  ASSERT_OK_AND_ASSIGN(const std::string text, DevConfigYaml(options));
  EXPECT_THAT(text, HasSubstr("\nlisten: '$HEALTH'\n"));
  EXPECT_THAT(text, HasSubstr("\nhealth_listen: '$CONNINFO'\n"));
  EXPECT_THAT(text, HasSubstr("\n  conninfo: '$LISTEN'\n"));
}

TEST(DevConfigYamlTest, EveryControlCharacterIsRefusedInEachOption) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value =
        absl::StrCat("a", std::string(1, static_cast<char>(byte)), "b");
    const bool is_control = byte < 0x20 || byte == 0x7f;
    for (std::string DevOptions::*option :
         {&DevOptions::listen, &DevOptions::health_listen,
          &DevOptions::conninfo}) {
      DevOptions options = kOptions;
      options.*option = value;
      EXPECT_THAT(DevConfigYaml(options),
                  StatusIs(is_control ? absl::StatusCode::kInvalidArgument
                                      : absl::StatusCode::kOk))
          << byte;
    }
  }
}

TEST(DevAccessYamlTest, NamesTheCallerAndItsReviewDay) {
  const std::string text = DevAccessYaml(
      absl::FromCivil(absl::CivilDay(2027, 1, 15), absl::UTCTimeZone()));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("spiffe_id: ", kDevCallerId, "\n")));
  EXPECT_THAT(text, HasSubstr("review_by: \"2027-07-14\"\n"));  // 180 days.
  EXPECT_THAT(text, Not(HasSubstr("$")));
  EXPECT_THAT(text, Not(HasSubstr(kDevStrangerId)));
}

}  // namespace
}  // namespace panvault::dev
