// libpqxx 6.4 and 7.x alike: the one place that knows which it is.
//
// The rest of this folder uses only what both have: connection, work, result,
// row and the exceptions.

#ifndef PANVAULT_VAULT_POSTGRES_PQXX_COMPAT_H_
#define PANVAULT_VAULT_POSTGRES_PQXX_COMPAT_H_

#include <pqxx/pqxx>
#include <string>
#include <utility>

namespace panvault::vault::postgres {

// Runs `sql` with the parameters $1, $2, ... bound to `args`; throws as libpqxx
// does. Texts must not hold NUL: 6.4 passes C strings.
template <typename... Args>
pqxx::result ExecParams(pqxx::work& work, const std::string& sql,
                        Args&&... args) {
#if PQXX_VERSION_MAJOR > 7 || \
    (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
  return work.exec(sql, pqxx::params{std::forward<Args>(args)...});
#else
  return work.exec_params(sql, std::forward<Args>(args)...);
#endif
}

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_PQXX_COMPAT_H_
