// What this shows: panvault.yaml is refused unless each field makes sense, with
// the place in the message; defaults and paths are as config.proto says; and
// what `panvaultd dev` writes is a good example.

#include "server/config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/dev_files.h"
#include "tests/server/config_fields.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::server {
namespace {

using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseConfigTest, DefaultsAreThoseOfConfigProto) {
  ASSERT_OK_AND_ASSIGN(const Config config, Parse({}));
  EXPECT_EQ(config.listen, "127.0.0.1:8443");
  EXPECT_EQ(config.health_listen, "127.0.0.1:8081");
  EXPECT_EQ(config.conninfo, "host=/s dbname=panvault");
  EXPECT_EQ(config.pool_size, 4u);
  EXPECT_EQ(config.refresh, absl::Seconds(5));
  EXPECT_GE(config.batch_threads, 1u);
  EXPECT_LE(config.batch_threads, 256u);
  if (const size_t cores = std::thread::hardware_concurrency(); cores != 0) {
    EXPECT_EQ(config.batch_threads, std::min<size_t>(cores, 256));
  }
  EXPECT_EQ(config.batch_queue, 64u);
  EXPECT_EQ(config.drain, absl::Seconds(20));
  EXPECT_EQ(config.max_key_staleness, absl::Seconds(3600));
}

TEST(ParseConfigTest, ZeroIsTheDefaultToo) {
  ASSERT_OK_AND_ASSIGN(const Config config,
                       Parse({{"postgres.pool_size", "0"},
                              {"postgres.refresh_s", "0"},
                              {"limits.batch_threads", "0"},
                              {"limits.batch_queue", "0"},
                              {"limits.drain_s", "0"},
                              {"limits.max_key_staleness_s", "0"}}));
  ASSERT_OK_AND_ASSIGN(const Config defaults, Parse({}));
  EXPECT_EQ(config.pool_size, defaults.pool_size);
  EXPECT_EQ(config.refresh, defaults.refresh);
  EXPECT_EQ(config.batch_threads, defaults.batch_threads);
  EXPECT_EQ(config.batch_queue, defaults.batch_queue);
  EXPECT_EQ(config.drain, defaults.drain);
  EXPECT_EQ(config.max_key_staleness, defaults.max_key_staleness);
}

TEST(ParseConfigTest, EachNumberHasARange) {
  const struct {
    const char* path;
    uint32_t max;
  } numbers[] = {
      {"postgres.pool_size", 64},    {"postgres.refresh_s", 3600},
      {"limits.batch_threads", 256}, {"limits.batch_queue", 1024},
      {"limits.drain_s", 600},       {"limits.max_key_staleness_s", 86400},
  };
  for (const auto& [path, max] : numbers) {
    EXPECT_EQ(Why({{path, "1"}}), "") << path;
    EXPECT_EQ(Why({{path, absl::StrCat(max)}}), "") << path;
    const std::string why = absl::StrCat("f: ", path, ": want 1 to ", max);
    EXPECT_EQ(Why({{path, absl::StrCat(max + 1)}}), why);
    EXPECT_EQ(Why({{path, "4294967295"}}), why);
  }
}

TEST(ParseConfigTest, ConnectionsHaveARange) {
  for (const char* bad : {"1", "15", "65537"}) {
    EXPECT_EQ(Why({{"limits.connections", bad}}),
              "f: limits.connections: want 16 to 65536")
        << bad;
  }
  ASSERT_OK_AND_ASSIGN(const Config least,
                       Parse({{"limits.connections", "16"}}));
  EXPECT_EQ(least.connections, 16u);
  ASSERT_OK_AND_ASSIGN(const Config defaults, Parse({}));
  EXPECT_EQ(defaults.connections, 1024u);
}

TEST(ParseConfigTest, MemoryHasARange) {
  for (const char* bad : {"1", "127", "1048577"}) {
    EXPECT_EQ(Why({{"limits.memory_mib", bad}}),
              "f: limits.memory_mib: want 128 to 1048576")
        << bad;
  }
  ASSERT_OK_AND_ASSIGN(const Config least,
                       Parse({{"limits.memory_mib", "128"}}));
  EXPECT_EQ(least.memory_bytes, uint64_t{128} << 20);
  ASSERT_OK_AND_ASSIGN(const Config defaults, Parse({}));
  EXPECT_EQ(defaults.memory_bytes,
            MemoryOfControlGroup().value_or(uint64_t{1} << 30));
}

