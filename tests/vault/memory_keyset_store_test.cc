// What this shows: the store that tests use keeps the contract of the real one,
// so that what is shown with it holds.

#include "tests/testing/memory_keyset_store.h"

#include <memory>

#include "gtest/gtest.h"
#include "tests/contract/keyset_store_contract.h"

namespace panvault::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, KeysetStoreContract,
                         ::testing::Values(StoreUnderTest{
                             "memory", [] {
                               return std::make_unique<MemoryKeysetStore>();
                             }}));

TEST(MemoryKeysetStore, FailsAsToldUntilToldOtherwise) {
  MemoryKeysetStore store;
  store.FailWith(absl::UnavailableError("away"));
  EXPECT_EQ(store.LoadAll().status(), absl::UnavailableError("away"));
  EXPECT_EQ(store.Load("a").status(), absl::UnavailableError("away"));
  EXPECT_EQ(store.Create({}), absl::UnavailableError("away"));
  store.FailWith(absl::OkStatus());
  EXPECT_TRUE(store.LoadAll().ok());
  EXPECT_EQ(store.load_all_calls(), 2);
  EXPECT_EQ(store.load_calls(), 1);
}

}  // namespace
}  // namespace panvault::testing
