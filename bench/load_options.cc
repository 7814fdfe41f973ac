#include "bench/load_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/load_help.h"
#include "client/model.h"

namespace panvault::bench {
namespace {

// Limits of the generator, which runs beside the server: more of any would
// measure the generator.
constexpr size_t kInFlightMax = 4096;
constexpr size_t kChannelsMax = 64;
constexpr double kRateMax = 1e6;
constexpr int kRoundsMax = 1001;
constexpr absl::Duration kDurationMax = absl::Hours(1);

// What CLI11 writes to, before it becomes LoadOptions.
struct Raw {
  std::string identity_dir;
  std::string duration;
  std::string warm_up;
  std::string timeout = "10s";
  bool null_service = false;
  double rate = 0;
  int server_pid = 0;
  LoadOptions options;
};

// "10", "10s", "250ms".
bool ParseTime(const std::string& text, Nanoseconds& time) {
  absl::Duration parsed;
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    parsed = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &parsed)) {
    return false;
  }
  time = absl::ToChronoNanoseconds(parsed);
  return parsed >= absl::ZeroDuration() && parsed <= kDurationMax;
}

void AddConnection(CLI::App& command, Raw& raw) {
  const auto add = [&](const char* name, std::string& value,
                       const char* type_name, const char* text) {
    command.add_option(name, value, text)
        ->group("Connection")
        ->type_name(type_name);
  };
  add("--address", raw.options.channel.target, "HOST:PORT",
      "the server [PANVAULT_ADDRESS]");
  add("--server-id", raw.options.channel.server_spiffe_id, "SPIFFE-ID",
      "the server's identity [PANVAULT_SERVER_ID]");
  add("--identity", raw.identity_dir, "DIR",
      "holds svid.pem, key.pem, bundle.pem [PANVAULT_IDENTITY]");
  add("--timeout", raw.timeout, "TIME", "of one call: 10s (default), 500ms");
  command
      .add_option("--channels", raw.options.channels,
                  "connections that the calls take turns on; default 4")
      ->group("Connection")
      ->type_name("N")
      ->check(CLI::Range(size_t{1}, kChannelsMax).description(""));
}

void AddCommon(CLI::App& command, Raw& raw) {
  LoadOptions& options = raw.options;
  command.add_option("--profile", options.call.profile, "the token profile")
      ->required()
      ->type_name("NAME");
  command
      .add_option("--duration", raw.duration,
                  "how long to measure: 5s (default; 1s a round in compare)")
      ->type_name("TIME");
  command
      .add_option("--warm-up", raw.warm_up,
                  "before that: 1s (default; 250ms a round in compare)")
      ->type_name("TIME");
  command
      .add_option("--lengths", options.pans.lengths,
                  "digits of the card numbers; default 12 to 19, evenly")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N,N");
  command.add_option("--seed", options.pans.seed, "of the card numbers")
      ->type_name("N");
  command.add_option("--json", options.json_file, "write the report there too")
      ->type_name("FILE");
  AddConnection(command, raw);
}

void AddLoop(CLI::App& command, Raw& raw) {
  command
      .add_option("--in-flight", raw.options.in_flight,
                  "calls out at once; default 64, of batches 4")
      ->type_name("N")
      ->check(CLI::Range(size_t{1}, kInFlightMax).description(""));
  command
      .add_option("--rate", raw.rate,
                  "calls due each second: an open loop; else a closed one")
      ->type_name("R")
      ->check(CLI::Range(0.1, kRateMax).description(""));
  command.add_flag("--null", raw.null_service,
                   "call the null handler of panvaultd-bench instead");
  AddCommon(command, raw);
}

void DefineUnary(CLI::App& main, Raw& raw) {
  CLI::App* app =
      main.add_subcommand("unary", "Tokenize, one card number a call");
  app->callback([&raw] { raw.options.call.method = Method::kTokenize; });
  AddLoop(*app, raw);
}

struct BatchCommand {
  const char* name;
  const char* about;
  Method method;
  size_t items;
};

void DefineBatch(CLI::App& main, Raw& raw, const BatchCommand& batch) {
  CLI::App* app = main.add_subcommand(batch.name, batch.about);
  CLI::Option* items =
      app->add_option("--items", raw.options.call.items,
                      absl::StrCat("items of a call; default ", batch.items))
          ->type_name("N")
          ->check(
              CLI::Range(size_t{1}, client::kBatchItemsMax).description(""));
  AddLoop(*app, raw);
  CLI::Option* in_flight = app->get_option("--in-flight");
  app->callback([&raw, batch, items, in_flight] {
    raw.options.call.method = batch.method;
    if (items->count() == 0) raw.options.call.items = batch.items;
    if (in_flight->count() == 0) raw.options.in_flight = 4;
  });
}

