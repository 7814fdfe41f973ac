// What this shows: the cache serves what the store last said for as long as it
// may, asks again only when that can help, and one broken profile or one failed
// refresh does not harm the others.

#include "vault/keyset_cache.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/memory_keyset_store.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::FailingKek;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::MemoryKeysetStore;
using ::testing::ElementsAre;

constexpr absl::Duration kStaleness = absl::Minutes(10);
constexpr absl::Duration kTtl = absl::Seconds(2);
constexpr absl::Duration kTick = absl::Nanoseconds(1);

class KeysetCacheTest : public ::testing::Test {
 protected:
  StoredKeyset Stored(const std::string& name, unsigned versions = 1) const {
    panvault::testing::KeysetSpec spec{.name = name, .versions = {}};
    for (unsigned v = 1; v <= versions; ++v) {
      const bool last = v == versions;
      spec.versions.push_back(
          {v, v, last ? KeyState::kEnabled : KeyState::kDecryptOnly, last, 0});
    }
    return MakeStored(spec, kek_);
  }

  // Two primaries: rows that contradict each other.
  StoredKeyset Contradictory(const std::string& name) const {
    StoredKeyset stored = Stored(name, 2);
    stored.versions[0].info.state = KeyState::kEnabled;
    stored.versions[0].info.primary = true;
    return stored;
  }

  template <typename T>
  static Reason ReasonOf(const absl::StatusOr<T>& result) {
    return FactsOf(result.status()).reason;
  }

  std::vector<std::string> NamesOfAll() const {
    std::vector<std::string> names;
    const auto all = cache_.All();
    EXPECT_THAT(all, IsOk());
    if (!all.ok()) return names;
    for (const auto& keyset : *all) names.push_back(keyset->profile().name);
    return names;
  }

  absl::Status Away() const {
    return MakeError({Reason::kStoreUnavailable, "", ""}, "away");
  }

  MemoryKek kek_;
  MemoryKeysetStore store_;
  absl::Time now_ = absl::FromUnixSeconds(1'000);
  KeysetCache cache_{store_,
                     kek_,
                     {.max_staleness = kStaleness,
                      .unknown_ttl = kTtl,
                      .now = [this] { return now_; }}};
};

TEST_F(KeysetCacheTest, NothingIsServedBeforeTheFirstRefresh) {
  store_.Put(Stored("cards"));
  EXPECT_FALSE(cache_.ready());
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kNotReady);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards")), Reason::kNotReady);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards", true)), Reason::kNotReady);
  EXPECT_EQ(ReasonOf(cache_.All()), Reason::kNotReady);
  EXPECT_EQ(ReasonOf(cache_.CreateProfile({.name = "new"})), Reason::kNotReady);
  EXPECT_EQ(store_.load_calls(), 0);

  store_.FailWith(Away());
  EXPECT_EQ(cache_.Refresh(), Away());
  EXPECT_FALSE(cache_.ready());
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kNotReady);

  store_.FailWith(absl::OkStatus());
  EXPECT_THAT(cache_.Refresh(), IsOk());
  EXPECT_TRUE(cache_.ready());
  EXPECT_THAT(cache_.Find("cards"), IsOk());
}

TEST_F(KeysetCacheTest, AgeIsThatOfTheLastRefreshThatWorked) {
  EXPECT_FALSE(cache_.age().has_value());
  store_.FailWith(Away());
  EXPECT_EQ(cache_.Refresh(), Away());
  EXPECT_FALSE(cache_.age().has_value());

  store_.FailWith(absl::OkStatus());
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(cache_.age(), absl::ZeroDuration());
  now_ += absl::Seconds(7);
  store_.FailWith(Away());
  EXPECT_EQ(cache_.Refresh(), Away());
  EXPECT_EQ(cache_.age(), absl::Seconds(7));
}

TEST_F(KeysetCacheTest, EmptyStoreIsReady) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_TRUE(cache_.ready());
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kProfileUnknown);
  EXPECT_THAT(NamesOfAll(), ElementsAre());
}

