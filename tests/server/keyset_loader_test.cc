// What this shows: the loader tries until the store comes, less and less often,
// follows the store from then on, keeps what it has when the store goes, and
// stops at once when it is told to.

#include "server/keyset_loader.h"

#include <atomic>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/memory_keyset_store.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::MemoryKeysetStore;

// Long enough that a test which needs it to pass fails by its own timeout.
constexpr absl::Duration kNever = absl::Hours(10);

class KeysetLoaderTest : public ::testing::Test {
 protected:
  struct Failure {
    absl::Status status;
    absl::Duration retry_in;
  };

  void Start(const KeysetLoader::Options& options) {
    loader_ = std::make_unique<KeysetLoader>(
        cache_, options,
        KeysetLoader::Hooks{
            .loaded =
                [this] {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  threads_.insert(std::this_thread::get_id());
                  ++loaded_;
                },
            .failed =
                [this](const absl::Status& status, absl::Duration retry_in) {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  threads_.insert(std::this_thread::get_id());
                  failures_.push_back({status, retry_in});
                }});
  }

  int loaded() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return loaded_;
  }
  std::vector<Failure> failures() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return failures_;
  }
  std::set<std::thread::id> threads() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return threads_;
  }

  void PutProfile(const char* name) {
    store_.Put(MakeStored({.name = name}, kek_));
  }

  MemoryKek kek_;
  MemoryKeysetStore store_;
  vault::KeysetCache cache_{store_, kek_, {}};

  // Guards all below.
  mutable std::mutex mutex_;
  int loaded_ = 0;
  std::vector<Failure> failures_;
  std::set<std::thread::id> threads_;

  std::unique_ptr<KeysetLoader> loader_;  // Last: it calls the hooks.
};

TEST_F(KeysetLoaderTest, LoadsAtOnce) {
  PutProfile("cards");
  Start({.refresh = kNever});
  ASSERT_TRUE(Eventually([this] { return loaded() == 1; }));
  EXPECT_TRUE(cache_.ready());
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  loader_.reset();
  EXPECT_EQ(store_.load_all_calls(), 1);
  EXPECT_TRUE(failures().empty());
}

TEST_F(KeysetLoaderTest, TriesUntilTheStoreComes) {
  PutProfile("cards");
  store_.FailWith(absl::UnavailableError("away"));
  Start({.refresh = kNever,
         .backoff_first = absl::Milliseconds(1),
         .backoff_max = absl::Milliseconds(2)});
  ASSERT_TRUE(Eventually([this] { return failures().size() >= 3; }));
  EXPECT_FALSE(cache_.ready());
  EXPECT_EQ(loaded(), 0);
  store_.FailWith(absl::OkStatus());
  ASSERT_TRUE(Eventually([this] { return loaded() == 1; }));
  EXPECT_THAT(cache_.Find("cards"), IsOk());
  for (const Failure& failure : failures()) {
    EXPECT_EQ(failure.status, absl::UnavailableError("away"));
  }
}

TEST_F(KeysetLoaderTest, WaitsAreDoubledUpToTheirMaximumAndSpread) {
  store_.FailWith(absl::UnavailableError("away"));
  Start({.refresh = kNever,
         .backoff_first = absl::Milliseconds(1),
         .backoff_max = absl::Milliseconds(5)});
  ASSERT_TRUE(Eventually([this] { return failures().size() >= 20; }));
  const std::vector<Failure> seen = failures();
  const int base_ms[] = {1, 2, 4, 5, 5};
  std::set<absl::Duration> last_waits;
  for (size_t i = 0; i < seen.size(); ++i) {
    const absl::Duration base =
        absl::Milliseconds(i < std::size(base_ms) ? base_ms[i] : 5);
    EXPECT_GE(seen[i].retry_in, base) << i;
    EXPECT_LE(seen[i].retry_in, 1.25 * base) << i;
    if (i >= 3) last_waits.insert(seen[i].retry_in);
  }
  EXPECT_GT(last_waits.size(), 1u);  // Not all replicas in step.
}

