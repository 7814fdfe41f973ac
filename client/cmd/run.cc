#include "client/cmd/run.h"

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/client.h"
#include "client/cmd/exit_code.h"
#include "client/cmd/line_reader.h"
#include "client/cmd/options.h"
#include "client/cmd/output.h"
#include "client/cmd/progress.h"
#include "client/cmd/stream.h"
#include "client/cmd/translate.h"
#include "client/doctor.h"
#include "client/wipe.h"

namespace panvault::cli {
namespace {

constexpr size_t kPanDigitsMin = 12;

// On stderr; there is nobody to tell if that fails.
void Tell(const Io& io, absl::string_view text) {
  (void)WriteOutput(io.err_fd, text);
}

// No message has a card number in it. But a file's name may be one, typed in
// the wrong place, and not every server is ours.
std::string WithoutCardNumbers(std::string text) {
  size_t digits = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && absl::ascii_isdigit(text[i])) {
      ++digits;
      continue;
    }
    if (digits >= kPanDigitsMin) text.replace(i - digits, digits, digits, '#');
    digits = 0;
  }
  return text;
}

ExitCode Fail(const Options& options, const Io& io,
              const absl::Status& status) {
  Tell(io, WithoutCardNumbers(RenderError(options.format, status)));
  return ExitCodeFor(status);
}

ExitCode Print(const Options& options, const Io& io, absl::string_view text) {
  const absl::Status written = WriteOutput(io.out_fd, text);
  if (absl::IsCancelled(written)) return ExitCode::kOutputClosed;
  return written.ok() ? ExitCode::kOk : Fail(options, io, written);
}

// What may surprise, on stderr in the form of the output.
void Warn(const Options& options, const Io& io, absl::string_view text) {
  Tell(io, options.format == Format::kJson
               ? absl::StrCat("{\"warning\":\"", text, "\"}\n")
               : absl::StrCat("panvault: ", text, "\n"));
}

// "1 of 3 lines refused (PAN_LUHN: 1)", or the same as JSON.
std::string RenderRefused(const Options& options, const StreamResult& result,
                          absl::string_view unit) {
  uint64_t refused = 0;
  for (const auto& [reason, count] : result.refused) refused += count;
  if (options.format == Format::kJson) {
    const std::string reasons = absl::StrJoin(
        result.refused, ",", [](std::string* out, const auto& entry) {
          absl::StrAppend(out, "\"", entry.first, "\":", entry.second);
        });
    return absl::StrCat("{\"", unit, "s\":", result.lines,
                        ",\"refused\":", refused, ",\"reasons\":{", reasons,
                        "}}\n");
  }
  return absl::StrCat(
      "panvault: ", refused, " of ", result.lines, " ", unit, "s refused (",
      absl::StrJoin(result.refused, ", ", absl::PairFormatter(": ")), ")\n");
}

BatchFunction FunctionFor(const client::Client& client,
                          const Options& options) {
  return [&client, &options](const LineBatch& batch, BatchOutput& output) {
    return options.command == Command::kTokenize
               ? TokenizeLines(client, options.translate, batch, output)
               : DetokenizeLines(client, options.translate, batch, output);
  };
}

ExitCode RunLines(const client::Client& client, const Options& options,
                  const Io& io) {
  if (isatty(io.in_fd) != 0) {
    Warn(options, io, "reading from the terminal, one per line; Ctrl-D ends");
  }
  Progress progress({.fd = io.err_fd,
                     .enabled = isatty(io.err_fd) != 0 && !isatty(io.in_fd),
                     .input_bytes_total = RemainingBytes(io.in_fd)});
  LineReader reader(io.in_fd, {});
  StreamOptions stream;
  stream.output_fd = io.out_fd;
  stream.on_written = [&](uint64_t lines, uint64_t input_bytes) {
    progress.Update(lines, input_bytes);
  };
  const StreamResult result =
      RunStream(reader, FunctionFor(client, options), stream);
  progress.Finish(/*summary=*/result.status.ok());
  if (result.output_closed) return ExitCode::kOutputClosed;
  if (!result.refused.empty()) {
    Tell(io, RenderRefused(options, result, "line"));
  }
  if (!result.status.ok()) {
    const ExitCode code = Fail(options, io, result.status);
    if (options.format == Format::kJson) {
      Tell(io, absl::StrCat("{\"lines_complete\":", result.lines, "}\n"));
    } else {
      Tell(io, result.lines == 0
                   ? "panvault: no line is complete\n"
                   : absl::StrCat("panvault: ", result.lines,
                                  " lines are complete; go on with tail -n +",
                                  result.lines + 1, "\n"));
    }
    return code;
  }
  return result.refused.empty() ? ExitCode::kOk : ExitCode::kItemsRefused;
}

