// FaceIndex: which pods of the input a policy's peers are. Many policies name
// the same peers, and most peers are in one namespace; each is looked for once,
// and only there.

#ifndef PANVAULT_SEGMENTATION_FACE_INDEX_H_
#define PANVAULT_SEGMENTATION_FACE_INDEX_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "segmentation/peer_box.h"
#include "segmentation/pod_classes.h"

namespace panvault::segmentation {

// Not thread-safe.
class FaceIndex final {
 public:
  // The faces outlive it.
  explicit FaceIndex(const std::vector<PodFace>& faces);

  // The number of that box, from 0; the same for boxes that are equal.
  size_t NumberOf(const PeerBox& box);
  size_t size() const { return members_.size(); }

  // Numbers of the faces in the box of that number, and of the boxes that hold
  // the face of that number.
  const std::vector<size_t>& FacesOf(size_t box) const { return members_[box]; }
  const std::vector<size_t>& BoxesOf(size_t face) const { return boxes_[face]; }

 private:
  const std::vector<PodFace>& faces_;
  std::map<std::string, std::vector<size_t>> by_namespace_;
  std::map<std::pair<LabelBox, LabelBox>, size_t> numbers_;
  std::vector<std::vector<size_t>> members_;
  std::vector<std::vector<size_t>> boxes_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_FACE_INDEX_H_
