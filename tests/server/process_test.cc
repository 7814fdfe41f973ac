// What this shows: variables that would make a library print secrets are gone
// after ScrubEnvironment, others stay; after HardenProcess no core is written.

#include "server/process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using ::testing::IsSupersetOf;

TEST(ScrubEnvironmentTest, RemovesWhatChangesLibrariesAndKeepsTheRest) {
  const char* const kDangerous[] = {
      "GRPC_TRACE",   "GRPC_VERBOSITY", "SSLKEYLOGFILE", "PGHOST",
      "OPENSSL_CONF", "SSL_CERT_FILE",  "PKCS11SPY",     "PKCS11SPY_OUTPUT",
      "OPENSC_DEBUG", "P11_KIT_DEBUG",
  };
  // The last three as PKCS #11 modules want them.
  const char* const kHarmless[] = {"PANVAULT_TEST_HARMLESS", "SOFTHSM2_CONF",
                                   "OPENSC_CONF", "P11_KIT_SERVER_ADDRESS"};
  for (const char* name : kDangerous) setenv(name, "x", 1);
  for (const char* name : kHarmless) setenv(name, "x", 1);

  EXPECT_THAT(ScrubEnvironment(),
              IsSupersetOf(std::begin(kDangerous), std::end(kDangerous)));

  for (const char* name : kDangerous) {
    EXPECT_EQ(getenv(name), nullptr) << name;
  }
  for (const char* name : kHarmless) {
    EXPECT_NE(getenv(name), nullptr) << name;
    unsetenv(name);
  }
}

TEST(HardenProcessTest, ACrashWritesNoCore) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!HardenProcess().ok()) _exit(1);
    rlimit core = {};
    getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_max != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) _exit(2);
    signal(SIGABRT, SIG_DFL);
    kill(getpid(), SIGABRT);
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);
  EXPECT_FALSE(WCOREDUMP(status));
}

// What `act` says in a process of its own, as an exit code.
template <typename Act>
int InChild(const Act& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RequireDescriptorsTest, RaisesTheLimitOrSaysThatItCannot) {
  EXPECT_EQ(InChild([] {
              const rlimit low = {.rlim_cur = 20, .rlim_max = 100};
              if (setrlimit(RLIMIT_NOFILE, &low) != 0) return 1;
              const absl::Status refused = RequireDescriptors(101);
              if (refused.code() != absl::StatusCode::kFailedPrecondition ||
                  refused.message().find("101") == absl::string_view::npos ||
                  refused.message().find("100") == absl::string_view::npos) {
                return 2;
              }
              if (!RequireDescriptors(100).ok()) return 3;
              rlimit now = {};
              getrlimit(RLIMIT_NOFILE, &now);
              return now.rlim_cur == 100 ? 0 : 4;
            }),
            0);
}

}  // namespace
}  // namespace panvault::server
