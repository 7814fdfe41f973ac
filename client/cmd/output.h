// How the command prints results: text for people and shell pipes, JSON for
// programs.
//
// In text, each item is one line, whatever became of it: its token or PAN, or
// '!' and the reason of its refusal, e.g. "!PAN_LUHN".

#ifndef PANVAULT_CLIENT_CMD_OUTPUT_H_
#define PANVAULT_CLIENT_CMD_OUTPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/doctor.h"
#include "client/model.h"

namespace panvault::cli {

enum class Format { kText, kJson };

// Which item of the input a result belongs to: "line" 1 of a stream, "item" 1
// of the arguments. Only JSON shows it.
struct Position {
  absl::string_view unit;
  uint64_t number = 0;
};

// Each appends one line with its end-of-line to `out`.
//
// "token", or "token<TAB>key version" if Detokenize will need the version.
void AppendTokenized(Format format, Position position,
                     const client::Tokenized& tokenized, std::string& out);
void AppendPan(Format format, Position position, absl::string_view pan,
               std::string& out);
void AppendRefusal(Format format, Position position, const absl::Status& why,
                   std::string& out);

// "plausible, key version 1" and so on; one line with its end-of-line.
std::string RenderPlausibility(Format format, Position position,
                               const client::TokenPlausibility& plausibility);

// The reason as the text form shows it: "PAN_LUHN", else the code's name.
std::string ReasonOf(const absl::Status& status);

// Turns the lines of JSON objects into one JSON array.
std::string JsonArrayOfLines(absl::string_view lines);

// A table, or a JSON array; a block of "name: value", or a JSON object.
std::string RenderProfiles(Format format,
                           const std::vector<client::Profile>& profiles);
std::string RenderProfile(Format format, const client::Profile& profile);
std::string RenderKeyVersions(Format format,
                              const std::vector<client::KeyVersion>& versions);
std::string RenderConnections(
    Format format, const std::vector<client::Connection>& connections);

// "ok" or "FAILED", the step and what was found, one line each; or a JSON array
// of {"step", "ok", "text"}.
std::string RenderFindings(Format format,
                           const std::vector<client::Finding>& findings);

// What is written on stderr when a call fails: "panvault: PROFILE_UNKNOWN: no
// profile has this name", or a JSON object {"error": {...}}.
std::string RenderError(Format format, const absl::Status& status);

// "bin6-last4" and so on, as --keep takes them.
absl::string_view NameOf(client::Kept kept);
absl::string_view NameOf(client::Scheme scheme);
absl::string_view NameOf(client::KeyState state);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_OUTPUT_H_
