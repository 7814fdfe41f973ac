// The release of data/release.yaml, and changes to its text.

#ifndef PANVAULT_TESTS_SEGMENTATION_RELEASE_H_
#define PANVAULT_TESTS_SEGMENTATION_RELEASE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "segmentation/check.h"
#include "segmentation/manifests.h"
#include "segmentation/report_text.h"

namespace panvault::segmentation {

inline const std::string& ReleaseText() {
  static const auto* const text = new std::string(
      ReadWholeFile(PANVAULT_SEGMENTATION_DATA "/release.yaml").value());
  return *text;
}

// Its text with the one place that reads `from` reading `to`; expects exactly
// one unless `from` begins where `after` first stands.
inline std::string Changed(absl::string_view from, absl::string_view to,
                           absl::string_view after = "") {
  std::string text = ReleaseText();
  const size_t start = text.find(std::string(after));
  const size_t at = text.find(std::string(from), start);
  if (start == std::string::npos || at == std::string::npos) {
    ADD_FAILURE() << "not in the release: " << after << " ... " << from;
    return text;
  }
  if (after.empty()) {
    EXPECT_EQ(text.find(std::string(from), at + 1), std::string::npos)
        << "more than once in the release: " << from;
  }
  return text.replace(at, from.size(), std::string(to));
}

inline std::string WithMore(absl::string_view manifest) {
  return absl::StrCat(ReleaseText(), "---\n", manifest);
}

// A policy of its own, as YAML.
#define PANVAULT_POLICY(name, space, spec)                            \
  "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: " \
  "{name: " name ", namespace: " space "}\nspec: " spec "\n"

// A change of the release: `from`, the first behind `after`, becomes `to`; or,
// without `from`, the manifest `to` is added.
struct Edit {
  const char* after;
  const char* from;
  const char* to;
};

constexpr Edit Added(const char* manifest) { return {"", "", manifest}; }

inline std::string Edited(const Edit& edit) {
  const std::string text = *edit.from == '\0'
                               ? WithMore(edit.to)
                               : Changed(edit.from, edit.to, edit.after);
  EXPECT_NE(text, ReleaseText());
  return text;
}

struct Checked {
  Manifests manifests;
  FlowMatrix matrix;
  Report report;
};

// Checks `text`, whose ConfigMap declares the flows, as on 2026-12-01.
inline Checked CheckText(const std::string& text, bool allow_untied = false) {
  Checked checked;
  AddManifest("release.yaml", text, checked.manifests.cluster);
  checked.manifests.files.push_back({"release.yaml", "00"});
  const auto flows = FlowsInManifests(checked.manifests.cluster);
  EXPECT_TRUE(flows.ok()) << flows.status();
  std::vector<Problem> problems;
  checked.matrix = ParseFlowMatrix("flows.yaml", flows.value_or(""), problems);
  CheckOptions options;
  options.match.allow_untied_labels = allow_untied;
  options.today = absl::CivilDay(2026, 12, 1);
  checked.report = Check(checked.manifests, checked.matrix, problems, options);
  checked.report.tool_version = "1.2.3";
  checked.report.command = "panvault-segcheck verify --manifests release.yaml";
  checked.report.made_at = "2026-12-01T00:00:00Z";
  return checked;
}

// "leak-ingress", "leak-ingress", "untied-labels": those that are no warnings.
inline std::vector<std::string> RulesOf(const Report& report) {
  std::vector<std::string> rules;
  for (const Finding& finding : report.findings) {
    if (finding.severity != Severity::kWarning) rules.push_back(finding.rule);
  }
  return rules;
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_RELEASE_H_
