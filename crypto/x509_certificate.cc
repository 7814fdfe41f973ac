#include "crypto/x509_certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/x509_native.h"

namespace panvault::crypto {
namespace {

using NamesPtr =
    std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;

// RFC 5280: at most 20 bytes.
constexpr size_t kSerialTextMax = 40;

absl::Status Malformed(absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

absl::StatusOr<int64_t> SecondsOf(const ASN1_TIME* time) {
  tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return Malformed("a certificate with a malformed time");
  }
  return static_cast<int64_t>(timegm(&parts));
}

std::string SerialOf(const X509* x509) {
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(x509);
  const absl::string_view bytes(
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
      static_cast<size_t>(ASN1_STRING_length(serial)));
  return absl::BytesToHexString(bytes).substr(0, kSerialTextMax);
}

// False if the extension is there and does not parse.
bool ReadUris(X509* x509, std::vector<std::string>& uris) {
  int critical = 0;
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr) return critical == -1;  // -1: there is none.
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    // By length: a C string would end at a NUL.
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return true;
}

void ReadUsages(X509* x509, CertificateFacts& facts) {
  const uint32_t flags = X509_get_extension_flags(x509);
  facts.has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
  facts.has_extended_key_usage = (flags & EXFLAG_XKUSAGE) != 0;
  if (facts.has_key_usage) {
    const uint32_t usage = X509_get_key_usage(x509);
    facts.digital_signature = (usage & KU_DIGITAL_SIGNATURE) != 0;
    facts.key_cert_sign = (usage & KU_KEY_CERT_SIGN) != 0;
    facts.crl_sign = (usage & KU_CRL_SIGN) != 0;
    const int at = X509_get_ext_by_NID(x509, NID_key_usage, -1);
    facts.key_usage_critical =
        at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(x509, at)) == 1;
  }
  if (facts.has_extended_key_usage) {
    const uint32_t usage = X509_get_extended_key_usage(x509);
    facts.client_auth = (usage & XKU_SSL_CLIENT) != 0;
    facts.server_auth = (usage & XKU_SSL_SERVER) != 0;
  }
}

absl::StatusOr<CertificateFacts> FactsOf(X509* x509) {
  CertificateFacts facts;
  const bool names_valid = ReadUris(x509, facts.uris);
  // X509_check_ca makes OpenSSL look at all extensions, once.
  facts.is_ca = X509_check_ca(x509) != 0 ||
                (X509_get_extension_flags(x509) & EXFLAG_CA) != 0;
  facts.has_path_length = X509_get_pathlen(x509) != -1;
  const uint32_t flags = X509_get_extension_flags(x509);
  facts.extensions_valid =
      names_valid && (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
  ReadUsages(x509, facts);
  const auto not_before = SecondsOf(X509_get0_notBefore(x509));
  if (!not_before.ok()) return not_before.status();
  const auto not_after = SecondsOf(X509_get0_notAfter(x509));
  if (!not_after.ok()) return not_after.status();
  facts.not_before_s = *not_before;
  facts.not_after_s = *not_after;
  facts.serial = SerialOf(x509);
  ERR_clear_error();
  return facts;
}

// The first certificate of `der`, which then begins after it.
absl::StatusOr<std::shared_ptr<const Certificate::Native>> TakeOne(
    absl::Span<const uint8_t>& der) {
  const uint8_t* end = der.data();
  X509Ptr x509(d2i_X509(nullptr, &end, static_cast<long>(der.size())));
  if (x509 == nullptr) return Malformed("not a certificate in DER");
  const auto size = static_cast<size_t>(end - der.data());
  if (size > kCertificateBytesMax) {
    return Malformed(
        absl::StrCat("a certificate of over ", kCertificateBytesMax, " bytes"));
  }
  auto facts = FactsOf(x509.get());
  if (!facts.ok()) return facts.status();
  auto native = std::make_shared<Certificate::Native>();
  native->x509 = std::move(x509);
  native->der.assign(der.begin(), der.begin() + static_cast<ptrdiff_t>(size));
  native->facts = *std::move(facts);
  der.remove_prefix(size);
  return native;
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(
    absl::Span<const uint8_t> der) {
  auto native = TakeOne(der);
  if (!native.ok()) return native.status();
  if (!der.empty()) return Malformed("bytes after the certificate");
  return Certificate(*std::move(native));
}

absl::StatusOr<std::vector<Certificate>> Certificate::ManyFromDer(
    absl::Span<const uint8_t> der, size_t count_max) {
  std::vector<Certificate> all;
  while (!der.empty()) {
    if (all.size() == count_max) {
      return Malformed(absl::StrCat("over ", count_max, " certificates"));
    }
    auto native = TakeOne(der);
    if (!native.ok()) return native.status();
    all.push_back(Certificate(*std::move(native)));
  }
  if (all.empty()) return Malformed("no certificate");
  return all;
}

absl::StatusOr<std::vector<Certificate>> Certificate::ManyFromPem(
    absl::string_view pem, size_t count_max) {
  constexpr absl::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr absl::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<Certificate> all;
  for (size_t at = pem.find(kBegin); at != absl::string_view::npos;
       at = pem.find(kBegin)) {
    pem.remove_prefix(at + kBegin.size());
    const size_t end = pem.find(kEnd);
    if (end == absl::string_view::npos) return Malformed("PEM is cut off");
    std::string der;
    std::string text(pem.substr(0, end));
    absl::RemoveExtraAsciiWhitespace(&text);
    if (!absl::Base64Unescape(text, &der)) {
      return Malformed("PEM is not base64");
    }
    if (all.size() == count_max) {
      return Malformed(absl::StrCat("over ", count_max, " certificates"));
    }
    auto one = FromDer(absl::MakeConstSpan(
        reinterpret_cast<const uint8_t*>(der.data()), der.size()));
    if (!one.ok()) return one.status();
    all.push_back(*std::move(one));
    pem.remove_prefix(end + kEnd.size());
  }
  if (all.empty()) return Malformed("no certificate in PEM");
  return all;
}

const CertificateFacts& Certificate::facts() const { return native_->facts; }

absl::Span<const uint8_t> Certificate::der() const { return native_->der; }

std::string Certificate::ToPem() const {
  const std::string base64 = absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(native_->der.data()), native_->der.size()));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  constexpr size_t kLine = 64;
  for (size_t i = 0; i < base64.size(); i += kLine) {
    absl::StrAppend(&pem, base64.substr(i, kLine), "\n");
  }
  return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace panvault::crypto
