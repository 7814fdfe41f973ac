// What this shows: only the one expected server, vouched for by the one trust
// bundle, gets a connection, and renewed files are used without a restart.

#include "client/tls.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

constexpr PanItem kItem = {"4111111111111111", ""};

TEST(CheckServerIdentity, AcceptsTheExactIdOnly) {
  const TestAuthority authority;
  const auto check = [&](absl::string_view issued) {
    return CheckServerIdentity(authority.Issue(issued).certificate_pem,
                               kServerId);
  };
  EXPECT_THAT(check(kServerId), IsOk());
  const std::string id = kServerId;
  for (const std::string& other :
       {id + "/", id + "2", id.substr(0, id.size() - 1),
        std::string("spiffe://fake.test/ns/panvault/sa/Server"),
        std::string("spiffe://other.test/ns/panvault/sa/server"),
        std::string(kClientId)}) {
    EXPECT_THAT(check(other), StatusIs(absl::StatusCode::kPermissionDenied))
        << other;
  }
}

TEST(CheckServerIdentity, ReadsBehindAnEmbeddedNul) {
  const TestAuthority authority;
  const std::string id = absl::StrCat(kServerId, std::string("\0.evil", 6));
  EXPECT_THAT(
      CheckServerIdentity(authority.Issue(id).certificate_pem, kServerId),
      StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(CheckServerIdentity, RefusesCertificatesWithoutAUriAndGarbage) {
  const TestAuthority authority;
  EXPECT_THAT(CheckServerIdentity(authority.bundle_pem(), "spiffe://x/y"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CheckServerIdentity("not a certificate", kServerId),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CheckServerIdentity("", kServerId),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(MakeTlsCredentials, NamesTheFileThatCannotBeRead) {
  const TestAuthority authority;
  const TempDir dir;
  const TlsFiles files = authority.WriteIdentity(dir.path(), kClientId);
  EXPECT_THAT(MakeTlsCredentials(files, kServerId), IsOk());
  for (std::string TlsFiles::*file :
       {&TlsFiles::svid_file, &TlsFiles::key_file, &TlsFiles::bundle_file}) {
    TlsFiles broken = files;
    broken.*file = dir / "missing.pem";
    const auto credentials = MakeTlsCredentials(broken, kServerId);
    EXPECT_THAT(credentials, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(credentials.status().message()),
                HasSubstr("missing.pem"));
    WriteFile(dir / "empty.pem", "");
    broken.*file = dir / "empty.pem";
    EXPECT_THAT(MakeTlsCredentials(broken, kServerId),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST(MakeTlsCredentials, RefusesAServerIdThatIsNoSpiffeId) {
  EXPECT_THAT(MakeTlsCredentials({}, "vault.example.org"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Tls, ConnectsToTheExpectedServer) {
  const FakeSetup setup;
  EXPECT_THAT(setup.MakeClient()->Tokenize("cards", kItem), IsOk());
  EXPECT_EQ(setup.vault.last_caller(), kClientId);
}

// What every refused handshake looks like to the caller.
void ExpectHandshakeRefused(const absl::Status& status) {
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(CallErrorOf(status).reason, "HANDSHAKE") << status;
}

TEST(Tls, RefusesAnotherServerOfTheSameTrustDomain) {
  const FakeSetup setup({.spiffe_id = kClientId});
  ExpectHandshakeRefused(setup.MakeClient()->Tokenize("cards", kItem).status());
  EXPECT_EQ(setup.vault.calls("Tokenize"), 0);
}

TEST(Tls, RefusesAServerOfAnotherAuthority) {
  const FakeSetup setup;
  const TestAuthority impostor;
  const FakeVault vault(impostor, {});
  auto client = *Client::Create(setup.OptionsFor(vault.address()));
  ExpectHandshakeRefused(client->Tokenize("cards", kItem).status());
  EXPECT_EQ(vault.calls("Tokenize"), 0);
}

TEST(Tls, IsRefusedWithASvidOfAnotherAuthority) {
  FakeSetup setup;
  const TestAuthority impostor;
  impostor.WriteIdentity(setup.dir.path(), kClientId);
  WriteFile(setup.files.bundle_file, setup.authority.bundle_pem());
  // TLS 1.3: the client's handshake is over before the server refuses it.
  const auto result = setup.MakeClient()->Tokenize("cards", kItem);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(setup.vault.calls("Tokenize"), 0);
}

TEST(Tls, UsesRenewedFilesForNewConnections) {
  FakeSetup setup;
  const auto client = setup.MakeClient();
  ASSERT_THAT(client->Tokenize("cards", kItem), IsOk());
  const std::string before = setup.vault.last_certificate();
  setup.authority.WriteIdentity(setup.dir.path(), kClientId);
  // The open connection stays; a new one comes with a new server.
  const std::string address = setup.vault.address();
  absl::SleepFor(absl::Milliseconds(2500));
  setup.vault.Stop();
  const FakeVault again(setup.authority, {.address = address});
  ASSERT_THAT(client->Tokenize("cards", kItem), IsOk());
  EXPECT_NE(again.last_certificate(), before);
  EXPECT_EQ(again.last_caller(), kClientId);
}

}  // namespace
}  // namespace panvault::client
