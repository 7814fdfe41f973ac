// Certificates of any shape, good ones and hostile ones: each field of a spec
// that is changed breaks one rule.

#ifndef PANVAULT_TESTS_TESTING_CERTIFICATE_MAKER_H_
#define PANVAULT_TESTS_TESTING_CERTIFICATE_MAKER_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace panvault::testing {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeX509 {
  void operator()(X509* x509) const { X509_free(x509); }
};

enum class KeyType { kP256, kRsa2048, kRsa1024 };

// As made, a good leaf.
struct CertificateSpec {
  std::string subject = "leaf";
  std::vector<std::string> uris = {"spiffe://fake.test/ns/shop/sa/payment"};
  std::vector<std::string> dns_names;
  // Absent: no such extension. Bits are KU_* of OpenSSL.
  std::optional<bool> ca = false;
  std::optional<uint32_t> key_usage = 0x80;  // digitalSignature
  bool key_usage_critical = true;
  // Names as OpenSSL's: "clientAuth". Absent: no such extension.
  std::optional<std::vector<std::string>> extended_key_usage =
      std::vector<std::string>{"serverAuth", "clientAuth"};
  bool unknown_critical_extension = false;
  bool key_usage_twice = false;
  bool version1 = false;
  int path_length = -1;  // Of a CA; -1: none.
  // Seconds from now.
  int64_t begins = -3'600;
  int64_t ends = 3'600;
  KeyType key = KeyType::kP256;
  bool sha1 = false;
};

// A CA's spec.
CertificateSpec CaSpec(const std::string& subject,
                       const std::string& trust_domain = "fake.test");

// A certificate with its key.
struct Made {
  std::unique_ptr<X509, FreeX509> x509;
  std::unique_ptr<EVP_PKEY, FreeKey> key;

  std::string Pem() const;
  std::string KeyPem() const;
  std::vector<uint8_t> Der() const;
};

// Signed by `issuer`, or by itself if that is null. Keys of one type are the
// same for all leaves of a process: making RSA keys is slow. Aborts on failure.
Made MakeCertificate(const CertificateSpec& spec, const Made* issuer);

// One rule of X509-SVID broken.
struct Broken {
  std::string rule;
  CertificateSpec spec;
};
// Every rule of a leaf, broken alone, starting from `good`.
std::vector<Broken> BrokenLeaves(const CertificateSpec& good);
// Every two rules together that can be broken together.
std::vector<Broken> LeavesBrokenTwice(const CertificateSpec& good);

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_CERTIFICATE_MAKER_H_