TEST(ParseConfigTest, EachNumberArrivesWhereItBelongs) {
  ASSERT_OK_AND_ASSIGN(const Config config,
                       Parse({{"postgres.pool_size", "11"},
                              {"postgres.refresh_s", "12"},
                              {"limits.batch_threads", "13"},
                              {"limits.batch_queue", "14"},
                              {"limits.drain_s", "15"},
                              {"limits.max_key_staleness_s", "16"}}));
  EXPECT_EQ(config.pool_size, 11u);
  EXPECT_EQ(config.refresh, absl::Seconds(12));
  EXPECT_EQ(config.batch_threads, 13u);
  EXPECT_EQ(config.batch_queue, 14u);
  EXPECT_EQ(config.drain, absl::Seconds(15));
  EXPECT_EQ(config.max_key_staleness, absl::Seconds(16));
}

TEST(ParseConfigTest, MetricsAreOffUnlessTheyHaveAnAddress) {
  ASSERT_OK_AND_ASSIGN(const Config off, Parse({}));
  EXPECT_EQ(off.metrics_listen, "");
  for (const char* good : {"127.0.0.1:0", "0.0.0.0:9464", "[::]:9464"}) {
    ASSERT_OK_AND_ASSIGN(
        const Config on,
        Parse({{"metrics_listen", absl::StrCat("'", good, "'")}}));
    EXPECT_EQ(on.metrics_listen, good);
  }
  for (const char* bad : {"localhost:9464", "9464", ":9464", "127.0.0.1",
                          "unix:/run/metrics", "127.0.0.1:65536"}) {
    EXPECT_THAT(Why({{"metrics_listen", absl::StrCat("'", bad, "'")}}),
                HasSubstr("f: metrics_listen: want \"ip:port\""))
        << bad;
  }
}

TEST(ParseConfigTest, EveryFileAndAddressIsNeeded) {
  for (const char* path :
       {"listen", "health_listen", "tls.svid_file", "tls.key_file",
        "tls.bundle_file", "access_file", "postgres.conninfo", "kek.file"}) {
    for (const char* value : {"", "''"}) {
      EXPECT_THAT(Why({{path, value}}), HasSubstr(absl::StrCat("f: ", path)))
          << path;
    }
  }
}

// Fields that leave the files out.
Fields AgentAt(const std::string& socket) {
  return {{"tls.svid_file", ""},
          {"tls.key_file", ""},
          {"tls.bundle_file", ""},
          {"tls.workload_api_socket", absl::StrCat("'", socket, "'")}};
}

TEST(ParseConfigTest, WorkloadApiIsInPlaceOfTheFiles) {
  ASSERT_OK_AND_ASSIGN(const Config files, Parse({}));
  EXPECT_EQ(files.workload_api_socket, "");
  for (const char* socket :
       {"/run/spire/agent.sock", "unix:/run/spire/agent.sock",
        "unix:///run/spire/agent.sock", "/run/./spire/agent.sock"}) {
    ASSERT_OK_AND_ASSIGN(const Config config, Parse(AgentAt(socket)));
    EXPECT_EQ(config.workload_api_socket, "/run/spire/agent.sock") << socket;
    EXPECT_EQ(config.tls.svid_file, "") << "not the folder";
  }
  ASSERT_OK_AND_ASSIGN(const Config relative, Parse(AgentAt("agent.sock")));
  EXPECT_EQ(relative.workload_api_socket, "/etc/panvault/agent.sock");
  Fields hinted = AgentAt("/s");
  hinted["tls.workload_api_hint"] = "internal";
  ASSERT_OK_AND_ASSIGN(const Config config, Parse(hinted));
  EXPECT_EQ(config.workload_api_hint, "internal");
}

TEST(ParseConfigTest, ThereIsOneSourceOfIdentity) {
  for (const char* file :
       {"tls.svid_file", "tls.key_file", "tls.bundle_file"}) {
    Fields both = AgentAt("/s");
    both[file] = "x.pem";
    EXPECT_THAT(Why(both), HasSubstr("f: tls.workload_api_socket: want either "
                                     "this, or tls.svid_file"))
        << file;
  }
  Fields federated = AgentAt("/s");
  federated["tls.federated_bundles"] =
      "[{trust_domain: other.test, bundle_file: x.pem}]";
  EXPECT_THAT(Why(federated),
              HasSubstr("tls.workload_api_socket: want either"));
  EXPECT_EQ(Why({{"tls.workload_api_hint", "internal"}}),
            "f: tls.workload_api_hint: goes with tls.workload_api_socket only");
  EXPECT_THAT(Why({{"tls.svid_file", ""}}), HasSubstr("f: tls.svid_file: "
                                                      "missing"));
}

