// What this shows: a profile that is made is stored before it is served, with a
// key of its own; and readers, refreshes and makers side by side see whole
// keysets, none of which gets lost.

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/memory_keyset_store.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/keyset_cache.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::MemoryKeysetStore;

class KeysetCacheCreateTest : public ::testing::Test {
 protected:
  KeysetCacheCreateTest() { EXPECT_THAT(cache_.Refresh(), IsOk()); }

  template <typename T>
  static Reason ReasonOf(const absl::StatusOr<T>& result) {
    return FactsOf(result.status()).reason;
  }

  const MemoryKek kek_;
  MemoryKeysetStore store_;
  KeysetCache cache_{store_, kek_, {}};
};

TEST_F(KeysetCacheCreateTest, MadeProfileIsStoredAndServed) {
  const absl::Time before = absl::Now();
  ASSERT_OK_AND_ASSIGN(
      const auto made,
      cache_.CreateProfile({.name = "cards", .kept = KeptDigits::kLast4}));
  EXPECT_EQ(made->profile().name, "cards");
  EXPECT_EQ(made->profile().kept, KeptDigits::kLast4);
  // Stored as whole microseconds.
  EXPECT_GE(made->profile().create_time, before - absl::Microseconds(1));
  EXPECT_LE(made->profile().create_time, absl::Now());
  ASSERT_EQ(made->versions().size(), 1u);
  EXPECT_EQ(made->versions()[0].version, 1u);
  EXPECT_EQ(made->versions()[0].slot, 1u);
  EXPECT_EQ(made->versions()[0].state, KeyState::kEnabled);
  EXPECT_TRUE(made->versions()[0].primary);
  EXPECT_EQ(made->versions()[0].kek_id, kek_.kek_id());
  EXPECT_THAT(made->Primary(), IsOk());

  ASSERT_OK_AND_ASSIGN(const auto found, cache_.Find("cards"));
  EXPECT_EQ(found, made);
  ASSERT_OK_AND_ASSIGN(const auto all, cache_.All());
  EXPECT_EQ(all.size(), 1u);
  // Another vault, from the stored rows, has the same key.
  KeysetCache other(store_, kek_, {});
  ASSERT_THAT(other.Refresh(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto theirs, other.Find("cards"));
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const a, made->Primary());
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const b, theirs->Primary());
  EXPECT_TRUE(a->tweak_key == b->tweak_key);
}

// Opens nothing that `before_unwrap` does not let it.
class HookedKek final : public KekProvider {
 public:
  explicit HookedKek(const MemoryKek& kek) : kek_(kek) {}
  const std::string& kek_id() const override { return kek_.kek_id(); }
  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override {
    return kek_.Wrap(dek, aad);
  }
  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override {
    if (absl::Status may = before_unwrap(); !may.ok()) return may;
    return kek_.Unwrap(wrapped, aad);
  }
  std::function<absl::Status()> before_unwrap = [] { return absl::OkStatus(); };

 private:
  const MemoryKek& kek_;
};

TEST_F(KeysetCacheCreateTest, ProfileWhoseKeyDoesNotOpenIsNotStored) {
  HookedKek kek(kek_);
  kek.before_unwrap = [] {
    return MakeError({Reason::kKekUnavailable, "", ""}, "gone");
  };
  KeysetCache cache(store_, kek, {});
  ASSERT_THAT(cache.Refresh(), IsOk());
  EXPECT_EQ(ReasonOf(cache.CreateProfile({.name = "cards"})),
            Reason::kKekUnavailable);
  ASSERT_OK_AND_ASSIGN(const auto stored, store_.LoadAll());
  EXPECT_TRUE(stored.empty());
}

TEST_F(KeysetCacheCreateTest, EachProfileHasAKeyAndAnIdOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(const auto a, cache_.CreateProfile({.name = "a"}));
  ASSERT_OK_AND_ASSIGN(const auto b, cache_.CreateProfile({.name = "b"}));
  EXPECT_NE(a->profile().id, b->profile().id);
  EXPECT_FALSE((*a->Primary())->tweak_key == (*b->Primary())->tweak_key);
}

TEST_F(KeysetCacheCreateTest, MadeProfileIsFoundThoughItWasUnknownAMomentAgo) {
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards")), Reason::kProfileUnknown);
  ASSERT_THAT(cache_.CreateProfile({.name = "cards"}), IsOk());
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());
}

TEST_F(KeysetCacheCreateTest, TakenNameIsRefusedAndItsKeysStay) {
  ASSERT_OK_AND_ASSIGN(const auto first,
                       cache_.CreateProfile({.name = "cards"}));
  EXPECT_EQ(ReasonOf(cache_.CreateProfile({.name = "cards"})),
            Reason::kProfileExists);
  EXPECT_EQ(*cache_.Find("cards"), first);

  store_.Put(MakeStored({.name = "elsewhere"}, kek_));
  EXPECT_EQ(ReasonOf(cache_.CreateProfile({.name = "elsewhere"})),
            Reason::kProfileExists);
  EXPECT_EQ(ReasonOf(cache_.Find("elsewhere")), Reason::kProfileUnknown);
  EXPECT_THAT(cache_.FindOrLoad("elsewhere"), IsOk());
}

