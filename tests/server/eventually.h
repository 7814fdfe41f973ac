// Waiting for what happens on another thread.

#ifndef PANVAULT_TESTS_SERVER_EVENTUALLY_H_
#define PANVAULT_TESTS_SERVER_EVENTUALLY_H_

#include <chrono>
#include <functional>
#include <thread>

namespace panvault::testing {

// Waits, for a minute at most, until `done`. False if it never was.
inline bool Eventually(const std::function<bool()>& done) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_SERVER_EVENTUALLY_H_
