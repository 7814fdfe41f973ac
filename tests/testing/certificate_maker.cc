#include "tests/testing/certificate_maker.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <utility>

namespace panvault::testing {
namespace {

void Must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "certificate_maker: %s\n", what);
  std::abort();
}

EVP_PKEY* NewKey(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return EVP_EC_gen("P-256");
    case KeyType::kRsa2048:
      return EVP_RSA_gen(2048);
    case KeyType::kRsa1024:
      return EVP_RSA_gen(1024);
  }
  return nullptr;
}

// RSA keys are made once; others each time.
std::unique_ptr<EVP_PKEY, FreeKey> KeyOf(KeyType type) {
  static auto* const made = new std::map<KeyType, EVP_PKEY*>();
  if (type == KeyType::kP256) {
    return std::unique_ptr<EVP_PKEY, FreeKey>(NewKey(type));
  }
  EVP_PKEY*& key = (*made)[type];
  if (key == nullptr) key = NewKey(type);
  Must(key != nullptr && EVP_PKEY_up_ref(key) == 1, "key");
  return std::unique_ptr<EVP_PKEY, FreeKey>(key);
}

void AddValue(X509* x509, int nid, void* value, bool critical) {
  Must(X509_add1_ext_i2d(x509, nid, value, critical ? 1 : 0,
                         X509V3_ADD_APPEND) == 1,
       "extension");
}

void AddNames(X509* x509, const CertificateSpec& spec) {
  if (spec.uris.empty() && spec.dns_names.empty()) return;
  GENERAL_NAMES* const names = sk_GENERAL_NAME_new_null();
  const auto add = [names](int type, const std::string& text) {
    GENERAL_NAME* const name = GENERAL_NAME_new();
    ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
    ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(names, name);
  };
  for (const std::string& uri : spec.uris) add(GEN_URI, uri);
  for (const std::string& dns : spec.dns_names) add(GEN_DNS, dns);
  AddValue(x509, NID_subject_alt_name, names, false);
  GENERAL_NAMES_free(names);
}

void AddKeyUsage(X509* x509, uint32_t bits, bool critical) {
  ASN1_BIT_STRING* const usage = ASN1_BIT_STRING_new();
  for (int bit = 0; bit < 8; ++bit) {
    if ((bits & (0x80u >> bit)) != 0) ASN1_BIT_STRING_set_bit(usage, bit, 1);
  }
  AddValue(x509, NID_key_usage, usage, critical);
  ASN1_BIT_STRING_free(usage);
}

void AddUnknownCritical(X509* x509) {
  ASN1_OBJECT* const id = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
  ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
  const unsigned char bytes[] = {5, 0};
  ASN1_OCTET_STRING_set(value, bytes, sizeof bytes);
  X509_EXTENSION* const extension =
      X509_EXTENSION_create_by_OBJ(nullptr, id, 1, value);
  Must(X509_add_ext(x509, extension, -1) == 1, "unknown extension");
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(value);
  ASN1_OBJECT_free(id);
}

void AddExtensions(X509* x509, const CertificateSpec& spec) {
  AddNames(x509, spec);
  if (spec.ca.has_value()) {
    BASIC_CONSTRAINTS* const constraints = BASIC_CONSTRAINTS_new();
    constraints->ca = *spec.ca ? 0xff : 0;
    if (spec.path_length >= 0) {
      constraints->pathlen = ASN1_INTEGER_new();
      ASN1_INTEGER_set(constraints->pathlen, spec.path_length);
    }
    AddValue(x509, NID_basic_constraints, constraints, true);
    BASIC_CONSTRAINTS_free(constraints);
  }
  if (spec.key_usage.has_value()) {
    AddKeyUsage(x509, *spec.key_usage, spec.key_usage_critical);
    if (spec.key_usage_twice) AddKeyUsage(x509, *spec.key_usage, true);
  }
  if (spec.extended_key_usage.has_value()) {
    EXTENDED_KEY_USAGE* const usages = sk_ASN1_OBJECT_new_null();
    for (const std::string& name : *spec.extended_key_usage) {
      sk_ASN1_OBJECT_push(usages, OBJ_txt2obj(name.c_str(), 0));
    }
    AddValue(x509, NID_ext_key_usage, usages, false);
    EXTENDED_KEY_USAGE_free(usages);
  }
  if (spec.unknown_critical_extension) AddUnknownCritical(x509);
}

