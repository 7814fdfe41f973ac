#include "server/serve.h"

#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "crypto/locked_memory.h"
#include "nlohmann/json.hpp"
#include "server/access_policy.h"
#include "server/credentials.h"
#include "server/handshake_guard.h"
#include "server/health_server.h"
#include "server/kek.h"
#include "server/keyset_loader.h"
#include "server/live_identity.h"
#include "server/metrics.h"
#include "server/metrics_server.h"
#include "server/metrics_text.h"
#include "server/process.h"
#include "server/readiness.h"
#include "server/readings.h"
#include "server/sources.h"
#include "server/svid_verifier.h"
#include "server/trust_watch.h"
#include "server/vault_server.h"
#include "vault/errors.h"
#include "vault/keyset_cache.h"
#include "vault/postgres/postgres_keyset_store.h"

namespace panvault::server {
namespace {

using Json = nlohmann::ordered_json;

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// What is read once or has to be good at the start, checked before anything
// listens.
struct Inputs {
  std::unique_ptr<const vault::KekProvider> kek;
  std::shared_ptr<const AccessPolicy> access;
  std::unique_ptr<vault::KeysetStore> store;
};

absl::StatusOr<Inputs> LoadInputs(const Config& config, JsonLog& log,
                                  Metrics& metrics) {
  if (absl::Status enough =
          RequireDescriptors(2 * config.connections + kOtherDescriptors);
      !enough.ok()) {
    return enough;
  }
  auto access = AccessPolicy::Load(config.access_file);
  if (!access.ok()) return access.status();
  vault::postgres::PostgresOptions postgres;
  postgres.conninfo = config.conninfo;
  postgres.pool_size = config.pool_size;
  auto store = vault::postgres::NewPostgresKeysetStore(postgres);
  if (!store.ok()) return store.status();
  // Last: a token counts logins.
  auto kek = LoadKek(config, log, metrics);
  if (!kek.ok()) return kek.status();
  return Inputs{*std::move(kek), *std::move(access), *std::move(store)};
}

// Lines that do not concern a call are for operators: a log that is broken is
// found out, and acted upon, by the next call.
void Note(JsonLog& log, absl::string_view event, const Json& fields) {
  log.Write(event, fields).IgnoreError();
}

struct Addresses {
  std::string server;
  std::string health;
};

void NoteStart(JsonLog& log, const Config& config, const Inputs& inputs,
               const LiveIdentity& live, const Addresses& addresses) {
  const IdentityFacts identity = live.facts().value_or(IdentityFacts());
  Note(log, "start",
       {{"version", PANVAULT_VERSION},
        {"spiffe_id", identity.spiffe_id},
        {"svid_not_after", TimeText(identity.not_after)},
        {"kek_id", inputs.kek->kek_id()},
        {"keys_locked", crypto::IsMemoryLocked()},
        {"callers", inputs.access->caller_count()},
        {"batch_threads", config.batch_threads},
        {"batch_queue", config.batch_queue}});
  const auto overdue = inputs.access->OverdueOn(
      absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
  if (!overdue.empty()) {
    Note(log, "review_overdue", {{"flows", overdue}, {"pci", {"7.2.4"}}});
  }
  Note(log, "listening",
       {{"address", addresses.server}, {"health", addresses.health}});
}

// Whether a connection may be made; refused ones are counted.
HandshakeCheck CheckAndCount(HandshakeGuard& guard, Metrics& metrics) {
  return [&guard, &metrics](absl::string_view leaf_pem,
                            absl::string_view chain_pem) {
    absl::Status status = guard.Check(leaf_pem, chain_pem, absl::Now());
    if (!status.ok()) {
      metrics.CountRefusedHandshake(vault::FactsOf(status).reason);
    }
    return status;
  };
}

// What the loader's thread reports.
KeysetLoader::Hooks LoaderHooks(JsonLog& log, Readiness& readiness,
                                Metrics& metrics,
                                const vault::KeysetCache& keysets,
                                std::function<void()> on_first_load) {
  auto once = std::make_shared<std::once_flag>();
  KeysetLoader::Hooks hooks;
  hooks.loaded = [&log, &readiness, &keysets, once,
                  on_first_load = std::move(on_first_load)] {
    const auto all = keysets.All();
    Note(log, "keys_loaded", {{"profiles", all.ok() ? all->size() : 0}});
    readiness.KeysUsable(true);
    std::call_once(*once, on_first_load);
  };
  hooks.failed = [&log, &readiness, &metrics, &keysets](
                     const absl::Status& status, absl::Duration retry_in) {
    metrics.CountKeysetFailure();
    // These messages are ours: vault/ names causes, never values.
    Note(log, "keys_load_failed",
         {{"reason", std::string(vault::NameOf(vault::FactsOf(status).reason))},
          {"message", std::string(status.message())},
          {"retry_in_ms", absl::ToInt64Milliseconds(retry_in)}});
    readiness.KeysUsable(keysets.All().ok());
  };
  return hooks;
}

// Null if they are not asked for.
absl::StatusOr<std::unique_ptr<MetricsServer>> StartMetrics(
    const Metrics& metrics, const Gauged& gauged, JsonLog& log) {
  if (gauged.config.metrics_listen.empty()) return nullptr;
  auto server = MetricsServer::Start(
      {.listen = gauged.config.metrics_listen}, [&metrics, gauged] {
        return MetricsText(metrics, TakeReadings(gauged, absl::Now()));
      });
  if (server.ok()) {
    Note(log, "metrics_listening", {{"address", (*server)->address()}});
  }
  return server;
}

VaultServerOptions OptionsOf(
    const Config& config,
    const std::shared_ptr<grpc::ServerCredentials>& credentials,
    const ServeOptions& options) {
  return {.listen = config.listen,
          .connections = {.total = config.connections},
          .credentials = credentials,
          .memory_bytes = config.memory_bytes,
          .batch_threads = config.batch_threads,
          .batch_queue = config.batch_queue,
          .extra_services = options.extra_services};
}

void StopServer(VaultServer& server, absl::Duration drain,
                const std::string& why, JsonLog& log) {
  Note(log, "drain",
       {{"why", why}, {"at_most_s", absl::ToInt64Seconds(drain)}});
  server.Stop(drain);
  Note(log, "stop", {});
}

}  // namespace

absl::Status Serve(const Config& config, JsonLog& log,
                   const ServeOptions& options) {
  Metrics metrics;
  const absl::StatusOr<Inputs> inputs = LoadInputs(config, log, metrics);
  if (!inputs.ok()) return inputs.status();
  vault::KeysetCache keysets(*inputs->store, *inputs->kek,
                             {.max_staleness = config.max_key_staleness});
  AccessPolicyHolder access(inputs->access);
  TrustWatch trust;
  const auto trust_changed = [&trust] { trust.Changed(); };
  const auto identity = LiveIdentity::Create(trust_changed);
  if (!identity.ok()) return identity.status();
  SvidVerifier& svids = (*identity)->svids();
  const auto sources = Sources::Start(
      config, {**identity, access, log},
      {.on_access_change = trust_changed, .stop_asked = options.stop_asked});
  if (absl::IsCancelled(sources.status())) {
    Note(log, "stop", {});
    return absl::OkStatus();
  }
  if (!sources.ok()) return sources.status();
  HandshakeGuard guard(svids, access, log, config.answer_unknown_callers);
  const auto credentials =
      NewServerCredentials(**identity, CheckAndCount(guard, metrics));
  if (!credentials.ok()) return credentials.status();

  const auto health = HealthServer::Start(config.health_listen);
  if (!health.ok()) return health.status();
  const auto server = VaultServer::Start(
      OptionsOf(config, *credentials, options), {.guard = guard,
                                                 .svids = svids,
                                                 .access = access,
                                                 .keysets = keysets,
                                                 .log = log,
                                                 .metrics = metrics});
  if (!server.ok()) return server.status();
  const auto scrapes = StartMetrics(
      metrics, {**server, **sources, **identity, access, keysets, config}, log);
  if (!scrapes.ok()) return scrapes.status();
  const TrustWatch::Listening listening(
      trust, [&server] { (*server)->TrustChanged(); });
  NoteStart(log, config, *inputs, **identity,
            {(*server)->address(), (*health)->address()});

  Readiness readiness([&health, &metrics](bool serving) {
    (*health)->SetServing(serving);
    metrics.SetReady(serving);
  });
  const KeysetLoader loader(
      keysets, {.refresh = config.refresh},
      LoaderHooks(log, readiness, metrics, keysets, [&options, &server] {
        options.on_ready((*server)->address());
      }));

  const std::string why = options.wait_for_stop();
  readiness.Drain();
  StopServer(**server, config.drain, why, log);
  return absl::OkStatus();
}

}  // namespace panvault::server
