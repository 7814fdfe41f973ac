// What this shows: a path is accepted only if every step of it is signed, valid
// now, by a CA that may sign, with keys that are strong enough.

#include <ctime>
#include <utility>

#include "crypto/x509_certificate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeyType;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;

constexpr int64_t kSkew = 60;

Certificate Read(const Made& made) {
  return Certificate::FromDer(made.Der()).value();
}

TrustAnchors Anchors(const Made& made) {
  return TrustAnchors::Create({Read(made)}).value();
}

class X509Path : public ::testing::Test {
 protected:
  absl::Status Verify(const CertificateSpec& leaf,
                      PeerRole role = PeerRole::kClient) {
    return Anchors(root_).Verify(Read(MakeCertificate(leaf, &root_)), {}, role,
                                 now_, kSkew);
  }
  // Through one intermediate CA.
  absl::Status VerifyThrough(const CertificateSpec& intermediate) {
    const Made middle = MakeCertificate(intermediate, &root_);
    const Made leaf = MakeCertificate({}, &middle);
    return Anchors(root_).Verify(Read(leaf), {Read(middle)}, PeerRole::kClient,
                                 now_, kSkew);
  }

  const int64_t now_ = time(nullptr);
  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
};

TEST_F(X509Path, LeadsToTheAnchor) {
  EXPECT_THAT(Verify({}), IsOk());
  EXPECT_THAT(Verify({}, PeerRole::kServer), IsOk());
  CertificateSpec rsa;
  rsa.key = KeyType::kRsa2048;
  EXPECT_THAT(Verify(rsa), IsOk());
  CertificateSpec no_usage;
  no_usage.extended_key_usage.reset();
  EXPECT_THAT(Verify(no_usage), IsOk());
}

TEST_F(X509Path, LeadsThroughAnIntermediate) {
  EXPECT_THAT(VerifyThrough(CaSpec("middle")), IsOk());
  // Not without being shown it.
  const Made middle = MakeCertificate(CaSpec("middle"), &root_);
  EXPECT_FALSE(Anchors(root_)
                   .Verify(Read(MakeCertificate({}, &middle)), {},
                           PeerRole::kClient, now_, kSkew)
                   .ok());
}

TEST_F(X509Path, EndsAtAnIntermediateThatIsAnAnchor) {
  const Made middle = MakeCertificate(CaSpec("middle"), &root_);
  EXPECT_THAT(Anchors(middle).Verify(Read(MakeCertificate({}, &middle)), {},
                                     PeerRole::kClient, now_, kSkew),
              IsOk());
}

TEST_F(X509Path, NeedsAnAnchorThatSigned) {
  const Made other = MakeCertificate(CaSpec("other"), nullptr);
  // Of the same name, with another key.
  const Made impostor = MakeCertificate(CaSpec("root"), nullptr);
  for (const Made* ca : {&other, &impostor}) {
    EXPECT_EQ(Anchors(root_)
                  .Verify(Read(MakeCertificate({}, ca)), {}, PeerRole::kClient,
                          now_, kSkew)
                  .code(),
              absl::StatusCode::kUnauthenticated);
  }
  EXPECT_FALSE(Anchors(root_)
                   .Verify(Read(MakeCertificate({}, nullptr)), {},
                           PeerRole::kClient, now_, kSkew)
                   .ok())
      << "signed by itself";
}

TEST_F(X509Path, NeedsIntermediatesThatMaySign) {
  CertificateSpec no_ca = CaSpec("middle");
  no_ca.ca = false;
  EXPECT_FALSE(VerifyThrough(no_ca).ok()) << "no CA";
  CertificateSpec no_flag = CaSpec("middle");
  no_flag.ca.reset();
  EXPECT_FALSE(VerifyThrough(no_flag).ok()) << "no basicConstraints";
  CertificateSpec no_sign = CaSpec("middle");
  no_sign.key_usage = 0x80;
  EXPECT_FALSE(VerifyThrough(no_sign).ok()) << "no keyCertSign";
  CertificateSpec expired = CaSpec("middle");
  expired.ends = -1;
  EXPECT_FALSE(VerifyThrough(expired).ok()) << "expired";
  CertificateSpec later = CaSpec("middle");
  later.begins = 120;
  EXPECT_FALSE(VerifyThrough(later).ok()) << "not yet valid";
  CertificateSpec server = CaSpec("middle");
  server.extended_key_usage = {{"serverAuth"}};
  EXPECT_FALSE(VerifyThrough(server).ok()) << "for servers only";
  CertificateSpec weak = CaSpec("middle");
  weak.key = KeyType::kRsa1024;
  EXPECT_FALSE(VerifyThrough(weak).ok()) << "weak key";
  CertificateSpec critical = CaSpec("middle");
  critical.unknown_critical_extension = true;
  EXPECT_FALSE(VerifyThrough(critical).ok()) << "unknown critical extension";
}

TEST_F(X509Path, KeepsToThePathLength) {
  CertificateSpec end = CaSpec("end");
  end.path_length = 0;
  const Made first = MakeCertificate(end, &root_);
  const Made second = MakeCertificate(CaSpec("second"), &first);
  EXPECT_FALSE(Anchors(root_)
                   .Verify(Read(MakeCertificate({}, &second)),
                           {Read(first), Read(second)}, PeerRole::kClient, now_,
                           kSkew)
                   .ok());
}

TEST_F(X509Path, IsValidNowWithSkewAtTheBeginningOnly) {
  CertificateSpec soon;
  soon.begins = 50;
  EXPECT_THAT(Verify(soon), IsOk());
  soon.begins = 70;
  EXPECT_FALSE(Verify(soon).ok());
  CertificateSpec past;
  past.ends = -2;
  EXPECT_FALSE(Verify(past).ok());
}

TEST_F(X509Path, NeedsStrongKeysAndDigests) {
  CertificateSpec weak;
  weak.key = KeyType::kRsa1024;
  EXPECT_FALSE(Verify(weak).ok());
  CertificateSpec sha1;
  sha1.sha1 = true;
  EXPECT_FALSE(Verify(sha1).ok());
}

TEST_F(X509Path, FitsTheRole) {
  CertificateSpec server;
  server.extended_key_usage = {{"serverAuth"}};
  EXPECT_FALSE(Verify(server, PeerRole::kClient).ok());
  EXPECT_THAT(Verify(server, PeerRole::kServer), IsOk());
}

TEST_F(X509Path, HasAnchorsThatAreCas) {
  EXPECT_FALSE(TrustAnchors::Create({}).ok());
  EXPECT_FALSE(
      TrustAnchors::Create({Read(root_), Read(MakeCertificate({}, &root_))})
          .ok());
  CertificateSpec no_sign = CaSpec("root");
  no_sign.key_usage = 0x80;
  EXPECT_FALSE(
      TrustAnchors::Create({Read(MakeCertificate(no_sign, nullptr))}).ok());
}

TEST_F(X509Path, HasABound) {
  std::vector<Certificate> many;
  for (size_t i = 0; i <= kCertificatesMax; ++i) {
    many.push_back(Read(MakeCertificate(CaSpec("middle"), &root_)));
  }
  EXPECT_FALSE(Anchors(root_)
                   .Verify(Read(MakeCertificate({}, &root_)), many,
                           PeerRole::kClient, now_, kSkew)
                   .ok());
}

}  // namespace
}  // namespace panvault::crypto
