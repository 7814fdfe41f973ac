#include "server/cmd/dev.h"

#include <stdio.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/config.h"
#include "server/dev/dev_identities.h"
#include "server/dev/dev_state.h"
#include "server/dev/private_postgres.h"
#include "server/listen_address.h"
#include "vault/postgres/migrate.h"

namespace panvault::server {
namespace {

constexpr char kListen[] = "127.0.0.1:8443";

void Say(const std::string& line) { std::cout << line << std::endl; }

// A socket in the state folder, unless its path is too long for one.
std::string HealthAddress(const std::string& state_dir) {
  const std::string path =
      (std::filesystem::absolute(state_dir) / "health.sock")
          .lexically_normal()
          .string();
  return path.size() <= kUnixPathBytesMax ? absl::StrCat(kUnixPrefix, path)
                                          : "127.0.0.1:0";
}

// What the command line says wins over what an edited file says; where the
// database is, only we know.
absl::StatusOr<Config> ConfigOf(const Options& options,
                                const dev::DevState& state,
                                const std::string& conninfo) {
  absl::StatusOr<Config> config = LoadConfig(state.config_path);
  if (!config.ok()) return config;
  config->conninfo = conninfo;
  if (!options.listen.empty()) config->listen = options.listen;
  if (!options.health_listen.empty()) {
    config->health_listen = options.health_listen;
  }
  return config;
}

// All at once: whoever waits for the file must not read half of it.
void WriteReadyFile(const std::string& path, const std::string& address) {
  const std::string unfinished = absl::StrCat(path, ".new");
  std::ofstream(unfinished) << address << "\n";
  if (rename(unfinished.c_str(), path.c_str()) != 0) {
    Say(absl::StrCat("panvaultd: cannot write ", path));
  }
}

void SayHowToGoOn(const std::string& address, const dev::DevState& state) {
  Say(absl::StrCat("panvaultd: ready on ", address,
                   ". In another terminal:\n\n"
                   "  export PANVAULT_ADDRESS=",
                   address, "\n  export PANVAULT_SERVER_ID=", dev::kDevServerId,
                   "\n  export PANVAULT_IDENTITY=", state.identities_dir, "/",
                   dev::kDevCallerName,
                   "\n  panvault profile create cards-last4 --keep last4\n"
                   "  echo 4111111111111111 | panvault tokenize --profile "
                   "cards-last4\n\nWho may do what: ",
                   state.access_path, "\nCtrl-C stops."));
}

}  // namespace

absl::Status RunDev(const Options& options, JsonLog& log, ServeOptions serve) {
  if (!options.ready_file.empty()) {
    std::error_code ignored;  // Absent, as it should be.
    std::filesystem::remove(options.ready_file, ignored);
  }
  Say(absl::StrCat("panvaultd: starting PostgreSQL in ", options.state_dir));
  const auto postgres =
      dev::PrivatePostgres::Start({.state_dir = options.state_dir});
  if (!postgres.ok()) return postgres.status();
  const std::string& conninfo = (*postgres)->conninfo();
  const auto report = vault::postgres::Migrate(conninfo);
  if (!report.ok()) return report.status();

  dev::DevOptions dev_options;
  dev_options.state_dir = options.state_dir;
  dev_options.listen = options.listen.empty() ? kListen : options.listen;
  dev_options.health_listen = options.health_listen.empty()
                                  ? HealthAddress(options.state_dir)
                                  : options.health_listen;
  dev_options.conninfo = conninfo;
  const auto state = dev::PrepareDevState(dev_options, absl::Now());
  if (!state.ok()) return state.status();
  if (state->config_kept) {
    Say(absl::StrCat("panvaultd: ", state->config_path,
                     " was edited and is used as it is"));
  }
  const auto config = ConfigOf(options, *state, conninfo);
  if (!config.ok()) return config.status();

  serve.on_ready = [&options, &state](const std::string& address) {
    SayHowToGoOn(address, *state);
    if (!options.ready_file.empty()) {
      WriteReadyFile(options.ready_file, address);
    }
  };
  return Serve(*config, log, serve);
}

}  // namespace panvault::server
