#include "server/svid_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status Invalid(absl::string_view why) {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid}, why);
}

// Section 5.2 and 4.1: a leaf signs no certificates.
absl::Status CheckIsLeaf(const crypto::CertificateFacts& facts) {
  if (facts.is_ca) return Invalid("the certificate is that of a CA");
  if (facts.has_path_length) {
    return Invalid("the certificate has a path length, as a CA's has");
  }
  if (facts.key_cert_sign || facts.crl_sign) {
    return Invalid("the certificate's key usage is that of a CA");
  }
  return absl::OkStatus();
}

// Section 4.3 and 4.4.
absl::Status CheckUsages(const crypto::CertificateFacts& facts,
                         crypto::PeerRole role) {
  if (!facts.has_key_usage || !facts.key_usage_critical) {
    return Invalid("the certificate has no critical key usage");
  }
  if (!facts.digital_signature) {
    return Invalid("the certificate's key usage has no digital signature");
  }
  const bool allowed =
      role == crypto::PeerRole::kClient ? facts.client_auth : facts.server_auth;
  if (facts.has_extended_key_usage && !allowed) {
    return Invalid(
        "the certificate's extended key usage does not allow this "
        "end of a connection");
  }
  return absl::OkStatus();
}

// Section 2, and SPIFFE-ID section 2.
absl::StatusOr<SpiffeId> IdOf(const crypto::CertificateFacts& facts) {
  if (facts.uris.size() != 1) {
    return Invalid("an X509-SVID has exactly one URI name");
  }
  absl::StatusOr<SpiffeId> id = SpiffeId::Parse(facts.uris[0]);
  if (!id.ok()) {
    return Invalid(
        "the certificate's URI name is not the SPIFFE ID of a "
        "workload");
  }
  return id;
}

absl::Status CheckTime(const crypto::CertificateFacts& facts, absl::Time now) {
  if (now >= absl::FromUnixSeconds(facts.not_after_s)) {
    return vault::MakeError({.reason = vault::Reason::kSvidExpired},
                            "the certificate has expired");
  }
  if (now + kClockSkewMax < absl::FromUnixSeconds(facts.not_before_s)) {
    return vault::MakeError({.reason = vault::Reason::kSvidExpired},
                            "the certificate is not valid yet; compare clocks");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PeerSvid> CheckSvid(
    const crypto::Certificate& leaf,
    absl::Span<const crypto::Certificate> intermediates,
    const TrustBundles& bundles, crypto::PeerRole role, absl::Time now) {
  const crypto::CertificateFacts& facts = leaf.facts();
  if (!facts.extensions_valid) {
    return Invalid("the certificate's extensions are malformed");
  }
  absl::StatusOr<SpiffeId> id = IdOf(facts);
  if (!id.ok()) return id.status();
  if (absl::Status status = CheckIsLeaf(facts); !status.ok()) return status;
  if (absl::Status status = CheckUsages(facts, role); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckTime(facts, now); !status.ok()) return status;

  const auto anchors = bundles.find(id->trust_domain());
  if (anchors == bundles.end()) {
    return Invalid("no bundle of the certificate's trust domain");
  }
  const absl::Status path = anchors->second.Verify(
      leaf, intermediates, role, absl::ToUnixSeconds(now),
      absl::ToInt64Seconds(kClockSkewMax));
  if (!path.ok()) {
    return Invalid(
        absl::StrCat("no path to the bundle of the certificate's "
                     "trust domain: ",
                     path.message()));
  }
  return PeerSvid{*std::move(id), absl::FromUnixSeconds(facts.not_after_s),
                  facts.serial};
}

}  // namespace panvault::server
