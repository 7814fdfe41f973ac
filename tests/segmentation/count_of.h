// How often a text has a part, for tests of reports.

#ifndef PANVAULT_TESTS_SEGMENTATION_COUNT_OF_H_
#define PANVAULT_TESTS_SEGMENTATION_COUNT_OF_H_

#include <cstddef>
#include <string>

namespace panvault::segmentation {

inline size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_COUNT_OF_H_
