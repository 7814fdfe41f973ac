// What this shows: before a card number is touched, nothing is left that could
// make the process write its memory or its messages somewhere.

#include "client/cmd/harden.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <string>

#include "grpc/support/log.h"
#include "gtest/gtest.h"
#include "panvault/v1/token_vault.pb.h"
#include "tests/testing/status_matchers.h"

namespace panvault::cli {
namespace {

TEST(Harden, RemovesWhatMakesGrpcAndTlsTalk) {
  for (const char* name :
       {"GRPC_TRACE", "GRPC_VERBOSITY", "GRPC_ANYTHING", "SSLKEYLOGFILE"}) {
    setenv(name, "all", 1);
  }
  setenv("PANVAULT_ADDRESS", "kept", 1);
  setenv("NOT_GRPC_TRACE", "kept", 1);
  ScrubEnvironment();
  for (const char* name :
       {"GRPC_TRACE", "GRPC_VERBOSITY", "GRPC_ANYTHING", "SSLKEYLOGFILE"}) {
    EXPECT_EQ(getenv(name), nullptr) << name;
  }
  EXPECT_EQ(getenv("PANVAULT_ADDRESS"), std::string("kept"));
  EXPECT_EQ(getenv("NOT_GRPC_TRACE"), std::string("kept"));
}

TEST(Harden, ForbidsCoreFilesAndDebuggers) {
  ASSERT_THAT(ForbidMemoryDumps(), testing::IsOk());
  rlimit limit = {1, 1};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, 0u);
  EXPECT_EQ(limit.rlim_max, 0u);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

TEST(Harden, SilencesGrpcsLog) {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // As grpc_init does.
  ::testing::internal::CaptureStderr();
  gpr_log(GPR_ERROR, "before");
  SilenceGrpcLog();
  gpr_log(GPR_ERROR, "after");
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("before"), std::string::npos);
  EXPECT_EQ(log.find("after"), std::string::npos);
}

TEST(Harden, SilencesProtobufsLog) {
  SilenceGrpcLog();
  ::testing::internal::CaptureStderr();
  v1::TokenizeRequest request;
  EXPECT_FALSE(request.ParseFromString("\x0a\x01\xff"));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace panvault::cli
