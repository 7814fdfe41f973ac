// What a server's identity is made of, wherever it comes from, and the check
// that all of it belongs together.
//
// Sources (identity_files.h, workload_update.h) read and decode; whether the
// outcome may be served with is decided here, for all of them.

#ifndef PANVAULT_SERVER_IDENTITY_MATERIAL_H_
#define PANVAULT_SERVER_IDENTITY_MATERIAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/secret_bytes.h"
#include "crypto/x509_certificate.h"
#include "server/spiffe_id.h"
#include "server/svid_check.h"

namespace panvault::server {

// Anchors of one trust domain: one CA, two while it is replaced, some more of a
// large federation.
inline constexpr size_t kAnchorsMax = 64;

// CAs of one trust domain.
struct BundleMaterial {
  std::string source;  // For messages: a file, or a field.
  std::string trust_domain;
  std::vector<crypto::Certificate> anchors;
};

// Decoded, but not checked.
struct IdentityMaterial {
  std::string svid_source;  // For messages, as is key_source.
  std::string key_source;
  std::vector<crypto::Certificate> chain;  // Leaf first.
  crypto::SecretBytes key_pem;
  // Of the trust domain of the leaf, whichever that is: its trust_domain is
  // empty.
  BundleMaterial bundle;
  std::vector<BundleMaterial> federated;
};

// What a listener with mutual TLS needs. Whoever has the key is this server.
struct ServerTls {
  SpiffeId id;           // Our own.
  absl::Time not_after;  // Of our own certificate, as is the serial.
  std::string serial;    // Hexadecimal.
  std::string svid_pem;
  crypto::SecretBytes key_pem;
  // Of our own trust domain and of those that the source adds.
  std::shared_ptr<const TrustBundles> bundles;
  // All of them in one text, for the handshake's own verification, which is the
  // weaker one: it does not ask which CA speaks for whom.
  std::string roots_pem;

  size_t anchor_count() const;
};

// kFailedPrecondition, naming the source and never a value, unless the key is
// that of the leaf, that is an X509-SVID by the rules that callers' are held to
// (svid_check.h), valid at `now`, and chains to the bundle; no trust domain has
// two bundles, and no bundle is empty or holds a leaf. Thread-safe.
absl::StatusOr<ServerTls> ValidateIdentity(IdentityMaterial material,
                                           absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_IDENTITY_MATERIAL_H_
