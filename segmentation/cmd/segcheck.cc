#include "segmentation/cmd/segcheck.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "segmentation/check.h"
#include "segmentation/cmd/options.h"
#include "segmentation/cmd/progress.h"
#include "segmentation/connection_list.h"
#include "segmentation/explain.h"
#include "segmentation/flow_matrix.h"
#include "segmentation/manifests.h"
#include "segmentation/policy_difference.h"
#include "segmentation/report_text.h"
#include "segmentation/services.h"
#include "segmentation/sha256.h"

namespace panvault::segmentation {
namespace {

constexpr int kOk = 0;
constexpr int kChanged = 1;
constexpr int kError = 2;

// Where results and complaints go.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  Progress& progress;
};

int Fail(const absl::Status& status, const Streams& streams) {
  streams.err << "panvault-segcheck: " << status.message() << "\n";
  return kError;
}

// Listings are of what could be read; what could not is named, and no listing
// that misses something ends well.
int ReportProblems(const Cluster& cluster, const Streams& streams) {
  for (const Problem& problem : cluster.problems) {
    streams.err << SourceText(problem.source) << ": " << problem.path
                << (problem.path.empty() ? "" : ": ") << problem.what << "\n";
  }
  for (const ForeignPolicy& policy : cluster.foreign) {
    streams.err << SourceText(policy.source) << ": " << policy.kind << " "
                << policy.name << " is not modelled\n";
  }
  return cluster.problems.empty() && cluster.foreign.empty() ? kOk : kError;
}

// A word of the command as a shell would need it.
std::string Quoted(const std::string& word) {
  constexpr absl::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,";
  if (!word.empty() &&
      word.find_first_not_of(kPlain.data(), 0, kPlain.size()) ==
          std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

absl::Status WriteReports(const Report& report, const Options& options,
                          const Streams& streams) {
  std::vector<ReportTarget> targets = options.reports;
  if (targets.empty()) targets.emplace_back();
  for (const ReportTarget& target : targets) {
    const std::string text = Write(report, target.form);
    if (target.path.empty()) {
      streams.out << text;
      continue;
    }
    std::ofstream file(target.path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) {
      return absl::FailedPreconditionError(
          absl::StrCat(target.path, ": cannot be written"));
    }
  }
  return absl::OkStatus();
}

struct Declared {
  FlowMatrix matrix;
  std::vector<Problem> problems;
};

absl::StatusOr<Declared> ReadDeclared(const Options& options,
                                      Manifests& manifests) {
  const bool is_inside = options.flows.empty();
  const absl::StatusOr<std::string> text =
      is_inside ? FlowsInManifests(manifests.cluster)
                : ReadWholeFile(options.flows);
  if (!text.ok() && !is_inside) return text.status();
  const std::string name = is_inside ? "flows.yaml" : options.flows;
  Declared declared;
  // Then the report says why, and what else could not be read.
  if (!text.ok()) {
    declared.problems.push_back(
        {{}, "flows.yaml", std::string(text.status().message())});
    return declared;
  }
  if (!is_inside) manifests.files.push_back({name, Sha256Hex(*text)});
  declared.matrix = ParseFlowMatrix(name, *text, declared.problems);
  return declared;
}

Watch WatchOf(absl::string_view what, const Streams& streams) {
  return [what, &streams](size_t done, size_t total) {
    streams.progress.Update(what, done, total, absl::Now());
  };
}

absl::StatusOr<Manifests> Load(const std::vector<std::string>& paths,
                               const Streams& streams) {
  absl::StatusOr<Manifests> manifests =
      LoadManifests(paths, WatchOf("read", streams));
  streams.progress.Finish();
  return manifests;
}

int Verify(const Options& options, const std::string& command,
           const Streams& streams) {
  absl::StatusOr<Manifests> manifests = Load(options.manifests, streams);
  if (!manifests.ok()) return Fail(manifests.status(), streams);
  const absl::StatusOr<Declared> declared = ReadDeclared(options, *manifests);
  if (!declared.ok()) return Fail(declared.status(), streams);
  const absl::Time now = absl::Now();
  CheckOptions check;
  check.match.allow_untied_labels = options.allow_untied_labels;
  check.warnings_fail = options.warnings_fail;
  check.watch = WatchOf("check", streams);
  check.today =
      options.today.value_or(absl::ToCivilDay(now, absl::UTCTimeZone()));
  Report report =
      Check(*manifests, declared->matrix, declared->problems, check);
  streams.progress.Finish();
  report.tool_version = PANVAULT_VERSION;
  // On another day, other reviews are overdue.
  report.command = options.today
                       ? command
                       : absl::StrCat(command, " --today ",
                                      absl::FormatCivilTime(check.today));
  report.made_at =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone());
  const absl::Status status = WriteReports(report, options, streams);
  if (!status.ok()) return Fail(status, streams);
  return ExitCodeOf(report.verdict);
}

ListOptions ListOptionsOf(const Options& options, const Streams& streams) {
  ListOptions list;
  list.host_network_as_pods = options.host_network_as_pods;
  list.watch = WatchOf("list", streams);
  return list;
}

int List(const Options& options, const Streams& streams) {
  const absl::StatusOr<Manifests> manifests = Load(options.manifests, streams);
  if (!manifests.ok()) return Fail(manifests.status(), streams);
  const ListOptions list = ListOptionsOf(options, streams);
  WriteConnections(manifests->cluster, list, streams.out);
  streams.progress.Finish();
  const std::vector<std::string> left_out =
      OnHostNetwork(manifests->cluster, list);
  if (!left_out.empty()) {
    streams.err << "not listed, as no policy applies on the host network: "
                << absl::StrJoin(left_out, ", ") << "\n";
  }
  return ReportProblems(manifests->cluster, streams);
}

// "service/NAMESPACE/NAME" stands for the pods behind it, at their own ports.
absl::StatusOr<std::vector<ServiceTarget>> TargetsOf(
    const Cluster& cluster, const std::string& destination,
    const Connection& connection) {
  absl::string_view name = destination;
  if (absl::ConsumePrefix(&name, "service/")) {
    return FollowService(cluster, name, connection);
  }
  return std::vector<ServiceTarget>{{destination, connection}};
}

int RunExplain(const Options& options, const Streams& streams) {
  const absl::StatusOr<Manifests> manifests = Load(options.manifests, streams);
  if (!manifests.ok()) return Fail(manifests.status(), streams);
  const std::optional<Connection> connection =
      ParseConnection(options.connection);
  if (!connection) {
    return Fail(absl::InvalidArgumentError("the port is no port"), streams);
  }
  ExplainOptions explain;
  explain.blocks_match_pods = options.blocks_match_pods;
  const absl::StatusOr<std::vector<ServiceTarget>> targets =
      TargetsOf(manifests->cluster, options.destination, *connection);
  if (!targets.ok()) return Fail(targets.status(), streams);
  for (const ServiceTarget& target : *targets) {
    const absl::StatusOr<Explanation> explanation =
        Explain(manifests->cluster, {options.source, target.pod},
                target.connection, explain);
    if (!explanation.ok()) return Fail(explanation.status(), streams);
    if (target.pod != options.destination) {
      streams.out << options.destination << " is " << target.pod << " on "
                  << ProtocolName(target.connection.protocol) << " "
                  << target.connection.port << "\n";
    }
    streams.out << ToText(*explanation);
  }
  return ReportProblems(manifests->cluster, streams);
}

int Diff(const Options& options, const Streams& streams) {
  const absl::StatusOr<Manifests> before = Load({options.before}, streams);
  if (!before.ok()) return Fail(before.status(), streams);
  const absl::StatusOr<Manifests> after = Load({options.after}, streams);
  if (!after.ok()) return Fail(after.status(), streams);
  const absl::StatusOr<std::vector<HalfChange>> changes =
      ComparePolicies(before->cluster.policies, after->cluster.policies);
  if (!changes.ok()) return Fail(changes.status(), streams);
  std::set<std::string> lines;  // Rules that overlap say a thing twice.
  for (const HalfChange& change : *changes) lines.insert(ToText(change) + "\n");
  const std::string text =
      absl::StrCat(absl::StrJoin(lines, ""),
                   DiffConnections(before->cluster, after->cluster,
                                   ListOptionsOf(options, streams)));
  streams.progress.Finish();
  streams.out << text;
  const int before_code = ReportProblems(before->cluster, streams);
  const int after_code = ReportProblems(after->cluster, streams);
  if (before_code != kOk || after_code != kOk) return kError;
  return text.empty() ? kOk : kChanged;
}

// A listing that is written to the terminal is its own progress.
Progress::Form FormOf(const Options& options, bool is_standard_error) {
  const bool is_watched = is_standard_error && isatty(STDERR_FILENO) == 1;
  const bool is_listing =
      options.command == Command::kList && isatty(STDOUT_FILENO) == 1;
  if (is_watched && !is_listing) return Progress::Form::kOneLine;
  return options.progress ? Progress::Form::kLines : Progress::Form::kNone;
}

}  // namespace

int RunSegcheck(const std::vector<std::string>& args, std::ostream& out,
                std::ostream& err) {
  const std::variant<Options, Answer> parsed = ParseOptions(args);
  if (const Answer* const answer = std::get_if<Answer>(&parsed)) {
    (answer->exit_code == kOk ? out : err) << answer->text;
    return answer->exit_code;
  }
  const Options& options = std::get<Options>(parsed);
  Progress progress(err, FormOf(options, &err == &std::cerr), absl::Now());
  const Streams streams{out, err, progress};
  const auto quote = [](std::string* text, const std::string& word) {
    *text += Quoted(word);
  };
  const std::string command =
      absl::StrCat("panvault-segcheck ", absl::StrJoin(args, " ", quote));
  switch (options.command) {
    case Command::kVerify:
      return Verify(options, command, streams);
    case Command::kList:
      return List(options, streams);
    case Command::kExplain:
      return RunExplain(options, streams);
    case Command::kDiff:
      return Diff(options, streams);
  }
  return kError;
}

}  // namespace panvault::segmentation
