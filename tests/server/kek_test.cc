// What this shows: the KEK is the one that the configuration names, and a token
// that is gone is in the log and in the metrics, once.

#include "server/kek.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/shim.h"
#include "tests/testing/softhsm.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

class LoadKekTest : public ::testing::Test {
 protected:
  LoadKekTest() {
    shim_.Reset();
    hsm_.MakeKey({.value = std::vector<uint8_t>(32, 'k')});
    config_.kek_token = KekToken{testing::ShimModule(), testing::kTokenLabel,
                                 testing::kKeyLabel, hsm_.pin_file()};
  }
  ~LoadKekTest() override {
    shim_.Reset();
    fclose(log_file_);
  }

  std::string Log() const {
    std::string text(1 << 16, '\0');
    const ssize_t got = pread(fileno(log_file_), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }
  size_t LogLines() const {
    const std::string log = Log();
    return static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
  }

  testing::Shim& shim_ = testing::TheShim();
  testing::SoftHsm hsm_;
  Config config_;
  FILE* const log_file_ = tmpfile();
  JsonLog log_{fileno(log_file_)};
  Metrics metrics_;
};

TEST_F(LoadKekTest, ComesFromTheFileUnlessThereIsAToken) {
  ASSERT_OK_AND_ASSIGN(const auto token, LoadKek(config_, log_, metrics_));
  EXPECT_EQ(token->kek_id(), "pkcs11:18e1e9b817c00a03");
  config_.kek_token.reset();
  config_.kek_file = hsm_.folder() + "/kek";
  std::ofstream(config_.kek_file) << std::string(32, 'k');
  ASSERT_EQ(chmod(config_.kek_file.c_str(), 0400), 0);
  ASSERT_OK_AND_ASSIGN(const auto file, LoadKek(config_, log_, metrics_));
  EXPECT_EQ(file->kek_id(), "file:cb699021e1ca9639");
  EXPECT_EQ(Log(), "");
  EXPECT_TRUE(metrics_.kek_available());
}

TEST_F(LoadKekTest, LossAndReturnOfTheTokenAreTold) {
  ASSERT_OK_AND_ASSIGN(const auto kek, LoadKek(config_, log_, metrics_));
  const auto dek = crypto::SecretBytes::CopyOf(std::vector<uint8_t>(32, 'd'));
  shim_.removed = true;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(kek->Wrap(dek, {}).ok());
  EXPECT_FALSE(metrics_.kek_available());
  EXPECT_THAT(Log(), HasSubstr("\"event\":\"kek_unavailable\",\"message\":"
                               "\"token \\\"panvault test\\\": not among"));
  EXPECT_EQ(LogLines(), 1u);
  shim_.removed = false;
  for (int i = 0; i < 300 && !kek->Wrap(dek, {}).ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_TRUE(metrics_.kek_available());
  EXPECT_THAT(Log(), HasSubstr("\"event\":\"kek_available\""));
  EXPECT_EQ(LogLines(), 2u);
  EXPECT_THAT(Log(), ::testing::Not(HasSubstr(testing::kPin)));
}

TEST_F(LoadKekTest, WrongPinIsNoMoreThanAnError) {
  const std::string pin_file = hsm_.folder() + "/wrong";
  std::ofstream(pin_file) << "918273";
  ASSERT_EQ(chmod(pin_file.c_str(), 0400), 0);
  config_.kek_token->pin_file = pin_file;
  const absl::Status status = LoadKek(config_, log_, metrics_).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("CKR_PIN_INCORRECT"));
  EXPECT_THAT(std::string(status.message()),
              ::testing::Not(HasSubstr("918273")));
  EXPECT_EQ(shim_.logins, 1);
  EXPECT_EQ(Log(), "");
}

}  // namespace
}  // namespace panvault::server
