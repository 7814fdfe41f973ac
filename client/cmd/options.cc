#include "client/cmd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/cmd/exit_code.h"
#include "client/cmd/help.h"
#include "client/cmd/output.h"
#include "client/model.h"

namespace panvault::cli {
namespace {

// What CLI11 writes to, before it becomes Options.
struct Raw {
  std::string address;
  std::string server_id;
  std::string identity_dir;
  std::string svid_file;
  std::string key_file;
  std::string bundle_file;
  std::string timeout = "10s";
  std::string output = "text";
  std::string reveal;
  std::string keep;
  Options options;
};

// A word of the command line and what it stands for. Not CLI11's transformers:
// they also take the enum's number, and quote what was typed.
template <typename T>
struct Choice {
  absl::string_view word;
  T value;
};
constexpr Choice<Format> kFormats[] = {{"text", Format::kText},
                                       {"json", Format::kJson}};
constexpr Choice<client::Reveal> kReveals[] = {
    {"full", client::Reveal::kFull},
    {"bin-last4", client::Reveal::kBinLast4},
    {"last4", client::Reveal::kLast4}};
constexpr Choice<client::Kept> kKeeps[] = {
    {"none", client::Kept::kNone},
    {"last4", client::Kept::kLast4},
    {"bin6-last4", client::Kept::kBin6Last4},
    {"bin8-last4", client::Kept::kBin8Last4}};

// "text|json".
template <typename T>
std::string WordsOf(absl::Span<const Choice<T>> choices) {
  return absl::StrJoin(choices, "|", [](std::string* out, const auto& choice) {
    absl::StrAppend(out, choice.word);
  });
}

template <typename T>
bool Choose(absl::Span<const Choice<T>> choices, absl::string_view word,
            T& chosen) {
  for (const Choice<T>& choice : choices) {
    if (choice.word != word) continue;
    chosen = choice.value;
    return true;
  }
  return false;
}

// "10", "10s", "500ms". False unless positive.
bool ParseTimeout(const std::string& text, absl::Duration& timeout) {
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    timeout = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &timeout)) {
    return false;
  }
  return timeout > absl::ZeroDuration() && timeout < absl::Hours(24);
}

void AddOutput(CLI::App& command, Raw& raw) {
  command
      .add_option("--output", raw.output,
                  "text, or json: of stdin, one object per line")
      ->type_name(WordsOf<Format>(kFormats));
}

void AddConnection(CLI::App& command, Raw& raw) {
  const char* const group = "Connection";
  const auto add = [&](const char* name, std::string& value,
                       const char* type_name, const char* text) {
    command.add_option(name, value, text)->group(group)->type_name(type_name);
  };
  add("--address", raw.address, "HOST:PORT", "the server [PANVAULT_ADDRESS]");
  add("--server-id", raw.server_id, "SPIFFE-ID",
      "the server's identity [PANVAULT_SERVER_ID]");
  add("--identity", raw.identity_dir, "DIR",
      "svid.pem, key.pem, bundle.pem [PANVAULT_IDENTITY]");
  add("--svid", raw.svid_file, "FILE", "instead of DIR/svid.pem");
  add("--key", raw.key_file, "FILE", "instead of DIR/key.pem");
  add("--bundle", raw.bundle_file, "FILE", "instead of DIR/bundle.pem");
  add("--timeout", raw.timeout, "TIME",
      "of one call with its retries: 10s (default), 500ms");
  AddOutput(command, raw);
}

void AddProfile(CLI::App& command, Raw& raw) {
  command
      .add_option("--profile", raw.options.translate.profile,
                  "the token profile")
      ->required()
      ->type_name("NAME");
}

void AddContext(CLI::App& command, Raw& raw) {
  command
      .add_option("--context", raw.options.translate.context,
                  "binds tokens to it, e.g. a shop; up to 64 bytes")
      ->type_name("TEXT");
}

CLI::App* AddCommand(CLI::App& parent, Raw& raw, Command command,
                     std::pair<const char*, const char*> name_and_about) {
  CLI::App* app =
      parent.add_subcommand(name_and_about.first, name_and_about.second);
  app->callback([&raw, command] { raw.options.command = command; });
  return app;
}

