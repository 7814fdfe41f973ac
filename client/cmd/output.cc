#include "client/cmd/output.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/error.h"
#include "client/model.h"

namespace panvault::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string CodeName(absl::StatusCode code) {
  return absl::StatusCodeToString(code);
}

Json ErrorJson(const absl::Status& status) {
  const client::CallError error = client::CallErrorOf(status);
  Json json = {{"code", CodeName(error.code)}, {"reason", error.reason}};
  if (!error.field.empty()) json["field"] = error.field;
  if (!error.limit.empty()) json["limit"] = error.limit;
  if (!error.message.empty()) json["message"] = error.message;
  return json;
}

// By hand: a JSON library would keep copies of PANs, and these values need no
// escapes unless the server is broken.
void AppendJsonValue(Position position, absl::string_view name,
                     absl::string_view value, std::string& out) {
  absl::StrAppend(&out, "{\"", position.unit, "\":", position.number, ",\"",
                  name, "\":\"");
  for (const char c : value) {
    const bool plain = (c >= '0' && c <= '9') || c == '*';
    out.push_back(plain ? c : '?');
  }
  out.push_back('"');
}

Json ProfileJson(const client::Profile& profile) {
  return {{"name", profile.name},
          {"scheme", std::string(NameOf(profile.scheme))},
          {"keep", std::string(NameOf(profile.kept))},
          {"allow_floor", profile.allow_floor},
          {"pan_lengths", profile.pan_lengths},
          {"create_time", Rfc3339(profile.create_time)}};
}

Json KeyVersionJson(const client::KeyVersion& version) {
  return {{"version", version.version},
          {"state", std::string(NameOf(version.state))},
          {"primary", version.primary},
          {"usable", version.usable},
          {"kek_id", version.kek_id},
          {"create_time", Rfc3339(version.create_time)}};
}

Json ConnectionJson(const client::Connection& connection) {
  return {{"id", connection.id},
          {"peer", connection.peer},
          {"since", Rfc3339(connection.since)},
          {"spiffe_id", connection.spiffe_id},
          {"serial", connection.serial},
          {"calls", connection.calls}};
}

// Columns as wide as their widest cell; the first row is the header.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      absl::StrAppend(&text, row[i],
                      std::string(widths[i] - row[i].size() + 2, ' '));
    }
    absl::StrAppend(&text, row.back(), "\n");
  }
  return text;
}

}  // namespace

absl::string_view NameOf(client::Kept kept) {
  switch (kept) {
    case client::Kept::kUnknown:
      return "unknown";
    case client::Kept::kNone:
      return "none";
    case client::Kept::kLast4:
      return "last4";
    case client::Kept::kBin6Last4:
      return "bin6-last4";
    case client::Kept::kBin8Last4:
      return "bin8-last4";
  }
  return "unknown";
}

absl::string_view NameOf(client::Scheme scheme) {
  return scheme == client::Scheme::kFf1 ? "ff1" : "unknown";
}

absl::string_view NameOf(client::KeyState state) {
  switch (state) {
    case client::KeyState::kUnknown:
      return "unknown";
    case client::KeyState::kEnabled:
      return "enabled";
    case client::KeyState::kDecryptOnly:
      return "decrypt-only";
    case client::KeyState::kDisabled:
      return "disabled";
    case client::KeyState::kDestroyScheduled:
      return "destroy-scheduled";
    case client::KeyState::kDestroyed:
      return "destroyed";
  }
  return "unknown";
}

std::string ReasonOf(const absl::Status& status) {
  const std::string reason = client::CallErrorOf(status).reason;
  return reason.empty() ? CodeName(status.code()) : reason;
}

void AppendTokenized(Format format, Position position,
                     const client::Tokenized& tokenized, std::string& out) {
  if (format == Format::kText) {
    absl::StrAppend(&out, tokenized.token);
    if (tokenized.key_version_required) {
      absl::StrAppend(&out, "\t", tokenized.key_version);
    }
    out.push_back('\n');
    return;
  }
  AppendJsonValue(position, "token", tokenized.token, out);
  absl::StrAppend(&out, ",\"key_version\":", tokenized.key_version,
                  ",\"key_version_required\":",
                  tokenized.key_version_required ? "true" : "false", "}\n");
}

void AppendPan(Format format, Position position, absl::string_view pan,
               std::string& out) {
  if (format == Format::kText) {
    absl::StrAppend(&out, pan, "\n");
    return;
  }
  AppendJsonValue(position, "pan", pan, out);
  absl::StrAppend(&out, "}\n");
}

void AppendRefusal(Format format, Position position, const absl::Status& why,
                   std::string& out) {
  if (format == Format::kText) {
    absl::StrAppend(&out, "!", ReasonOf(why), "\n");
    return;
  }
  const Json json = {{std::string(position.unit), position.number},
                     {"error", ErrorJson(why)}};
  absl::StrAppend(&out, Dump(json), "\n");
}

