// What this shows: of gRPC's own log nothing is kept but why a handshake
// failed, and each handshake that a client was refused is one line of the log.

#include "server/grpc_log.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"
#include "tests/testing/certificate_maker.h"

namespace panvault::server {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::Eventually;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::testing::Optional;

TEST(GrpcLog, TakesOpenSslsReason) {
  EXPECT_THAT(TlsFailureIn("Handshake failed with fatal error SSL_ERROR_SSL: "
                           "error:0A000086:SSL routines::certificate verify "
                           "failed."),
              Optional(std::string("certificate verify failed")));
  EXPECT_THAT(TlsFailureIn("Handshake failed with fatal error SSL_ERROR_SSL: "
                           "error:0200008A:rsa routines::invalid padding."),
              Optional(std::string("rsa routines, invalid padding")));
}

TEST(GrpcLog, TakesNothingElse) {
  EXPECT_EQ(TlsFailureIn(""), std::nullopt);
  EXPECT_EQ(TlsFailureIn("Failed parsing HTTP/2: 4111111111111111"),
            std::nullopt);
  EXPECT_EQ(TlsFailureIn("x Handshake failed with fatal error y"),
            std::nullopt);
  // What has another form may hold anything.
  for (const char* odd :
       {"SSL_ERROR_SSL: error:00000000:lib(0)::reason(0).",
        "error:0:SSL routines::certificate verify failed:4111111111111111.",
        "SSL_ERROR_SSL: 4111111111111111", "a:SSL routines::", "",
        "error:0A000086:SSL routines::\x01\xff\"4111111111111111\"."}) {
    EXPECT_THAT(
        TlsFailureIn(std::string("Handshake failed with fatal error ") + odd),
        Optional(std::string("not TLS as it should be")));
  }
}

TEST(GrpcLog, NothingOfProtobufsIsPrinted) {
  SilenceGrpcLog();
  ::testing::internal::CaptureStderr();
  v1::TokenizeRequest request;
  EXPECT_FALSE(request.ParseFromString("\x0a\x01\xff"));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

class TlsFailures : public ::testing::Test {
 protected:
  static TestVaultOptions Options(const Made& root) {
    TestVaultOptions options;
    options.more_roots_pem = root.Pem();
    options.answer_unknown_callers = false;
    return options;
  }

  void Refused(const Made& leaf, bool tls12_only = false) {
    const client::TlsFiles files = {folder_ / "svid.pem", folder_ / "key.pem",
                                    folder_ / "bundle.pem"};
    client::WriteFile(files.svid_file, leaf.Pem());
    client::WriteFile(files.key_file, leaf.KeyPem());
    const std::string address = vault_.server().address();
    EXPECT_FALSE(TryHandshake(address, &files, tls12_only).accepted);
  }

  size_t Lines(const std::string& text) const {
    const std::string log = vault_.Log();
    size_t count = 0;
    for (size_t at = log.find(text); at != std::string::npos;
         at = log.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  const client::TempDir folder_;
  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  TestVault vault_{Options(root_)};
};

TEST_F(TlsFailures, EachIsALineOfTheLog) {
  Refused(MakeCertificate({}, &root_));  // A stranger, good for OpenSSL.
  CertificateSpec expired;
  expired.begins = -7'200;
  expired.ends = -3'600;
  Refused(MakeCertificate(expired, &root_));
  const Made impostor = MakeCertificate(CaSpec("root"), nullptr);
  Refused(MakeCertificate({}, &impostor));
  Refused(MakeCertificate({}, &root_), /*tls12_only=*/true);
  EXPECT_FALSE(TryHandshake(vault_.server().address(), nullptr).accepted);
  EXPECT_TRUE(Eventually([this] { return Lines("connection_refused") == 5; }))
      << vault_.Log();
  EXPECT_EQ(Lines("CALLER_UNKNOWN"), 1u);
  // What OpenSSL says of an impostor depends on the kind of its key.
  EXPECT_GE(Lines("certificate verify failed"), 1u);
  EXPECT_EQ(Lines("TLS_FAILED"), 4u);
  EXPECT_EQ(Lines("peer did not return a certificate"), 1u);
  EXPECT_EQ(Lines("unsupported protocol"), 1u);
}

TEST_F(TlsFailures, TheServersTestOfItsOwnTlsIsNone) {
  EXPECT_EQ(Lines("TLS_FAILED"), 0u) << vault_.Log();
}

TEST_F(TlsFailures, ALogThatIsGoneIsNotWrittenTo) {
  {
    const TlsFailureLog other(vault_.log(), [] {});
  }
  const Made impostor = MakeCertificate(CaSpec("root"), nullptr);
  Refused(MakeCertificate({}, &impostor));
  EXPECT_EQ(Lines("TLS_FAILED"), 0u);
}

}  // namespace
}  // namespace panvault::server