TEST_F(KeysetCacheCreateTest, RefusedProfileIsNeitherStoredNorServed) {
  EXPECT_EQ(ReasonOf(cache_.CreateProfile({.name = "Cards"})),
            Reason::kProfileName);
  store_.FailWith(MakeError({Reason::kStoreUnavailable, "", ""}, "away"));
  EXPECT_EQ(ReasonOf(cache_.CreateProfile({.name = "cards"})),
            Reason::kStoreUnavailable);
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kProfileUnknown);
  store_.FailWith(absl::OkStatus());
  ASSERT_OK_AND_ASSIGN(const auto rows, store_.LoadAll());
  EXPECT_TRUE(rows.empty());
}

TEST_F(KeysetCacheCreateTest, SlowRefreshDoesNotUndoWhatWasMadeMeanwhile) {
  std::promise<void> reading;
  std::promise<void> go_on;
  std::atomic<bool> first{true};
  store_.SetHook([&] {
    if (!first.exchange(false)) return;
    reading.set_value();
    go_on.get_future().wait();
  });
  auto refresh =
      std::async(std::launch::async, [this] { return cache_.Refresh(); });
  reading.get_future().wait();
  auto create = std::async(std::launch::async, [this] {
    return cache_.CreateProfile({.name = "cards"}).status();
  });
  EXPECT_TRUE(cache_.ready());  // Readers do not wait for either.
  EXPECT_EQ(ReasonOf(cache_.Find("other")), Reason::kProfileUnknown);
  go_on.set_value();
  EXPECT_THAT(refresh.get(), IsOk());
  EXPECT_THAT(create.get(), IsOk());
  EXPECT_THAT(cache_.Find("cards"), IsOk());
}

TEST_F(KeysetCacheCreateTest, ManyWhoAskForOneUnknownNameAskTheStoreOnce) {
  store_.Put(MakeStored({.name = "cards"}, kek_));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [this] { EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_.load_calls(), 1);
}

TEST_F(KeysetCacheCreateTest, AnswerIsNotGivenOutBeforeItsKeysetIs) {
  HookedKek kek(kek_);
  KeysetCache cache(store_, kek, {});
  ASSERT_THAT(cache.Refresh(), IsOk());
  store_.Put(MakeStored({.name = "cards"}, kek_));
  std::future<absl::Status> second;
  kek.before_unwrap = [&] {  // The store has answered; nothing is swapped yet.
    if (second.valid()) return absl::OkStatus();
    second = std::async(std::launch::async,
                        [&] { return cache.FindOrLoad("cards").status(); });
    second.wait_for(std::chrono::milliseconds(200));
    return absl::OkStatus();
  };
  EXPECT_THAT(cache.FindOrLoad("cards"), IsOk());
  EXPECT_THAT(second.get(), IsOk());
  EXPECT_EQ(store_.load_calls(), 1);
}

TEST_F(KeysetCacheCreateTest, ReadersSeeWholeKeysetsWhileTheyAreSwapped) {
  const StoredKeyset one = MakeStored({.name = "cards"}, kek_);
  const StoredKeyset two =
      MakeStored({.name = "cards",
                  .versions = {{1, 1, KeyState::kDecryptOnly, false, 0},
                               {2, 2, KeyState::kEnabled, true, 0}}},
                 kek_);
  store_.Put(one);
  ASSERT_THAT(cache_.Refresh(), IsOk());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      std::set<uint32_t> primaries;
      while (!done || primaries.empty()) {
        const auto keyset = cache_.Find("cards");
        ASSERT_THAT(keyset, IsOk());
        const auto primary = (*keyset)->Primary();
        ASSERT_THAT(primary, IsOk());
        EXPECT_EQ((*primary)->version, (*keyset)->versions().size());
        primaries.insert((*primary)->version);
        EXPECT_THAT(cache_.All(), IsOk());
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    store_.Put(i % 2 == 0 ? two : one);
    EXPECT_THAT(cache_.Refresh(), IsOk());
    if (i % 50 == 0) {
      EXPECT_THAT(cache_.CreateProfile({.name = absl::StrCat("p", i)}), IsOk());
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  for (const int i : {0, 50, 100, 150}) {
    EXPECT_THAT(cache_.Find(absl::StrCat("p", i)), IsOk());
  }
}

TEST(KeysetCache, ItsOwnClockOnlyGoesForward) {
  absl::Time last = KeysetCache::MonotonicNow();
  for (int i = 0; i < 1000; ++i) {
    const absl::Time now = KeysetCache::MonotonicNow();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace panvault::vault
