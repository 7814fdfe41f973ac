// IntervalSet: a set of integers as sorted ranges, for ports and addresses.

#ifndef PANVAULT_SEGMENTATION_INTERVAL_SET_H_
#define PANVAULT_SEGMENTATION_INTERVAL_SET_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace panvault::segmentation {

// T is an unsigned integer. Two sets are equal exactly if they hold the same
// numbers: ranges are kept sorted, disjoint and as long as they can be.
//
// Not thread-safe to change.
template <typename T>
class IntervalSet final {
 public:
  struct Interval {
    T first;
    T last;  // Included; not below `first`.
    friend bool operator==(const Interval& a, const Interval& b) {
      return a.first == b.first && a.last == b.last;
    }
  };

  IntervalSet() = default;

  // Empty if `interval` is in the wrong order.
  explicit IntervalSet(Interval interval) {
    if (!(interval.last < interval.first)) intervals_.push_back(interval);
  }

  bool empty() const { return intervals_.empty(); }
  const std::vector<Interval>& intervals() const { return intervals_; }

  bool Contains(T value) const {
    return std::any_of(intervals_.begin(), intervals_.end(),
                       [value](const Interval& one) {
                         return !(value < one.first) && !(one.last < value);
                       });
  }

  IntervalSet Union(const IntervalSet& other) const {
    std::vector<Interval> all = intervals_;
    all.insert(all.end(), other.intervals_.begin(), other.intervals_.end());
    std::sort(all.begin(), all.end(), [](const Interval& a, const Interval& b) {
      return a.first < b.first;
    });
    IntervalSet merged;
    for (const Interval& one : all) merged.Append(one);
    return merged;
  }

  IntervalSet Intersect(const IntervalSet& other) const {
    IntervalSet common;
    size_t i = 0;
    size_t j = 0;
    while (i < intervals_.size() && j < other.intervals_.size()) {
      const Interval& a = intervals_[i];
      const Interval& b = other.intervals_[j];
      const T first = std::max(a.first, b.first);
      const T last = std::min(a.last, b.last);
      if (!(last < first)) common.intervals_.push_back({first, last});
      if (a.last < b.last) {
        ++i;
      } else {
        ++j;
      }
    }
    return common;
  }

  IntervalSet Subtract(const IntervalSet& other) const {
    IntervalSet rest;
    size_t j = 0;
    for (Interval left : intervals_) {
      while (j < other.intervals_.size() &&
             other.intervals_[j].last < left.first) {
        ++j;
      }
      bool is_used_up = false;
      for (size_t k = j; k < other.intervals_.size() &&
                         !(left.last < other.intervals_[k].first);
           ++k) {
        const Interval& cut = other.intervals_[k];
        if (left.first < cut.first) {
          rest.intervals_.push_back(
              {left.first, static_cast<T>(cut.first - 1)});
        }
        is_used_up = !(cut.last < left.last);
        if (is_used_up) break;
        left.first = static_cast<T>(cut.last + 1);
      }
      if (!is_used_up) rest.intervals_.push_back(left);
    }
    return rest;
  }

  friend bool operator==(const IntervalSet& a, const IntervalSet& b) {
    return a.intervals_ == b.intervals_;
  }

 private:
  // `next` begins no earlier than the last range does.
  void Append(Interval next) {
    if (!intervals_.empty()) {
      Interval& end = intervals_.back();
      // The second test is not reached if last + 1 could overflow.
      if (!(end.last < next.first) || end.last + 1 == next.first) {
        end.last = std::max(end.last, next.last);
        return;
      }
    }
    intervals_.push_back(next);
  }

  std::vector<Interval> intervals_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_INTERVAL_SET_H_
