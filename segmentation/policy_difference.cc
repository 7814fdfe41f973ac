#include "segmentation/policy_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "segmentation/difference.h"
#include "segmentation/value_set.h"

namespace panvault::segmentation {
namespace {

// Pods that the same policies select.
struct Cell {
  PeerBox box;  // Of pod labels only.
  PolicyList before;
  PolicyList after;
};

// Where a policy belongs while cells are cut.
using Side = PolicyList Cell::*;

bool Isolates(const NetworkPolicy& policy, Direction direction) {
  return direction == Direction::kIngress ? policy.isolates_ingress
                                          : policy.isolates_egress;
}

absl::Status CutBy(const NetworkPolicy& policy, Side side,
                   std::vector<Cell>& cells) {
  const std::optional<PeerBox> selected = BoxOf(Selector(), policy.pods);
  if (!selected) return absl::OkStatus();
  std::vector<Cell> cut;
  for (const Cell& cell : cells) {
    std::optional<PeerBox> inside = Intersect(cell.box, *selected);
    if (!inside) {
      cut.push_back(cell);
      continue;
    }
    for (PeerBox& outside : Subtract(cell.box, *selected)) {
      cut.push_back({std::move(outside), cell.before, cell.after});
    }
    cut.push_back({*std::move(inside), cell.before, cell.after});
    (cut.back().*side).push_back(&policy);
  }
  cells = std::move(cut);
  if (cells.size() <= kPiecesMax) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("namespace ", policy.namespace_name,
                   ": its policies tell over ", kPiecesMax, " pods apart"));
}

// Every number that the pod may give to the port.
Relation AnyNumber(const Admission& admission, const NamedPort& named,
                   Direction direction) {
  Relation relation{
      admission.pods, {}, Connections(named.protocol, kEveryPort)};
  // Of egress, the name is the peer's; an address gives none.
  if (direction == Direction::kIngress) {
    relation.addresses = admission.addresses;
  }
  return relation;
}

bool HasName(const Admission& admission, const NamedPort& named) {
  return std::any_of(admission.named.begin(), admission.named.end(),
                     [&named](const NamedPort& one) {
                       return one.protocol == named.protocol &&
                              one.name == named.name;
                     });
}

// What `less` lets through of a port of that name, whatever its number.
std::vector<Relation> PartsFor(const std::vector<Admission>& less,
                               const NamedPort* named, Direction direction) {
  std::vector<Relation> parts;
  for (const Admission& one : less) {
    parts.push_back({one.pods, one.addresses, one.connections});
    if (named != nullptr && HasName(one, *named)) {
      parts.push_back(AnyNumber(one, *named, direction));
    }
  }
  return parts;
}

void AddPieces(const Remainder& rest, const HalfChange& form,
               std::vector<HalfChange>& changes) {
  for (const Remainder::Pods& piece : rest.pods) {
    HalfChange change = form;
    change.peers = piece.box;
    change.connections = piece.connections;
    changes.push_back(std::move(change));
  }
  for (const Remainder::Addresses& piece : rest.addresses) {
    HalfChange change = form;
    change.addresses = piece.addresses;
    change.connections = piece.connections;
    changes.push_back(std::move(change));
  }
}

absl::Status AddMore(const std::vector<Admission>& more,
                     const std::vector<Admission>& less, HalfChange form,
                     std::vector<HalfChange>& changes) {
  const std::vector<Relation> parts = PartsFor(less, nullptr, form.direction);
  for (const Admission& one : more) {
    form.port_name.clear();
    const absl::StatusOr<Remainder> rest =
        Without({one.pods, one.addresses, one.connections}, parts);
    if (!rest.ok()) return rest.status();
    AddPieces(*rest, form, changes);
    for (const NamedPort& named : one.named) {
      form.port_name = named.name;
      const absl::StatusOr<Remainder> by_name =
          Without(AnyNumber(one, named, form.direction),
                  PartsFor(less, &named, form.direction));
      if (!by_name.ok()) return by_name.status();
      AddPieces(*by_name, form, changes);
    }
  }
  return absl::OkStatus();
}

absl::Status CompareHalf(const Cell& cell, const std::string& namespace_name,
                         Direction direction,
                         std::vector<HalfChange>& changes) {
  const std::vector<Admission> before =
      AdmissionsOfAnyPod(cell.before, direction);
  const std::vector<Admission> after =
      AdmissionsOfAnyPod(cell.after, direction);
  HalfChange form;
  form.direction = direction;
  form.namespace_name = namespace_name;
  form.pods = cell.box.pod_labels;
  form.is_opened = true;
  absl::Status status = AddMore(after, before, form, changes);
  form.is_opened = false;
  if (status.ok()) status = AddMore(before, after, form, changes);
  return status;
}

using ByNamespace = std::map<std::string, std::vector<const NetworkPolicy*>>;

void AddTo(ByNamespace& spaces, absl::Span<const NetworkPolicy> policies) {
  for (const NetworkPolicy& policy : policies) {
    spaces[policy.namespace_name].push_back(&policy);
  }
}

absl::Status CutByAll(const std::vector<const NetworkPolicy*>& policies,
                      Direction direction, Side side,
                      std::vector<Cell>& cells) {
  for (const NetworkPolicy* const policy : policies) {
    if (!Isolates(*policy, direction)) continue;
    const absl::Status status = CutBy(*policy, side, cells);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string BoxText(PeerBox box) {
  // That a namespace has a name goes without saying.
  const auto name = box.namespace_labels.find(kNamespaceNameLabel);
  if (name != box.namespace_labels.end() &&
      name->second == ValueSet::Exists()) {
    box.namespace_labels.erase(name);
  }
  const std::string text = ToText(box);
  return absl::StrCat("[", text.empty() ? "any" : text, "]");
}

}  // namespace

absl::StatusOr<std::vector<HalfChange>> ComparePolicies(
    absl::Span<const NetworkPolicy> before,
    absl::Span<const NetworkPolicy> after) {
  ByNamespace old_policies;
  ByNamespace new_policies;
  AddTo(old_policies, before);
  AddTo(new_policies, after);
  std::set<std::string> names;
  for (const auto& [name, policies] : old_policies) names.insert(name);
  for (const auto& [name, policies] : new_policies) names.insert(name);
  std::vector<HalfChange> changes;
  for (const std::string& name : names) {
    for (const Direction direction :
         {Direction::kIngress, Direction::kEgress}) {
      std::vector<Cell> cells = {{EveryPod(), {}, {}}};
      absl::Status status =
          CutByAll(old_policies[name], direction, &Cell::before, cells);
      if (status.ok()) {
        status = CutByAll(new_policies[name], direction, &Cell::after, cells);
      }
      for (const Cell& cell : cells) {
        if (!status.ok()) return status;
        status = CompareHalf(cell, name, direction, changes);
      }
      if (!status.ok()) return status;
    }
  }
  return changes;
}

std::string ToText(const HalfChange& change) {
  const std::string peers = change.peers
                                ? absl::StrCat("pods ", BoxText(*change.peers))
                                : ToText(change.addresses);
  const std::string ports =
      change.port_name.empty()
          ? ToText(change.connections)
          : absl::StrCat("the port named ", change.port_name, ", if it is ",
                         ToText(change.connections));
  return absl::StrCat(
      change.is_opened ? "opened " : "closed ", DirectionName(change.direction),
      " of pods ", BoxText({{}, change.pods}), " in ", change.namespace_name,
      ": ", change.direction == Direction::kIngress ? "from " : "to ", peers,
      " on ", ports);
}

}  // namespace panvault::segmentation
