#include "server/svid_verifier.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status NoCertificate() {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid},
                          "the connection's client certificate is malformed");
}

// The certificates of both texts, the leaf first; nothing if they are none.
std::vector<crypto::Certificate> Read(absl::string_view leaf_pem,
                                      absl::string_view chain_pem) {
  auto leaf = crypto::Certificate::ManyFromPem(leaf_pem, 1);
  if (!leaf.ok()) return {};
  std::vector<crypto::Certificate> all = *std::move(leaf);
  if (chain_pem.empty()) return all;
  const auto chain = crypto::Certificate::ManyFromPem(chain_pem);
  if (!chain.ok()) return {};
  all.insert(all.end(), chain->begin(), chain->end());
  return all;
}

absl::Time EndOf(absl::Span<const crypto::Certificate> certificates) {
  int64_t first = std::numeric_limits<int64_t>::max();
  for (const crypto::Certificate& certificate : certificates) {
    first = std::min(first, certificate.facts().not_after_s);
  }
  return absl::FromUnixSeconds(first);
}

}  // namespace

SvidVerifier::SvidVerifier(std::shared_ptr<const TrustBundles> bundles)
    : bundles_(std::move(bundles)) {}

absl::StatusOr<std::shared_ptr<const PeerSvid>> SvidVerifier::Identify(
    absl::string_view leaf_pem, absl::string_view chain_pem, absl::Time now) {
  std::shared_ptr<const PeerSvid> svid = Find(leaf_pem, chain_pem, now);
  if (svid != nullptr) return svid;
  const std::vector<crypto::Certificate> shown = Read(leaf_pem, chain_pem);
  if (shown.empty()) return NoCertificate();
  const std::shared_ptr<const TrustBundles> current = bundles();
  auto checked = CheckSvid(shown.front(), absl::MakeConstSpan(shown).subspan(1),
                           *current, crypto::PeerRole::kClient, now);
  if (!checked.ok()) return checked.status();
  svid = std::make_shared<const PeerSvid>(*std::move(checked));
  Keep(leaf_pem,
       Kept{std::string(chain_pem), svid,
            std::min(EndOf(shown), now + kKeptFor)},
       current);
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

std::shared_ptr<const PeerSvid> SvidVerifier::Find(absl::string_view leaf_pem,
                                                   absl::string_view chain_pem,
                                                   absl::Time now) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kept_.find(leaf_pem);
  if (found == kept_.end() || found->second.chain_pem != chain_pem ||
      now >= found->second.until) {
    return nullptr;
  }
  return found->second.svid;
}

void SvidVerifier::Keep(absl::string_view leaf_pem, Kept kept,
                        const std::shared_ptr<const TrustBundles>& bundles) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bundles_ != bundles) return;  // Swapped while this was checked.
  if (kept_.size() >= kKeptSvidsMax) kept_.clear();
  kept_.insert_or_assign(std::string(leaf_pem), std::move(kept));
}

}  // namespace panvault::server
