// A real PostgreSQL for a test binary: one cluster, a database for each test.

#ifndef PANVAULT_TESTS_TESTING_POSTGRES_H_
#define PANVAULT_TESTS_TESTING_POSTGRES_H_

#include <string>

#include "server/dev/private_postgres.h"

namespace panvault::testing {

// Started by the first call, stopped when the process exits. Ends the process
// if it cannot be started. Not thread-safe.
dev::PrivatePostgres& SharedPostgres();

// The conninfo of an empty database in it. Not thread-safe.
std::string NewDatabase();

// What PostgreSQL answers to `sql`, outside of any transaction: the first field
// of the first row, "" if there is none. Fails the test and returns the message
// if that fails. Thread-safe.
std::string Sql(const std::string& conninfo, const std::string& sql);

// Asks until the answer to `sql` is `answer`, for up to 20 s; false if it never
// is. Thread-safe.
bool SqlBecomes(const std::string& conninfo, const std::string& sql,
                const std::string& answer);

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_POSTGRES_H_
