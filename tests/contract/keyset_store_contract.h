// What this shows: an implementation of KeysetStore keeps every field, order
// and promise of vault/keyset_store.h.
//
// A test binary includes this header once and names its store:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, KeysetStoreContract,
//                            ::testing::Values(StoreUnderTest{...}));

#ifndef PANVAULT_TESTS_CONTRACT_KEYSET_STORE_CONTRACT_H_
#define PANVAULT_TESTS_CONTRACT_KEYSET_STORE_CONTRACT_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/keyset_store.h"

namespace panvault::testing {

struct StoreUnderTest {
  std::string name;
  // A store with nothing in it; called once per test.
  std::function<std::unique_ptr<vault::KeysetStore>()> make_empty;
};

inline std::ostream& operator<<(std::ostream& out, const StoreUnderTest& s) {
  return out << s.name;
}

class KeysetStoreContract : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  KeysetStoreContract() : store_(GetParam().make_empty()) {}

  vault::KeysetStore& store() { return *store_; }

  // Three versions, no field at its default; times with microseconds.
  static vault::StoredKeyset Sample(const std::string& name, int seed) {
    vault::StoredKeyset keyset;
    keyset.profile.id =
        absl::StrCat(absl::Hex(seed, absl::kZeroPad16), "0123456789abcdef");
    keyset.profile.name = name;
    keyset.profile.scheme = vault::TokenScheme::kFf1;
    keyset.profile.kept = vault::KeptDigits::kBin6Last4;
    keyset.profile.allow_floor = true;
    keyset.profile.create_time = absl::FromUnixMicros(1'799'999'999'123'457);
    for (uint32_t version = 1; version <= 3; ++version) {
      vault::StoredKeyVersion stored;
      stored.info.version = version;
      stored.info.slot = 10 - version;
      stored.info.state = version == 3 ? vault::KeyState::kEnabled
                                       : vault::KeyState::kDecryptOnly;
      stored.info.primary = version == 3;
      stored.info.kek_id = absl::StrCat("file:", version, "abc");
      stored.info.create_time =
          absl::FromUnixMicros(1'800'000'000'000'001 + version);
      // Zero bytes and bytes over 127 must survive.
      stored.wrapped_dek = {
          1, 0, 255, static_cast<uint8_t>(seed), static_cast<uint8_t>(version),
          0};
      keyset.versions.push_back(stored);
    }
    return keyset;
  }

  static void ExpectSame(const vault::StoredKeyset& a,
                         const vault::StoredKeyset& b) {
    EXPECT_EQ(a.profile.id, b.profile.id);
    EXPECT_EQ(a.profile.name, b.profile.name);
    EXPECT_EQ(a.profile.scheme, b.profile.scheme);
    EXPECT_EQ(a.profile.kept, b.profile.kept);
    EXPECT_EQ(a.profile.allow_floor, b.profile.allow_floor);
    EXPECT_EQ(a.profile.create_time, b.profile.create_time);
    ASSERT_EQ(a.versions.size(), b.versions.size());
    for (size_t i = 0; i < a.versions.size(); ++i) {
      SCOPED_TRACE(absl::StrCat("version at ", i));
      const vault::KeyVersionInfo& x = a.versions[i].info;
      const vault::KeyVersionInfo& y = b.versions[i].info;
      EXPECT_EQ(x.version, y.version);
      EXPECT_EQ(x.slot, y.slot);
      EXPECT_EQ(x.state, y.state);
      EXPECT_EQ(x.primary, y.primary);
      EXPECT_EQ(x.kek_id, y.kek_id);
      EXPECT_EQ(x.create_time, y.create_time);
      EXPECT_EQ(a.versions[i].wrapped_dek, b.versions[i].wrapped_dek);
    }
  }

  static vault::Reason ReasonOf(const absl::Status& status) {
    return vault::FactsOf(status).reason;
  }

 private:
  std::unique_ptr<vault::KeysetStore> store_;
};

TEST_P(KeysetStoreContract, LoadAllIsEmptyAtFirst) {
  ASSERT_OK_AND_ASSIGN(const auto all, store().LoadAll());
  EXPECT_TRUE(all.empty());
}

TEST_P(KeysetStoreContract, LoadReturnsWhatWasCreated) {
  const vault::StoredKeyset keyset = Sample("cards", 1);
  ASSERT_THAT(store().Create(keyset), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto loaded, store().Load("cards"));
  ExpectSame(keyset, loaded);
}

TEST_P(KeysetStoreContract, LoadReturnsEveryEnumAndEdgeValue) {
  vault::StoredKeyset keyset = Sample("edges", 2);
  keyset.profile.kept = vault::KeptDigits::kBin8Last4;
  keyset.profile.allow_floor = false;
  keyset.versions[0].info.state = vault::KeyState::kDisabled;
  keyset.versions[1].info.state = vault::KeyState::kDestroyScheduled;
  vault::StoredKeyVersion destroyed = keyset.versions[0];
  destroyed.info.version = 2'147'483'647;
  destroyed.info.state = vault::KeyState::kDestroyed;
  destroyed.wrapped_dek.clear();
  keyset.versions.push_back(destroyed);
  ASSERT_THAT(store().Create(keyset), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto loaded, store().Load("edges"));
  ExpectSame(keyset, loaded);
}

TEST_P(KeysetStoreContract, LoadAllIsOrderedByName) {
  // A hyphen and digits sort by byte, whatever the store's collation.
  const std::vector<std::string> names = {"b", "a1", "a-1", "a", "ab", "a-b"};
  const std::vector<std::string> sorted = {"a", "a-1", "a-b", "a1", "ab", "b"};
  int seed = 1;
  for (const std::string& name : names) {
    ASSERT_THAT(store().Create(Sample(name, seed++)), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const auto all, store().LoadAll());
  std::vector<std::string> loaded;
  for (const auto& keyset : all) loaded.push_back(keyset.profile.name);
  EXPECT_EQ(loaded, sorted);
}

TEST_P(KeysetStoreContract, LoadAllReturnsWholeKeysets) {
  const vault::StoredKeyset a = Sample("a", 1);
  const vault::StoredKeyset b = Sample("b", 2);
  ASSERT_THAT(store().Create(b), IsOk());
  ASSERT_THAT(store().Create(a), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto all, store().LoadAll());
  ASSERT_EQ(all.size(), 2u);
  ExpectSame(all[0], a);
  ExpectSame(all[1], b);
}

TEST_P(KeysetStoreContract, VersionsComeBackAscendingHoweverTheyWereGiven) {
  vault::StoredKeyset keyset = Sample("mixed", 3);
  std::swap(keyset.versions[0], keyset.versions[2]);
  ASSERT_THAT(store().Create(keyset), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto loaded, store().Load("mixed"));
  ASSERT_EQ(loaded.versions.size(), 3u);
  EXPECT_EQ(loaded.versions[0].info.version, 1u);
  EXPECT_EQ(loaded.versions[2].info.version, 3u);
}

TEST_P(KeysetStoreContract, LoadOfAnUnknownNameIsProfileUnknown) {
  ASSERT_THAT(store().Create(Sample("cards", 1)), IsOk());
  for (const char* const name : {"card", "cards2", "Cards", ""}) {
    const absl::Status status = store().Load(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << name;
    EXPECT_EQ(ReasonOf(status), vault::Reason::kProfileUnknown) << name;
  }
}

TEST_P(KeysetStoreContract, CreateOfATakenNameLeavesTheFirstUnchanged) {
  const vault::StoredKeyset first = Sample("cards", 1);
  vault::StoredKeyset second = Sample("cards", 2);
  second.versions.pop_back();
  second.versions.pop_back();
  ASSERT_THAT(store().Create(first), IsOk());
  const absl::Status status = store().Create(second);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), vault::Reason::kProfileExists);
  ASSERT_OK_AND_ASSIGN(const auto loaded, store().Load("cards"));
  ExpectSame(first, loaded);
  ASSERT_OK_AND_ASSIGN(const auto all, store().LoadAll());
  EXPECT_EQ(all.size(), 1u);
}

TEST_P(KeysetStoreContract, ConcurrentCreatesOfOneNameHaveOneWinner) {
  constexpr size_t kThreads = 4;
  std::vector<vault::StoredKeyset> keysets;
  for (size_t i = 0; i < kThreads; ++i) {
    keysets.push_back(Sample("cards", static_cast<int>(i) + 1));
  }
  std::vector<absl::Status> outcomes(kThreads);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { outcomes[i] = store().Create(keysets[i]); });
  }
  for (std::thread& thread : threads) thread.join();

