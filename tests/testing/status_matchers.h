// GoogleTest matchers for absl::Status and absl::StatusOr.

#ifndef PANVAULT_TESTS_TESTING_STATUS_MATCHERS_H_
#define PANVAULT_TESTS_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::testing {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// StatusIs(code): the code alone.
MATCHER_P(StatusIs, code, "has that status code") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

}  // namespace panvault::testing

// ASSERT_OK_AND_ASSIGN(auto x, F()): fails the test unless F() is OK.
#define PANVAULT_CONCAT_INNER(a, b) a##b
#define PANVAULT_CONCAT(a, b) PANVAULT_CONCAT_INNER(a, b)
#define ASSERT_OK_AND_ASSIGN(lhs, expression)                \
  auto PANVAULT_CONCAT(status_or_, __LINE__) = (expression); \
  ASSERT_TRUE(PANVAULT_CONCAT(status_or_, __LINE__).ok())    \
      << PANVAULT_CONCAT(status_or_, __LINE__).status();     \
  lhs = std::move(PANVAULT_CONCAT(status_or_, __LINE__)).value()

#endif  // PANVAULT_TESTS_TESTING_STATUS_MATCHERS_H_
