// What this shows: a socket is shut down when its watch lasts too long, and
// only then, however many are watched at once.

#include "vault/postgres/socket_watchdog.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace panvault::vault::postgres {
namespace {

constexpr absl::Duration kSoon = absl::Milliseconds(50);
constexpr absl::Duration kLong = absl::Hours(1);
constexpr int kPatienceMs = 20'000;

struct SocketPair {
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); }
  ~SocketPair() {
    close(ends[0]);
    close(ends[1]);
  }
  // Waits as libpq does.
  bool EndsWithin(int ms) const {
    pollfd event = {ends[0], POLLIN, 0};
    if (poll(&event, 1, ms) != 1) return false;
    char byte = 0;
    return read(ends[0], &byte, 1) == 0;
  }
  int ends[2] = {-1, -1};
};

TEST(SocketWatchdog, ShutsDownWhatIsWatchedForTooLong) {
  SocketWatchdog watchdog;
  const SocketPair sockets;
  const absl::Time start = absl::Now();
  const SocketWatchdog::Watch watch(watchdog, sockets.ends[0], kSoon);
  EXPECT_TRUE(sockets.EndsWithin(kPatienceMs));
  EXPECT_GE(absl::Now() - start, kSoon);
  EXPECT_TRUE(watch.expired());
}

TEST(SocketWatchdog, ShutsDownThroughADuplicate) {
  SocketWatchdog watchdog;
  const SocketPair sockets;
  const int duplicate = dup(sockets.ends[0]);
  {
    const SocketWatchdog::Watch watch(watchdog, duplicate, kSoon);
    EXPECT_TRUE(sockets.EndsWithin(kPatienceMs));
  }
  close(duplicate);
}

TEST(SocketWatchdog, LeavesAloneWhatEndsInTime) {
  SocketWatchdog watchdog;
  const SocketPair sockets;
  {
    const SocketWatchdog::Watch watch(watchdog, sockets.ends[0], kSoon);
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_FALSE(sockets.EndsWithin(200));
}

TEST(SocketWatchdog, ShorterLimitIsKeptBesideALongerOne) {
  SocketWatchdog watchdog;
  const SocketPair slow;
  const SocketPair quick;
  const SocketWatchdog::Watch first(watchdog, slow.ends[0], kLong);
  const SocketWatchdog::Watch second(watchdog, quick.ends[0], kSoon);
  EXPECT_TRUE(quick.EndsWithin(kPatienceMs));
  EXPECT_FALSE(first.expired());
  EXPECT_FALSE(slow.EndsWithin(0));
}

TEST(SocketWatchdog, EndsAtOnceWhateverIsLeftToWaitFor) {
  const SocketPair sockets;
  const absl::Time start = absl::Now();
  {
    SocketWatchdog watchdog;
    const SocketWatchdog::Watch watch(watchdog, sockets.ends[0], kLong);
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
}

TEST(SocketWatchdog, ManyThreadsAtOnceEachGetTheirOwn) {
  SocketWatchdog watchdog;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&watchdog, t] {
      for (int i = 0; i < 50; ++i) {
        const SocketPair sockets;
        const bool expires = t % 2 == 0 && i == 25;
        const SocketWatchdog::Watch watch(
            watchdog, sockets.ends[0], expires ? absl::Milliseconds(1) : kLong);
        if (expires) {
          EXPECT_TRUE(sockets.EndsWithin(kPatienceMs));
        }
        EXPECT_EQ(watch.expired(), expires);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace panvault::vault::postgres
