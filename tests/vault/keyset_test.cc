// What this shows: a keyset serves the versions that it may, says of each other
// one why not, refuses rows that contradict each other, and opens no key that
// stands in a row it was not sealed for.

#include "vault/keyset.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::KeysetSpec;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::VersionSpec;

template <typename T>
Reason ReasonOf(const absl::StatusOr<T>& result) {
  EXPECT_FALSE(result.ok());
  return FactsOf(result.status()).reason;
}

// Version 1 reads, 2 is primary; a different slot than version.
KeysetSpec TwoVersions() {
  return {.name = "cards",
          .versions = {
              {1, 4, KeyState::kDecryptOnly, false, 0},
              {2, 7, KeyState::kEnabled, true, 0},
          }};
}

TEST(Keyset, ServesByVersionBySlotAndAsPrimary) {
  const auto keyset = MakeKeyset(TwoVersions());
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const primary, keyset->Primary());
  EXPECT_EQ(primary->version, 2u);
  EXPECT_EQ(primary->slot, 7u);
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const one, keyset->ForVersion(1));
  EXPECT_EQ(one->slot, 4u);
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const slot4, keyset->ForSlot(4));
  EXPECT_EQ(slot4, one);
  EXPECT_EQ(keyset->versions().size(), 2u);
  EXPECT_EQ(keyset->profile().name, "cards");
  EXPECT_TRUE(keyset->usable(1));
  EXPECT_TRUE(keyset->usable(2));
  EXPECT_FALSE(keyset->usable(3));
  ASSERT_NE(keyset->InfoForSlot(7), nullptr);
  EXPECT_EQ(keyset->InfoForSlot(7)->version, 2u);
}

TEST(Keyset, UnknownVersionsAndSlotsAreSaidSo) {
  const auto keyset = MakeKeyset(TwoVersions());
  EXPECT_EQ(ReasonOf(keyset->ForVersion(3)), Reason::kKeyVersionUnknown);
  EXPECT_EQ(ReasonOf(keyset->ForVersion(0)), Reason::kKeyVersionUnknown);
  for (const unsigned slot : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u, 10u, 4000u}) {
    EXPECT_EQ(ReasonOf(keyset->ForSlot(slot)), Reason::kTokenUnknown) << slot;
    EXPECT_EQ(keyset->InfoForSlot(slot), nullptr) << slot;
  }
}

TEST(Keyset, EachStateAnswersInItsWay) {
  const auto keyset =
      MakeKeyset({.versions = {
                      {1, 1, KeyState::kEnabled, false, 0},
                      {2, 2, KeyState::kDecryptOnly, false, 0},
                      {3, 3, KeyState::kDisabled, false, 0},
                      {4, 4, KeyState::kDestroyScheduled, false, 0},
                      {5, 5, KeyState::kDestroyed, false, 0},
                  }});
  EXPECT_THAT(keyset->ForVersion(1), IsOk());
  EXPECT_THAT(keyset->ForVersion(2), IsOk());
  EXPECT_EQ(ReasonOf(keyset->ForVersion(3)), Reason::kKeyVersionDisabled);
  EXPECT_EQ(ReasonOf(keyset->ForVersion(4)), Reason::kKeyVersionDestroyed);
  EXPECT_EQ(ReasonOf(keyset->ForVersion(5)), Reason::kKeyVersionDestroyed);
  EXPECT_EQ(ReasonOf(keyset->ForSlot(3)), Reason::kKeyVersionDisabled);
  EXPECT_EQ(ReasonOf(keyset->ForSlot(4)), Reason::kKeyVersionDestroyed);
  // A destroyed version has no slot any more.
  EXPECT_EQ(ReasonOf(keyset->ForSlot(5)), Reason::kTokenUnknown);
  // No primary.
  EXPECT_EQ(ReasonOf(keyset->Primary()), Reason::kKeyVersionDisabled);
  EXPECT_FALSE(keyset->usable(5));
}

TEST(Keyset, ADestroyedVersionMayShareASlot) {
  const auto keyset =
      MakeKeyset({.versions = {{1, 1, KeyState::kDestroyed, false, 0},
                               {2, 1, KeyState::kEnabled, true, 0}}});
  ASSERT_OK_AND_ASSIGN(const VersionKeys* const keys, keyset->ForSlot(1));
  EXPECT_EQ(keys->version, 2u);
}

