#include "bench/paired.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace panvault::bench {

double Median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

void PairedSamples::Add(const Round& round) {
  subjects_.push_back(round.subject);
  floors_.push_back(round.floor);
}

std::optional<double> PairedSamples::ratio() const {
  std::vector<double> ratios;
  for (size_t i = 0; i < subjects_.size(); ++i) {
    if (floors_[i] == 0) return std::nullopt;
    ratios.push_back(subjects_[i] / floors_[i]);
  }
  if (ratios.empty()) return std::nullopt;
  return Median(std::move(ratios));
}

}  // namespace panvault::bench
