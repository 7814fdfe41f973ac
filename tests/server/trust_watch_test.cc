// What this shows: changes reach who listens, and nobody else.

#include "server/trust_watch.h"

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

TEST(TrustWatch, TellsWhoListensForAsLongAsItListens) {
  TrustWatch watch;
  int told = 0;
  watch.Changed();
  {
    const TrustWatch::Listening listening(watch, [&told] { ++told; });
    watch.Changed();
    watch.Changed();
  }
  watch.Changed();
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace panvault::server