TEST(ParseConfigTest, WorkloadApiIsOnThisHost) {
  for (const char* bad : {"tcp://127.0.0.1:8000", "dns:agent", "localhost:1"}) {
    EXPECT_EQ(Why(AgentAt(bad)),
              "f: tls.workload_api_socket: want the path of a unix socket")
        << bad;
  }
  for (const char* bad : {"unix:", "unix://", "unix:agent.sock"}) {
    EXPECT_EQ(Why(AgentAt(bad)),
              "f: tls.workload_api_socket: want an absolute path after unix:")
        << bad;
  }
  EXPECT_EQ(Why(AgentAt("/" + std::string(107, 'x'))),
            "f: tls.workload_api_socket: the path is over 107 bytes");
}

TEST(ParseConfigTest, RelativePathsAreThoseOfTheFilesFolder) {
  ASSERT_OK_AND_ASSIGN(const Config config,
                       Parse({{"tls.svid_file", "tls/./svid.pem"},
                              {"tls.key_file", "/run/key.pem"},
                              {"tls.bundle_file", "../bundle.pem"},
                              {"health_listen", "'unix:run/health'"}}));
  EXPECT_EQ(config.tls.svid_file, "/etc/panvault/tls/svid.pem");
  EXPECT_EQ(config.tls.key_file, "/run/key.pem");
  EXPECT_EQ(config.tls.bundle_file, "/etc/bundle.pem");
  EXPECT_EQ(config.access_file, "/etc/panvault/access.yaml");
  EXPECT_EQ(config.kek_file, "/etc/panvault/kek");
  EXPECT_EQ(config.health_listen, "unix:/etc/panvault/run/health");
}

TEST(ParseConfigTest, WithoutAFolderPathsAreThoseOfTheWorkingFolder) {
  ASSERT_OK_AND_ASSIGN(
      const Config config,
      ParseConfig("f", YamlOf({{"health_listen", "'unix:health'"}}), ""));
  EXPECT_EQ(config.kek_file, "kek");
  // gRPC would take a relative one too, but the working folder may change.
  EXPECT_EQ(config.health_listen,
            absl::StrCat("unix:", std::filesystem::current_path().string(),
                         "/health"));
}

TEST(ParseConfigTest, ListensOnAddressesOnly) {
  for (const char* good : {"0.0.0.0:8443", "[::]:8443", "10.0.0.1:0"}) {
    EXPECT_EQ(Why({{"listen", absl::StrCat("'", good, "'")}}), "") << good;
  }
  for (const char* bad : {"localhost:8443", "8443", ":8443", "10.0.0.1",
                          "unix:/run/panvault", "vault.example.org:443"}) {
    EXPECT_EQ(Why({{"listen", absl::StrCat("'", bad, "'")}}),
              "f: listen: want \"ip:port\", or \"[ip]:port\" for IPv6")
        << bad;
  }
}

TEST(ParseConfigTest, HealthAnswersThisHostOnly) {
  for (const char* good :
       {"127.0.0.1:8081", "127.8.9.10:0", "[::1]:8081", "unix:/run/health"}) {
    EXPECT_EQ(Why({{"health_listen", absl::StrCat("'", good, "'")}}), "")
        << good;
  }
  for (const char* bad :
       {"0.0.0.0:8081", "[::]:8081", "10.0.0.1:8081", "localhost:8081",
        "[::ffff:127.0.0.1]:8081", "128.0.0.1:1", "UNIX:/run/health",
        "unix-abstract:health", "/run/health", "dns:127.0.0.1:1"}) {
    EXPECT_THAT(Why({{"health_listen", absl::StrCat("'", bad, "'")}}),
                HasSubstr("f: health_listen: want a loopback address"))
        << bad;
  }
  EXPECT_EQ(Why({{"health_listen", "'unix:'"}}),
            "f: health_listen: no path after unix:");
}

TEST(ParseConfigTest, UnixPathsFitASocketAddress) {
  const std::string longest = "/" + std::string(106, 'x');  // 107 bytes.
  EXPECT_EQ(Why({{"health_listen", "unix:" + longest}}), "");
  EXPECT_EQ(Why({{"health_listen", "unix:" + longest + "x"}}),
            "f: health_listen: the path is over 107 bytes");
  // Counted with the folder that it is relative to.
  EXPECT_NE(Why({{"health_listen", "unix:" + std::string(100, 'x')}}), "");
}