TEST(Keyset, NineLiveVersionsFit) {
  KeysetSpec spec;
  spec.versions.clear();
  for (uint32_t v = 1; v <= kKeySlots; ++v) {
    spec.versions.push_back({v, 10 - v, KeyState::kEnabled, v == kKeySlots, 0});
  }
  const auto keyset = MakeKeyset(spec);
  for (unsigned slot = 1; slot <= kKeySlots; ++slot) {
    ASSERT_OK_AND_ASSIGN(const VersionKeys* const keys, keyset->ForSlot(slot));
    EXPECT_EQ(keys->version, 10 - slot);
  }
}

TEST(Keyset, RowsThatThisBinaryDoesNotKnowAreCorrupt) {
  const MemoryKek kek;
  const auto reason_with = [&kek](auto change) {
    StoredKeyset stored = MakeStored(TwoVersions(), kek);
    change(stored);
    return ReasonOf(Keyset::Unwrap(stored, kek, nullptr));
  };
  for (const int number : {0, 2, 255}) {
    EXPECT_EQ(reason_with([number](StoredKeyset& stored) {
                stored.profile.scheme = static_cast<TokenScheme>(number);
              }),
              Reason::kKeyCorrupt)
        << number;
  }
  for (const int number : {0, 5, 255}) {
    EXPECT_EQ(reason_with([number](StoredKeyset& stored) {
                stored.profile.kept = static_cast<KeptDigits>(number);
              }),
              Reason::kKeyCorrupt)
        << number;
  }
  for (const int number : {0, 6, 255}) {
    EXPECT_EQ(reason_with([number](StoredKeyset& stored) {
                stored.versions[0].info.state = static_cast<KeyState>(number);
              }),
              Reason::kKeyCorrupt)
        << number;
  }
}

TEST(Keyset, RowsThatContradictEachOtherAreCorrupt) {
  struct Row {
    const char* what;
    std::vector<VersionSpec> versions;
  };
  const Row rows[] = {
      {"two primaries",
       {{1, 1, KeyState::kEnabled, true, 0},
        {2, 2, KeyState::kEnabled, true, 0}}},
      {"a repeated version",
       {{1, 1, KeyState::kEnabled, true, 0},
        {1, 2, KeyState::kEnabled, false, 0}}},
      {"a repeated live slot",
       {{1, 1, KeyState::kEnabled, true, 0},
        {2, 1, KeyState::kDisabled, false, 0}}},
      {"slot 0", {{1, 0, KeyState::kEnabled, true, 0}}},
      {"slot 10", {{1, 10, KeyState::kEnabled, true, 0}}},
      {"version 0", {{0, 1, KeyState::kEnabled, true, 1}}},
      {"descending versions",
       {{2, 1, KeyState::kEnabled, true, 0},
        {1, 2, KeyState::kEnabled, false, 0}}},
      {"a disabled primary", {{1, 1, KeyState::kDisabled, true, 0}}},
      {"a destroyed primary", {{1, 1, KeyState::kDestroyed, true, 0}}},
  };
  const MemoryKek kek;
  for (const Row& row : rows) {
    const auto keyset = Keyset::Unwrap(
        MakeStored({.versions = row.versions}, kek), kek, nullptr);
    EXPECT_EQ(keyset.status().code(), absl::StatusCode::kDataLoss) << row.what;
    EXPECT_EQ(ReasonOf(keyset), Reason::kKeyCorrupt) << row.what;
  }
}

TEST(Keyset, ACorruptKeyTakesNoOtherVersionDown) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored(TwoVersions(), kek);
  for (size_t i = 0; i < stored.versions[1].wrapped_dek.size(); ++i) {
    StoredKeyset changed = stored;
    changed.versions[1].wrapped_dek[i] ^= 0x20;
    ASSERT_OK_AND_ASSIGN(const auto keyset,
                         Keyset::Unwrap(changed, kek, nullptr));
    EXPECT_EQ(ReasonOf(keyset->Primary()), Reason::kKeyCorrupt) << i;
    EXPECT_EQ(ReasonOf(keyset->ForVersion(2)), Reason::kKeyCorrupt) << i;
    EXPECT_EQ(ReasonOf(keyset->ForSlot(7)), Reason::kKeyCorrupt) << i;
    EXPECT_FALSE(keyset->usable(2)) << i;
    EXPECT_THAT(keyset->ForVersion(1), IsOk()) << i;
  }
}

TEST(Keyset, SwappedKeysOfTwoVersionsAreCorrupt) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored(TwoVersions(), kek);
  std::swap(stored.versions[0].wrapped_dek, stored.versions[1].wrapped_dek);
  ASSERT_OK_AND_ASSIGN(const auto keyset, Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_EQ(ReasonOf(keyset->ForVersion(1)), Reason::kKeyCorrupt);
  EXPECT_EQ(ReasonOf(keyset->ForVersion(2)), Reason::kKeyCorrupt);
}