TEST_F(KeysetCacheTest, RefreshSwapsToWhatTheStoreHolds) {
  store_.Put(Stored("b"));
  store_.Put(Stored("a"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_THAT(NamesOfAll(), ElementsAre("a", "b"));
  ASSERT_OK_AND_ASSIGN(const auto held, cache_.Find("a"));

  store_.Put(Stored("a", 2));
  store_.Put(Stored("c"));
  store_.Erase("b");
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_THAT(NamesOfAll(), ElementsAre("a", "c"));
  EXPECT_EQ(ReasonOf(cache_.Find("b")), Reason::kProfileUnknown);
  ASSERT_OK_AND_ASSIGN(const auto rotated, cache_.Find("a"));
  EXPECT_EQ(rotated->versions().size(), 2u);
  // A call that is under way goes on with what it found.
  EXPECT_EQ(held->versions().size(), 1u);
  EXPECT_THAT(held->Primary(), IsOk());
}

TEST_F(KeysetCacheTest, RefreshUnwrapsOnlyWhatIsNew) {
  store_.Put(Stored("a", 3));
  store_.Put(Stored("b"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(kek_.unwraps(), 4);
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(kek_.unwraps(), 4);
  StoredKeyset rotated = Stored("a", 4);
  const StoredKeyset before = *store_.Load("a");
  std::copy(before.versions.begin(), before.versions.end(),
            rotated.versions.begin());
  rotated.versions[2].info.primary = false;
  store_.Put(rotated);
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(kek_.unwraps(), 5);
}

TEST_F(KeysetCacheTest, FailedRefreshKeepsTheOldKeysets) {
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  store_.Put(Stored("cards", 2));
  store_.FailWith(Away());
  EXPECT_EQ(cache_.Refresh(), Away());
  EXPECT_TRUE(cache_.ready());
  ASSERT_OK_AND_ASSIGN(const auto keyset, cache_.Find("cards"));
  EXPECT_EQ(keyset->versions().size(), 1u);
}

TEST_F(KeysetCacheTest, KeysAreRefusedOnceTheyAreTooOld) {
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  now_ += kStaleness;
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  now_ += kTick;
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kKeysStale);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards", true)), Reason::kKeysStale);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("other")), Reason::kKeysStale);
  EXPECT_EQ(ReasonOf(cache_.All()), Reason::kKeysStale);
  EXPECT_EQ(FactsOf(cache_.All().status()).limit, "10m");
  EXPECT_TRUE(cache_.ready());

  store_.FailWith(Away());
  EXPECT_EQ(cache_.Refresh(), Away());
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kKeysStale);
  store_.FailWith(absl::OkStatus());
  EXPECT_THAT(cache_.Refresh(), IsOk());
  EXPECT_THAT(cache_.Find("cards"), IsOk());
}

TEST_F(KeysetCacheTest, AgeCountsFromBeforeTheStoreWasRead) {
  store_.Put(Stored("cards"));
  store_.SetHook([this] { now_ += kStaleness; });
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  now_ += kTick;
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kKeysStale);
}

TEST_F(KeysetCacheTest, LoadingOneKeysetDoesNotMakeTheOthersFresh) {
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  now_ += kStaleness;
  store_.Put(Stored("new"));
  EXPECT_THAT(cache_.FindOrLoad("new"), IsOk());
  now_ += kTick;
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kKeysStale);
  EXPECT_EQ(ReasonOf(cache_.Find("new")), Reason::kKeysStale);
}

TEST_F(KeysetCacheTest, UnknownNameIsAskedForOncePerTtl) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards")), Reason::kProfileUnknown);
  EXPECT_EQ(store_.load_calls(), 1);
  store_.Put(Stored("cards"));  // Made elsewhere.
  now_ += kTtl - kTick;
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards")), Reason::kProfileUnknown);
  EXPECT_EQ(store_.load_calls(), 1);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("other")), Reason::kProfileUnknown);
  EXPECT_EQ(store_.load_calls(), 2);
  now_ += kTick;
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());
  EXPECT_EQ(store_.load_calls(), 3);
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());
  EXPECT_EQ(store_.load_calls(), 3);
}

