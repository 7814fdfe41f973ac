#include "segmentation/face_index.h"

namespace panvault::segmentation {
namespace {

// Whether pods of a namespace of that name can be in the box.
bool MayHold(const PeerBox& box, const std::string& namespace_name) {
  const auto names = box.namespace_labels.find(kNamespaceNameLabel);
  return names == box.namespace_labels.end() ||
         names->second.Contains(namespace_name);
}

}  // namespace

FaceIndex::FaceIndex(const std::vector<PodFace>& faces)
    : faces_(faces), boxes_(faces.size()) {
  for (size_t i = 0; i < faces.size(); ++i) {
    const auto name = faces[i].namespace_labels.find(kNamespaceNameLabel);
    by_namespace_[name == faces[i].namespace_labels.end() ? "" : name->second]
        .push_back(i);
  }
}

size_t FaceIndex::NumberOf(const PeerBox& box) {
  const auto [place, is_new] = numbers_.try_emplace(
      {box.namespace_labels, box.pod_labels}, numbers_.size());
  if (!is_new) return place->second;
  std::vector<size_t> members;
  for (const auto& [name, faces] : by_namespace_) {
    if (!MayHold(box, name)) continue;
    for (const size_t face : faces) {
      const PodFace& seen = faces_[face];
      if (!Contains(box, {seen.namespace_labels, seen.pod_labels})) continue;
      members.push_back(face);
      boxes_[face].push_back(place->second);
    }
  }
  members_.push_back(std::move(members));
  return place->second;
}

}  // namespace panvault::segmentation
