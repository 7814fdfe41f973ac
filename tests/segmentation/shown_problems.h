// What was wrong with something read, in a line each, for tests.

#ifndef PANVAULT_TESTS_SEGMENTATION_SHOWN_PROBLEMS_H_
#define PANVAULT_TESTS_SEGMENTATION_SHOWN_PROBLEMS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// "NetworkPolicy a/b: spec.ingress: is a map, not a list".
inline std::string Shown(const Problem& problem) {
  return absl::StrCat(problem.path, problem.path.empty() ? "" : ": ",
                      problem.what);
}

inline std::vector<std::string> Shown(const std::vector<Problem>& problems) {
  std::vector<std::string> shown;
  for (const Problem& problem : problems) shown.push_back(Shown(problem));
  return shown;
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_SHOWN_PROBLEMS_H_