std::string RenderPlausibility(Format format, Position position,
                               const client::TokenPlausibility& plausibility) {
  if (format == Format::kJson) {
    const Json json = {{std::string(position.unit), position.number},
                       {"plausible", plausibility.plausible},
                       {"key_version", plausibility.key_version}};
    return Dump(json) + "\n";
  }
  if (!plausibility.plausible) return "not plausible\n";
  if (plausibility.key_version == 0) return "plausible\n";
  return absl::StrCat("plausible, key version ", plausibility.key_version,
                      "\n");
}

std::string JsonArrayOfLines(absl::string_view lines) {
  std::string array = "[";
  array.reserve(lines.size() + 2);
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    if (array.size() > 1) array.push_back(',');
    array.append(lines.data(), std::min(end, lines.size()));
    lines.remove_prefix(std::min(end, lines.size() - 1) + 1);
  }
  array.append("]\n");
  return array;
}

std::string RenderProfiles(Format format,
                           const std::vector<client::Profile>& profiles) {
  if (format == Format::kJson) {
    Json array = Json::array();
    for (const auto& profile : profiles) array.push_back(ProfileJson(profile));
    return Dump(array) + "\n";
  }
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "SCHEME", "KEEP", "FLOOR", "PAN LENGTHS", "CREATED"}};
  for (const client::Profile& profile : profiles) {
    rows.push_back({profile.name, std::string(NameOf(profile.scheme)),
                    std::string(NameOf(profile.kept)),
                    profile.allow_floor ? "allowed" : "refused",
                    absl::StrJoin(profile.pan_lengths, ","),
                    Rfc3339(profile.create_time)});
  }
  return RenderTable(rows);
}

std::string RenderProfile(Format format, const client::Profile& profile) {
  if (format == Format::kJson) return Dump(ProfileJson(profile)) + "\n";
  return absl::StrFormat(
      "name:         %s\n"
      "scheme:       %s\n"
      "keep:         %s\n"
      "allow floor:  %s\n"
      "PAN lengths:  %s\n"
      "created:      %s\n",
      profile.name, NameOf(profile.scheme), NameOf(profile.kept),
      profile.allow_floor ? "yes" : "no",
      absl::StrJoin(profile.pan_lengths, ", "), Rfc3339(profile.create_time));
}

std::string RenderKeyVersions(Format format,
                              const std::vector<client::KeyVersion>& versions) {
  if (format == Format::kJson) {
    Json array = Json::array();
    for (const auto& version : versions) {
      array.push_back(KeyVersionJson(version));
    }
    return Dump(array) + "\n";
  }
  std::vector<std::vector<std::string>> rows = {
      {"VERSION", "STATE", "PRIMARY", "USABLE", "KEK", "CREATED"}};
  for (const client::KeyVersion& version : versions) {
    rows.push_back(
        {absl::StrCat(version.version), std::string(NameOf(version.state)),
         version.primary ? "yes" : "no", version.usable ? "yes" : "NO",
         version.kek_id, Rfc3339(version.create_time)});
  }
  return RenderTable(rows);
}

std::string RenderConnections(
    Format format, const std::vector<client::Connection>& connections) {
  if (format == Format::kJson) {
    Json array = Json::array();
    for (const auto& connection : connections) {
      array.push_back(ConnectionJson(connection));
    }
    return Dump(array) + "\n";
  }
  const auto or_dash = [](const std::string& text) {
    return text.empty() ? "-" : text;
  };
  std::vector<std::vector<std::string>> rows = {
      {"ID", "PEER", "SINCE", "CALLS", "SERIAL", "CALLER"}};
  for (const client::Connection& connection : connections) {
    rows.push_back({absl::StrCat(connection.id), connection.peer,
                    Rfc3339(connection.since), absl::StrCat(connection.calls),
                    or_dash(connection.serial), or_dash(connection.spiffe_id)});
  }
  return RenderTable(rows);
}

std::string RenderFindings(Format format,
                           const std::vector<client::Finding>& findings) {
  Json array = Json::array();
  std::string text;
  for (const client::Finding& finding : findings) {
    const bool ok = finding.verdict == client::Verdict::kOk;
    array.push_back(
        {{"step", finding.step}, {"ok", ok}, {"text", finding.text}});
    absl::StrAppend(&text, ok ? "ok      " : "FAILED  ", finding.step, ": ",
                    finding.text, "\n");
  }
  return format == Format::kJson ? Dump(array) + "\n" : text;
}

std::string RenderError(Format format, const absl::Status& status) {
  if (format == Format::kJson) {
    return Dump(Json{{"error", ErrorJson(status)}}) + "\n";
  }
  const client::CallError error = client::CallErrorOf(status);
  return absl::StrCat(
      "panvault: ", error.reason.empty() ? CodeName(error.code) : error.reason,
      error.message.empty() ? "" : ": ", error.message, "\n");
}

}  // namespace panvault::cli
