// What this shows: every namespace has its name as a label, told or not.

#include "segmentation/namespaces.h"

#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

TEST(NamespaceIndexTest, KnownAndUnknownNamespaces) {
  const Cluster cluster = ReadCluster(
      "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {t: x}}\n"
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: b}\n");
  const NamespaceIndex index(cluster);
  EXPECT_EQ(index.LabelsOf("a"),
            (Labels{{"t", "x"}, {kNamespaceNameLabel, "a"}}));
  EXPECT_EQ(index.LabelsOf("b"), (Labels{{kNamespaceNameLabel, "b"}}));
  EXPECT_TRUE(index.LabelsOf("c").empty());
}

}  // namespace
}  // namespace panvault::segmentation
