// What this shows: Serve checks everything before it listens, is not ready
// before the keys are, and stops when it is told to; with a real PostgreSQL.
// The whole program's bad days are in tests/integration/panvaultd_test.py.

#include "server/serve.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config.h"
#include "server/dev/dev_state.h"
#include "server/dev/private_postgres.h"
#include "server/file_descriptor.h"
#include "server/tls.h"
#include "tests/server/fake_workload_api.h"
#include "tests/server/test_vault.h"
#include "tests/server/workload_updates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "vault/postgres/migrate.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

class ServeTest : public ::testing::Test {
 protected:
  ServeTest() {
    static const absl::Status tls13 = RequireTls13();
    EXPECT_THAT(tls13, testing::IsOk());
    const auto state =
        dev::PrepareDevState({.state_dir = folder_.path(),
                              .listen = "127.0.0.1:0",
                              .health_listen = "127.0.0.1:0",
                              .conninfo = "host=/nowhere dbname=none"},
                             absl::Now());
    EXPECT_THAT(state, testing::IsOk());
    config_ = LoadConfig(state->config_path).value();
  }
  ~ServeTest() override { fclose(log_file_); }

  std::string Log() const {
    std::string text(1 << 16, '\0');
    const ssize_t got = pread(fileno(log_file_), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }

  bool LogHolds(const std::string& what) const {
    for (int i = 0; i < 2000; ++i) {
      if (Log().find(what) != std::string::npos) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  // Serves until Stop; `ready` gets the address.
  void Start() {
    ServeOptions options;
    options.wait_for_stop = [this] {
      stop_.get_future().wait();
      return std::string("test");
    };
    options.on_ready = [this](const std::string& address) {
      ready_.set_value(address);
    };
    serving_ = std::async(std::launch::async, [this, options] {
      return Serve(config_, log_, options);
    });
  }
  absl::Status Stop() {
    stop_.set_value();
    return serving_.get();
  }

  // Serve with this configuration ends at once, and says `why`.
  void ExpectRefused(const std::string& why) {
    const absl::Status status = Serve(config_, log_, {.wait_for_stop = [] {
                                        ADD_FAILURE() << "it serves";
                                        return std::string();
                                      }});
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_EQ(Log(), "");
  }

  testing::TempFolder folder_;
  Config config_;
  FILE* const log_file_ = tmpfile();
  JsonLog log_{fileno(log_file_)};
  std::promise<void> stop_;
  std::promise<std::string> ready_;
  std::future<absl::Status> serving_;
};

TEST_F(ServeTest, IsReadyOnceTheKeysAreLoaded) {
  const auto postgres =
      dev::PrivatePostgres::Start({.state_dir = folder_.path(), .fast = true});
  ASSERT_THAT(postgres, testing::IsOk());
  config_.conninfo = (*postgres)->conninfo();
  ASSERT_THAT(vault::postgres::Migrate(config_.conninfo), testing::IsOk());
  Start();
  const std::string address = ready_.get_future().get();
  EXPECT_THAT(Log(), HasSubstr(absl::StrCat("\"address\":\"", address, "\"")));
  EXPECT_THAT(Log(), HasSubstr("\"event\":\"keys_loaded\",\"profiles\":0"));
  EXPECT_THAT(Stop(), testing::IsOk());
  EXPECT_THAT(Log(), HasSubstr("\"event\":\"drain\",\"why\":\"test\""));
  EXPECT_THAT(Log(), HasSubstr("\"event\":\"stop\""));
}

TEST_F(ServeTest, WithoutPostgresItTriesAgainAndIsNotReady) {
  Start();
  EXPECT_TRUE(LogHolds("keys_load_failed"));
  EXPECT_THAT(Log(), HasSubstr("STORE_UNAVAILABLE"));
  EXPECT_THAT(Log(), ::testing::Not(HasSubstr("keys_loaded")));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, SchemaThatWasNotMadeIsNamed) {
  const auto postgres =
      dev::PrivatePostgres::Start({.state_dir = folder_.path(), .fast = true});
  ASSERT_THAT(postgres, testing::IsOk());
  config_.conninfo = (*postgres)->conninfo();
  Start();
  EXPECT_TRUE(LogHolds("panvaultd migrate"));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, OverdueReviewIsNoted) {
  std::ofstream(config_.access_file) << R"(callers:
  - name: old-flow
    spiffe_id: spiffe://fake.test/ns/a/sa/b
    grants: [{methods: [Tokenize], profiles: [cards]}]
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2020-01-01"
    pci: ["7.2.5"]
)";
  Start();
  EXPECT_TRUE(
      LogHolds("\"event\":\"review_overdue\",\"flows\":[\"old-flow\"]"));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, RefusesAnAccessFileWithAMistake) {
  std::ofstream(config_.access_file) << "callers:\n  - nam: x\n";
  ExpectRefused("callers[0].nam: unknown key");
}

TEST_F(ServeTest, RefusesAKekThatOthersMayRead) {
  std::filesystem::permissions(config_.kek_file,
                               std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  ExpectRefused(config_.kek_file);
}

TEST_F(ServeTest, RefusesAMissingCertificate) {
  config_.tls.svid_file = folder_.path() + "/none.pem";
  ExpectRefused("none.pem");
}

TEST_F(ServeTest, FollowsFilesAndCallersWhileItServes) {
  Start();
  EXPECT_TRUE(LogHolds("\"event\":\"identity_loaded\""));
  EXPECT_TRUE(LogHolds("\"event\":\"access_loaded\""));
  std::ofstream(config_.tls.bundle_file) << "garbage";
  EXPECT_TRUE(LogHolds("\"event\":\"identity_reload_failed\""));
  std::ofstream(config_.access_file) << "callers:\n  - nam: x\n";
  EXPECT_TRUE(LogHolds("\"event\":\"access_reload_failed\""));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, TakesItsIdentityFromTheWorkloadApi) {
  FakeWorkloadApi agent(folder_.path() + "/agent.sock");
  const client::TestAuthority authority;
  agent.Push(UpdateOf(authority, kVaultId));
  config_.tls = {};
  config_.workload_api_socket = agent.socket();
  Start();
  EXPECT_TRUE(LogHolds(absl::StrCat(
      "\"event\":\"identity_loaded\",\"spiffe_id\":\"", kVaultId, "\"")));
  EXPECT_TRUE(LogHolds("\"event\":\"listening\""));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, StopsWhileItWaitsForItsFirstIdentity) {
  config_.tls = {};
  config_.workload_api_socket = folder_.path() + "/nowhere.sock";
  EXPECT_THAT(
      Serve(config_, log_,
            {.wait_for_stop =
                 [] {
                   ADD_FAILURE() << "it serves";
                   return std::string();
                 },
             .stop_asked =
                 [this] {
                   return LogHolds("\"event\":\"identity_reload_failed\"");
                 }}),
      testing::IsOk());
  EXPECT_TRUE(LogHolds("\"event\":\"stop\""));
}

// What a scraper is told.
std::string Fetch(const std::string& address) {
  const std::string request = "GET /metrics HTTP/1.1\r\n\r\n";
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  to.sin_port = htons(static_cast<uint16_t>(port));
  const FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string text;
  char bytes[4096];
  for (ssize_t got; (got = recv(fd.get(), bytes, sizeof bytes, 0)) > 0;) {
    text.append(bytes, static_cast<size_t>(got));
  }
  return text;
}

TEST_F(ServeTest, TellsItsNumbersWhereItIsAskedTo) {
  config_.metrics_listen = "127.0.0.1:0";
  Start();
  ASSERT_TRUE(LogHolds("keys_load_failed"));
  const std::string log = Log();
  constexpr char kEvent[] = "\"event\":\"metrics_listening\",\"address\":\"";
  const size_t at = log.find(kEvent);
  ASSERT_NE(at, std::string::npos);
  const size_t from = at + sizeof kEvent - 1;
  const std::string text = Fetch(log.substr(from, log.find('"', from) - from));
  EXPECT_THAT(text, HasSubstr("\npanvault_ready 0\n"));
  EXPECT_THAT(text, HasSubstr("\npanvault_svid_not_after_timestamp_seconds "));
  EXPECT_THAT(text, HasSubstr("panvault_source_loads_total{source=\"identity\""
                              "} 1\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr(
                        "\npanvault_keysets_refresh_failures_total 0\n")));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, WithoutAnAddressThereAreNoNumbers) {
  Start();
  EXPECT_TRUE(LogHolds("keys_load_failed"));
  EXPECT_THAT(Log(), ::testing::Not(HasSubstr("metrics_listening")));
  EXPECT_THAT(Stop(), testing::IsOk());
}

TEST_F(ServeTest, RefusesAMetricsAddressThatIsNotOurs) {
  config_.metrics_listen = "192.0.2.1:9464";
  const absl::Status status = Serve(config_, log_, {.wait_for_stop = [] {
                                      ADD_FAILURE() << "it serves";
                                      return std::string();
                                    }});
  EXPECT_THAT(std::string(status.message()), HasSubstr("192.0.2.1:9464"));
}

TEST_F(ServeTest, RefusesAnAddressThatIsNotOurs) {
  // Documentation's network (RFC 5737): no host has it.
  config_.listen = "192.0.2.1:8443";
  const absl::Status status = Serve(config_, log_, {.wait_for_stop = [] {
                                      ADD_FAILURE() << "it serves";
                                      return std::string();
                                    }});
  EXPECT_THAT(std::string(status.message()), HasSubstr("192.0.2.1:8443"));
}

}  // namespace
}  // namespace panvault::server
