// The command line of panvault-segcheck.

#ifndef PANVAULT_SEGMENTATION_CMD_OPTIONS_H_
#define PANVAULT_SEGMENTATION_CMD_OPTIONS_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "segmentation/report_text.h"

namespace panvault::segmentation {

enum class Command { kVerify, kList, kExplain, kDiff };

// A report in one form to one place.
struct ReportTarget {
  ReportForm form = ReportForm::kText;
  std::string path;  // Empty: standard output.
};

struct Options {
  Command command = Command::kVerify;
  std::vector<std::string> manifests;
  std::string flows;  // Empty: out of the manifests.
  std::vector<ReportTarget> reports;
  bool allow_untied_labels = false;
  bool warnings_fail = false;
  std::optional<absl::CivilDay> today;
  bool host_network_as_pods = false;
  // Of kExplain.
  std::string source;
  std::string destination;
  std::string connection;
  bool blocks_match_pods = false;
  // Of kDiff.
  std::string before;
  std::string after;
  // Say how far a long run is even if nobody seems to watch.
  bool progress = false;
};

// What to print in place of running: help, a version, or what is wrong.
struct Answer {
  int exit_code = 0;
  std::string text;
};

// `args` are without the program's name. Thread-safe.
std::variant<Options, Answer> ParseOptions(std::vector<std::string> args);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CMD_OPTIONS_H_