TEST_F(KeysetCacheTest, FindNeverAsksTheStore) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  store_.Put(Stored("cards"));
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kProfileUnknown);
  EXPECT_EQ(store_.load_calls(), 0);
}

TEST_F(KeysetCacheTest, NameThatNoProfileCanHaveIsNotAskedFor) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  for (const std::string& name :
       {std::string(), std::string("Cards"), std::string("a b"),
        std::string("cards\0", 6), std::string(64, 'a'), std::string("-a")}) {
    EXPECT_EQ(ReasonOf(cache_.FindOrLoad(name)), Reason::kProfileUnknown);
    EXPECT_EQ(ReasonOf(cache_.FindOrLoad(name, true)), Reason::kProfileUnknown);
  }
  EXPECT_EQ(store_.load_calls(), 0);
}

TEST_F(KeysetCacheTest, RememberedAnswersAreBounded) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  for (int i = 0; i < 1025; ++i) {
    EXPECT_EQ(ReasonOf(cache_.FindOrLoad(absl::StrCat("p", i))),
              Reason::kProfileUnknown);
  }
  EXPECT_EQ(store_.load_calls(), 1025);
  cache_.FindOrLoad("p1024").status().IgnoreError();
  EXPECT_EQ(store_.load_calls(), 1025);
  cache_.FindOrLoad("p0").status().IgnoreError();  // Forgotten.
  EXPECT_EQ(store_.load_calls(), 1026);
}

TEST_F(KeysetCacheTest, ReloadSeesARotationElsewhereOncePerTtl) {
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  store_.Put(Stored("cards", 2));
  ASSERT_OK_AND_ASSIGN(const auto old, cache_.FindOrLoad("cards"));
  EXPECT_EQ(old->versions().size(), 1u);
  ASSERT_OK_AND_ASSIGN(const auto rotated, cache_.FindOrLoad("cards", true));
  EXPECT_EQ(rotated->versions().size(), 2u);

  store_.Put(Stored("cards", 3));
  ASSERT_OK_AND_ASSIGN(const auto same, cache_.FindOrLoad("cards", true));
  EXPECT_EQ(same->versions().size(), 2u);
  EXPECT_EQ(store_.load_calls(), 1);
  now_ += kTtl;
  ASSERT_OK_AND_ASSIGN(const auto again, cache_.FindOrLoad("cards", true));
  EXPECT_EQ(again->versions().size(), 3u);
}

TEST_F(KeysetCacheTest, ReloadOfAProfileThatIsGoneForgetsIt) {
  store_.Put(Stored("cards"));
  store_.Put(Stored("other"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  store_.Erase("cards");
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards", true)),
            Reason::kProfileUnknown);
  EXPECT_EQ(ReasonOf(cache_.Find("cards")), Reason::kProfileUnknown);
  EXPECT_THAT(NamesOfAll(), ElementsAre("other"));
}

TEST_F(KeysetCacheTest, StoreThatIsAwayIsSaidAndNotAskedAgainWithinTheTtl) {
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  store_.FailWith(Away());
  EXPECT_EQ(cache_.FindOrLoad("new").status(), Away());
  EXPECT_EQ(cache_.FindOrLoad("cards", true).status(), Away());
  EXPECT_EQ(store_.load_calls(), 2);
  EXPECT_EQ(cache_.FindOrLoad("new").status(), Away());
  EXPECT_EQ(store_.load_calls(), 2);
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());

  store_.FailWith(absl::OkStatus());
  store_.Put(Stored("new"));
  now_ += kTtl;
  EXPECT_THAT(cache_.FindOrLoad("new"), IsOk());
  EXPECT_THAT(cache_.FindOrLoad("cards", true), IsOk());
}