void DefineCompare(CLI::App& main, Raw& raw) {
  CLI::App* app = main.add_subcommand(
      "compare", "the server beside its null handler, in turns");
  app->callback([&raw] { raw.options.compare = true; });
  app->add_option("--rounds", raw.options.rounds,
                  "rounds of each figure; default 7")
      ->type_name("N")
      ->check(CLI::Range(1, kRoundsMax).description(""));
  app->add_flag("--gate", raw.options.gate,
                "exit with 1 if a ratio misses its goal by over 0.05");
  app->add_option("--server-pid", raw.server_pid,
                  "the server's process, for its CPU time")
      ->type_name("PID")
      ->check(CLI::PositiveNumber.description(""));
  AddCommon(*app, raw);
  app->footer(kCompareFooter);
}

LoadAnswer UsageError(absl::string_view text) {
  return {2, absl::StrCat("panvault-load: ", text,
                          "\nSee panvault-load --help.\n")};
}

// Empty, or what is wrong.
std::string CompleteTimes(Raw& raw) {
  LoadOptions& options = raw.options;
  if (raw.duration.empty()) raw.duration = options.compare ? "1s" : "5s";
  if (raw.warm_up.empty()) raw.warm_up = options.compare ? "250ms" : "1s";
  if (!ParseTime(raw.duration, options.duration) ||
      options.duration < std::chrono::milliseconds(10)) {
    return "--duration is a time like 5s or 500ms, 10ms to 1h";
  }
  if (!ParseTime(raw.warm_up, options.warm_up)) {
    return "--warm-up is a time like 1s or 250ms, up to 1h";
  }
  if (!ParseTime(raw.timeout, options.timeout) ||
      options.timeout == Nanoseconds::zero()) {
    return "--timeout is a time like 10s or 500ms, up to 1h";
  }
  return "";
}

std::variant<LoadOptions, LoadAnswer> Complete(
    Raw& raw, const LoadEnvironment& environment) {
  LoadOptions& options = raw.options;
  const auto or_environment = [&](std::string& value, const char* name) {
    if (value.empty()) value = environment(name);
  };
  or_environment(options.channel.target, "PANVAULT_ADDRESS");
  or_environment(options.channel.server_spiffe_id, "PANVAULT_SERVER_ID");
  or_environment(raw.identity_dir, "PANVAULT_IDENTITY");
  if (options.channel.target.empty()) {
    return UsageError("no server: give --address or PANVAULT_ADDRESS");
  }
  if (options.channel.server_spiffe_id.empty()) {
    return UsageError(
        "no server identity: give --server-id or PANVAULT_SERVER_ID");
  }
  if (raw.identity_dir.empty()) {
    return UsageError("no identity: give --identity or PANVAULT_IDENTITY");
  }
  options.channel.files = {raw.identity_dir + "/svid.pem",
                           raw.identity_dir + "/key.pem",
                           raw.identity_dir + "/bundle.pem"};
  if (const std::string wrong = CompleteTimes(raw); !wrong.empty()) {
    return UsageError(wrong);
  }
  if (const auto pans = PanSource::Create(options.pans); !pans.ok()) {
    return UsageError(pans.status().message());
  }
  if (options.gate && options.rounds < kGateRoundsMin) {
    return UsageError(
        absl::StrCat("--gate needs ", kGateRoundsMin, " rounds or more"));
  }
  if (raw.null_service) options.call.service = Service::kNull;
  if (raw.rate > 0) options.rate = raw.rate;
  if (raw.server_pid > 0) options.server_pid = raw.server_pid;
  return options;
}

}  // namespace

std::variant<LoadOptions, LoadAnswer> ParseLoadOptions(
    std::vector<std::string> args, const LoadEnvironment& environment) {
  Raw raw;
  CLI::App main(kLoadAbout, "panvault-load");
  main.require_subcommand(1);
  main.footer(kLoadFooter);
  DefineUnary(main, raw);
  DefineBatch(main, raw,
              {"batch", "BatchTokenize", Method::kBatchTokenize, 1000});
  DefineBatch(main, raw,
              {"bulk", "BulkTokenize, the compact form", Method::kBulkTokenize,
               client::kBatchItemsMax});
  DefineCompare(main, raw);
  try {
    std::reverse(args.begin(), args.end());  // As CLI11 wants them.
    main.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    const auto commands = main.get_subcommands();
    return LoadAnswer{
        0, commands.empty() ? main.help() : commands[0]->help(main.get_name())};
  } catch (const CLI::ParseError& error) {
    return UsageError(error.what());
  }
  return Complete(raw, environment);
}

}  // namespace panvault::bench
