// panvault.yaml, checked and with its defaults filled in.

#ifndef PANVAULT_SERVER_CONFIG_H_
#define PANVAULT_SERVER_CONFIG_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/limits.h"
#include "server/memory_watch.h"

namespace panvault::server {

struct TlsFiles {
  std::string svid_file;
  std::string key_file;
  std::string bundle_file;
  // Trust domain and bundle file of each further one that callers may be of.
  std::vector<std::pair<std::string, std::string>> federated = {};
};

// The key-encryption key on a token (vault/pkcs11).
struct KekToken {
  std::string module;  // Absolute path.
  std::string token_label;
  std::string key_label;
  std::string pin_file;
};

// What config.proto says, in the types that the server uses. Paths are absolute
// or relative to the working folder.
struct Config {
  std::string listen;               // "ip:port"; port 0 takes any free one.
  std::string health_listen;        // Loopback "ip:port", or "unix:/path".
  std::string metrics_listen;       // "ip:port"; empty: no metrics.
  TlsFiles tls;                     // Empty with the Workload API.
  std::string workload_api_socket;  // Absolute path; empty with files.
  std::string workload_api_hint;
  // Callers with a good SVID that stand on no list are let in, to be told so by
  // PERMISSION_DENIED, instead of refused at the handshake.
  bool answer_unknown_callers = false;
  std::string access_file;
  std::string kek_file;               // Empty with a token.
  std::optional<KekToken> kek_token;  // In place of the file.

  std::string conninfo;
  size_t pool_size = 4;
  absl::Duration refresh = absl::Seconds(5);

  size_t batch_threads = 1;
  size_t batch_queue = 64;
  size_t connections = kConnectionsMax;
  uint64_t memory_bytes = kMemoryBytes;
  absl::Duration drain = absl::Seconds(20);
  absl::Duration max_key_staleness = absl::Hours(1);
};

// kInvalidArgument "panvault.yaml:12: tls.key_fil: unknown key", also for a
// missing field, two sources of identity or of the KEK, a value out of range, a
// host name in place of an address, a health address that others could reach, a
// password in the connection string. Files that it names are not opened. Also
// the errors of ReadFile. Thread-safe.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// As LoadConfig; relative paths are relative to `folder`.
absl::StatusOr<Config> ParseConfig(absl::string_view file,
                                   absl::string_view text,
                                   const std::string& folder);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CONFIG_H_