TEST_F(KeysetCacheTest, RefreshHelpsANameThatWasUnknownAMomentAgo) {
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("cards")), Reason::kProfileUnknown);
  store_.Put(Stored("cards"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_THAT(cache_.FindOrLoad("cards"), IsOk());
}

TEST_F(KeysetCacheTest, ContradictoryRowsSpoilTheirProfileOnly) {
  store_.Put(Contradictory("bad"));
  store_.Put(Stored("good"));
  ASSERT_THAT(cache_.Refresh(), IsOk());
  EXPECT_EQ(ReasonOf(cache_.Find("bad")), Reason::kKeyCorrupt);
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("bad")), Reason::kKeyCorrupt);
  EXPECT_EQ(store_.load_calls(), 0);
  EXPECT_THAT(cache_.Find("good"), IsOk());
  EXPECT_THAT(NamesOfAll(), ElementsAre("good"));

  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("bad", true)), Reason::kKeyCorrupt);
  store_.Put(Stored("bad"));  // Repaired.
  now_ += kTtl;
  EXPECT_THAT(cache_.FindOrLoad("bad", true), IsOk());
  EXPECT_THAT(NamesOfAll(), ElementsAre("bad", "good"));

  store_.Put(Contradictory("good"));  // And broken, in one reload.
  EXPECT_EQ(ReasonOf(cache_.FindOrLoad("good", true)), Reason::kKeyCorrupt);
  EXPECT_THAT(NamesOfAll(), ElementsAre("bad"));
}

TEST_F(KeysetCacheTest, DamagedKeySpoilsItsVersionOnly) {
  StoredKeyset damaged = Stored("cards", 2);
  damaged.versions[0].wrapped_dek[20] ^= 1;
  store_.Put(damaged);
  ASSERT_THAT(cache_.Refresh(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto keyset, cache_.Find("cards"));
  EXPECT_THAT(keyset->Primary(), IsOk());
  EXPECT_EQ(ReasonOf(keyset->ForVersion(1)), Reason::kKeyCorrupt);
  EXPECT_THAT(NamesOfAll(), ElementsAre("cards"));
}

// A KEK that can be taken away and given back.
class FlakyKek final : public KekProvider {
 public:
  explicit FlakyKek(const MemoryKek& kek)
      : kek_(kek), failing_(kek, absl::UnavailableError("no KEK")) {}
  const std::string& kek_id() const override { return kek_.kek_id(); }
  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override {
    return current().Wrap(dek, aad);
  }
  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override {
    return current().Unwrap(wrapped, aad);
  }
  bool away = false;

 private:
  const KekProvider& current() const {
    if (away) return failing_;
    return kek_;
  }
  const MemoryKek& kek_;
  const FailingKek failing_;
};

TEST_F(KeysetCacheTest, KekThatIsAwayCostsNewKeysOnlyUntilItIsBack) {
  FlakyKek kek(kek_);
  KeysetCache cache(store_, kek, {.now = [this] { return now_; }});
  store_.Put(Stored("old"));
  ASSERT_THAT(cache.Refresh(), IsOk());
  kek.away = true;
  store_.Put(Stored("new"));
  ASSERT_THAT(cache.Refresh(), IsOk());
  EXPECT_THAT((*cache.Find("old"))->Primary(), IsOk());
  EXPECT_EQ((*cache.Find("new"))->Primary().status(),
            absl::UnavailableError("no KEK"));
  EXPECT_EQ(cache.CreateProfile({.name = "more"}).status(),
            absl::UnavailableError("no KEK"));
  EXPECT_EQ(ReasonOf(store_.Load("more")), Reason::kProfileUnknown);
  kek.away = false;
  ASSERT_THAT(cache.Refresh(), IsOk());
  EXPECT_THAT((*cache.Find("new"))->Primary(), IsOk());
}

}  // namespace
}  // namespace panvault::vault
