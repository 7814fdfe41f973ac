#include "server/cmd/daemon.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/cmd/dev.h"
#include "server/cmd/options.h"
#include "server/config.h"
#include "server/grpc_log.h"
#include "server/health_client.h"
#include "server/json_log.h"
#include "server/process.h"
#include "server/serve.h"
#include "server/tls.h"
#include "vault/postgres/migrate.h"

namespace panvault::server {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Every thread inherits this, so that a signal waits for WaitForStop.
void HoldStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

std::string WaitForStop() {
  const sigset_t signals = StopSignals();
  int received = 0;
  while (sigwait(&signals, &received) != 0) {
  }
  return absl::StrCat("SIG", sigabbrev_np(received));
}

bool IsStopAsked() {
  sigset_t pending;
  if (sigpending(&pending) != 0) return false;
  return sigismember(&pending, SIGTERM) == 1 ||
         sigismember(&pending, SIGINT) == 1;
}

absl::Status RunServe(const Options& options, JsonLog& log,
                      const ServeOptions& serve) {
  const absl::StatusOr<Config> config = LoadConfig(options.config_path);
  if (!config.ok()) return config.status();
  return Serve(*config, log, serve);
}

absl::Status RunMigrate(const Options& options) {
  const absl::StatusOr<Config> config = LoadConfig(options.config_path);
  if (!config.ok()) return config.status();
  const auto report = vault::postgres::Migrate(config->conninfo);
  if (!report.ok()) return report.status();
  for (const std::string& name : report->applied) {
    std::cout << "applied " << name << "\n";
  }
  std::cout << "the schema is at version " << report->schema_version << "\n";
  return absl::OkStatus();
}

absl::Status RunHealth(const Options& options) {
  const absl::StatusOr<Config> config = LoadConfig(options.config_path);
  if (!config.ok()) return config.status();
  const absl::StatusOr<Health> health = AskHealth(config->health_listen);
  if (!health.ok()) return health.status();
  const bool serving = *health == Health::kServing;
  std::cout << (serving ? "SERVING" : "NOT_SERVING") << std::endl;
  if (serving || options.alive) return absl::OkStatus();
  return absl::UnavailableError(
      "it has no keys that may be used yet, or any more, or it is stopping");
}

absl::Status RunCommand(const Options& options, JsonLog& log,
                        ServeOptions serve) {
  switch (options.command) {
    case Command::kServe:
      return RunServe(options, log, serve);
    case Command::kMigrate:
      return RunMigrate(options);
    case Command::kHealth:
      return RunHealth(options);
    case Command::kDev:
      return RunDev(options, log, std::move(serve));
  }
  return absl::InternalError("no such command");
}

int Fail(const absl::Status& status) {
  std::cerr << "panvaultd: " << status.message() << std::endl;
  return static_cast<int>(ExitCode::kFailed);
}

}  // namespace

int RunPanvaultd(int argc, char** argv,
                 absl::Span<grpc::Service* const> extra_services) {
  const std::vector<std::string> scrubbed = ScrubEnvironment();
  const auto parsed =
      ParseCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  if (const EarlyEnd* const answer = std::get_if<EarlyEnd>(&parsed)) {
    (answer->code == ExitCode::kOk ? std::cout : std::cerr) << answer->text;
    return static_cast<int>(answer->code);
  }
  HoldStopSignals();
  SilenceGrpcLog();
  absl::Status status = HardenProcess();
  if (status.ok()) status = RequireTls13();
  if (!status.ok()) return Fail(status);

  JsonLog log(STDERR_FILENO);
  const Options& options = std::get<Options>(parsed);
  const bool serves =
      options.command == Command::kServe || options.command == Command::kDev;
  if (!scrubbed.empty() && serves) {
    log.Write("environment_scrubbed", {{"names", scrubbed}}).IgnoreError();
  }
  ServeOptions serve;
  serve.wait_for_stop = WaitForStop;
  serve.stop_asked = IsStopAsked;
  serve.extra_services = extra_services;
  status = RunCommand(options, log, std::move(serve));
  return status.ok() ? static_cast<int>(ExitCode::kOk) : Fail(status);
}

}  // namespace panvault::server
