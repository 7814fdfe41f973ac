// What this shows: which names a port may have; a number in quotes is none.

#include "segmentation/port_name.h"

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

TEST(PortNameTest, KnownAnswers) {
  for (const char* const good : {"http", "a", "grpc-web", "8a"}) {
    EXPECT_TRUE(IsPortName(good)) << good;
  }
  for (const char* const bad : {"", "80", "HTTP", "a_b", "-a", "a-", "a--b",
                                "a b", "1-2", "sixteen-letters1"}) {
    EXPECT_FALSE(IsPortName(bad)) << bad;
  }
  EXPECT_TRUE(IsPortName("fifteen-letters"));
}

}  // namespace
}  // namespace panvault::segmentation
