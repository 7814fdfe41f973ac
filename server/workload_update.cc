#include "server/workload_update.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/private_key.h"
#include "crypto/secret_bytes.h"
#include "crypto/x509_certificate.h"
#include "server/spiffe_id.h"

namespace panvault::server {
namespace {

// For messages: by field, since there is one socket only.
constexpr absl::string_view kSvid = "Workload API: x509_svid";
constexpr absl::string_view kKey = "Workload API: x509_svid_key";
constexpr absl::string_view kBundle = "Workload API: bundle";
constexpr absl::string_view kFederated = "Workload API: federated_bundles";

// Each is of one trust domain; more are a mistake of the agent.
constexpr int kFederatedMax = 256;

absl::Status Refused(absl::string_view source, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(source, ": ", why));
}

absl::Span<const uint8_t> BytesOf(const std::string& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

const X509SVID* Choose(const X509SVIDResponse& update,
                       const SvidChoice& choice) {
  for (const X509SVID& svid : update.svids()) {
    if ((choice.hint.empty() || svid.hint() == choice.hint) &&
        (choice.spiffe_id.empty() || svid.spiffe_id() == choice.spiffe_id)) {
      return &svid;
    }
  }
  return nullptr;
}

absl::StatusOr<std::vector<crypto::Certificate>> ParseDer(
    absl::string_view source, const std::string& der, size_t count_max) {
  auto certificates = crypto::Certificate::ManyFromDer(BytesOf(der), count_max);
  if (certificates.ok()) return certificates;
  return Refused(source, certificates.status().message());
}

// "example.org" of "spiffe://example.org".
absl::StatusOr<std::string> TrustDomainOf(const std::string& id) {
  // A trust domain is one whose workloads have names.
  const auto any = SpiffeId::Parse(absl::StrCat(id, "/any"));
  if (!any.ok() || any->path() != "/any") {
    return Refused(kFederated, "a key that is no SPIFFE ID of a trust domain");
  }
  return std::string(any->trust_domain());
}

absl::StatusOr<std::vector<BundleMaterial>> ParseFederated(
    const X509SVIDResponse& update) {
  if (update.federated_bundles_size() > kFederatedMax) {
    return Refused(kFederated, absl::StrCat("over ", kFederatedMax));
  }
  // protobuf's order is any order; sorted, the same update is the same.
  std::map<std::string, const std::string*> sorted;
  for (const auto& [id, der] : update.federated_bundles()) {
    absl::StatusOr<std::string> trust_domain = TrustDomainOf(id);
    if (!trust_domain.ok()) return trust_domain.status();
    sorted.emplace(*std::move(trust_domain), &der);
  }
  std::vector<BundleMaterial> federated;
  for (const auto& [trust_domain, der] : sorted) {
    // Published empty by a neighbour: no reason to go without an identity.
    if (der->empty()) continue;
    auto anchors = ParseDer(kFederated, *der, kAnchorsMax);
    if (!anchors.ok()) return anchors.status();
    federated.push_back(
        {std::string(kFederated), trust_domain, *std::move(anchors)});
  }
  return federated;
}

absl::StatusOr<IdentityMaterial> ParseMaterial(const X509SVIDResponse& update,
                                               const X509SVID& svid) {
  IdentityMaterial material;
  material.svid_source = std::string(kSvid);
  material.key_source = std::string(kKey);
  auto chain = ParseDer(kSvid, svid.x509_svid(), crypto::kCertificatesMax);
  if (!chain.ok()) return chain.status();
  material.chain = *std::move(chain);
  auto key = crypto::PrivateKeyPemFromDer(BytesOf(svid.x509_svid_key()));
  if (!key.ok()) return Refused(kKey, key.status().message());
  material.key_pem = *std::move(key);
  auto bundle = ParseDer(kBundle, svid.bundle(), kAnchorsMax);
  if (!bundle.ok()) return bundle.status();
  material.bundle = {std::string(kBundle), "", *std::move(bundle)};
  auto federated = ParseFederated(update);
  if (!federated.ok()) return federated.status();
  material.federated = *std::move(federated);
  return material;
}

}  // namespace

absl::StatusOr<ServerTls> ReadUpdate(const X509SVIDResponse& update,
                                     const SvidChoice& choice, absl::Time now) {
  const X509SVID* const svid = Choose(update, choice);
  if (svid == nullptr) {
    return absl::NotFoundError(
        update.svids().empty()
            ? "Workload API: svids: the update has none; ours was taken back"
            : "Workload API: svids: ours is not in the update any more");
  }
  absl::StatusOr<IdentityMaterial> material = ParseMaterial(update, *svid);
  if (!material.ok()) return material.status();
  absl::StatusOr<ServerTls> tls = ValidateIdentity(*std::move(material), now);
  if (tls.ok() && tls->id.text() != svid->spiffe_id()) {
    return Refused("Workload API: spiffe_id", "not that of the certificate");
  }
  return tls;
}

void WipeKeys(X509SVIDResponse& update) {
  for (X509SVID& svid : *update.mutable_svids()) {
    std::string& key = *svid.mutable_x509_svid_key();
    crypto::WipeMemory(key.data(), key.size());
  }
}

}  // namespace panvault::server
