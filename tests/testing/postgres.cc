#include "tests/testing/postgres.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_folder.h"

namespace panvault::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr absl::Duration kPollInterval = absl::Milliseconds(10);

[[noreturn]] void GiveUp(const absl::Status& status) {
  std::cerr << "no PostgreSQL for the tests: " << status << std::endl;
  std::exit(1);
}

struct Cluster {
  Cluster() {
    auto started = dev::PrivatePostgres::Start(
        {.state_dir = folder.path() + "/state", .fast = true});
    if (!started.ok()) GiveUp(started.status());
    postgres = *std::move(started);
  }
  TempFolder folder;
  std::unique_ptr<dev::PrivatePostgres> postgres;
};

}  // namespace

dev::PrivatePostgres& SharedPostgres() {
  static const Cluster cluster;
  return *cluster.postgres;
}

std::string NewDatabase() {
  static int count = 0;
  auto conninfo = SharedPostgres().CreateDatabase(absl::StrCat("db", ++count));
  if (!conninfo.ok()) GiveUp(conninfo.status());
  return *conninfo;
}

std::string Sql(const std::string& conninfo, const std::string& sql) {
  try {
    pqxx::connection connection(conninfo);
    pqxx::nontransaction work(connection);
    const pqxx::result rows = work.exec(sql);
    if (rows.empty() || rows.columns() == 0) return "";
    return rows[0][0].is_null() ? "" : rows[0][0].c_str();
  } catch (const std::exception& error) {
    ADD_FAILURE() << sql << ": " << error.what();
    return error.what();
  }
}

bool SqlBecomes(const std::string& conninfo, const std::string& sql,
                const std::string& answer) {
  const absl::Time start = absl::Now();
  while (Sql(conninfo, sql) != answer) {
    if (absl::Now() - start > kPatience) return false;
    absl::SleepFor(kPollInterval);
  }
  return true;
}

}  // namespace panvault::testing