void DefineTokenCommands(CLI::App& main, Raw& raw) {
  CLI::App* tokenize =
      AddCommand(main, raw, Command::kTokenize,
                 {"tokenize", "card numbers to tokens, line by line"});
  AddProfile(*tokenize, raw);
  AddContext(*tokenize, raw);
  tokenize->add_option("pan", raw.options.values,
                       "card numbers, instead of stdin; visible to others");
  tokenize->footer(kTokenizeFooter);
  AddConnection(*tokenize, raw);

  CLI::App* detokenize =
      AddCommand(main, raw, Command::kDetokenize,
                 {"detokenize", "tokens to card numbers, line by line"});
  AddProfile(*detokenize, raw);
  AddContext(*detokenize, raw);
  detokenize
      ->add_option("--reveal", raw.reveal,
                   "how much of the card number to show")
      ->required()
      ->type_name(WordsOf<client::Reveal>(kReveals));
  detokenize
      ->add_option("--key-version", raw.options.translate.key_version,
                   "that made the tokens; a line may give its own")
      ->type_name("N");
  detokenize->add_option("token", raw.options.values, "instead of stdin");
  detokenize->footer(kDetokenizeFooter);
  AddConnection(*detokenize, raw);

  CLI::App* validate =
      AddCommand(main, raw, Command::kValidate,
                 {"validate", "could this profile have made these tokens?"});
  AddProfile(*validate, raw);
  validate->add_option("token", raw.options.values, "the tokens")->required();
  validate->footer(kValidateFooter);
  AddConnection(*validate, raw);
}

void DefineAdminCommands(CLI::App& main, Raw& raw) {
  CLI::App* profile = main.add_subcommand("profile", "token profiles");
  profile->require_subcommand(1);
  CLI::App* create =
      AddCommand(*profile, raw, Command::kProfileCreate,
                 {"create", "make a profile with its first key version"});
  create->add_option("name", raw.options.new_profile.name)
      ->required()
      ->type_name("NAME");
  create
      ->add_option("--keep", raw.keep,
                   "the digits that stand in the token as they are")
      ->required()
      ->type_name(WordsOf<client::Kept>(kKeeps));
  create->add_flag("--allow-floor", raw.options.new_profile.allow_floor,
                   "also PANs with only six free digits; see below");
  create->footer(kProfileCreateFooter);
  AddConnection(*create, raw);
  CLI::App* profiles =
      AddCommand(*profile, raw, Command::kProfileList,
                 {"list", "the profiles that you are granted"});
  profiles->footer(kProfileListFooter);
  AddConnection(*profiles, raw);
  CLI::App* show =
      AddCommand(*profile, raw, Command::kProfileShow, {"show", "one profile"});
  show->add_option("name", raw.options.translate.profile)
      ->required()
      ->type_name("NAME");
  show->footer(kProfileShowFooter);
  AddConnection(*show, raw);

  CLI::App* key = main.add_subcommand("key", "key versions");
  key->require_subcommand(1);
  CLI::App* list = AddCommand(*key, raw, Command::kKeyList,
                              {"list", "a profile's key versions"});
  AddProfile(*list, raw);
  list->footer(kKeyListFooter);
  AddConnection(*list, raw);

  CLI::App* connections =
      main.add_subcommand("connections", "who is connected to the server");
  connections->require_subcommand(1);
  CLI::App* open = AddCommand(*connections, raw, Command::kConnectionsList,
                              {"list", "the connections that are open"});
  open->footer(kConnectionsListFooter);
  AddConnection(*open, raw);

  CLI::App* doctor =
      AddCommand(main, raw, Command::kDoctor,
                 {"doctor", "what is wrong with the connection, if anything"});
  doctor->footer(kDoctorFooter);
  AddConnection(*doctor, raw);
}

// CLI11 quotes what the user typed. Digits go, whatever stands between them.
std::string WithoutDigits(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return absl::ascii_isdigit(c) || c >= 0x80; }, '#');
  return text;
}

Answer UsageError(absl::string_view text) {
  return {ExitCode::kUsage,
          absl::StrCat("panvault: ", text, "\nSee panvault --help.\n")};
}

