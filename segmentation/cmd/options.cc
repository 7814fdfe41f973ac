#include "segmentation/cmd/options.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::segmentation {
namespace {

constexpr int kUsageExitCode = 2;

constexpr char kManifestsHelp[] =
    "Kubernetes manifests: files, folders, or - for standard input";

// "html=report.html", or "json" alone for standard output.
std::optional<ReportTarget> ParseTarget(const std::string& text) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::optional<ReportForm> form = ParseReportForm(parts.first);
  if (!form) return std::nullopt;
  return ReportTarget{*form, parts.second};
}

void AddVerify(CLI::App& app, Options& options,
               std::vector<std::string>& reports, std::string& today) {
  CLI::App* const verify = app.add_subcommand(
      "verify", "prove that what is allowed is what is declared");
  verify->add_option("--manifests", options.manifests, kManifestsHelp)
      ->required();
  verify->add_option("--flows", options.flows,
                     "the declared flows; default: flows.yaml of the "
                     "ConfigMap in the manifests");
  verify->add_option("--report", reports,
                     "FORM or FORM=FILE; text, json, junit, sarif, markdown, "
                     "html; may be repeated");
  verify->add_flag("--allow-untied-labels", options.allow_untied_labels,
                   "only warn of labels that no admission policy ties to a "
                   "service account");
  verify->add_flag("--strict", options.warnings_fail, "warnings fail");
  verify->add_option("--today", today,
                     "the day for reviews that are overdue, YYYY-MM-DD");
}

void AddOthers(CLI::App& app, Options& options) {
  CLI::App* const list =
      app.add_subcommand("list", "list every allowed connection");
  list->add_option("--manifests", options.manifests, kManifestsHelp)
      ->required();
  list->add_flag("--host-network-as-pods", options.host_network_as_pods,
                 "treat pods on the host network like all others");
  CLI::App* const explain =
      app.add_subcommand("explain", "say which rule allows or blocks");
  explain->add_option("source", options.source, "namespace/pod or address")
      ->required();
  explain
      ->add_option("destination", options.destination,
                   "namespace/pod, service/namespace/name or address")
      ->required();
  explain->add_option("port", options.connection, "8443, or udp/53")
      ->required();
  explain->add_option("--manifests", options.manifests, kManifestsHelp)
      ->required();
  explain->add_flag("--blocks-match-pods", options.blocks_match_pods,
                    "let an ipBlock match pods whose addresses are known");
  CLI::App* const diff =
      app.add_subcommand("diff", "say what a change opens and closes");
  diff->add_option("old", options.before, "manifests before")->required();
  diff->add_option("new", options.after, "manifests after")->required();
}

Answer AnswerTo(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  const bool is_fine = app.exit(error, out, err) == 0;
  return {is_fine ? 0 : kUsageExitCode, out.str() + err.str()};
}

}  // namespace

std::variant<Options, Answer> ParseOptions(std::vector<std::string> args) {
  CLI::App app("Proves network segmentation from Kubernetes manifests.",
               "panvault-segcheck");
  app.set_version_flag("--version", "panvault-segcheck " PANVAULT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 PASS, 1 FAIL (diff: something changes), 2 UNKNOWN "
      "or an error.");
  Options options;
  std::vector<std::string> reports;
  std::string today;
  AddVerify(app, options, reports, today);
  AddOthers(app, options);
  for (CLI::App* const command : app.get_subcommands({})) {
    command->add_flag("--progress", options.progress,
                      "say on standard error how far a long run is, also "
                      "where that is no terminal");
  }
  // CLI11 takes them from the end, and throws; its exceptions end here.
  std::reverse(args.begin(), args.end());
  try {
    app.parse(args);
  } catch (const CLI::ParseError& error) {
    return AnswerTo(app, error);
  }
  if (app.got_subcommand("list")) options.command = Command::kList;
  if (app.got_subcommand("explain")) options.command = Command::kExplain;
  if (app.got_subcommand("diff")) options.command = Command::kDiff;
  for (const std::string& report : reports) {
    const std::optional<ReportTarget> target = ParseTarget(report);
    if (!target) {
      return Answer{kUsageExitCode,
                    absl::StrCat("--report: no such form: ", report, "\n")};
    }
    options.reports.push_back(*target);
  }
  absl::CivilDay day;
  if (!today.empty() && !absl::ParseCivilTime(today, &day)) {
    return Answer{kUsageExitCode, "--today: no day, YYYY-MM-DD\n"};
  }
  if (!today.empty()) options.today = day;
  return options;
}

}  // namespace panvault::segmentation
