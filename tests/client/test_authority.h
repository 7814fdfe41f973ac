// Identities on disk for the client's tests: a throwaway authority and the
// folders that it writes.

#ifndef PANVAULT_TESTS_CLIENT_TEST_AUTHORITY_H_
#define PANVAULT_TESTS_CLIENT_TEST_AUTHORITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/tls.h"
#include "crypto/x509_issuer.h"

namespace panvault::client {

inline constexpr char kServerId[] = "spiffe://fake.test/ns/panvault/sa/server";
inline constexpr char kClientId[] = "spiffe://fake.test/ns/shop/sa/payment";

// A folder that is removed with everything in it.
class TempDir final {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const { return path_; }
  std::string operator/(absl::string_view name) const;

 private:
  std::string path_;
};

void WriteFile(const std::string& path, absl::string_view content);

std::string KeyPem(const crypto::IssuedSvid& svid);

// A certificate authority whose leaves are valid for an hour around now.
class TestAuthority final {
 public:
  TestAuthority();

  const std::string& bundle_pem() const { return issuer_.bundle_pem(); }
  crypto::IssuedSvid Issue(absl::string_view spiffe_id,
                           absl::Duration life = absl::Hours(1)) const;
  // Writes svid.pem, key.pem and bundle.pem into `dir`, which must exist, each
  // by a rename.
  TlsFiles WriteIdentity(const std::string& dir, absl::string_view spiffe_id,
                         absl::Duration life = absl::Hours(1)) const;

 private:
  crypto::X509Issuer issuer_;
};

}  // namespace panvault::client

#endif  // PANVAULT_TESTS_CLIENT_TEST_AUTHORITY_H_
