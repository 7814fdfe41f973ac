// What this shows: for random boxes, the index names the faces that are in
// them, and the other way round.

#include "segmentation/face_index.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/small_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<PodFace> Faces() {
  const SmallWorld world;
  std::vector<PodFace> faces;
  for (const SmallPeer& peer : world.peers()) {
    if (peer.is_pod) faces.push_back({peer.space, peer.labels, {}});
  }
  return faces;
}

TEST(FaceIndexTest, HoldsWhatTheBoxDoes) {
  const std::vector<PodFace> faces = Faces();
  FaceIndex index(faces);
  std::mt19937 random(5);
  size_t held = 0;
  for (int round = 0; round < 300; ++round) {
    for (const Relation& one : SmallWorld::DrawRelations(random)) {
      if (!one.pods) continue;
      const size_t box = index.NumberOf(*one.pods);
      std::vector<size_t> expected;
      for (size_t i = 0; i < faces.size(); ++i) {
        const bool is_in = Contains(
            *one.pods, {faces[i].namespace_labels, faces[i].pod_labels});
        if (is_in) expected.push_back(i);
        const std::vector<size_t>& boxes = index.BoxesOf(i);
        ASSERT_EQ(std::count(boxes.begin(), boxes.end(), box), is_in ? 1 : 0);
      }
      std::vector<size_t> members = index.FacesOf(box);
      std::sort(members.begin(), members.end());
      ASSERT_EQ(members, expected);
      held += expected.size();
    }
  }
  EXPECT_GT(held, 300U);
}

TEST(FaceIndexTest, EqualBoxesHaveOneNumber) {
  const std::vector<PodFace> faces = Faces();
  FaceIndex index(faces);
  EXPECT_EQ(index.NumberOf(EveryPod()), 0U);
  EXPECT_EQ(index.NumberOf(PodsWith("n", {})), 1U);
  EXPECT_EQ(index.NumberOf(EveryPod()), 0U);
  EXPECT_EQ(index.NumberOf(PodsWith("elsewhere", {})), 2U);
  EXPECT_EQ(index.size(), 3U);
  EXPECT_THAT(index.FacesOf(2), IsEmpty());
  EXPECT_THAT(index.BoxesOf(0), ElementsAre(0, 1));
}

}  // namespace
}  // namespace panvault::segmentation