TEST(Keyset, AKeyOfAnotherProfileIsCorrupt) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored({.name = "cards"}, kek);
  const StoredKeyset other = MakeStored({.name = "other"}, kek);
  stored.versions[0].wrapped_dek = other.versions[0].wrapped_dek;
  ASSERT_OK_AND_ASSIGN(const auto keyset, Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_EQ(ReasonOf(keyset->Primary()), Reason::kKeyCorrupt);
}

TEST(Keyset, ARenamedProfileKeepsItsKeysAndARecreatedOneDoesNot) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored({.name = "cards"}, kek);
  stored.profile.name = "renamed";
  ASSERT_OK_AND_ASSIGN(const auto renamed,
                       Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_THAT(renamed->Primary(), IsOk());
  stored.profile.id = "ffffffffffffffffffffffffffffffff";
  ASSERT_OK_AND_ASSIGN(const auto other, Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_EQ(ReasonOf(other->Primary()), Reason::kKeyCorrupt);
}

TEST(Keyset, AnotherKekIsCorruptAndNotNamed) {
  const MemoryKek kek(1);
  const MemoryKek other(2);
  StoredKeyset stored = MakeStored({}, kek);
  ASSERT_OK_AND_ASSIGN(const auto keyset,
                       Keyset::Unwrap(stored, other, nullptr));
  EXPECT_EQ(ReasonOf(keyset->Primary()), Reason::kKeyCorrupt);
  const std::string said(keyset->Primary().status().message());
  EXPECT_EQ(said.find("memory:1"), std::string::npos) << said;
  EXPECT_EQ(said.find("memory:2"), std::string::npos) << said;
  // A row that claims this KEK, with a key that the other one sealed.
  stored.versions[0].info.kek_id = other.kek_id();
  ASSERT_OK_AND_ASSIGN(const auto claimed,
                       Keyset::Unwrap(stored, other, nullptr));
  EXPECT_EQ(ReasonOf(claimed->Primary()), Reason::kKeyCorrupt);
}

TEST(Keyset, AFailingKekIsSaidAsItIs) {
  const MemoryKek kek;
  const testing::FailingKek failing(kek, absl::UnavailableError("HSM away"));
  ASSERT_OK_AND_ASSIGN(const auto keyset,
                       Keyset::Unwrap(MakeStored({}, kek), failing, nullptr));
  EXPECT_EQ(keyset->Primary().status(), absl::UnavailableError("HSM away"));
}

TEST(Keyset, SharesUnchangedKeysWithThePreviousOne) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored(TwoVersions(), kek);
  ASSERT_OK_AND_ASSIGN(const auto first, Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_EQ(kek.unwraps(), 2);
  // A change of state needs no key.
  stored.versions[0].info.state = KeyState::kDisabled;
  ASSERT_OK_AND_ASSIGN(const auto second,
                       Keyset::Unwrap(stored, kek, first.get()));
  EXPECT_EQ(kek.unwraps(), 2);
  EXPECT_EQ(*first->Primary(), *second->Primary());
  EXPECT_EQ(ReasonOf(second->ForVersion(1)), Reason::kKeyVersionDisabled);
  EXPECT_THAT(first->ForVersion(1), IsOk()) << "the old value changed";
}

TEST(Keyset, DoesNotShareWhatHasChanged) {
  const MemoryKek kek;
  StoredKeyset stored = MakeStored(TwoVersions(), kek);
  ASSERT_OK_AND_ASSIGN(const auto first, Keyset::Unwrap(stored, kek, nullptr));
  // Another wrapping of the second version, and a corrupt first.
  stored.versions[1] = MakeStored(TwoVersions(), kek).versions[1];
  stored.versions[0].wrapped_dek.back() ^= 1;
  ASSERT_OK_AND_ASSIGN(const auto second,
                       Keyset::Unwrap(stored, kek, first.get()));
  EXPECT_EQ(kek.unwraps(), 4);
  EXPECT_EQ(ReasonOf(second->ForVersion(1)), Reason::kKeyCorrupt);
  EXPECT_NE(*first->Primary(), *second->Primary());
  // Another profile of the same name shares nothing.
  stored = MakeStored(TwoVersions(), kek);
  const StoredKeyset other = MakeStored({.name = "x"}, kek);
  stored.profile.id = other.profile.id;
  ASSERT_OK_AND_ASSIGN(const auto third,
                       Keyset::Unwrap(stored, kek, first.get()));
  EXPECT_EQ(ReasonOf(third->Primary()), Reason::kKeyCorrupt);
}

}  // namespace
}  // namespace panvault::vault
