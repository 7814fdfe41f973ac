#include "server/dev/private_postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "server/dev/child_process.h"
#include "server/dev/cluster_processes.h"
#include "server/dev/postgres_cluster.h"
#include "server/dev/state_folder.h"

namespace panvault::dev {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(60);
constexpr absl::Duration kStopTimeout = absl::Seconds(10);
constexpr absl::Duration kCreateTimeout = absl::Seconds(30);
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);
constexpr size_t kDatabaseNameBytesMax = 63;

// Lines of postmaster.pid, from 0: the first and the last that we read.
constexpr size_t kPidLine = 0;
constexpr size_t kStatusLine = 7;

// Whether the server `pid` says that it takes connections.
bool IsReady(const std::string& data, pid_t pid) {
  const auto content = ReadFile(data + "/postmaster.pid");
  if (!content.ok()) return false;
  const std::vector<std::string> lines = absl::StrSplit(*content, '\n');
  return lines.size() > kStatusLine && lines[kPidLine] == absl::StrCat(pid) &&
         absl::StartsWith(lines[kStatusLine], "ready");
}

bool IsDatabaseName(const std::string& name) {
  return !name.empty() && name.size() <= kDatabaseNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  c == '_';
         });
}

}  // namespace

struct PrivatePostgres::Process {
  PostgresCluster cluster;
  // One server per state folder: locked until it is closed.
  int lock_fd = -1;
  bool locked = false;
  std::unique_ptr<ChildProcess> server;

  ~Process() {
    Stop();
    if (locked) RemoveSocketFiles(cluster);
    if (cluster.socket_is_temporary) rmdir(cluster.socket.c_str());
    if (lock_fd >= 0) close(lock_fd);
  }

  absl::Status Lock() {
    const std::string path = cluster.folder + "/lock";
    lock_fd =
        open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock_fd < 0 || flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
      return absl::FailedPreconditionError(
          errno == EWOULDBLOCK
              ? absl::StrCat("another process runs PostgreSQL in ",
                             cluster.folder)
              : absl::StrCat(path, ": ", strerror(errno)));
    }
    locked = true;
    return absl::OkStatus();
  }

  absl::Status StartServer() {
    // A killed run's server is on its way out (ServerCommand), or its workers
    // still are.
    absl::Status status = EndLeftovers(cluster.data, kStopTimeout);
    if (!status.ok()) return status;
    // With nobody left, these files mean nothing; PostgreSQL would mistake
    // whatever process has their number now for a running server.
    unlink((cluster.data + "/postmaster.pid").c_str());
    RemoveSocketFiles(cluster);
    auto started = ChildProcess::Start(ServerCommand(cluster));
    if (!started.ok()) return started.status();
    server = *std::move(started);
    const absl::Time deadline = absl::Now() + kStartTimeout;
    while (!IsReady(cluster.data, server->pid())) {
      if (server->WaitFor(kPollInterval).has_value()) {
        return absl::InternalError(
            absl::StrCat("postgres stopped at once; see ", cluster.log));
      }
      if (absl::Now() > deadline) {
        return absl::DeadlineExceededError(absl::StrCat(
            "postgres is not ready after ", absl::FormatDuration(kStartTimeout),
            "; see ", cluster.log));
      }
    }
    return absl::OkStatus();
  }

  // Fast shutdown, then immediate shutdown; then the destructor's SIGKILL.
  void Stop() {
    if (server == nullptr) return;
    for (const int how : {SIGINT, SIGQUIT}) {
      server->Signal(how);
      if (server->WaitFor(kStopTimeout).has_value()) break;
    }
    server.reset();
  }
};

PrivatePostgres::~PrivatePostgres() = default;

absl::StatusOr<std::unique_ptr<PrivatePostgres>> PrivatePostgres::Start(
    const Options& options) {
  std::unique_ptr<PrivatePostgres> postgres(new PrivatePostgres());
  postgres->process_ = std::make_unique<Process>();
  Process& process = *postgres->process_;
  auto cluster = OpenCluster(options.state_dir, options.fast);
  if (!cluster.ok()) return cluster.status();
  process.cluster = *std::move(cluster);
  absl::Status status = process.Lock();
  if (status.ok()) status = InitCluster(process.cluster);
  if (status.ok()) status = process.StartServer();
  if (!status.ok()) return status;
  postgres->conninfo_ = ConninfoOf(process.cluster, kPostgresName);
  return postgres;
}

absl::Status PrivatePostgres::Kill() {
  if (process_->server == nullptr) return absl::OkStatus();
  process_->server.reset();  // With SIGKILL.
  // Its workers notice within moments; then the crash is complete.
  return EndLeftovers(process_->cluster.data, kStopTimeout);
}

absl::Status PrivatePostgres::Restart() {
  process_->Stop();
  return process_->StartServer();
}

absl::StatusOr<std::string> PrivatePostgres::CreateDatabase(
    const std::string& name) {
  if (!IsDatabaseName(name)) {
    return absl::InvalidArgumentError(
        "a database name has 1 to 63 of a-z, 0-9 and '_'");
  }
  const PostgresCluster& cluster = process_->cluster;
  Command command;
  command.argv = {cluster.programs + "/createdb",
                  "-h",
                  cluster.socket,
                  "-p",
                  "5432",
                  "-U",
                  kPostgresName,
                  "-T",
                  "template0",
                  name};
  command.account = cluster.account;
  command.log_path = cluster.log;
  absl::Status status = RunProgram(command, kCreateTimeout);
  if (!status.ok()) return status;
  return ConninfoOf(cluster, name);
}

}  // namespace panvault::dev
