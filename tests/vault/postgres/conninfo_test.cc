// What this shows: connection strings of both kinds keep what the operator
// wrote, get our bounds where he wrote none, and are not quoted in errors.

#include "vault/postgres/conninfo.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Complete(const std::string& conninfo,
                     absl::Duration timeout = absl::Seconds(5)) {
  const auto complete = CompleteConninfo(conninfo, timeout);
  EXPECT_TRUE(complete.ok()) << conninfo << ": " << complete.status();
  return complete.value_or("");
}

TEST(Conninfo, FillsInWhatIsLeftOpen) {
  EXPECT_EQ(Complete("host=/run/pg dbname=vault"),
            "connect_timeout='5' dbname='vault' "
            "fallback_application_name='panvault' host='/run/pg' "
            "target_session_attrs='read-write'");
  EXPECT_EQ(Complete(""),
            "connect_timeout='5' fallback_application_name='panvault' "
            "target_session_attrs='read-write'");
}

TEST(Conninfo, KeepsWhatTheOperatorSet) {
  const std::string complete = Complete(
      "host=db connect_timeout=17 target_session_attrs=any "
      "fallback_application_name=mine options='-c geqo=off' "
      "sslmode=verify-full sslrootcert=/etc/ca.pem");
  EXPECT_EQ(complete,
            "connect_timeout='17' fallback_application_name='mine' host='db' "
            "options='-c geqo=off' sslmode='verify-full' "
            "sslrootcert='/etc/ca.pem' target_session_attrs='any'");
}

TEST(Conninfo, ReadsUrisWithSeveralHostsAndEscapes) {
  EXPECT_EQ(
      Complete("postgresql://us%27er:p%5Cw@a:1,b:2/my%20db?sslmode=require"),
      "connect_timeout='5' dbname='my db' "
      "fallback_application_name='panvault' host='a,b' "
      "password='p\\\\w' port='1,2' sslmode='require' "
      "target_session_attrs='read-write' user='us\\'er'");
}

TEST(Conninfo, WhatItWritesItReadsBackUnchanged) {
  for (const char* const conninfo :
       {R"(password='it\'s a \\ "secret" = ')", "password=''", "user='a b'",
        "postgres://u:%27%5C%20%22@h/d", "host='/tmp/o\\\\dd \\' path'"}) {
    const std::string once = Complete(conninfo);
    EXPECT_EQ(Complete(once), once) << conninfo;
  }
}

TEST(Conninfo, TimeoutIsWholeSecondsThatLibpqTakes) {
  EXPECT_THAT(Complete("", absl::Milliseconds(1)),
              HasSubstr("connect_timeout='2'"));
  EXPECT_THAT(Complete("", absl::Milliseconds(2001)),
              HasSubstr("connect_timeout='3'"));
}

TEST(Conninfo, ForEverIsNotATimeout) {
  for (const char* const conninfo :
       {"connect_timeout=0", "connect_timeout=-1", "connect_timeout=''",
        "postgresql:///d?connect_timeout=0"}) {
    EXPECT_THAT(Complete(conninfo), HasSubstr("connect_timeout='5'"))
        << conninfo;
  }
}

TEST(Conninfo, MalformedIsRefusedWithoutBeingQuoted) {
  for (const std::string& conninfo :
       {std::string("hunter2"), std::string("password='hunter2"),
        std::string("hunter2=x"), std::string("postgresql://u:hunter2@[::1/d"),
        std::string("postgresql://u@h/d?hunter2=1"),
        std::string("user=hunter2\0host=x", 19)}) {
    const auto complete = CompleteConninfo(conninfo, absl::Seconds(5));
    EXPECT_THAT(complete, StatusIs(absl::StatusCode::kInvalidArgument))
        << conninfo;
    EXPECT_THAT(std::string(complete.status().message()),
                Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace panvault::vault::postgres
