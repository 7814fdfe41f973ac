#include "segmentation/connection_table.h"

#include <algorithm>
#include <utility>

namespace panvault::segmentation {
namespace {

uint64_t PairOf(ConnectionTable::Id a, ConnectionTable::Id b) {
  return uint64_t{std::min(a, b)} << 32 | std::max(a, b);
}

}  // namespace

ConnectionTable::ConnectionTable() {
  IdOf(ConnectionSet());
  IdOf(AllConnections());
}

ConnectionTable::Id ConnectionTable::IdOf(const ConnectionSet& set) {
  std::string text = ToText(set);
  const auto [place, is_new] =
      by_text_.try_emplace(text, static_cast<Id>(sets_.size()));
  if (is_new) sets_.push_back({set, std::move(text)});
  return place->second;
}

ConnectionTable::Id ConnectionTable::Union(Id a, Id b) {
  if (a == b || b == kNone || a == kAll) return a;
  if (a == kNone || b == kAll) return b;
  const auto [place, is_new] = unions_.try_emplace(PairOf(a, b), kNone);
  if (is_new) place->second = IdOf(SetOf(a).Union(SetOf(b)));
  return place->second;
}

ConnectionTable::Id ConnectionTable::Intersect(Id a, Id b) {
  if (a == b || a == kNone || b == kAll) return a;
  if (b == kNone || a == kAll) return b;
  const auto [place, is_new] = intersections_.try_emplace(PairOf(a, b), kNone);
  if (is_new) place->second = IdOf(SetOf(a).Intersect(SetOf(b)));
  return place->second;
}

}  // namespace panvault::segmentation
