// What this shows: every way a call can fail has the exit code that --help
// promises, and the table in --help names all of them.

#include "client/cmd/exit_code.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::cli {
namespace {

TEST(ExitCode, FollowsTheTable) {
  const std::pair<absl::StatusCode, int> kRows[] = {
      {absl::StatusCode::kOk, 0},
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kOutOfRange, 2},
      {absl::StatusCode::kUnavailable, 3},
      {absl::StatusCode::kDeadlineExceeded, 3},
      {absl::StatusCode::kResourceExhausted, 3},
      {absl::StatusCode::kCancelled, 3},
      {absl::StatusCode::kAborted, 3},
      {absl::StatusCode::kUnauthenticated, 4},
      {absl::StatusCode::kPermissionDenied, 4},
      {absl::StatusCode::kNotFound, 5},
      {absl::StatusCode::kAlreadyExists, 5},
      {absl::StatusCode::kFailedPrecondition, 5},
      {absl::StatusCode::kDataLoss, 6},
      {absl::StatusCode::kInternal, 6},
      {absl::StatusCode::kUnknown, 6},
      {absl::StatusCode::kUnimplemented, 6},
      {static_cast<absl::StatusCode>(77), 6}};
  for (const auto& [code, expected] : kRows) {
    EXPECT_EQ(static_cast<int>(ExitCodeFor(absl::Status(code, "x"))), expected)
        << absl::StatusCodeToString(code);
  }
}

TEST(ExitCode, IsDocumented) {
  for (const ExitCode code :
       {ExitCode::kOk, ExitCode::kItemsRefused, ExitCode::kUsage,
        ExitCode::kUnavailable, ExitCode::kDenied, ExitCode::kNotFound,
        ExitCode::kInternal, ExitCode::kOutputClosed}) {
    EXPECT_THAT(std::string(kExitCodeHelp),
                ::testing::HasSubstr(
                    absl::StrCat("\n  ", static_cast<int>(code), "  ")));
  }
}

}  // namespace
}  // namespace panvault::cli