template <typename T>
std::string NotOneOf(absl::string_view option,
                     absl::Span<const Choice<T>> choices) {
  return absl::StrCat(option, " is one of ", WordsOf(choices));
}

// Options win over the environment; single files over the folder.
std::variant<Options, Answer> Complete(Raw& raw,
                                       const Environment& environment) {
  Options& options = raw.options;
  if (!Choose<Format>(kFormats, raw.output, options.format)) {
    return UsageError(NotOneOf<Format>("--output", kFormats));
  }
  if (options.command == Command::kVersion) return options;
  if (options.command == Command::kDetokenize &&
      !Choose<client::Reveal>(kReveals, raw.reveal, options.translate.reveal)) {
    return UsageError(NotOneOf<client::Reveal>("--reveal", kReveals));
  }
  if (options.command == Command::kProfileCreate &&
      !Choose<client::Kept>(kKeeps, raw.keep, options.new_profile.kept)) {
    return UsageError(NotOneOf<client::Kept>("--keep", kKeeps));
  }
  const auto or_environment = [&](std::string& value, const char* name) {
    if (value.empty()) value = environment(name);
  };
  or_environment(raw.address, "PANVAULT_ADDRESS");
  or_environment(raw.server_id, "PANVAULT_SERVER_ID");
  or_environment(raw.identity_dir, "PANVAULT_IDENTITY");
  const auto or_identity = [&](std::string& file, const char* name) {
    if (file.empty() && !raw.identity_dir.empty()) {
      file = absl::StrCat(raw.identity_dir, "/", name);
    }
  };
  or_identity(raw.svid_file, "svid.pem");
  or_identity(raw.key_file, "key.pem");
  or_identity(raw.bundle_file, "bundle.pem");
  if (raw.address.empty()) {
    return UsageError("no server: give --address or PANVAULT_ADDRESS");
  }
  if (raw.server_id.empty()) {
    return UsageError(
        "no server identity: give --server-id or PANVAULT_SERVER_ID");
  }
  if (raw.svid_file.empty() || raw.key_file.empty() ||
      raw.bundle_file.empty()) {
    return UsageError("no identity: give --identity or PANVAULT_IDENTITY");
  }
  if (!ParseTimeout(raw.timeout, options.client.timeout)) {
    return UsageError("--timeout is a time like 10s or 500ms, under a day");
  }
  options.client.channel = {raw.address,
                            {raw.svid_file, raw.key_file, raw.bundle_file},
                            raw.server_id};
  options.translate.format = options.format;
  return options;
}

}  // namespace

std::variant<Options, Answer> ParseCommandLine(std::vector<std::string> args,
                                               const Environment& environment) {
  Raw raw;
  CLI::App main(kAbout, "panvault");
  main.require_subcommand(1);
  main.footer(absl::StrCat(kMainFooter, kExitCodeHelp));
  main.set_version_flag("--version", "panvault " PANVAULT_VERSION);
  DefineTokenCommands(main, raw);
  DefineAdminCommands(main, raw);
  AddOutput(*AddCommand(main, raw, Command::kVersion,
                        {"version", "the version of this command"}),
            raw);
  try {
    std::reverse(args.begin(), args.end());  // As CLI11 wants them.
    main.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    // The help of the innermost command that was named.
    const CLI::App* app = &main;
    std::string parents;
    while (!app->get_subcommands().empty()) {
      absl::StrAppend(&parents, parents.empty() ? "" : " ", app->get_name());
      app = app->get_subcommands()[0];
    }
    return Answer{ExitCode::kOk, app->help(parents)};
  } catch (const CLI::CallForVersion& version) {
    return Answer{ExitCode::kOk, absl::StrCat(version.what(), "\n")};
  } catch (const CLI::ExtrasError&) {
    return UsageError("there is an argument too many");
  } catch (const CLI::RequiredError& error) {
    return UsageError(error.what());  // Names our options only.
  } catch (const CLI::ArgumentMismatch& error) {
    return UsageError(error.what());  // Likewise, and counts.
  } catch (const CLI::ParseError& error) {
    return UsageError(WithoutDigits(error.what()));
  }
  return Complete(raw, environment);
}

}  // namespace panvault::cli
