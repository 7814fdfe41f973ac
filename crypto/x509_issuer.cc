#include "crypto/x509_issuer.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/openssl.h"
#include "crypto/x509_native.h"

namespace panvault::crypto {
namespace {

using OctetsPtr =
    std::unique_ptr<ASN1_OCTET_STRING, OpenSslFree<ASN1_OCTET_STRING_free>>;
using BitsPtr =
    std::unique_ptr<ASN1_BIT_STRING, OpenSslFree<ASN1_BIT_STRING_free>>;
using NamePtr = std::unique_ptr<GENERAL_NAME, OpenSslFree<GENERAL_NAME_free>>;
using NamesPtr =
    std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;
using ConstraintsPtr =
    std::unique_ptr<BASIC_CONSTRAINTS, OpenSslFree<BASIC_CONSTRAINTS_free>>;
using AuthorityPtr =
    std::unique_ptr<AUTHORITY_KEYID, OpenSslFree<AUTHORITY_KEYID_free>>;
using UsagesPtr =
    std::unique_ptr<EXTENDED_KEY_USAGE, OpenSslFree<EXTENDED_KEY_USAGE_free>>;

constexpr size_t kTrustDomainBytesMax = 255;  // SPIFFE ID, section 2.1.
constexpr size_t kUriBytesMax = 4096;         // Twice SPIFFE's, for bad ones.
constexpr size_t kDnsNameBytesMax = 253;      // RFC 1035.
constexpr int kSerialBits = 128;
// RFC 7093 method 1: the leftmost 160 bits of the key's SHA-256.
constexpr int kKeyIdBytes = 20;

// Bits of keyUsage, RFC 5280 section 4.2.1.3.
constexpr int kDigitalSignature = 0;
constexpr int kKeyCertSign = 5;
constexpr int kCrlSign = 6;

// The subject of a leaf names nobody: its identity is the URI SAN alone.
constexpr absl::string_view kOrganization = "panvault throwaway";

absl::Status CheckValidity(Validity validity) {
  if (validity.not_after_s <= validity.not_before_s) {
    return absl::InvalidArgumentError("a certificate must end after it begins");
  }
  return absl::OkStatus();
}

bool AddExtension(X509* certificate, int nid, void* value, bool critical) {
  return X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0,
                           X509V3_ADD_DEFAULT) == 1;
}

bool AddBasicConstraints(X509* certificate, bool ca) {
  const ConstraintsPtr value(BASIC_CONSTRAINTS_new());
  if (value == nullptr) return false;
  value->ca = ca ? 0xff : 0;
  if (ca) {
    value->pathlen = ASN1_INTEGER_new();
    if (value->pathlen == nullptr || ASN1_INTEGER_set(value->pathlen, 0) != 1) {
      return false;
    }
  }
  return AddExtension(certificate, NID_basic_constraints, value.get(), true);
}

bool AddKeyUsage(X509* certificate, bool ca) {
  const BitsPtr value(ASN1_BIT_STRING_new());
  if (value == nullptr) return false;
  const bool set =
      ca ? ASN1_BIT_STRING_set_bit(value.get(), kKeyCertSign, 1) == 1 &&
               ASN1_BIT_STRING_set_bit(value.get(), kCrlSign, 1) == 1
         : ASN1_BIT_STRING_set_bit(value.get(), kDigitalSignature, 1) == 1;
  return set && AddExtension(certificate, NID_key_usage, value.get(), true);
}

bool AddExtendedKeyUsage(X509* certificate) {
  const UsagesPtr value(sk_ASN1_OBJECT_new_null());
  if (value == nullptr) return false;
  for (const int nid : {NID_server_auth, NID_client_auth}) {
    // Static objects: freeing the stack leaves them alone.
    if (sk_ASN1_OBJECT_push(value.get(), OBJ_nid2obj(nid)) <= 0) return false;
  }
  return AddExtension(certificate, NID_ext_key_usage, value.get(), false);
}

// `text` by length, not as a C string: tests put NULs and commas into it.
// `type` is GEN_URI or GEN_DNS.
bool PushName(GENERAL_NAMES* names, int type, absl::string_view text) {
  NamePtr name(GENERAL_NAME_new());
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  if (name == nullptr || value == nullptr) {
    ASN1_IA5STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(name.get(), type, value);
  if (ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1 ||
      sk_GENERAL_NAME_push(names, name.get()) <= 0) {
    return false;
  }
  static_cast<void>(name.release());  // The list owns it now.
  return true;
}

// No DNS name if `dns_name` is empty.
bool AddSan(X509* certificate, absl::string_view uri,
            absl::string_view dns_name) {
  const NamesPtr names(sk_GENERAL_NAME_new_null());
  return names != nullptr && PushName(names.get(), GEN_URI, uri) &&
         (dns_name.empty() || PushName(names.get(), GEN_DNS, dns_name)) &&
         AddExtension(certificate, NID_subject_alt_name, names.get(), false);
}

OctetsPtr KeyIdOf(const X509* certificate) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  OctetsPtr id(ASN1_OCTET_STRING_new());
  if (id == nullptr ||
      X509_pubkey_digest(certificate, Sha256Algorithm(), digest, &size) != 1 ||
      ASN1_OCTET_STRING_set(id.get(), digest, kKeyIdBytes) != 1) {
    return nullptr;
  }
  return id;
}

bool AddKeyIds(X509* certificate, const X509* issuer) {
  const OctetsPtr own = KeyIdOf(certificate);
  const AuthorityPtr authority(AUTHORITY_KEYID_new());
  if (own == nullptr || authority == nullptr) return false;
  authority->keyid = KeyIdOf(issuer).release();
  return authority->keyid != nullptr &&
         AddExtension(certificate, NID_subject_key_identifier, own.get(),
                      false) &&
         AddExtension(certificate, NID_authority_key_identifier,
                      authority.get(), false);
}

bool SetSerial(X509* certificate) {
  const BignumPtr serial(BN_new());
  if (serial == nullptr) return false;
  do {  // Zero, once in 2^128, is not a serial number.
    if (BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY,
                BN_RAND_BOTTOM_ANY) != 1) {
      return false;
    }
  } while (BN_is_zero(serial.get()));
  return BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) !=
         nullptr;
}

