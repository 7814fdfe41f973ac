#include "segmentation/external_ranges.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "segmentation/interval_set.h"

namespace panvault::segmentation {
namespace {

// Collects where ranges begin.
template <typename T>
class Cuts {
 public:
  explicit Cuts(T last) : last_(last) { starts_.insert(0); }

  void Add(const IntervalSet<T>& set) {
    for (const auto& one : set.intervals()) {
      starts_.insert(one.first);
      if (one.last != last_) starts_.insert(one.last + 1);
    }
  }

  std::vector<IntervalSet<T>> Ranges() const {
    std::vector<IntervalSet<T>> ranges;
    for (auto it = starts_.begin(); it != starts_.end(); ++it) {
      const auto next = std::next(it);
      const T end = next == starts_.end() ? last_ : *next - 1;
      ranges.push_back(IntervalSet<T>({*it, end}));
    }
    return ranges;
  }

 private:
  const T last_;
  std::set<T> starts_;
};

struct AllCuts {
  Cuts<uint32_t> v4{std::numeric_limits<uint32_t>::max()};
  Cuts<absl::uint128> v6{absl::Uint128Max()};
  bool names_v6 = false;

  void Add(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      for (const Peer& peer : rule.peers) {
        if (!peer.block) continue;
        v4.Add(peer.block->v4);
        v6.Add(peer.block->v6);
        names_v6 = names_v6 || !peer.block->v6.empty();
      }
    }
  }
};

std::string NameOf(const std::string& first, const std::string& last) {
  return absl::StrCat(first, "-", last, "[External]");
}

}  // namespace

std::vector<ExternalRange> ExternalRanges(
    absl::Span<const Cluster* const> clusters) {
  AllCuts cuts;
  for (const Cluster* const cluster : clusters) {
    for (const NetworkPolicy& policy : cluster->policies) {
      cuts.Add(policy.ingress);
      cuts.Add(policy.egress);
    }
  }
  std::vector<ExternalRange> ranges;
  for (const IntervalSet<uint32_t>& range : cuts.v4.Ranges()) {
    const auto& one = range.intervals().front();
    ranges.push_back(
        {NameOf(Ipv4Text(one.first), Ipv4Text(one.last)), {range, {}}});
  }
  if (!cuts.names_v6) return ranges;
  for (const IntervalSet<absl::uint128>& range : cuts.v6.Ranges()) {
    const auto& one = range.intervals().front();
    ranges.push_back(
        {NameOf(Ipv6Text(one.first), Ipv6Text(one.last)), {{}, range}});
  }
  return ranges;
}

}  // namespace panvault::segmentation
