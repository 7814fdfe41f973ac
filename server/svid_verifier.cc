#include "server/svid_verifier.h"

#include <utility>
#include <vector>

#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status NoCertificate() {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid},
                          "the connection's client certificate is malformed");
}

absl::StatusOr<PeerSvid> CheckPem(absl::string_view leaf_pem,
                                  absl::string_view chain_pem,
                                  const TrustBundles& bundles, absl::Time now) {
  const auto leaf = crypto::Certificate::ManyFromPem(leaf_pem, 1);
  if (!leaf.ok()) return NoCertificate();
  std::vector<crypto::Certificate> chain;
  if (!chain_pem.empty()) {
    auto read = crypto::Certificate::ManyFromPem(chain_pem);
    if (!read.ok()) return NoCertificate();
    chain = *std::move(read);
  }
  return CheckSvid(leaf->front(), chain, bundles, crypto::PeerRole::kClient,
                   now);
}

}  // namespace

SvidVerifier::SvidVerifier(std::shared_ptr<const TrustBundles> bundles)
    : bundles_(std::move(bundles)) {}

absl::StatusOr<std::shared_ptr<const PeerSvid>> SvidVerifier::Identify(
    absl::string_view leaf_pem, absl::string_view chain_pem, absl::Time now) {
  std::shared_ptr<const PeerSvid> svid = Find(leaf_pem, chain_pem);
  if (svid == nullptr) {
    const std::shared_ptr<const TrustBundles> current = bundles();
    auto checked = CheckPem(leaf_pem, chain_pem, *current, now);
    if (!checked.ok()) return checked.status();
    svid = std::make_shared<const PeerSvid>(*std::move(checked));
    Keep(leaf_pem, chain_pem, svid, current);
    return svid;
  }
  if (now >= svid->not_after) {
    return vault::MakeError({.reason = vault::Reason::kSvidExpired},
                            "the certificate has expired");
  }
  return svid;
}

void SvidVerifier::Swap(std::shared_ptr<const TrustBundles> bundles) {
  const std::lock_guard<std::mutex> lock(mutex_);
  bundles_ = std::move(bundles);
  kept_.clear();
}

std::shared_ptr<const TrustBundles> SvidVerifier::bundles() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bundles_;
}

std::shared_ptr<const PeerSvid> SvidVerifier::Find(
    absl::string_view leaf_pem, absl::string_view chain_pem) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kept_.find(leaf_pem);
  if (found == kept_.end() || found->second.chain_pem != chain_pem) {
    return nullptr;
  }
  return found->second.svid;
}

void SvidVerifier::Keep(absl::string_view leaf_pem, absl::string_view chain_pem,
                        std::shared_ptr<const PeerSvid> svid,
                        const std::shared_ptr<const TrustBundles>& bundles) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bundles_ != bundles) return;  // Swapped while this was checked.
  if (kept_.size() >= kKeptSvidsMax) kept_.clear();
  kept_.insert_or_assign(std::string(leaf_pem),
                         Kept{std::string(chain_pem), std::move(svid)});
}

}  // namespace panvault::server