bool AddName(X509_NAME* name, const char* field, absl::string_view value) {
  return X509_NAME_add_entry_by_txt(
             name, field, MBSTRING_UTF8,
             reinterpret_cast<const unsigned char*>(value.data()),
             static_cast<int>(value.size()), -1, 0) == 1;
}

// What a CA and a leaf have in common; not yet signed.
X509Ptr NewCertificate(EVP_PKEY* key, Validity validity) {
  X509Ptr certificate(X509_new());
  if (certificate == nullptr ||
      X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !SetSerial(certificate.get()) ||
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()),
                    static_cast<time_t>(validity.not_before_s)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()),
                    static_cast<time_t>(validity.not_after_s)) == nullptr ||
      X509_set_pubkey(certificate.get(), key) != 1 ||
      !AddName(X509_get_subject_name(certificate.get()), "O", kOrganization)) {
    return nullptr;
  }
  return certificate;
}

std::string ReadAll(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size))
                  : std::string();
}

absl::StatusOr<std::string> CertificatePem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return OpenSslError("writing a certificate");
  }
  return ReadAll(bio.get());
}

absl::StatusOr<SecretBytes> KeyPem(EVP_PKEY* key) {
  // A secure-memory BIO wipes its buffer when it grows and when it is freed.
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
                                    nullptr, nullptr) != 1) {
    return OpenSslError("writing a private key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  if (size <= 0) return OpenSslError("writing a private key");
  return SecretBytes::CopyOf(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(size)));
}

}  // namespace

struct X509Issuer::Impl {
  PkeyPtr key;
  X509Ptr certificate;
  std::string bundle_pem;
};

X509Issuer::X509Issuer(std::unique_ptr<const Impl> impl)
    : impl_(std::move(impl)) {}
X509Issuer::X509Issuer(X509Issuer&&) noexcept = default;
X509Issuer& X509Issuer::operator=(X509Issuer&&) noexcept = default;
X509Issuer::~X509Issuer() = default;

absl::StatusOr<X509Issuer> X509Issuer::Create(absl::string_view trust_domain,
                                              Validity validity) {
  if (trust_domain.empty() || trust_domain.size() > kTrustDomainBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a trust domain has 1 to ", kTrustDomainBytesMax, " bytes"));
  }
  if (absl::Status status = CheckValidity(validity); !status.ok()) {
    return status;
  }
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_EC_gen("P-256"));
  if (impl->key == nullptr) return OpenSslError("making a CA key");
  impl->certificate = NewCertificate(impl->key.get(), validity);
  X509* const ca = impl->certificate.get();
  // The common name keeps subject and issuer of a leaf apart.
  if (ca == nullptr || !AddName(X509_get_subject_name(ca), "CN", "CA") ||
      X509_set_issuer_name(ca, X509_get_subject_name(ca)) != 1 ||
      !AddBasicConstraints(ca, true) || !AddKeyUsage(ca, true) ||
      !AddKeyIds(ca, ca) ||
      !AddSan(ca, absl::StrCat("spiffe://", trust_domain), {}) ||
      X509_sign(ca, impl->key.get(), Sha256Algorithm()) == 0) {
    return OpenSslError("making a CA certificate");
  }
  auto pem = CertificatePem(ca);
  if (!pem.ok()) return pem.status();
  impl->bundle_pem = *std::move(pem);
  return X509Issuer(std::move(impl));
}

const std::string& X509Issuer::bundle_pem() const { return impl_->bundle_pem; }

absl::StatusOr<IssuedSvid> X509Issuer::IssueSvid(
    absl::string_view spiffe_id, Validity validity,
    absl::string_view dns_name) const {
  if (dns_name.size() > kDnsNameBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a DNS name has at most ", kDnsNameBytesMax, " bytes"));
  }
  if (spiffe_id.size() > kUriBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a SPIFFE ID has at most ", kUriBytesMax, " bytes"));
  }
  if (absl::Status status = CheckValidity(validity); !status.ok()) {
    return status;
  }
  const PkeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpenSslError("making a key");
  const X509Ptr leaf = NewCertificate(key.get(), validity);
  const X509* const ca = impl_->certificate.get();
  if (leaf == nullptr ||
      X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca)) != 1 ||
      !AddBasicConstraints(leaf.get(), false) ||
      !AddKeyUsage(leaf.get(), false) || !AddExtendedKeyUsage(leaf.get()) ||
      !AddKeyIds(leaf.get(), ca) || !AddSan(leaf.get(), spiffe_id, dns_name) ||
      X509_sign(leaf.get(), impl_->key.get(), Sha256Algorithm()) == 0) {
    return OpenSslError("making a certificate");
  }
  auto certificate_pem = CertificatePem(leaf.get());
  if (!certificate_pem.ok()) return certificate_pem.status();
  auto key_pem = KeyPem(key.get());
  if (!key_pem.ok()) return key_pem.status();
  return IssuedSvid{*std::move(certificate_pem), *std::move(key_pem)};
}

}  // namespace panvault::crypto
