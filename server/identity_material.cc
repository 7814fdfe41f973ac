#include "server/identity_material.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/private_key.h"

namespace panvault::server {
namespace {

absl::Status Refused(absl::string_view source, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(source, ": ", why));
}

absl::Status CheckKey(const IdentityMaterial& material) {
  const absl::Status key =
      crypto::CheckPrivateKey(material.key_pem, material.chain.front());
  if (key.ok()) return key;
  if (absl::IsFailedPrecondition(key)) {
    return Refused(material.key_source,
                   absl::StrCat("not the key of ", material.svid_source));
  }
  return Refused(material.key_source, key.message());
}

// Adds one trust domain's anchors to `bundles`, and their text to `roots_pem`.
absl::Status AddBundle(BundleMaterial bundle, TrustBundles& bundles,
                       std::string& roots_pem) {
  for (const crypto::Certificate& certificate : bundle.anchors) {
    roots_pem += certificate.ToPem();
  }
  auto anchors = crypto::TrustAnchors::Create(std::move(bundle.anchors));
  if (!anchors.ok()) {
    return Refused(bundle.source, anchors.status().message());
  }
  if (!bundles.emplace(std::move(bundle.trust_domain), *std::move(anchors))
           .second) {
    return Refused(bundle.source, "a second bundle of one trust domain");
  }
  return absl::OkStatus();
}

std::string PemOf(absl::Span<const crypto::Certificate> chain) {
  std::string pem;
  for (const crypto::Certificate& certificate : chain) {
    pem += certificate.ToPem();
  }
  return pem;
}

}  // namespace

size_t ServerTls::anchor_count() const {
  size_t count = 0;
  for (const auto& [trust_domain, anchors] : *bundles) {
    count += anchors.certificates().size();
  }
  return count;
}

absl::StatusOr<ServerTls> ValidateIdentity(IdentityMaterial material,
                                           absl::Time now) {
  if (material.chain.empty()) {
    return Refused(material.svid_source, "no certificate");
  }
  if (absl::Status key = CheckKey(material); !key.ok()) return key;

  const crypto::Certificate& leaf = material.chain.front();
  const auto& uris = leaf.facts().uris;
  // What names nobody is refused below: no ID is empty, and no trust domain.
  const auto own = SpiffeId::Parse(uris.empty() ? "" : uris.front());
  if (own.ok()) material.bundle.trust_domain = std::string(own->trust_domain());
  TrustBundles bundles;
  std::string roots_pem;
  if (absl::Status added =
          AddBundle(std::move(material.bundle), bundles, roots_pem);
      !added.ok()) {
    return added;
  }
  for (BundleMaterial& federated : material.federated) {
    if (absl::Status added =
            AddBundle(std::move(federated), bundles, roots_pem);
        !added.ok()) {
      return added;
    }
  }
  auto svid = CheckSvid(leaf, absl::MakeConstSpan(material.chain).subspan(1),
                        bundles, crypto::PeerRole::kServer, now);
  if (!svid.ok()) return Refused(material.svid_source, svid.status().message());
  return ServerTls{std::move(svid->id),
                   svid->not_after,
                   std::move(svid->serial),
                   PemOf(material.chain),
                   std::move(material.key_pem),
                   std::make_shared<const TrustBundles>(std::move(bundles)),
                   std::move(roots_pem)};
}

}  // namespace panvault::server
