// Readings (metrics_text.h) of a server that is running.

#ifndef PANVAULT_SERVER_READINGS_H_
#define PANVAULT_SERVER_READINGS_H_

#include "absl/time/time.h"
#include "server/access_policy.h"
#include "server/config.h"
#include "server/live_identity.h"
#include "server/metrics_text.h"
#include "server/sources.h"
#include "server/vault_server.h"
#include "vault/keyset_cache.h"

namespace panvault::server {

// Where they are read. Borrowed.
struct Gauged {
  const VaultServer& server;
  const Sources& sources;
  const LiveIdentity& identity;
  const AccessPolicyHolder& access;
  const vault::KeysetCache& keysets;
  const Config& config;
};

// Takes the locks of each part for a moment. Thread-safe.
Readings TakeReadings(const Gauged& gauged, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_READINGS_H_
