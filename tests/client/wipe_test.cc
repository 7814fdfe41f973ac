// What this shows: nothing of a secret stays in a wiped string, whether its
// bytes were inside the object or on the heap.

#include "client/wipe.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace panvault::client {
namespace {

bool AllZero(const char* bytes, size_t size) {
  return std::all_of(bytes, bytes + size, [](char c) { return c == 0; });
}

TEST(Wipe, ZeroesShortAndLongStrings) {
  for (const size_t size : {1u, 12u, 15u, 16u, 19u, 1000u}) {
    SCOPED_TRACE(size);
    std::string secret(size, '4');
    Wipe(secret);
    EXPECT_TRUE(secret.empty());
    EXPECT_TRUE(AllZero(secret.data(), size));
  }
}

TEST(Wipe, ZeroesWhatALongerEarlierValueLeftBehind) {
  std::string secret(100, '4');
  secret = "5";
  Wipe(secret);
  EXPECT_TRUE(AllZero(secret.data(), 100));
}

TEST(Take, MovesTheSecretAndZeroesItsOldPlace) {
  for (const size_t size : {12u, 19u}) {
    std::string secret(size, '4');
    const std::string taken = Take(secret);
    EXPECT_EQ(taken, std::string(size, '4'));
    EXPECT_TRUE(AllZero(secret.data(), size));
  }
}

}  // namespace
}  // namespace panvault::client
