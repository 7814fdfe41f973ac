#include "server/config.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "panvault/v1/config.pb.h"
#include "server/listen_address.h"
#include "server/spiffe_id.h"
#include "server/yaml_proto.h"
#include "vault/read_file.h"

namespace panvault::server {
namespace {

struct Range {
  uint32_t min;
  uint32_t max;
};

// More threads than any machine has cores are a mistake.
constexpr Range kBatchThreads{1, 256};
// Each waiting batch holds up to 2 MiB of request.
constexpr Range kBatchQueue{1, 1024};
// Fewer are no service; more, and their buffers alone are gigabytes.
constexpr Range kConnections{16, 65'536};
// With less, a server that does nothing would be short of it.
constexpr Range kMemoryMib{128, 1 << 20};
// A supervisor has lost patience by then.
constexpr Range kDrainSeconds{1, 600};
// A key that was disabled a day ago must not serve.
constexpr Range kStalenessSeconds{1, 24 * 3600};
// As vault/postgres/postgres_keyset_store.h.
constexpr Range kPoolSize{1, 64};
constexpr Range kRefreshSeconds{1, 3600};
// As vault/pkcs11/token_session.h: PKCS #11's own.
constexpr size_t kTokenLabelBytesMax = 32;
// Of ours: PKCS #11 has none, and longer ones are mistakes.
constexpr size_t kKeyLabelBytesMax = 255;

class Checker final {
 public:
  Checker(absl::string_view file, std::string folder)
      : file_(file), folder_(std::move(folder)) {}

  const absl::Status& status() const { return status_; }

  void Refuse(absl::string_view path, absl::string_view why) {
    if (!status_.ok()) return;
    status_ =
        absl::InvalidArgumentError(absl::StrCat(file_, ": ", path, ": ", why));
  }

  std::string File(absl::string_view path, const std::string& value) {
    if (value.empty()) Refuse(path, "missing");
    return (std::filesystem::path(folder_) / value).lexically_normal().string();
  }

  std::string TrustDomain(absl::string_view path, const std::string& value) {
    if (!SpiffeId::Parse(absl::StrCat("spiffe://", value, "/any")).ok()) {
      Refuse(path, "want a trust domain as in SPIFFE IDs: \"example.org\"");
    }
    return value;
  }

  uint32_t Number(absl::string_view path, uint32_t value, uint32_t fallback,
                  Range range) {
    if (value == 0) return fallback;
    if (value < range.min || value > range.max) {
      Refuse(path, absl::StrCat("want ", range.min, " to ", range.max));
    }
    return value;
  }

 private:
  const absl::string_view file_;
  const std::string folder_;
  absl::Status status_;
};

// "password", and later "=": key words are followed by it, file names are not.
bool SetsPassword(absl::string_view text) {
  constexpr absl::string_view kWord = "password";
  for (size_t at = text.find(kWord); at != absl::string_view::npos;
       at = text.find(kWord, at + 1)) {
    const absl::string_view rest =
        absl::StripLeadingAsciiWhitespace(text.substr(at + kWord.size()));
    if (absl::StartsWith(rest, "=")) return true;
  }
  return false;
}

// libpq undoes these in URIs, in key words too.
std::string WithoutPercents(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const absl::string_view digits = text.substr(i + 1, 2);
    uint32_t byte = 0;
    if (text[i] == '%' && digits.size() == 2 &&
        absl::SimpleHexAtoi(digits, &byte)) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

// A seat belt, not a parser: what an operator might write by habit.
bool HasPassword(absl::string_view conninfo) {
  if (SetsPassword(conninfo) || SetsPassword(WithoutPercents(conninfo))) {
    return true;
  }
  const size_t scheme = conninfo.find("://");
  if (scheme == absl::string_view::npos) return false;
  absl::string_view authority = conninfo.substr(scheme + 3);
  authority = authority.substr(0, authority.find('/'));
  const size_t at = authority.find('@');
  return at != absl::string_view::npos &&
         absl::StrContains(authority.substr(0, at), ':');
}

uint32_t Cores() {
  const uint32_t cores = std::thread::hardware_concurrency();
  return std::clamp(cores, kBatchThreads.min, kBatchThreads.max);
}

// `field` is the absolute path of a unix socket.
std::string SocketPath(Checker& check, const std::string& folder,
                       absl::string_view field, const std::string& path) {
  std::string absolute =
      std::filesystem::absolute(std::filesystem::path(folder) / path)
          .lexically_normal()
          .string();
  if (absolute.size() > kUnixPathBytesMax) {
    check.Refuse(
        field, absl::StrCat("the path is over ", kUnixPathBytesMax, " bytes"));
  }
  return absolute;
}

std::string HealthAddress(Checker& check, const std::string& folder,
                          const std::string& value) {
  if (!absl::StartsWith(value, kUnixPrefix)) {
    if (!IsLoopback(value)) {
      check.Refuse("health_listen",
                   "want a loopback address \"127.0.0.1:port\" or "
                   "\"unix:/path\": it answers without TLS");
    }
    return value;
  }
  const std::string path = value.substr(kUnixPrefix.size());
  if (path.empty()) check.Refuse("health_listen", "no path after unix:");
  return absl::StrCat(kUnixPrefix,
                      SocketPath(check, folder, "health_listen", path));
}

// The files of an identity, or that of the Workload API.
void ReadIdentity(Checker& check, const std::string& folder,
                  const v1::TlsConfig& message, Config& config) {
  constexpr absl::string_view kSocket = "tls.workload_api_socket";
  config.workload_api_hint = message.workload_api_hint();
  if (message.workload_api_socket().empty()) {
    if (!message.workload_api_hint().empty()) {
      check.Refuse("tls.workload_api_hint",
                   "goes with tls.workload_api_socket only");
    }
    config.tls.svid_file = check.File("tls.svid_file", message.svid_file());
    config.tls.key_file = check.File("tls.key_file", message.key_file());
    config.tls.bundle_file =
        check.File("tls.bundle_file", message.bundle_file());
    for (int i = 0; i < message.federated_bundles_size(); ++i) {
      const v1::FederatedBundle& bundle = message.federated_bundles(i);
      const std::string at = absl::StrCat("tls.federated_bundles[", i, "]");
      config.tls.federated.emplace_back(
          check.TrustDomain(at + ".trust_domain", bundle.trust_domain()),
          check.File(at + ".bundle_file", bundle.bundle_file()));
    }
    return;
  }
  if (!message.svid_file().empty() || !message.key_file().empty() ||
      !message.bundle_file().empty() || message.federated_bundles_size() > 0) {
    check.Refuse(kSocket,
                 "want either this, or tls.svid_file, tls.key_file, "
                 "tls.bundle_file and tls.federated_bundles");
  }
  absl::string_view path = message.workload_api_socket();
  if (absl::ConsumePrefix(&path, kUnixPrefix)) {
    absl::ConsumePrefix(&path, "//");
    if (!absl::StartsWith(path, "/")) {
      check.Refuse(kSocket, "want an absolute path after unix:");
    }
  } else if (absl::StrContains(path, ":")) {
    check.Refuse(kSocket, "want the path of a unix socket");
  }
  config.workload_api_socket =
      SocketPath(check, folder, kSocket, std::string(path));
}

// `value` is the label of a token or a key.
std::string Label(Checker& check, absl::string_view path,
                  const std::string& value, size_t bytes_max) {
  if (value.empty()) check.Refuse(path, "missing");
  if (value.size() > bytes_max) {
    check.Refuse(path, absl::StrCat("over ", bytes_max, " bytes"));
  }
  return value;
}

// The file of the KEK, or its token.
void ReadKek(Checker& check, const v1::KekConfig& message, Config& config) {
  if (!message.has_pkcs11()) {
    if (message.file().empty()) {
      check.Refuse("kek.file", "missing; want it, or kek.pkcs11");
    }
    config.kek_file = check.File("kek.file", message.file());
    return;
  }
  if (!message.file().empty()) {
    check.Refuse("kek", "want either kek.file or kek.pkcs11");
  }
  const v1::Pkcs11KekConfig& token = message.pkcs11();
  KekToken& kek = config.kek_token.emplace();
  kek.module = token.module();
  if (kek.module.empty()) check.Refuse("kek.pkcs11.module", "missing");
  // Not relative to the folder: whoever may write there chooses what runs.
  if (!absl::StartsWith(kek.module, "/")) {
    check.Refuse("kek.pkcs11.module", "want an absolute path");
  }
  kek.token_label = Label(check, "kek.pkcs11.token_label", token.token_label(),
                          kTokenLabelBytesMax);
  kek.key_label = Label(check, "kek.pkcs11.key_label", token.key_label(),
                        kKeyLabelBytesMax);
  kek.pin_file = check.File("kek.pkcs11.pin_file", token.pin_file());
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  const absl::StatusOr<std::string> text = vault::ReadFile(path);
  if (!text.ok()) return text.status();
  return ParseConfig(path, *text,
                     std::filesystem::path(path).parent_path().string());
}

absl::StatusOr<Config> ParseConfig(absl::string_view file,
                                   absl::string_view text,
                                   const std::string& folder) {
  v1::ServerConfig message;
  const absl::Status read = ReadYaml(file, text, message);
  if (!read.ok()) return read;

  Checker check(file, folder);
  Config config;
  config.listen = message.listen();
  if (!IsIpAndPort(config.listen)) {
    check.Refuse("listen", "want \"ip:port\", or \"[ip]:port\" for IPv6");
  }
  config.health_listen = HealthAddress(check, folder, message.health_listen());
  config.metrics_listen = message.metrics_listen();
  if (!config.metrics_listen.empty() && !IsIpAndPort(config.metrics_listen)) {
    check.Refuse("metrics_listen",
                 "want \"ip:port\", or \"[ip]:port\" for IPv6");
  }
  ReadIdentity(check, folder, message.tls(), config);
  config.answer_unknown_callers = message.tls().answer_unknown_callers();
  config.access_file = check.File("access_file", message.access_file());
  ReadKek(check, message.kek(), config);

  const v1::PostgresConfig& postgres = message.postgres();
  config.conninfo = postgres.conninfo();
  if (config.conninfo.empty()) check.Refuse("postgres.conninfo", "missing");
  if (HasPassword(config.conninfo)) {
    check.Refuse("postgres.conninfo",
                 "no passwords here: use passfile= or a client certificate");
  }
  config.pool_size =
      check.Number("postgres.pool_size", postgres.pool_size(), 4, kPoolSize);
  config.refresh = absl::Seconds(check.Number(
      "postgres.refresh_s", postgres.refresh_s(), 5, kRefreshSeconds));

  const v1::LimitsConfig& limits = message.limits();
  config.batch_threads = check.Number(
      "limits.batch_threads", limits.batch_threads(), Cores(), kBatchThreads);
  config.batch_queue =
      check.Number("limits.batch_queue", limits.batch_queue(), 64, kBatchQueue);
  config.connections = check.Number("limits.connections", limits.connections(),
                                    kConnectionsMax, kConnections);
  const uint64_t memory_mib =
      check.Number("limits.memory_mib", limits.memory_mib(), 0, kMemoryMib);
  config.memory_bytes = memory_mib > 0
                            ? memory_mib << 20
                            : MemoryOfControlGroup().value_or(kMemoryBytes);
  config.drain = absl::Seconds(
      check.Number("limits.drain_s", limits.drain_s(), 20, kDrainSeconds));
  config.max_key_staleness = absl::Seconds(
      check.Number("limits.max_key_staleness_s", limits.max_key_staleness_s(),
                   3600, kStalenessSeconds));
  if (!check.status().ok()) return check.status();
  return config;
}

}  // namespace panvault::server
