#include "segmentation/port_name.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kPortNameBytesMax = 15;

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

bool IsPortName(absl::string_view name) {
  return name.size() <= kPortNameBytesMax &&
         std::any_of(name.begin(), name.end(), IsLetter) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) {
                       return IsLetter(c) || (c >= '0' && c <= '9') || c == '-';
                     }) &&
         name.front() != '-' && name.back() != '-' &&
         !absl::StrContains(name, "--");
}

}  // namespace panvault::segmentation