ExitCode RunArguments(const client::Client& client, Options options,
                      const Io& io) {
  if (options.values.size() > client::kBatchItemsMax) {
    return Fail(options, io,
                absl::InvalidArgumentError("too many arguments; use stdin"));
  }
  if (options.command == Command::kTokenize) {
    Warn(options, io,
         "card numbers on the command line are visible to others on this host "
         "(ps, shell history); stdin is not");
  }
  options.translate.unit = "item";
  LineBatch batch;
  for (std::string& value : options.values) {
    if (value.size() > kLineBytesMax) {
      batch.AddTooLong();
    } else {
      batch.Add(value);
    }
    client::Wipe(value);
  }
  BatchOutput output;
  const absl::Status status = FunctionFor(client, options)(batch, output);
  if (!status.ok()) return Fail(options, io, status);
  if (options.format == Format::kJson) {
    std::string array = JsonArrayOfLines(output.text);
    array.swap(output.text);
    client::Wipe(array);
  }
  const ExitCode printed = Print(options, io, output.text);
  client::Wipe(output.text);
  if (printed != ExitCode::kOk || output.refused.empty()) return printed;
  StreamResult result;
  result.lines = batch.size();
  result.refused = output.refused;
  Tell(io, RenderRefused(options, result, "item"));
  return ExitCode::kItemsRefused;
}

ExitCode RunValidate(const client::Client& client, const Options& options,
                     const Io& io) {
  std::string text;
  bool all_plausible = true;
  uint64_t item = 0;
  for (const std::string& token : options.values) {
    const auto answer = client.ValidateToken(options.translate.profile, token);
    if (!answer.ok()) return Fail(options, io, answer.status());
    all_plausible = all_plausible && answer->plausible;
    text += RenderPlausibility(options.format, {"item", ++item}, *answer);
  }
  if (options.format == Format::kJson) text = JsonArrayOfLines(text);
  const ExitCode printed = Print(options, io, text);
  if (printed != ExitCode::kOk) return printed;
  return all_plausible ? ExitCode::kOk : ExitCode::kItemsRefused;
}

// Prints an answer with `render`, or its error.
template <typename T, typename Render>
ExitCode PrintAnswer(const Options& options, const Io& io,
                     const absl::StatusOr<T>& answer, const Render& render) {
  if (!answer.ok()) return Fail(options, io, answer.status());
  return Print(options, io, render(options.format, *answer));
}

ExitCode RunDoctor(const Options& options, const Io& io) {
  const auto findings = client::Diagnose(options.client, absl::Now());
  const ExitCode printed =
      Print(options, io,
            WithoutCardNumbers(RenderFindings(options.format, findings)));
  if (printed != ExitCode::kOk) return printed;
  switch (findings.back().verdict) {
    case client::Verdict::kOk:
      return ExitCode::kOk;
    case client::Verdict::kNoConnection:
      return ExitCode::kUnavailable;
    case client::Verdict::kRefused:
      return ExitCode::kDenied;
  }
  return ExitCode::kInternal;
}

}  // namespace

ExitCode Show(const Answer& answer, const Io& io) {
  if (answer.code == ExitCode::kOk) return Print({}, io, answer.text);
  Tell(io, answer.text);
  return answer.code;
}

ExitCode Run(const Options& options, const Io& io) {
  if (options.command == Command::kVersion) {
    return Print(options, io,
                 options.format == Format::kJson
                     ? "{\"version\":\"" PANVAULT_VERSION "\"}\n"
                     : "panvault " PANVAULT_VERSION "\n");
  }
  if (options.command == Command::kDoctor) return RunDoctor(options, io);
  const auto created = client::Client::Create(options.client);
  if (!created.ok()) {
    // Files that cannot be read are part of the command line.
    Fail(options, io, created.status());
    return ExitCode::kUsage;
  }
  const client::Client& client = **created;
  const std::string& profile = options.translate.profile;
  switch (options.command) {
    case Command::kTokenize:
    case Command::kDetokenize:
      return options.values.empty() ? RunLines(client, options, io)
                                    : RunArguments(client, options, io);
    case Command::kValidate:
      return RunValidate(client, options, io);
    case Command::kProfileCreate:
      return PrintAnswer(options, io,
                         client.CreateTokenProfile(options.new_profile),
                         RenderProfile);
    case Command::kProfileList:
      return PrintAnswer(options, io, client.ListTokenProfiles(),
                         RenderProfiles);
    case Command::kProfileShow:
      return PrintAnswer(options, io, client.GetTokenProfile(profile),
                         RenderProfile);
    case Command::kKeyList:
      return PrintAnswer(options, io, client.ListKeyVersions(profile),
                         RenderKeyVersions);
    case Command::kConnectionsList:
      return PrintAnswer(options, io, client.ListConnections(),
                         RenderConnections);
    case Command::kDoctor:
    case Command::kVersion:
      break;
  }
  return ExitCode::kInternal;
}

}  // namespace panvault::cli
