// What this shows: the reloader polls at once and then after each pause, each
// poll after the other, and stops when it is told to.

#include "server/reloader.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

TEST(ReloaderTest, PollsAtOnceAndAgain) {
  std::promise<void> third;
  std::string order;
  int rounds = 0;
  Reloader reloader(absl::Milliseconds(1), {[&](absl::Time) { order += 'a'; },
                                            [&](absl::Time) {
                                              order += 'b';
                                              if (++rounds == 3)
                                                third.set_value();
                                            }});
  ASSERT_EQ(third.get_future().wait_for(std::chrono::minutes(1)),
            std::future_status::ready);
}

TEST(ReloaderTest, RunsPollsInOrder) {
  std::string order;
  std::promise<void> second;
  {
    int rounds = 0;
    const Reloader reloader(absl::Milliseconds(1),
                            {[&](absl::Time) { order += 'a'; },
                             [&](absl::Time) {
                               order += 'b';
                               if (++rounds == 2) second.set_value();
                             }});
    second.get_future().wait();
  }
  EXPECT_EQ(order.substr(0, 4), "abab");
}

TEST(ReloaderTest, StopsInTheMiddleOfAPause) {
  std::promise<void> polled;
  auto reloader = std::make_unique<Reloader>(
      absl::Hours(10),
      std::vector<Reloader::Poll>{[&](absl::Time) { polled.set_value(); }});
  polled.get_future().wait();
  reloader.reset();
}

}  // namespace
}  // namespace panvault::server
