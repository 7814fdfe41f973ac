// X.509 certificates (RFC 5280), read from DER: the facts that a check of an
// X509-SVID goes by, and the path to a set of trust anchors.
//
// Reads what the certificate says and verifies signatures; which facts make an
// acceptable identity is decided elsewhere. No revocation lists, no names other
// than URIs.

#ifndef PANVAULT_CRYPTO_X509_CERTIFICATE_H_
#define PANVAULT_CRYPTO_X509_CERTIFICATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::crypto {

// A chain of certificates from PEM or DER may have this many; SPIFFE issuers
// use one to three.
inline constexpr size_t kCertificatesMax = 8;
// Of one certificate. Ours have some 600 bytes; RSA ones 1,500.
inline constexpr size_t kCertificateBytesMax = 16 << 10;

struct CertificateFacts {
  // Subject alternative names of the type URI: the bytes as they stand, which
  // may be anything, NUL included.
  std::vector<std::string> uris;
  // OpenSSL's view of all extensions it knows: false if one of them does not
  // parse, stands twice, or is critical and unknown.
  bool extensions_valid = false;
  bool is_ca = false;  // basicConstraints says so, or this is a v1 certificate.
  // basicConstraints has a pathLenConstraint, which only a CA's may.
  bool has_path_length = false;
  bool has_key_usage = false;
  bool key_usage_critical = false;
  bool digital_signature = false;
  bool key_cert_sign = false;
  bool crl_sign = false;
  bool has_extended_key_usage = false;
  bool client_auth = false;
  bool server_auth = false;
  // Seconds since the Unix epoch.
  int64_t not_before_s = 0;
  int64_t not_after_s = 0;
  // Lower-case hexadecimal, at most 40 characters of it.
  std::string serial;
};

// Thread-safe: immutable. Copies share one certificate.
class Certificate final {
 public:
  // kInvalidArgument unless `der` is one certificate, whole and nothing more.
  static absl::StatusOr<Certificate> FromDer(absl::Span<const uint8_t> der);
  // Likewise for one or more, one after the other.
  static absl::StatusOr<std::vector<Certificate>> ManyFromDer(
      absl::Span<const uint8_t> der, size_t count_max = kCertificatesMax);
  // kInvalidArgument unless `pem` has one to `count_max` CERTIFICATE blocks and
  // each of them is as FromDer wants it. Text between blocks is skipped.
  static absl::StatusOr<std::vector<Certificate>> ManyFromPem(
      absl::string_view pem, size_t count_max = kCertificatesMax);

  const CertificateFacts& facts() const;
  // As it was read.
  absl::Span<const uint8_t> der() const;
  std::string ToPem() const;

  // What OpenSSL works with; for crypto/ and the TLS file only.
  struct Native;
  const Native& native() const { return *native_; }

 private:
  explicit Certificate(std::shared_ptr<const Native> native)
      : native_(std::move(native)) {}

  std::shared_ptr<const Native> native_;
};

enum class PeerRole { kClient, kServer };

// Trust anchors of one trust domain. Thread-safe: immutable.
class TrustAnchors final {
 public:
  // kInvalidArgument unless there is at least one and each is a CA: a leaf
  // among the anchors would vouch for itself.
  static absl::StatusOr<TrustAnchors> Create(std::vector<Certificate> anchors);

  // OK if a path (RFC 5280 section 6) leads from `leaf` through some of
  // `intermediates` to an anchor, all of it valid at `now_s`, with keys of at
  // least 112 bits of security and extended key usages that allow `role`. A
  // certificate may begin up to `skew_s` later than now. kUnauthenticated, with
  // OpenSSL's reason, which has no data of the certificate.
  absl::Status Verify(const Certificate& leaf,
                      absl::Span<const Certificate> intermediates,
                      PeerRole role, int64_t now_s, int64_t skew_s) const;

  absl::Span<const Certificate> certificates() const { return anchors_; }

 private:
  explicit TrustAnchors(std::vector<Certificate> anchors)
      : anchors_(std::move(anchors)) {}

  std::vector<Certificate> anchors_;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_X509_CERTIFICATE_H_
