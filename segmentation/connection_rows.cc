#include "segmentation/connection_rows.h"

#include <algorithm>

namespace panvault::segmentation {
namespace {

// No policy cuts the range, so any address of it speaks for all.
bool Holds(const AddressSet& addresses, const ExternalRange& range) {
  if (!range.addresses.v4.empty()) {
    return addresses.v4.Contains(range.addresses.v4.intervals().front().first);
  }
  return addresses.v6.Contains(range.addresses.v6.intervals().front().first);
}

}  // namespace

ConnectionRows::ConnectionRows(const Cluster& cluster,
                               absl::Span<const Cluster* const> cut_by,
                               bool host_network_as_pods)
    : pods_(ClassifyPods(cluster, host_network_as_pods)),
      ranges_(ExternalRanges(cut_by)),
      index_(pods_.faces),
      ingress_(DoorsOf(pods_.ingress)),
      egress_(DoorsOf(pods_.egress)),
      ways_in_(WaysIn()) {
  for (const auto& [name, classes] : pods_.names) {
    entries_.push_back({name, classes, kNoRange});
  }
  for (size_t i = 0; i < ranges_.size(); ++i) {
    entries_.push_back({ranges_[i].name, {}, i});
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
}

ConnectionRows::Doors ConnectionRows::DoorsOf(
    const std::vector<PodHalf>& halves) {
  Doors all;
  for (const PodHalf& half : halves) {
    std::vector<Door> doors;
    for (const Admission& one : half) {
      doors.push_back({&one, one.pods ? index_.NumberOf(*one.pods) : kNoBox,
                       table_.IdOf(one.connections)});
    }
    all.push_back(std::move(doors));
  }
  return all;
}

std::vector<std::vector<ConnectionRows::WayIn>> ConnectionRows::WaysIn() const {
  std::vector<std::vector<WayIn>> ways(index_.size());
  for (size_t i = 0; i < ingress_.size(); ++i) {
    for (const Door& door : ingress_[i]) {
      if (door.box != kNoBox) ways[door.box].push_back({i, door.connections});
    }
  }
  return ways;
}

std::vector<ConnectionRows::Id> ConnectionRows::OutOf(
    const std::vector<Door>& doors) {
  std::vector<Id> out(pods_.faces.size(), ConnectionTable::kNone);
  for (const Door& door : doors) {
    if (door.box == kNoBox) continue;
    for (const size_t face : index_.FacesOf(door.box)) {
      out[face] = table_.Union(out[face], door.connections);
      for (const NamedPort& named : door.admission->named) {
        out[face] = table_.Union(
            out[face], table_.IdOf(Resolve(named, pods_.faces[face].ports)));
      }
    }
  }
  return out;
}

// Names are the destination's, and resolved already.
std::vector<ConnectionRows::Id> ConnectionRows::LetIn(size_t face) {
  std::vector<Id> in(ingress_.size(), ConnectionTable::kNone);
  for (const size_t box : index_.BoxesOf(face)) {
    for (const WayIn& way : ways_in_[box]) {
      in[way.ingress] = table_.Union(in[way.ingress], way.connections);
    }
  }
  return in;
}

ConnectionRows::Id ConnectionRows::WithRange(const std::vector<Door>& doors,
                                             const ExternalRange& range) {
  Id open = ConnectionTable::kNone;
  for (const Door& door : doors) {
    if (!Holds(door.admission->addresses, range)) continue;
    open = table_.Union(open, door.connections);
  }
  return open;
}

void ConnectionRows::AddFromClass(const PodClass& source) {
  const std::vector<Door>& doors = egress_[source.egress];
  const std::vector<Id> out = OutOf(doors);
  const std::vector<Id> in = LetIn(source.face);
  for (size_t i = 0; i < pods_.classes.size(); ++i) {
    const PodClass& to = pods_.classes[i];
    to_class_[i] = table_.Union(to_class_[i],
                                table_.Intersect(out[to.face], in[to.ingress]));
  }
  for (size_t i = 0; i < ranges_.size(); ++i) {
    to_range_[i] = table_.Union(to_range_[i], WithRange(doors, ranges_[i]));
  }
}

void ConnectionRows::AddFromRange(const ExternalRange& source) {
  std::vector<Id> in;
  for (const std::vector<Door>& half : ingress_) {
    in.push_back(WithRange(half, source));
  }
  for (size_t i = 0; i < pods_.classes.size(); ++i) {
    to_class_[i] = in[pods_.classes[i].ingress];
  }
}

ConnectionRow ConnectionRows::RowOf(size_t source) {
  to_class_.assign(pods_.classes.size(), ConnectionTable::kNone);
  to_range_.assign(ranges_.size(), ConnectionTable::kNone);
  const Entry& from = entries_[source];
  for (const size_t one : from.classes) AddFromClass(pods_.classes[one]);
  if (from.range != kNoRange) AddFromRange(ranges_[from.range]);
  ConnectionRow row;
  for (const Entry& to : entries_) {
    if (&to == &from) continue;
    Id open =
        to.range == kNoRange ? ConnectionTable::kNone : to_range_[to.range];
    for (const size_t one : to.classes) {
      open = table_.Union(open, to_class_[one]);
    }
    if (open == ConnectionTable::kNone) continue;
    row.push_back({&to.name, &table_.SetOf(open), &table_.TextOf(open)});
  }
  return row;
}

}  // namespace panvault::segmentation
