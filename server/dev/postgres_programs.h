// Where PostgreSQL's programs are. Debian keeps them off PATH, one folder per
// major version.

#ifndef PANVAULT_SERVER_DEV_POSTGRES_PROGRAMS_H_
#define PANVAULT_SERVER_DEV_POSTGRES_PROGRAMS_H_

#include <string>

#include "absl/status/statusor.h"

namespace panvault::dev {

inline constexpr char kPostgresRoot[] = "/usr/lib/postgresql";
inline constexpr unsigned kPostgresMajorMin = 13;

// `<root>/<major>/bin` of the newest version that has initdb, postgres and
// createdb. kNotFound, with the package to install. Thread-safe.
absl::StatusOr<std::string> FindPostgresPrograms(
    const std::string& root = kPostgresRoot);

// The same folder, if its version is `major` (a cluster can be run by the
// version that made it only). kNotFound. Thread-safe.
absl::StatusOr<std::string> FindPostgresPrograms(const std::string& root,
                                                 unsigned major);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_POSTGRES_PROGRAMS_H_
