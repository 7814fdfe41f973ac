// Figures of a subject and of its floor, measured in turns, and what they come
// to.
//
// A round's two figures meet the same neighbours on a shared machine, so their
// ratio is steadier than either: ratios are taken round by round, and then the
// median of them, which one bad round cannot move far.

#ifndef PANVAULT_BENCH_PAIRED_H_
#define PANVAULT_BENCH_PAIRED_H_

#include <optional>
#include <vector>

namespace panvault::bench {

// The middle value; of an even number of values, the mean of the middle two.
// NaN if there is none.
double Median(std::vector<double> values);

// Not thread-safe.
class PairedSamples final {
 public:
  // The two figures of one round.
  struct Round {
    double subject = 0;
    double floor = 0;
  };
  void Add(const Round& round);

  // Medians; NaN without rounds.
  double subject() const { return Median(subjects_); }
  double floor() const { return Median(floors_); }
  // Median of the rounds' ratios of subject to floor. Nothing without rounds,
  // or if a floor was 0: then something other than speed is wrong.
  std::optional<double> ratio() const;

 private:
  std::vector<double> subjects_;
  std::vector<double> floors_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_PAIRED_H_