TEST_F(KeysetLoaderTest, WaitsBetweenTries) {
  store_.FailWith(absl::UnavailableError("away"));
  Start({.refresh = kNever, .backoff_first = kNever, .backoff_max = kNever});
  ASSERT_TRUE(Eventually([this] { return failures().size() == 1; }));
  loader_.reset();
  EXPECT_EQ(store_.load_all_calls(), 1);
}

TEST_F(KeysetLoaderTest, FollowsTheStore) {
  PutProfile("old");
  Start({.refresh = absl::Milliseconds(1)});
  ASSERT_TRUE(Eventually([this] { return cache_.Find("old").ok(); }));
  PutProfile("new");
  store_.Erase("old");
  EXPECT_TRUE(Eventually([this] { return cache_.Find("new").ok(); }));
  EXPECT_TRUE(Eventually([this] { return !cache_.Find("old").ok(); }));
  // Many loads worked; only the first one is news.
  EXPECT_GE(store_.load_all_calls(), 2);
  EXPECT_EQ(loaded(), 1);
}

TEST_F(KeysetLoaderTest, KeepsWhatItHasWhenTheStoreGoesAndComesBack) {
  PutProfile("cards");
  Start({.refresh = absl::Milliseconds(1),
         .backoff_first = absl::Milliseconds(1),
         .backoff_max = absl::Milliseconds(4)});
  ASSERT_TRUE(Eventually([this] { return loaded() == 1; }));
  for (int outage = 1; outage <= 3; ++outage) {
    const size_t before = failures().size();
    store_.FailWith(absl::UnavailableError("away"));
    ASSERT_TRUE(Eventually([&] { return failures().size() >= before + 3; }));
    EXPECT_THAT(cache_.Find("cards"), IsOk());
    store_.FailWith(absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return loaded() == 1 + outage; }));
    // The waits of a new outage begin small again.
    EXPECT_LE(failures().at(before).retry_in, absl::Milliseconds(1.25));
  }
}

TEST_F(KeysetLoaderTest, HooksAreCalledOnOneThreadOfItsOwn) {
  Start({.refresh = absl::Milliseconds(1),
         .backoff_first = absl::Milliseconds(1)});
  ASSERT_TRUE(Eventually([this] { return loaded() == 1; }));
  store_.FailWith(absl::UnavailableError("away"));
  ASSERT_TRUE(Eventually([this] { return !failures().empty(); }));
  loader_.reset();
  EXPECT_EQ(threads().size(), 1u);
  EXPECT_FALSE(threads().contains(std::this_thread::get_id()));
}

TEST_F(KeysetLoaderTest, StopsAtOnceBetweenLoads) {
  Start({.refresh = kNever});
  ASSERT_TRUE(Eventually([this] { return loaded() == 1; }));
  loader_.reset();  // Or it waits for kNever.
}

TEST_F(KeysetLoaderTest, StopsBeforeItsFirstLoadHasEnded) {
  for (int i = 0; i < 50; ++i) {
    Start({.refresh = kNever});
    loader_.reset();  // At any point of the thread's start.
  }
  EXPECT_EQ(loaded(), 50);
}

TEST_F(KeysetLoaderTest, StoppingWaitsForALoadUnderWay) {
  std::promise<void> entered;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<bool> finished = false;
  store_.SetHook([&] {
    entered.set_value();
    released.wait();
    finished = true;
  });
  Start({.refresh = kNever});
  entered.get_future().wait();
  std::thread stopper([&] {
    loader_.reset();
    // The load used the cache until now; its owner may free it next.
    EXPECT_TRUE(finished);
  });
  release.set_value();
  stopper.join();
  EXPECT_EQ(store_.load_all_calls(), 1);
}

}  // namespace
}  // namespace panvault::server