  std::vector<size_t> winners;
  for (size_t i = 0; i < kThreads; ++i) {
    if (outcomes[i].ok()) {
      winners.push_back(i);
    } else {
      EXPECT_EQ(ReasonOf(outcomes[i]), vault::Reason::kProfileExists)
          << outcomes[i];
    }
  }
  ASSERT_EQ(winners.size(), 1u);
  ASSERT_OK_AND_ASSIGN(const auto loaded, store().Load("cards"));
  ExpectSame(loaded, keysets[winners[0]]);
}

TEST_P(KeysetStoreContract, ReadersBesideAWriterSeeWholeKeysets) {
  constexpr int kProfiles = 20;
  std::thread writer([&] {
    for (int i = 0; i < kProfiles; ++i) {
      EXPECT_THAT(store().Create(Sample(absl::StrCat("p", i), i)), IsOk());
    }
  });
  for (int i = 0; i < kProfiles; ++i) {
    const auto all = store().LoadAll();
    EXPECT_THAT(all, IsOk());
    if (!all.ok()) break;
    for (const auto& keyset : *all) {
      EXPECT_EQ(keyset.versions.size(), 3u) << keyset.profile.name;
    }
  }
  writer.join();
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_CONTRACT_KEYSET_STORE_CONTRACT_H_
