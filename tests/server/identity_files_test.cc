// What this shows: files are an identity only together: each that is missing,
// torn, garbage, expired or another's is refused, and named; and a set that
// changes while it is read is not believed.

#include "server/identity_files.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/test_authority.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

constexpr char kId[] = "spiffe://fake.test/ns/panvault/sa/panvaultd";

class IdentityFiles : public ::testing::Test {
 protected:
  TlsFiles Identity(const client::TestAuthority& authority,
                    const std::string& name, const std::string& id = kId) {
    const std::string folder = folder_ / name;
    std::filesystem::create_directory(folder);
    const client::TlsFiles files = authority.WriteIdentity(folder, id);
    std::filesystem::permissions(files.key_file,
                                 std::filesystem::perms::owner_read);
    return {files.svid_file, files.key_file, files.bundle_file};
  }

  const client::TempDir folder_;
  const client::TestAuthority authority_;
  const TlsFiles files_ = Identity(authority_, "own");
};

// LoadServerTls refuses `files`, and names the `culprit`.
void ExpectRefused(const TlsFiles& files, const std::string& culprit,
                   const std::string& why) {
  const auto tls = LoadServerTls(files, absl::Now());
  ASSERT_FALSE(tls.ok()) << culprit;
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr(culprit));
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr(why));
}

TEST_F(IdentityFiles, LoadsFilesThatBelongTogether) {
  const auto tls = LoadServerTls(files_, absl::Now());
  ASSERT_THAT(tls, testing::IsOk());
  EXPECT_EQ(tls->id.text(), kId);
  EXPECT_GT(tls->not_after, absl::Now());
  EXPECT_LT(tls->not_after, absl::Now() + absl::Hours(2));
}

TEST_F(IdentityFiles, RefusesAKeyOfAnotherCertificate) {
  TlsFiles files = files_;
  files.key_file = Identity(authority_, "second").key_file;
  ExpectRefused(files, files.key_file, "not the key of");
}

TEST_F(IdentityFiles, RefusesACertificateOfAnotherAuthority) {
  const client::TestAuthority other;
  TlsFiles files = files_;
  files.bundle_file = Identity(other, "other").bundle_file;
  ExpectRefused(files, files.svid_file, "issuer");
}

TEST_F(IdentityFiles, RefusesAnExpiredCertificate) {
  const auto tls = LoadServerTls(files_, absl::Now() + absl::Hours(3));
  ASSERT_FALSE(tls.ok());
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr("expired"));
}

TEST_F(IdentityFiles, RefusesGarbageAndTornFiles) {
  const TlsFiles files = files_;
  for (const std::string& content :
       {std::string(), std::string("garbage"),
        std::string("-----BEGIN CERTIFICATE-----\nMIIB\n")}) {
    client::WriteFile(files.bundle_file, content);
    ExpectRefused(files, files.bundle_file, "certificates");
  }
}

TEST_F(IdentityFiles, RefusesAnIdThatIsNoWorkload) {
  const TlsFiles files = Identity(authority_, "rootless", "spiffe://fake.test");
  ExpectRefused(files, files.svid_file, "not the SPIFFE ID");
}

TEST_F(IdentityFiles, RefusesAKeyThatOthersMayRead) {
  std::filesystem::permissions(files_.key_file,
                               std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  ExpectRefused(files_, files_.key_file, "");
}

TEST_F(IdentityFiles, RefusesEachMissingFile) {
  for (std::string TlsFiles::*const file :
       {&TlsFiles::svid_file, &TlsFiles::key_file, &TlsFiles::bundle_file}) {
    TlsFiles files = files_;
    files.*file = folder_ / "none.pem";
    ExpectRefused(files, files.*file, "no such file");
  }
}

TEST_F(IdentityFiles, FederatedBundlesAreOfTheirTrustDomains) {
  const testing::Made other =
      testing::MakeCertificate(testing::CaSpec("other", "other.test"), nullptr);
  const std::string path = folder_ / "other.pem";
  client::WriteFile(path, other.Pem());
  TlsFiles files = files_;
  files.federated = {{"other.test", path}};
  ASSERT_OK_AND_ASSIGN(const ServerTls tls, LoadServerTls(files, absl::Now()));
  EXPECT_EQ(tls.bundles->size(), 2u);
  EXPECT_EQ(tls.bundles->count("other.test"), 1u);
  EXPECT_EQ(tls.anchor_count(), 2u);
  files.federated = {{"fake.test", path}};
  ExpectRefused(files, path, "a second bundle");
  client::WriteFile(path, "garbage");
  files.federated = {{"other.test", path}};
  ExpectRefused(files, path, "not a PEM file");
}

TEST_F(IdentityFiles, ReadingsAreEqualIfEveryFileIs) {
  ASSERT_OK_AND_ASSIGN(const auto before, ReadIdentityFiles(files_));
  ASSERT_OK_AND_ASSIGN(const auto same, ReadIdentityFiles(files_));
  EXPECT_TRUE(before == same);
  for (const std::string& path : {files_.svid_file, files_.bundle_file}) {
    client::WriteFile(path, "another");
    ASSERT_OK_AND_ASSIGN(const auto after, ReadIdentityFiles(files_));
    EXPECT_FALSE(before == after) << path;
    Identity(authority_, "own");
  }
}

// A link to a folder that is replaced all the time: every reading is of one of
// the two folders, or refused.
TEST_F(IdentityFiles, NeverMixTwoFolders) {
  const TlsFiles one = Identity(authority_, "one");
  const TlsFiles two = Identity(authority_, "two");
  const std::string link = folder_ / "now";
  std::filesystem::create_directory_symlink(folder_ / "one", link);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      const std::string draft = link + ".new";
      std::filesystem::create_directory_symlink(
          folder_ / (i % 2 == 0 ? "two" : "one"), draft);
      std::filesystem::rename(draft, link);
    }
  });
  const TlsFiles files = {link + "/svid.pem", link + "/key.pem",
                          link + "/bundle.pem"};
  int whole = 0;
  for (int i = 0; i < 300; ++i) {
    const auto reading = ReadIdentityFiles(files);
    if (absl::IsAborted(reading.status())) continue;
    ASSERT_THAT(reading, testing::IsOk());
    // Two equal readings of a mixture need the same mixture twice in a row;
    // what belongs together is checked after all.
    whole += ValidateReading(files, *reading, absl::Now()).ok() ? 1 : 0;
  }
  done = true;
  writer.join();
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace panvault::server
