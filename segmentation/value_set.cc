#include "segmentation/value_set.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace panvault::segmentation {
namespace {

using Values = std::vector<std::string>;

Values Common(const Values& a, const Values& b) {
  Values common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                        std::back_inserter(common));
  return common;
}

Values Without(const Values& a, const Values& b) {
  Values rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::back_inserter(rest));
  return rest;
}

Values Either(const Values& a, const Values& b) {
  Values all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(),
                 std::back_inserter(all));
  return all;
}

}  // namespace

ValueSet::ValueSet(bool may_be_absent, bool is_cofinite, Values values)
    : may_be_absent_(may_be_absent),
      is_cofinite_(is_cofinite),
      values_(std::move(values)) {
  std::sort(values_.begin(), values_.end());
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
}

ValueSet ValueSet::Any() { return {true, true, {}}; }
ValueSet ValueSet::Exists() { return {false, true, {}}; }
ValueSet ValueSet::Absent() { return {true, false, {}}; }
ValueSet ValueSet::In(Values values) {
  return {false, false, std::move(values)};
}
ValueSet ValueSet::NotIn(Values values) {
  return {true, true, std::move(values)};
}

bool ValueSet::Contains(std::optional<absl::string_view> value) const {
  if (!value) return may_be_absent_;
  const bool is_listed =
      std::binary_search(values_.begin(), values_.end(), *value, std::less<>());
  return is_listed != is_cofinite_;
}

ValueSet ValueSet::Intersect(const ValueSet& other) const {
  const bool may_be_absent = may_be_absent_ && other.may_be_absent_;
  if (is_cofinite_ && other.is_cofinite_) {
    return {may_be_absent, true, Either(values_, other.values_)};
  }
  if (is_cofinite_) {
    return {may_be_absent, false, Without(other.values_, values_)};
  }
  if (other.is_cofinite_) {
    return {may_be_absent, false, Without(values_, other.values_)};
  }
  return {may_be_absent, false, Common(values_, other.values_)};
}

ValueSet ValueSet::Complement() const {
  return {!may_be_absent_, !is_cofinite_, values_};
}

std::optional<std::string> ValueSet::Example() const {
  if (!is_cofinite_ && !values_.empty()) return values_.front();
  if (may_be_absent_) return std::nullopt;
  std::string value = "other";
  for (int number = 2; !Contains(absl::string_view(value)); ++number) {
    value = absl::StrCat("other-", number);
  }
  return value;
}

std::string ValueSet::ToText() const {
  const std::string list = absl::StrJoin(values_, ", ");
  if (!is_cofinite_) {
    if (values_.empty()) return may_be_absent_ ? "absent" : "impossible";
    const std::string in = values_.size() == 1
                               ? absl::StrCat("= ", list)
                               : absl::StrCat("in (", list, ")");
    return may_be_absent_ ? absl::StrCat(in, " or absent") : in;
  }
  if (values_.empty()) return may_be_absent_ ? "any" : "exists";
  return absl::StrCat(may_be_absent_ ? "not in (" : "exists, not in (", list,
                      ")");
}

}  // namespace panvault::segmentation
