// What this shows: on a live server, a client whose certificate breaks any rule
// of an X509-SVID gets no byte of HTTP/2, and so no RPC at all; a good one
// does.

#include "server/credentials.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"
#include "tests/testing/certificate_maker.h"

namespace panvault::server {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;

class Credentials : public ::testing::Test {
 protected:
  bool Connects(const CertificateSpec& spec, const Made& issuer,
                const std::string& chain_pem = {}) {
    const Made leaf = MakeCertificate(spec, &issuer);
    const client::TlsFiles files = {folder_ / "svid.pem", folder_ / "key.pem",
                                    folder_ / "bundle.pem"};
    client::WriteFile(files.svid_file, leaf.Pem() + chain_pem);
    client::WriteFile(files.key_file, leaf.KeyPem());
    return TryHandshake(vault_.server().address(), &files).accepted;
  }

  static TestVaultOptions Options(const Made& root) {
    TestVaultOptions options;
    options.more_roots_pem = root.Pem();
    return options;
  }

  const client::TempDir folder_;
  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  const Made middle_ = MakeCertificate(CaSpec("middle"), &root_);
  TestVault vault_{Options(root_)};
};

TEST_F(Credentials, LetGoodCertificatesIn) {
  for (const auto key : {testing::KeyType::kP256, testing::KeyType::kRsa2048}) {
    CertificateSpec spec;
    spec.key = key;
    EXPECT_TRUE(Connects(spec, root_));
    EXPECT_TRUE(Connects(spec, middle_, middle_.Pem()));
  }
}

TEST_F(Credentials, KeepBrokenCertificatesOut) {
  for (const auto& broken : testing::BrokenLeaves({})) {
    EXPECT_FALSE(Connects(broken.spec, root_)) << broken.rule;
  }
  EXPECT_TRUE(Connects({}, root_)) << "still lets good ones in";
}

TEST_F(Credentials, KeepCertificatesOfNobodyOut) {
  const Made impostor = MakeCertificate(CaSpec("root"), nullptr);
  EXPECT_FALSE(Connects({}, impostor));
  EXPECT_FALSE(Connects({}, middle_)) << "without its chain";
  const Made leaf = MakeCertificate({}, &root_);
  EXPECT_FALSE(Connects({}, leaf, leaf.Pem())) << "signed by a leaf";
}

// The handshake trusts every root; the check knows whose it is.
TEST_F(Credentials, KeepANeighboursCertificatesOut) {
  CertificateSpec neighbour;
  neighbour.uris = {"spiffe://other.test/ns/shop/sa/payment"};
  EXPECT_FALSE(Connects(neighbour, root_));
}

}  // namespace
}  // namespace panvault::server
