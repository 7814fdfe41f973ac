// What this shows: the store on a real PostgreSQL keeps the contract that all
// stores keep, and what only a server can do to it: dying, lacking the schema,
// holding rows of a later version.

#include "vault/postgres/postgres_keyset_store.h"

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/contract/keyset_store_contract.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/postgres.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/keyset.h"
#include "vault/postgres/migrate.h"

namespace panvault::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using vault::KeysetStore;
using vault::Reason;
using vault::StoredKeyset;

std::unique_ptr<KeysetStore> StoreOn(const std::string& conninfo) {
  auto store = vault::postgres::NewPostgresKeysetStore({.conninfo = conninfo});
  EXPECT_THAT(store, IsOk());
  return *std::move(store);
}

std::string MigratedDatabase() {
  std::string conninfo = NewDatabase();
  EXPECT_THAT(vault::postgres::Migrate(conninfo), IsOk());
  return conninfo;
}

INSTANTIATE_TEST_SUITE_P(Postgres, KeysetStoreContract,
                         ::testing::Values(StoreUnderTest{
                             "postgres",
                             [] { return StoreOn(MigratedDatabase()); }}));

class PostgresKeysetStoreTest : public ::testing::Test {
 protected:
  static void ExpectUnavailable(const absl::Status& status,
                                const std::string& words) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(vault::FactsOf(status).reason, Reason::kStoreUnavailable)
        << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
  StoredKeyset Stored(const std::string& name) const {
    return MakeStored(
        {.name = name,
         .versions = {{1, 1, vault::KeyState::kDecryptOnly, false},
                      {2, 2, vault::KeyState::kEnabled, true}}},
        kek_);
  }

  const MemoryKek kek_;
  const std::string conninfo_ = MigratedDatabase();
  const std::unique_ptr<KeysetStore> store_ = StoreOn(conninfo_);
};

TEST_F(PostgresKeysetStoreTest, KeysOutliveTheDatabase) {
  ASSERT_THAT(store_->Create(Stored("cards")), IsOk());
  ASSERT_OK_AND_ASSIGN(const StoredKeyset loaded,
                       StoreOn(conninfo_)->Load("cards"));
  ASSERT_OK_AND_ASSIGN(const auto keyset,
                       vault::Keyset::Unwrap(loaded, kek_, nullptr));
  EXPECT_THAT(keyset->Primary(), IsOk());
  EXPECT_THAT(keyset->ForVersion(1), IsOk());
}

TEST_F(PostgresKeysetStoreTest, RecoversByItselfAfterTheServerDied) {
  ASSERT_THAT(store_->Create(Stored("cards")), IsOk());
  for (int round = 0; round < 3; ++round) {
    ASSERT_THAT(SharedPostgres().Kill(), IsOk());
    ExpectUnavailable(store_->LoadAll().status(), "PostgreSQL");
    ExpectUnavailable(store_->Load("cards").status(), "PostgreSQL");
    ExpectUnavailable(store_->Create(Stored("other")), "PostgreSQL");
    ASSERT_THAT(SharedPostgres().Restart(), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto all, store_->LoadAll());
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].profile.name, "cards");
  }
}

TEST_F(PostgresKeysetStoreTest, DoesNotNoticeARestartBetweenCalls) {
  // All four connections are idle when the server goes.
  std::vector<std::future<absl::Status>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(std::async(std::launch::async, [&, i] {
      return store_->Create(Stored(absl::StrCat("p", i)));
    }));
  }
  for (auto& call : calls) EXPECT_THAT(call.get(), IsOk());
  ASSERT_THAT(SharedPostgres().Kill(), IsOk());
  ASSERT_THAT(SharedPostgres().Restart(), IsOk());
  for (int i = 0; i < 6; ++i) EXPECT_THAT(store_->LoadAll(), IsOk());
}

TEST_F(PostgresKeysetStoreTest,
       EachCallDuringCrashesEndsInSuccessOrUnavailable) {
  std::atomic<bool> done{false};
  std::vector<std::string> made;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      const std::string name = absl::StrCat("p", i);
      const absl::Status status = store_->Create(Stored(name));
      if (status.ok()) {
        made.push_back(name);
      } else {
        EXPECT_EQ(vault::FactsOf(status).reason, Reason::kStoreUnavailable)
            << status;
      }
    }
  });
  for (int round = 0; round < 3; ++round) {
    absl::SleepFor(absl::Milliseconds(100));
    EXPECT_THAT(SharedPostgres().Kill(), IsOk());
    EXPECT_THAT(SharedPostgres().Restart(), IsOk());
  }
  done = true;
  writer.join();
  // What was said to be stored is there, and whole.
  EXPECT_FALSE(made.empty());
  ASSERT_OK_AND_ASSIGN(const auto all, store_->LoadAll());
  for (const std::string& name : made) {
    ASSERT_OK_AND_ASSIGN(const StoredKeyset loaded, store_->Load(name));
    EXPECT_EQ(loaded.versions.size(), 2u) << name;
  }
  for (const StoredKeyset& keyset : all) {
    EXPECT_EQ(keyset.versions.size(), 2u) << keyset.profile.name;
  }
}

