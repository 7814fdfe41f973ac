#include "segmentation/peer_box.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace panvault::segmentation {
namespace {

ValueSet ValuesOf(const Requirement& requirement) {
  switch (requirement.op) {
    case Requirement::Operator::kIn:
      return ValueSet::In(requirement.values);
    case Requirement::Operator::kNotIn:
      return ValueSet::NotIn(requirement.values);
    case Requirement::Operator::kExists:
      return ValueSet::Exists();
    case Requirement::Operator::kDoesNotExist:
      return ValueSet::Absent();
  }
  return ValueSet::Any();
}

// False, and `box` is of no more use, if nothing is left.
bool Narrow(LabelBox& box, const std::string& key, const ValueSet& values) {
  const auto found = box.find(key);
  if (found == box.end()) {
    box.emplace(key, values);
    return !values.empty();
  }
  found->second = found->second.Intersect(values);
  return !found->second.empty();
}

bool Narrow(LabelBox& box, const LabelBox& other) {
  return std::all_of(other.begin(), other.end(), [&box](const auto& entry) {
    return Narrow(box, entry.first, entry.second);
  });
}

bool Narrow(LabelBox& box, const Selector& selector) {
  return std::all_of(selector.requirements.begin(), selector.requirements.end(),
                     [&box](const Requirement& requirement) {
                       return Narrow(box, requirement.key,
                                     ValuesOf(requirement));
                     });
}

std::optional<absl::string_view> Find(const Labels& labels,
                                      const std::string& key) {
  const auto found = labels.find(key);
  if (found == labels.end()) return std::nullopt;
  return absl::string_view(found->second);
}

bool Contains(const LabelBox& box, const Labels& labels) {
  return std::all_of(box.begin(), box.end(), [&labels](const auto& entry) {
    return entry.second.Contains(Find(labels, entry.first));
  });
}

// Cuts off `rest`, dimension by dimension, what is outside `b`.
void CutOff(PeerBox& rest, LabelBox PeerBox::*side, const PeerBox& b,
            std::vector<PeerBox>& pieces) {
  for (const auto& [key, values] : b.*side) {
    PeerBox piece = rest;
    if (Narrow(piece.*side, key, values.Complement())) {
      pieces.push_back(std::move(piece));
    }
    Narrow(rest.*side, key, values);
  }
}

Labels ExampleLabels(const LabelBox& box) {
  Labels labels;
  for (const auto& [key, values] : box) {
    std::optional<std::string> value = values.Example();
    if (value) labels.emplace(key, *std::move(value));
  }
  return labels;
}

std::string LabelsText(const Labels& labels) {
  return absl::StrCat(
      "{", absl::StrJoin(labels, ", ", absl::PairFormatter("=")), "}");
}

}  // namespace

PeerBox EveryPod() {
  PeerBox box;
  box.namespace_labels.emplace(kNamespaceNameLabel, ValueSet::Exists());
  return box;
}

PeerBox PodsWith(absl::string_view namespace_name, const Labels& labels) {
  PeerBox box;
  box.namespace_labels.emplace(kNamespaceNameLabel,
                               ValueSet::In({std::string(namespace_name)}));
  for (const auto& [key, value] : labels) {
    box.pod_labels.emplace(key, ValueSet::In({value}));
  }
  return box;
}

std::optional<PeerBox> BoxOf(const Selector& namespaces, const Selector& pods) {
  PeerBox box = EveryPod();
  if (!Narrow(box.namespace_labels, namespaces)) return std::nullopt;
  if (!Narrow(box.pod_labels, pods)) return std::nullopt;
  return box;
}

bool Matches(const Selector& selector, const Labels& labels) {
  return std::all_of(
      selector.requirements.begin(), selector.requirements.end(),
      [&labels](const Requirement& requirement) {
        return ValuesOf(requirement).Contains(Find(labels, requirement.key));
      });
}

bool Contains(const PeerBox& box, const PodView& pod) {
  return Contains(box.namespace_labels, pod.namespace_labels) &&
         Contains(box.pod_labels, pod.pod_labels);
}

std::optional<PeerBox> Intersect(const PeerBox& a, const PeerBox& b) {
  PeerBox both = a;
  if (!Narrow(both.namespace_labels, b.namespace_labels)) return std::nullopt;
  if (!Narrow(both.pod_labels, b.pod_labels)) return std::nullopt;
  return both;
}

std::vector<PeerBox> Subtract(const PeerBox& a, const PeerBox& b) {
  if (!Intersect(a, b)) return {a};
  std::vector<PeerBox> pieces;
  PeerBox rest = a;
  CutOff(rest, &PeerBox::namespace_labels, b, pieces);
  CutOff(rest, &PeerBox::pod_labels, b, pieces);
  return pieces;
}

ExamplePod ExampleOf(const PeerBox& box) {
  ExamplePod pod;
  pod.namespace_labels = ExampleLabels(box.namespace_labels);
  const auto name = pod.namespace_labels.find(kNamespaceNameLabel);
  if (name != pod.namespace_labels.end()) {
    pod.namespace_name = name->second;
    pod.namespace_labels.erase(name);
  }
  pod.pod_labels = ExampleLabels(box.pod_labels);
  return pod;
}

std::string ToText(const ExamplePod& pod) {
  std::string text = absl::StrCat("pod ", LabelsText(pod.pod_labels),
                                  " in namespace ", pod.namespace_name);
  if (!pod.namespace_labels.empty()) {
    absl::StrAppend(&text, " ", LabelsText(pod.namespace_labels));
  }
  return text;
}

std::string ToText(const PeerBox& box) {
  std::string text;
  const auto add = [&text](absl::string_view side, const LabelBox& labels) {
    for (const auto& [key, values] : labels) {
      absl::StrAppend(&text, text.empty() ? "" : "; ", side, " ", key, " ",
                      values.ToText());
    }
  };
  add("namespace", box.namespace_labels);
  add("pod", box.pod_labels);
  return text;
}

}  // namespace panvault::segmentation
