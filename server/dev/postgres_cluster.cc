#include "server/dev/postgres_cluster.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/dev/postgres_programs.h"
#include "server/dev/state_folder.h"

namespace panvault::dev {
namespace {

constexpr absl::Duration kInitTimeout = absl::Seconds(60);
// sun_path holds 108 bytes with its NUL; PostgreSQL adds the file's name.
constexpr size_t kSocketPathBytesMax = 107;
constexpr absl::string_view kSocketFile = "/.s.PGSQL.5432";

absl::Status ErrnoError(const std::string& what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, ": ", strerror(errno)));
}

// Characters with no meaning in PostgreSQL's configuration.
bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("._-/", absl::string_view(&c, 1));
  });
}

// Lets `account`'s group pass through `folder`, which is ours.
absl::Status LetPass(const std::string& folder, const OsAccount& account) {
  if (CheckReachable(folder, account).ok()) return absl::OkStatus();
  struct stat facts = {};
  if (stat(folder.c_str(), &facts) != 0 ||
      chown(folder.c_str(), static_cast<uid_t>(-1), account.gid) != 0 ||
      chmod(folder.c_str(), (facts.st_mode & 0700u) | S_IXGRP) != 0) {
    return ErrnoError(folder);
  }
  // What is still in the way is above, and not ours to change.
  return CheckReachable(folder, account);
}

// A folder that belongs to `account` alone. The one above it is ours, so nobody
// can put something else in its place meanwhile.
absl::Status MakeFolderFor(const OsAccount& account, const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrnoError(path);
  }
  if (lchown(path.c_str(), account.uid, account.gid) != 0) {
    return ErrnoError(path);
  }
  return absl::OkStatus();
}

absl::Status WriteAccessFiles(const PostgresCluster& cluster,
                              const OsAccount& self) {
  std::string ident;
  for (const OsAccount& account : {self, cluster.account}) {
    // A leading slash would make it a regular expression.
    if (!IsPlain(account.name) || account.name.front() == '/') {
      return absl::FailedPreconditionError(
          "this user's name has characters that PostgreSQL gives a meaning");
    }
    absl::StrAppend(&ident, kPostgresName, " \"", account.name, "\" ",
                    kPostgresName, "\n");
  }
  // What no line allows is refused.
  absl::Status status =
      WriteFile({.path = cluster.folder + "/hba.conf",
                 .content = absl::StrCat("local all ", kPostgresName,
                                         " peer map=", kPostgresName, "\n"),
                 .mode = 0644});
  if (!status.ok()) return status;
  return WriteFile(
      {.path = cluster.folder + "/ident.conf", .content = ident, .mode = 0644});
}

absl::Status ChooseSocketFolder(PostgresCluster& cluster) {
  cluster.socket = cluster.folder + "/socket";
  if (cluster.socket.size() + kSocketFile.size() <= kSocketPathBytesMax &&
      IsPlain(cluster.socket)) {
    return MakeFolderFor(cluster.account, cluster.socket);
  }
  std::string name = "/tmp/panvault-pg.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return ErrnoError(name);
  cluster.socket = name;
  cluster.socket_is_temporary = true;
  return MakeFolderFor(cluster.account, cluster.socket);
}

// The programs of the version that made the cluster, or the newest.
absl::StatusOr<std::string> ProgramsFor(const std::string& data) {
  auto version = ReadFile(data + "/PG_VERSION");
  if (absl::IsNotFound(version.status())) return FindPostgresPrograms();
  if (!version.ok()) return version.status();
  unsigned major = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(*version), &major)) {
    return absl::FailedPreconditionError(
        absl::StrCat(data, "/PG_VERSION is not a version"));
  }
  return FindPostgresPrograms(kPostgresRoot, major);
}

Command CommandFor(const PostgresCluster& cluster, const char* program) {
  Command command;
  command.argv = {absl::StrCat(cluster.programs, "/", program)};
  command.account = cluster.account;
  command.log_path = cluster.log;
  return command;
}

}  // namespace