TEST_F(PostgresKeysetStoreTest, TwoVaultsThatCreateOneNameHaveOneWinner) {
  const auto other = StoreOn(conninfo_);
  for (int round = 0; round < 20; ++round) {
    StoredKeyset mine = Stored("mine");
    StoredKeyset theirs = Stored("theirs");
    mine.profile.id[0] = theirs.profile.id[0] = "0123456789abcdef"[round % 16];
    mine.profile.id[1] = theirs.profile.id[1] = round < 16 ? '0' : '1';
    mine.profile.name = theirs.profile.name = absl::StrCat("cards", round);
    auto first =
        std::async(std::launch::async, [&] { return store_->Create(mine); });
    const absl::Status second = other->Create(theirs);
    const absl::Status statuses[] = {first.get(), second};
    ASSERT_NE(statuses[0].ok(), statuses[1].ok());
    const absl::Status& loser = statuses[statuses[0].ok() ? 1 : 0];
    EXPECT_EQ(vault::FactsOf(loser).reason, Reason::kProfileExists) << loser;
    EXPECT_EQ(vault::FactsOf(loser).field, "profile.name");
    ASSERT_OK_AND_ASSIGN(const StoredKeyset stored,
                         store_->Load(mine.profile.name));
    EXPECT_EQ(stored.profile.id, (statuses[0].ok() ? mine : theirs).profile.id);
  }
}

TEST_F(PostgresKeysetStoreTest, CreateStoresAllOrNothing) {
  StoredKeyset bad = Stored("hunter2");
  bad.versions[0].info.primary = true;  // Two primaries.
  bad.versions[0].info.state = vault::KeyState::kEnabled;
  const absl::Status status = store_->Create(bad);
  EXPECT_EQ(vault::FactsOf(status).reason, Reason::kInternal) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("23505"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
  ASSERT_OK_AND_ASSIGN(const auto all, store_->LoadAll());
  EXPECT_TRUE(all.empty());
}

TEST_F(PostgresKeysetStoreTest, TakenIdIsNotMistakenForATakenName) {
  const StoredKeyset first = Stored("one");
  StoredKeyset second = Stored("two");
  second.profile.id = first.profile.id;
  ASSERT_THAT(store_->Create(first), IsOk());
  const absl::Status status = store_->Create(second);
  EXPECT_EQ(vault::FactsOf(status).reason, Reason::kInternal) << status;
}

TEST_F(PostgresKeysetStoreTest, NameWithNulIsUnknownNotCutShort) {
  ASSERT_THAT(store_->Create(Stored("cards")), IsOk());
  const absl::Status status =
      store_->Load(absl::string_view("cards\0x", 7)).status();
  EXPECT_EQ(vault::FactsOf(status).reason, Reason::kProfileUnknown);
}

TEST_F(PostgresKeysetStoreTest, ProfileWithoutVersionsIsLoadedAsSuch) {
  ASSERT_THAT(store_->Create(Stored("a")), IsOk());
  ASSERT_THAT(store_->Create(Stored("b")), IsOk());
  Sql(conninfo_,
      "DELETE FROM key_versions v USING token_profiles p "
      "WHERE p.profile_id = v.profile_id AND name = 'a'");
  ASSERT_OK_AND_ASSIGN(const auto all, store_->LoadAll());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].versions.empty());
  EXPECT_EQ(all[1].versions.size(), 2u);
}

TEST_F(PostgresKeysetStoreTest, RowsOfALaterVersionSpoilTheirProfileOnly) {
  for (const char* const name : {"kept", "scheme", "state", "well"}) {
    ASSERT_THAT(store_->Create(Stored(name)), IsOk());
  }
  Sql(conninfo_,
      "ALTER TABLE token_profiles DROP CONSTRAINT token_profiles_scheme_known,"
      " DROP CONSTRAINT token_profiles_kept_known;"
      "ALTER TABLE key_versions DROP CONSTRAINT key_versions_state_known;"
      "UPDATE token_profiles SET scheme = 257 WHERE name = 'scheme';"
      "UPDATE token_profiles SET kept = 5 WHERE name = 'kept';"
      "UPDATE key_versions v SET state = 6 FROM token_profiles p"
      " WHERE p.profile_id = v.profile_id AND name = 'state' AND version = 1");
  ASSERT_OK_AND_ASSIGN(const auto all, store_->LoadAll());
  ASSERT_EQ(all.size(), 4u);
  for (const StoredKeyset& stored : all) {
    const auto keyset = vault::Keyset::Unwrap(stored, kek_, nullptr);
    EXPECT_EQ(keyset.ok(), stored.profile.name == "well")
        << stored.profile.name;
    if (!keyset.ok()) {
      EXPECT_EQ(vault::FactsOf(keyset.status()).reason, Reason::kKeyCorrupt);
    }
  }
}

TEST(NewPostgresKeysetStore, DatabaseWithoutTheSchemaSaysWhatToDo) {
  const auto store = StoreOn(NewDatabase());
  const MemoryKek kek;
  for (const absl::Status& status :
       {store->LoadAll().status(), store->Load("cards").status(),
        store->Create(MakeStored({}, kek))}) {
    EXPECT_EQ(vault::FactsOf(status).reason, Reason::kStoreUnavailable);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("run panvaultd migrate"));
  }
}

TEST(NewPostgresKeysetStore, DoesNotConnectUntilItHasTo) {
  const auto store = StoreOn("host=/nowhere-at-all");
  EXPECT_EQ(vault::FactsOf(store->LoadAll().status()).reason,
            Reason::kStoreUnavailable);
}

TEST(NewPostgresKeysetStore, RefusesOptionsThatCannotWork) {
  for (const vault::postgres::PostgresOptions& options :
       {vault::postgres::PostgresOptions{.conninfo = "", .pool_size = 0},
        vault::postgres::PostgresOptions{.conninfo = "", .pool_size = 65},
        vault::postgres::PostgresOptions{.conninfo = "nonsense"}}) {
    EXPECT_THAT(vault::postgres::NewPostgresKeysetStore(options),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace panvault::testing
