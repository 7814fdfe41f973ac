// What this shows: the doctor names the first thing that is wrong, on either
// side, and nothing if nothing is. The patient is a real server.

#include "client/doctor.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "client/tcp_connect.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/test_authority.h"
#include "tests/server/test_vault.h"

namespace panvault::client {
namespace {

using server::kPaymentId;
using server::kStrangerId;
using server::kVaultId;
using server::TestVault;
using ::testing::HasSubstr;

class Doctor : public ::testing::Test {
 protected:
  ClientOptions OptionsFor(const std::string& spiffe_id,
                           const TestAuthority& authority) {
    const std::string folder =
        folder_ / ("identity" + std::to_string(++identities_));
    std::filesystem::create_directory(folder);
    ClientOptions options;
    options.channel = {vault_.server().address(),
                       authority.WriteIdentity(folder, spiffe_id), kVaultId};
    options.timeout = absl::Seconds(30);
    return options;
  }
  ClientOptions OptionsFor(const std::string& spiffe_id) {
    return OptionsFor(spiffe_id, vault_.authority());
  }

  // The one finding that is not OK stands last.
  static void ExpectEndsWith(const std::vector<Finding>& findings,
                             const std::string& step, Verdict verdict,
                             const std::string& text) {
    ASSERT_FALSE(findings.empty());
    for (size_t i = 0; i + 1 < findings.size(); ++i) {
      EXPECT_EQ(findings[i].verdict, Verdict::kOk) << findings[i].text;
    }
    EXPECT_EQ(findings.back().step, step) << findings.back().text;
    EXPECT_EQ(findings.back().verdict, verdict);
    EXPECT_THAT(findings.back().text, HasSubstr(text));
  }

  TempDir folder_;
  int identities_ = 0;
  TestVault vault_{{.answer_unknown_callers = false}};
};

TEST_F(Doctor, FindsNothingWrongWithAGoodConnection) {
  const auto findings = Diagnose(OptionsFor(kPaymentId), absl::Now());
  ASSERT_EQ(findings.size(), 6u);
  EXPECT_THAT(findings[1].text, HasSubstr(kPaymentId));
  EXPECT_THAT(findings[2].text, HasSubstr("TLSv1.3"));
  EXPECT_THAT(findings[3].text, HasSubstr(kVaultId));
  ExpectEndsWith(findings, "a call", Verdict::kOk, "answered");
}

TEST_F(Doctor, NamesFilesThatAreMissingOrNoPem) {
  ClientOptions options = OptionsFor(kPaymentId);
  std::filesystem::remove(options.channel.files.key_file);
  ExpectEndsWith(Diagnose(options, absl::Now()), "files", Verdict::kRefused,
                 options.channel.files.key_file);
  options = OptionsFor(kPaymentId);
  WriteFile(options.channel.files.bundle_file, "garbage");
  ExpectEndsWith(Diagnose(options, absl::Now()), "files", Verdict::kRefused,
                 options.channel.files.bundle_file);
}

TEST_F(Doctor, NamesWhatIsWrongWithItsOwnCertificate) {
  ClientOptions options = OptionsFor(kPaymentId);
  ExpectEndsWith(Diagnose(options, absl::Now() + absl::Hours(3)),
                 "own certificate", Verdict::kRefused, "expired");
  ExpectEndsWith(Diagnose(options, absl::Now() - absl::Hours(30)),
                 "own certificate", Verdict::kRefused, "our clock says");
  options.channel.files.key_file =
      OptionsFor(kPaymentId).channel.files.key_file;
  ExpectEndsWith(Diagnose(options, absl::Now()), "own certificate",
                 Verdict::kRefused, "is not its key");
}

TEST_F(Doctor, TellsThatNobodyAnswers) {
  ClientOptions options = OptionsFor(kPaymentId);
  options.channel.target = "127.0.0.1:1";
  ExpectEndsWith(Diagnose(options, absl::Now()), "connection",
                 Verdict::kNoConnection, "refused");
}

TEST_F(Doctor, TellsThatTheServerIsAnother) {
  ClientOptions options = OptionsFor(kPaymentId);
  options.channel.server_spiffe_id = "spiffe://fake.test/ns/other/sa/vault";
  ExpectEndsWith(Diagnose(options, absl::Now()), "server's certificate",
                 Verdict::kRefused, kVaultId);
}

TEST_F(Doctor, TellsThatOurBundleDoesNotKnowTheServer) {
  ClientOptions options = OptionsFor(kPaymentId);
  WriteFile(options.channel.files.bundle_file, TestAuthority().bundle_pem());
  ExpectEndsWith(Diagnose(options, absl::Now()), "server's certificate",
                 Verdict::kRefused, "our bundle does not vouch for it");
}

TEST_F(Doctor, TellsThatTheServerRefusesUs) {
  ExpectEndsWith(Diagnose(OptionsFor(kStrangerId), absl::Now()),
                 "our certificate at the server", Verdict::kRefused,
                 "allowlist");
  const TestAuthority other;
  ClientOptions options = OptionsFor(kPaymentId, other);
  WriteFile(options.channel.files.bundle_file, vault_.authority().bundle_pem());
  ExpectEndsWith(Diagnose(options, absl::Now()),
                 "our certificate at the server", Verdict::kRefused,
                 "lacks our CA");
}

TEST(DoctorTest, TellsARefusedCallFromARefusedConnection) {
  const TestVault vault{{.answer_unknown_callers = true}};
  const TempDir folder;
  ClientOptions options;
  options.channel = {
      vault.server().address(),
      vault.authority().WriteIdentity(folder.path(), kStrangerId), kVaultId};
  options.timeout = absl::Seconds(30);
  const auto findings = Diagnose(options, absl::Now());
  ASSERT_EQ(findings.back().step, "a call");
  EXPECT_EQ(findings.back().verdict, Verdict::kRefused);
  EXPECT_THAT(findings.back().text, HasSubstr("CALLER_UNKNOWN"));
}

}  // namespace
}  // namespace panvault::client