std::string ReadAll(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

using Change = std::pair<const char*, std::function<void(CertificateSpec&)>>;

// Each breaks one rule. Changes of the same field exclude each other; `group`
// is the index of the field.
const std::vector<std::pair<int, Change>>& Changes() {
  using S = CertificateSpec;
  const auto uri = [](const char* text) {
    return [text](S& s) { s.uris = {text}; };
  };
  static const auto* const changes = new std::vector<std::pair<int, Change>>{
      {0, {"no URI name", [](S& s) { s.uris.clear(); }}},
      {0, {"two SPIFFE IDs", [](S& s) { s.uris.push_back(s.uris[0]); }}},
      {0,
       {"a URI beside the ID",
        [](S& s) { s.uris.emplace_back("https://fake.test/"); }}},
      {0, {"another scheme", uri("https://fake.test/ns/shop/sa/payment")}},
      {0, {"scheme in upper case", uri("SPIFFE://fake.test/ns/shop/sa/x")}},
      {0, {"no path", uri("spiffe://fake.test")}},
      {0, {"root path", uri("spiffe://fake.test/")}},
      {0, {"parent segment", uri("spiffe://fake.test/ns/../sa/payment")}},
      {0, {"dot segment", uri("spiffe://fake.test/./ns/shop/sa/payment")}},
      {0, {"empty segment", uri("spiffe://fake.test//ns/shop/sa/payment")}},
      {0, {"trailing slash", uri("spiffe://fake.test/ns/shop/sa/payment/")}},
      {0, {"percent", uri("spiffe://fake.test/ns/shop/sa/pay%6dent")}},
      {0, {"trust domain in upper case", uri("spiffe://Fake.test/ns/a/sa/b")}},
      {0, {"user info", uri("spiffe://u@fake.test/ns/shop/sa/payment")}},
      {0, {"port", uri("spiffe://fake.test:1/ns/shop/sa/payment")}},
      {0, {"query", uri("spiffe://fake.test/ns/shop/sa/payment?a")}},
      {0, {"fragment", uri("spiffe://fake.test/ns/shop/sa/payment#a")}},
      {0, {"no trust domain", uri("spiffe:///ns/shop/sa/payment")}},
      {0, {"not UTF-8", uri("spiffe://fake.test/ns/shop/sa/p\xc0\xaf")}},
      {0,
       {"NUL in the ID",
        [](S& s) {
          s.uris = {
              std::string("spiffe://fake.test/ns/shop/sa/payment\0.evil", 43)};
        }}},
      {0,
       {"over 2048 bytes",
        [](S& s) {
          s.uris = {"spiffe://fake.test/" + std::string(2'048, 'a')};
        }}},
      {0, {"foreign trust domain", uri("spiffe://other.test/ns/shop/sa/x")}},
      {1, {"CA flag", [](S& s) { s.ca = true; }}},
      {1, {"path length", [](S& s) { s.path_length = 0; }}},
      {2, {"no key usage", [](S& s) { s.key_usage.reset(); }}},
      {2, {"keyCertSign", [](S& s) { s.key_usage = 0x84; }}},
      {2, {"cRLSign", [](S& s) { s.key_usage = 0x82; }}},
      {2, {"no digitalSignature", [](S& s) { s.key_usage = 0x20; }}},
      {3,
       {"key usage not critical", [](S& s) { s.key_usage_critical = false; }}},
      {4,
       {"server only", [](S& s) { s.extended_key_usage = {{"serverAuth"}}; }}},
      {4,
       {"code signing only",
        [](S& s) { s.extended_key_usage = {{"codeSigning"}}; }}},
      {5,
       {"unknown critical extension",
        [](S& s) { s.unknown_critical_extension = true; }}},
      {6, {"key usage twice", [](S& s) { s.key_usage_twice = true; }}},
      {7, {"version 1", [](S& s) { s.version1 = true; }}},
      {8, {"expired", [](S& s) { s.ends = -1; }}},
      {8, {"not yet valid", [](S& s) { s.begins = 120; }}},
      {9, {"a weak key", [](S& s) { s.key = KeyType::kRsa1024; }}},
  };
  return *changes;
}

}  // namespace

CertificateSpec CaSpec(const std::string& subject,
                       const std::string& trust_domain) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.uris = {"spiffe://" + trust_domain};
  spec.ca = true;
  spec.key_usage = 0x06;  // keyCertSign, cRLSign
  spec.extended_key_usage.reset();
  return spec;
}

std::string Made::Pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  Must(PEM_write_bio_X509(bio, x509.get()) == 1, "PEM");
  return ReadAll(bio);
}

std::string Made::KeyPem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  Must(PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0,
                                     nullptr, nullptr) == 1,
       "key PEM");
  return ReadAll(bio);
}

std::vector<uint8_t> Made::Der() const {
  uint8_t* bytes = nullptr;
  const int size = i2d_X509(x509.get(), &bytes);
  Must(size > 0, "DER");
  std::vector<uint8_t> der(bytes, bytes + size);
  OPENSSL_free(bytes);
  return der;
}

Made MakeCertificate(const CertificateSpec& spec, const Made* issuer) {
  static int64_t serial = 0x1000;
  Made made{std::unique_ptr<X509, FreeX509>(X509_new()), KeyOf(spec.key)};
  X509* const x509 = made.x509.get();
  X509_set_version(x509, spec.version1 ? X509_VERSION_1 : X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), ++serial);
  const time_t now = time(nullptr);
  ASN1_TIME_set(X509_getm_notBefore(x509), now + spec.begins);
  ASN1_TIME_set(X509_getm_notAfter(x509), now + spec.ends);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(spec.subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(
      x509,
      X509_get_subject_name(issuer == nullptr ? x509 : issuer->x509.get()));
  if (!spec.version1) AddExtensions(x509, spec);
  const Made& signer = issuer == nullptr ? made : *issuer;
  Must(X509_sign(x509, signer.key.get(),
                 spec.sha1 ? EVP_sha1() : EVP_sha256()) > 0,
       "signature");
  return made;
}

std::vector<Broken> BrokenLeaves(const CertificateSpec& good) {
  std::vector<Broken> all;
  for (const auto& [group, change] : Changes()) {
    CertificateSpec spec = good;
    change.second(spec);
    all.push_back({change.first, std::move(spec)});
  }
  return all;
}

std::vector<Broken> LeavesBrokenTwice(const CertificateSpec& good) {
  std::vector<Broken> all;
  for (const auto& [first_group, first] : Changes()) {
    for (const auto& [second_group, second] : Changes()) {
      if (second_group <= first_group) continue;
      CertificateSpec spec = good;
      first.second(spec);
      second.second(spec);
      all.push_back(
          {std::string(first.first) + " and " + second.first, std::move(spec)});
    }
  }
  return all;
}

}  // namespace panvault::testing