TEST(ParseConfigTest, RefusesPasswords) {
  for (const char* conninfo :
       {"host=h password=secret", "password = secret", "password\t=secret",
        "sslkey=k sslpassword=secret", "postgresql://u:secret@h/db",
        "postgres://u:secret@h", "postgresql://:secret@h",
        "postgresql://u:@h/db", "postgresql://h/db?password=secret",
        "postgresql://h/db?user=u&sslpassword=secret",
        "postgresql://h/db?pass%77ord=secret",
        "postgresql://h/db?%70assword=secret", "dbname=postgres://u:secret@h",
        "passfile=/run/password password=secret"}) {
    const std::string why =
        Why({{"postgres.conninfo", absl::StrCat("\"", conninfo, "\"")}});
    EXPECT_THAT(why, HasSubstr("f: postgres.conninfo: no passwords here"))
        << conninfo;
    EXPECT_THAT(why, Not(HasSubstr("secret")));
  }
}

TEST(ParseConfigTest, TakesConnectionStringsWithoutPasswords) {
  for (const char* conninfo :
       {"host=db port=5432 dbname=panvault user=panvault sslmode=verify-full",
        "host=db passfile=/run/secrets/db-password", "require_auth=password",
        "postgresql://u@h1:5432,h2:5433/db?target_session_attrs=primary",
        "postgresql://h:5432/db", "postgresql://h:5432/a@b",
        "postgresql://%2Frun%2Fpostgresql/db", "postgresql://u%40x@h/db",
        "postgresql://h/100%", "postgresql://h/100%2"}) {
    EXPECT_EQ(Why({{"postgres.conninfo", absl::StrCat("'", conninfo, "'")}}),
              "")
        << conninfo;
  }
}

TEST(ParseConfigTest, FirstMistakeIsTheOneReported) {
  EXPECT_EQ(Why({{"limits.drain_s", "601"}, {"postgres.pool_size", "65"}}),
            "f: postgres.pool_size: want 1 to 64");
}

TEST(ParseConfigTest, YamlMistakesNameTheLine) {
  const auto config =
      ParseConfig("f", "listen: '1.1.1.1:1'\ntls:\n  key: x\n", "/");
  EXPECT_THAT(config, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(config.status().message(), "f:3: tls.key: unknown key");
}

TEST(LoadConfigTest, LoadsWhatPanvaultdDevWrites) {
  const TempFolder folder;
  const std::string path = folder.path() + "/panvault.yaml";
  ASSERT_OK_AND_ASSIGN(
      const std::string text,
      dev::DevConfigYaml({.state_dir = folder.path(),
                          .listen = "127.0.0.1:7443",
                          .health_listen = "unix:/tmp/it's, \"odd\" #",
                          .conninfo = "host=/tmp/$HEALTH user='a b' # x"}));
  std::ofstream(path) << text;
  ASSERT_OK_AND_ASSIGN(const Config config, LoadConfig(path));
  EXPECT_EQ(config.listen, "127.0.0.1:7443");
  EXPECT_EQ(config.health_listen, "unix:/tmp/it's, \"odd\" #");
  EXPECT_EQ(config.conninfo, "host=/tmp/$HEALTH user='a b' # x");
  EXPECT_EQ(config.tls.svid_file,
            folder.path() + "/identities/panvaultd/svid.pem");
  EXPECT_EQ(config.tls.key_file,
            folder.path() + "/identities/panvaultd/key.pem");
  EXPECT_EQ(config.tls.bundle_file, folder.path() + "/ca/bundle.pem");
  EXPECT_EQ(config.access_file, folder.path() + "/access.yaml");
  EXPECT_EQ(config.kek_file, folder.path() + "/kek");
  EXPECT_EQ(config.pool_size, 4u);
  EXPECT_EQ(config.refresh, absl::Seconds(5));
}

TEST(LoadConfigTest, NamesTheFile) {
  const TempFolder folder;
  const std::string path = folder.path() + "/panvault.yaml";
  EXPECT_THAT(LoadConfig(path), StatusIs(absl::StatusCode::kNotFound));
  std::ofstream(path) << "listen: 1\n";
  const auto config = LoadConfig(path);
  EXPECT_THAT(config, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(config.status().message()),
              HasSubstr(path + ":1: listen: "));
}

}  // namespace
}  // namespace panvault::server
