// The command line of `panvault`.

#ifndef PANVAULT_CLIENT_CMD_OPTIONS_H_
#define PANVAULT_CLIENT_CMD_OPTIONS_H_

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "client/client.h"
#include "client/cmd/exit_code.h"
#include "client/cmd/output.h"
#include "client/cmd/translate.h"
#include "client/model.h"

namespace panvault::cli {

enum class Command {
  kTokenize,
  kDetokenize,
  kValidate,
  kProfileCreate,
  kProfileList,
  kProfileShow,
  kKeyList,
  kConnectionsList,
  kDoctor,
  kVersion,
};

struct Options {
  Command command = Command::kVersion;
  client::ClientOptions client;
  Format format = Format::kText;
  // Of tokenize and detokenize; their profile is also that of validate, profile
  // show and key list.
  TranslateOptions translate;
  // PANs or tokens given as arguments; empty: read stdin.
  std::vector<std::string> values;
  // Of profile create.
  client::Profile new_profile;
};

// A command line that ends here: help, or what is wrong with it.
struct Answer {
  ExitCode code = ExitCode::kOk;
  std::string text;
};

// The value of an environment variable, or empty.
using Environment = std::function<std::string(const char* name)>;

// `args` without the program's name. What the user typed is never quoted in an
// answer: it may be a card number in the wrong place.
std::variant<Options, Answer> ParseCommandLine(std::vector<std::string> args,
                                               const Environment& environment);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_OPTIONS_H_
