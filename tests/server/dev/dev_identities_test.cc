// What this shows: the dev certificates verify with the openssl program, are
// issued again in time, and a half-written set is never taken for a good one.

#include "server/dev/dev_identities.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/child_process.h"
#include "server/dev/state_folder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr const char* kNames[] = {"panvaultd", "payment-api", "stranger"};

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class DevIdentitiesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(OpenStateFolder(root()), IsOk()); }

  std::string root() const { return folder_.path() + "/state"; }
  std::string FileOf(const std::string& name, const std::string& file) const {
    return absl::StrCat(root(), "/identities/", name, "/", file);
  }

  // What `openssl` says; its exit code is in the status.
  absl::StatusOr<std::string> OpenSsl(std::vector<std::string> arguments) {
    Command command;
    command.argv = {"/usr/bin/openssl"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.log_path = absl::StrCat(folder_.path(), "/out", ++runs_);
    absl::Status status = RunProgram(command, absl::Seconds(20));
    if (!status.ok()) {
      return absl::Status(status.code(), Contents(command.log_path));
    }
    return Contents(command.log_path);
  }

  absl::Status Verify(const std::string& name, absl::Time at) {
    return OpenSsl({"verify", "-x509_strict", "-attime",
                    absl::StrCat(absl::ToUnixSeconds(at)), "-CAfile",
                    root() + "/ca/bundle.pem", FileOf(name, "svid.pem")})
        .status();
  }

  TempFolder folder_;
  int runs_ = 0;
};

TEST_F(DevIdentitiesTest, CertificatesVerifyAndNameTheirWorkload) {
  ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
  // Only the server has a DNS name beside its ID.
  const std::string names[] = {
      absl::StrCat("URI:", kDevServerId, ", DNS:", kDevServerDnsName, "\n"),
      absl::StrCat("URI:", kDevCallerId, "\n"),
      absl::StrCat("URI:", kDevStrangerId, "\n")};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(Verify(kNames[i], kNow), IsOk());
    ASSERT_OK_AND_ASSIGN(const std::string text,
                         OpenSsl({"x509", "-noout", "-ext", "subjectAltName",
                                  "-in", FileOf(kNames[i], "svid.pem")}));
    EXPECT_THAT(text, HasSubstr(names[i]));
    ASSERT_OK_AND_ASSIGN(
        const std::string of_key,
        OpenSsl({"pkey", "-pubout", "-in", FileOf(kNames[i], "key.pem")}));
    ASSERT_OK_AND_ASSIGN(const std::string of_svid,
                         OpenSsl({"x509", "-noout", "-pubkey", "-in",
                                  FileOf(kNames[i], "svid.pem")}));
    EXPECT_EQ(of_key, of_svid);
    EXPECT_EQ(Contents(FileOf(kNames[i], "bundle.pem")),
              Contents(root() + "/ca/bundle.pem"));
  }
}

TEST_F(DevIdentitiesTest, SvidsLiveADayAndTheCaThirty) {
  ASSERT_OK_AND_ASSIGN(const DevIdentities identities,
                       EnsureDevIdentities(root(), kNow));
  EXPECT_EQ(identities.not_after, kNow + absl::Hours(24));
  const absl::Time end = kNow + absl::Hours(24);
  EXPECT_THAT(Verify("panvaultd", end - absl::Seconds(1)), IsOk());
  EXPECT_THAT(Verify("panvaultd", end + absl::Seconds(1)),
              StatusIs(absl::StatusCode::kInternal));
  const auto ends_within = [this](absl::Duration life) {
    return OpenSsl({"verify", "-attime",
                    absl::StrCat(absl::ToUnixSeconds(kNow + life)), "-CAfile",
                    root() + "/ca/bundle.pem", root() + "/ca/bundle.pem"});
  };
  EXPECT_THAT(ends_within(absl::Hours(30 * 24) - absl::Minutes(1)), IsOk());
  EXPECT_THAT(ends_within(absl::Hours(30 * 24) + absl::Minutes(1)),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(DevIdentitiesTest, IssuedAgainWhenLessThanAnHourIsLeft) {
  ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
  ASSERT_OK_AND_ASSIGN(
      DevIdentities again,
      EnsureDevIdentities(root(), kNow + absl::Hours(23) - absl::Seconds(1)));
  EXPECT_FALSE(again.issued);
  const std::string before = Contents(FileOf("stranger", "svid.pem"));
  const absl::Time later = kNow + absl::Hours(23) + absl::Seconds(1);
  ASSERT_OK_AND_ASSIGN(again, EnsureDevIdentities(root(), later));
  EXPECT_TRUE(again.issued);
  EXPECT_NE(Contents(FileOf("stranger", "svid.pem")), before);
  for (const char* name : kNames) {
    EXPECT_THAT(Verify(name, later + absl::Hours(23)), IsOk());
  }
}

TEST_F(DevIdentitiesTest, IssuedAgainWhenTheClockWentBack) {
  ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
  const absl::Time earlier = kNow - absl::Hours(2);
  ASSERT_OK_AND_ASSIGN(const DevIdentities again,
                       EnsureDevIdentities(root(), earlier));
  EXPECT_TRUE(again.issued);
  EXPECT_THAT(Verify("panvaultd", earlier), IsOk());
}

TEST_F(DevIdentitiesTest, IssuedAgainWhenAnyFileIsMissing) {
  ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
  std::vector<std::string> files = {root() + "/ca/bundle.pem",
                                    root() + "/identities/issued"};
  for (const char* name : kNames) {
    for (const char* file : {"svid.pem", "key.pem", "bundle.pem"}) {
      files.push_back(FileOf(name, file));
    }
  }
  for (const std::string& file : files) {
    ASSERT_TRUE(std::filesystem::remove(file)) << file;
    ASSERT_OK_AND_ASSIGN(const DevIdentities again,
                         EnsureDevIdentities(root(), kNow));
    EXPECT_TRUE(again.issued) << file;
    for (const char* name : kNames) EXPECT_THAT(Verify(name, kNow), IsOk());
  }
}

TEST_F(DevIdentitiesTest, IssuedAgainWhenTheStampIsNonsense) {
  for (const char* stamp : {"", "x y\n", "1\n", "1 2 3\n"}) {
    ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
    std::ofstream(root() + "/identities/issued") << stamp;
    ASSERT_OK_AND_ASSIGN(const DevIdentities again,
                         EnsureDevIdentities(root(), kNow));
    EXPECT_TRUE(again.issued) << stamp;
  }
}

TEST_F(DevIdentitiesTest, NoCaKeyIsStored) {
  ASSERT_THAT(EnsureDevIdentities(root(), kNow), IsOk());
  int keys = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root())) {
    if (!entry.is_regular_file()) continue;
    const std::string content = Contents(entry.path().string());
    if (content.find("PRIVATE KEY") != std::string::npos) {
      EXPECT_EQ(entry.path().filename(), "key.pem");
      ++keys;
    }
  }
  EXPECT_EQ(keys, 3);
}

}  // namespace
}  // namespace panvault::dev