absl::StatusOr<PostgresCluster> OpenCluster(const std::string& state_dir,
                                            bool fast) {
  auto self = CurrentAccount();
  if (!self.ok()) return self.status();
  auto account = PostgresAccount();
  if (!account.ok()) return account.status();
  auto state = OpenStateFolder(state_dir);
  if (!state.ok()) return state.status();

  PostgresCluster cluster;
  cluster.fast = fast;
  cluster.account = *account;
  cluster.folder = *state + "/postgres";
  cluster.data = cluster.folder + "/data";
  cluster.log = cluster.folder + "/log";
  absl::Status status = MakeFolder(cluster.folder);
  if (status.ok()) status = LetPass(*state, cluster.account);
  if (status.ok()) status = LetPass(cluster.folder, cluster.account);
  if (status.ok()) status = WriteAccessFiles(cluster, *self);
  if (!status.ok()) return status;
  auto programs = ProgramsFor(cluster.data);
  if (!programs.ok()) return programs.status();
  cluster.programs = *programs;
  status = ChooseSocketFolder(cluster);
  if (!status.ok()) return status;
  return cluster;
}

absl::Status InitCluster(const PostgresCluster& cluster) {
  struct stat facts = {};
  if (lstat(cluster.data.c_str(), &facts) == 0) {
    if (facts.st_uid == cluster.account.uid) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        cluster.data, " does not belong to user ", cluster.account.name));
  }
  const std::string unfinished = cluster.data + ".new";
  std::error_code error;
  std::filesystem::remove_all(unfinished, error);
  absl::Status status = MakeFolderFor(cluster.account, unfinished);
  if (!status.ok()) return status;

  Command init = CommandFor(cluster, "initdb");
  // 1 MB segments: a small cluster, made quickly.
  init.argv.insert(init.argv.end(),
                   {"-D", unfinished, "-U", kPostgresName, "-E", "UTF8",
                    "--locale=C.UTF-8", "--data-checksums", "--wal-segsize=1",
                    "--auth-local=peer", "--auth-host=reject"});
  if (cluster.fast) init.argv.push_back("--no-sync");
  status = RunProgram(init, kInitTimeout);
  if (!status.ok()) return status;

  // Single-user mode: nobody can connect before the cluster is complete.
  Command create = CommandFor(cluster, "postgres");
  create.argv.insert(
      create.argv.end(),
      {"--single", "-D", unfinished, "-c", "exit_on_error=on", "-c",
       cluster.fast ? "fsync=off" : "fsync=on", "template1"});
  create.input = absl::StrCat("CREATE DATABASE ", kPostgresName, ";\n");
  status = RunProgram(create, kInitTimeout);
  if (!status.ok()) return status;
  if (rename(unfinished.c_str(), cluster.data.c_str()) != 0) {
    return ErrnoError(cluster.data);
  }
  return absl::OkStatus();
}

Command ServerCommand(const PostgresCluster& cluster) {
  Command command = CommandFor(cluster, "postgres");
  // Fast shutdown: open transactions are rolled back, the data stay whole.
  command.death_signal = SIGINT;
  command.argv.insert(command.argv.end(), {"-D", cluster.data});
  const auto set = [&command](absl::string_view name, absl::string_view value) {
    command.argv.push_back("-c");
    command.argv.push_back(absl::StrCat(name, "=", value));
  };
  set("listen_addresses", "");
  set("unix_socket_directories", cluster.socket);
  set("unix_socket_permissions", "0700");
  set("port", "5432");
  set("hba_file", cluster.folder + "/hba.conf");
  set("ident_file", cluster.folder + "/ident.conf");
  // A small server that leaves nothing in /dev/shm.
  set("shared_buffers", "16MB");
  set("dynamic_shared_memory_type", "mmap");
  set("wal_level", "minimal");
  set("max_wal_senders", "0");
  // Failed statements and row contents stay out of the log.
  set("logging_collector", "off");
  set("log_destination", "stderr");
  set("log_error_verbosity", "terse");
  set("log_min_error_statement", "panic");
  set("log_line_prefix", "%m [%p] ");
  if (cluster.fast) {
    // A crash of PostgreSQL still loses nothing, only one of the machine does.
    set("fsync", "off");
    set("full_page_writes", "off");
  }
  return command;
}

std::string ConninfoOf(const PostgresCluster& cluster,
                       const std::string& database) {
  return absl::StrCat("host=", cluster.socket,
                      " port=5432 user=", kPostgresName, " dbname=", database);
}

void RemoveSocketFiles(const PostgresCluster& cluster) {
  for (const char* suffix : {"", ".lock"}) {
    unlink(absl::StrCat(cluster.socket, kSocketFile, suffix).c_str());
  }
}

}  // namespace panvault::dev
