// ValueSet: what a selector leaves open for one label: some values, all values
// but some, and whether the label may be missing. A label has infinitely many
// values; these sets are closed under all operations of a selector, so that a
// conclusion holds for values that nobody has written down.

#ifndef PANVAULT_SEGMENTATION_VALUE_SET_H_
#define PANVAULT_SEGMENTATION_VALUE_SET_H_

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

namespace panvault::segmentation {

// Immutable; thread-safe. Two sets are equal exactly if they hold the same.
class ValueSet final {
 public:
  static ValueSet Any();     // Any value, or none.
  static ValueSet Exists();  // Any value.
  static ValueSet Absent();  // No such label.
  static ValueSet In(std::vector<std::string> values);
  static ValueSet NotIn(std::vector<std::string> values);  // Or absent.

  bool empty() const {
    return !may_be_absent_ && !is_cofinite_ && values_.empty();
  }

  // nullopt stands for a missing label.
  bool Contains(std::optional<absl::string_view> value) const;

  ValueSet Intersect(const ValueSet& other) const;
  ValueSet Complement() const;

  // Some member of a set that is not empty. Prefers a value that selectors
  // name, then a missing label, then a value that none of them names.
  std::optional<std::string> Example() const;

  // "= a", "in (a, b)", "not in (a)", "exists", "absent", "any".
  std::string ToText() const;

  friend bool operator==(const ValueSet& a, const ValueSet& b) {
    return a.may_be_absent_ == b.may_be_absent_ &&
           a.is_cofinite_ == b.is_cofinite_ && a.values_ == b.values_;
  }
  // An order of no meaning, for keys.
  friend bool operator<(const ValueSet& a, const ValueSet& b) {
    return std::tie(a.may_be_absent_, a.is_cofinite_, a.values_) <
           std::tie(b.may_be_absent_, b.is_cofinite_, b.values_);
  }

 private:
  ValueSet(bool may_be_absent, bool is_cofinite,
           std::vector<std::string> values);

  bool may_be_absent_;
  bool is_cofinite_;                 // All values but `values_`.
  std::vector<std::string> values_;  // Sorted, each once.
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_VALUE_SET_H_
