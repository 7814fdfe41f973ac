#include "server/cmd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace panvault::server {
namespace {

constexpr char kAbout[] =
    "panvaultd is the tokenization vault: it turns card numbers (PANs) into\n"
    "tokens, and back, for callers with an X509-SVID on its allowlist.";

constexpr char kFooter[] =
    R"(To try it, without installing or configuring anything else:
  panvaultd dev --state /tmp/panvault-dev

For real:
  panvaultd migrate --config panvault.yaml   once per version, before serving
  panvaultd serve --config panvault.yaml
  panvaultd health --config panvault.yaml    is it ready? for probes

panvault.yaml is described in proto/panvault/v1/config.proto, access.yaml in
access.proto; `panvaultd dev` leaves a working pair in its state folder. serve
and dev write one JSON line per event and call to stderr, and stop on SIGTERM or
SIGINT once the open calls are done.

)";

constexpr char kExitCodes[] =
    R"(Exit codes:
  0  stopped as asked, or done
  1  could not start or go on; the reason is on stderr
  2  the command line is wrong
)";

constexpr char kDevFooter[] =
    R"(Makes what is not there yet in the state folder, and serves from it:
  postgres/                a private PostgreSQL: own data, unix socket only
  ca/, identities/         a throwaway trust domain and X509-SVIDs for panvaultd,
                           payment-api (allowed) and stranger (not allowed)
  kek                      the key-encryption key, 32 random bytes
  panvault.yaml            how panvaultd serves; yours to edit
  access.yaml              who may call what; yours to edit
Nothing outside the folder is touched. Not for real cards: the key lies beside
the database that it protects. As root, PostgreSQL runs as user postgres.
)";

constexpr char kHealthFooter[] =
    R"(For probes within the pod or on the host: asks gRPC health on health_listen,
two seconds long at most, and prints SERVING or NOT_SERVING. Exit code 0 means
SERVING; with --alive, that there was an answer.
)";

CLI::App* AddCommand(CLI::App& main, Options& options, Command command,
                     const char* name, const char* description) {
  CLI::App* const app = main.add_subcommand(name, description);
  app->callback([&options, command] { options.command = command; });
  return app;
}

void DefineCommands(CLI::App& main, Options& options) {
  CLI::App* const serve =
      AddCommand(main, options, Command::kServe, "serve", "serve callers");
  CLI::App* const migrate =
      AddCommand(main, options, Command::kMigrate, "migrate",
                 "bring the database's schema up to date; safe to repeat");
  for (CLI::App* const app : {serve, migrate}) {
    app->footer(kExitCodes);
    app->add_option("--config", options.config_path, "path of panvault.yaml")
        ->required();
  }

  CLI::App* const health =
      AddCommand(main, options, Command::kHealth, "health",
                 "ask the panvaultd that serves by this file how it is");
  health->footer(absl::StrCat(kHealthFooter, "\n", kExitCodes));
  health->add_option("--config", options.config_path, "path of panvault.yaml")
      ->required();
  health->add_flag("--alive", options.alive,
                   "it need not be ready, but has to answer");

  CLI::App* const dev = AddCommand(
      main, options, Command::kDev, "dev",
      "serve with a database, identities and keys of its own, to try it out");
  dev->footer(absl::StrCat(kDevFooter, "\n", kExitCodes));
  dev->add_option("--state", options.state_dir,
                  "folder for everything; made if it is not there")
      ->required();
  dev->add_option("--listen", options.listen,
                  "where callers connect, \"ip:port\"; port 0 takes any free "
                  "one [127.0.0.1:8443]");
  dev->add_option("--health", options.health_listen,
                  "where gRPC health answers, loopback \"ip:port\" or "
                  "\"unix:/path\" [a socket in the state folder]");
  dev->add_option("--ready-file", options.ready_file,
                  "written, with the address, when calls can be served");
}

}  // namespace

std::variant<Options, EarlyEnd> ParseCommandLine(
    std::vector<std::string> args) {
  Options options;
  CLI::App main(kAbout, "panvaultd");
  main.require_subcommand(1);
  main.footer(absl::StrCat(kFooter, kExitCodes));
  main.set_version_flag("--version", "panvaultd " PANVAULT_VERSION);
  DefineCommands(main, options);
  try {
    std::reverse(args.begin(), args.end());  // As CLI11 wants them.
    main.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = main.get_subcommands();
    return EarlyEnd{ExitCode::kOk, chosen.empty()
                                       ? main.help()
                                       : chosen[0]->help("panvaultd")};
  } catch (const CLI::CallForVersion& version) {
    return EarlyEnd{ExitCode::kOk, absl::StrCat(version.what(), "\n")};
  } catch (const CLI::ParseError& error) {
    return EarlyEnd{
        ExitCode::kUsage,
        absl::StrCat("panvaultd: ", error.what(), "\nSee panvaultd --help.\n")};
  }
  return options;
}

}  // namespace panvault::server
