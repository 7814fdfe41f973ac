#include "server/live_identity.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::server {
namespace {

// gRPC aborts on an empty file, and takes no handshake by this one.
constexpr absl::string_view kNothing = "# no identity\n";

absl::string_view TextOf(const crypto::SecretBytes& secret) {
  const absl::Span<const uint8_t> bytes = secret.ExposeSecret();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveIdentity>> LiveIdentity::Create(
    std::function<void()> on_change) {
  absl::StatusOr<MemoryFile> identity = MemoryFile::Create({kNothing});
  if (!identity.ok()) return identity.status();
  absl::StatusOr<MemoryFile> roots = MemoryFile::Create({kNothing});
  if (!roots.ok()) return roots.status();
  if (access(roots->path().c_str(), R_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot read ", roots->path(),
                     ": the TLS library has our certificates from there, so "
                     "/proc has to be mounted"));
  }
  return std::unique_ptr<LiveIdentity>(new LiveIdentity(
      *std::move(identity), *std::move(roots), std::move(on_change)));
}

LiveIdentity::LiveIdentity(MemoryFile identity, MemoryFile roots,
                           std::function<void()> on_change)
    : on_change_(std::move(on_change)),
      identity_path_(identity.path()),
      roots_path_(roots.path()),
      svids_(std::make_shared<const TrustBundles>()),
      identity_(std::move(identity)),
      roots_(std::move(roots)) {}

absl::Status LiveIdentity::Swap(ServerTls tls) {
  // All that can fail, first. The line end keeps two PEM blocks apart.
  absl::StatusOr<MemoryFile> identity =
      MemoryFile::Create({TextOf(tls.key_pem), "\n", tls.svid_pem});
  if (!identity.ok()) return identity.status();
  absl::StatusOr<MemoryFile> roots = MemoryFile::Create({tls.roots_pem});
  if (!roots.ok()) return roots.status();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    facts_ = IdentityFacts{tls.id.text(), tls.serial, tls.not_after,
                           tls.anchor_count()};
    svids_.Swap(std::move(tls.bundles));
    identity_.ReplaceBy(*std::move(identity));
    roots_.ReplaceBy(*std::move(roots));
  }
  if (on_change_) on_change_();
  return absl::OkStatus();
}

void LiveIdentity::Withdraw() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Enough by itself to fail handshakes; the file, so that they fail before
    // we have shown who we were.
    facts_.reset();
    identity_.Erase();
  }
  if (on_change_) on_change_();
}

std::optional<IdentityFacts> LiveIdentity::facts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return facts_;
}

bool LiveIdentity::key_locked() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return identity_.locked();
}

}  // namespace panvault::server
