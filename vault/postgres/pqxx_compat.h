// libpqxx 6.4 and 7.x alike: the one place that knows which it is.
//
// The rest of this folder uses only what both have: connection, work, result,
// row and the exceptions. Checked against 6.4.5 (Debian 12).

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

// Has a broken connection stay broken. 7.x has no other way; 6.4 reconnects at
// the third attempt and forgets the session's settings.
inline void ForbidReconnect([[maybe_unused]] pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

// Counts the notices and warnings of `connection` for as long as it lives, and
// keeps them from stderr: they may quote a row. Not thread-safe; the connection
// outlives it.
#if PQXX_VERSION_MAJOR > 7 || \
    (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
class NoticeCounter final {
 public:
  explicit NoticeCounter(pqxx::connection& connection)
      : connection_(connection) {
    connection_.set_notice_handler([this](pqxx::zview) noexcept { ++count_; });
  }
  ~NoticeCounter() {
    connection_.set_notice_handler([](pqxx::zview) noexcept {});
  }
  NoticeCounter(const NoticeCounter&) = delete;
  NoticeCounter& operator=(const NoticeCounter&) = delete;

  int count() const { return count_; }

 private:
  pqxx::connection& connection_;
  int count_ = 0;
};
#else
class NoticeCounter final : public pqxx::errorhandler {
 public:
  explicit NoticeCounter(pqxx::connection& connection)
      : pqxx::errorhandler(connection) {}

  bool operator()(const char* /*message*/) noexcept override {
    ++count_;
    return false;
  }
  int count() const { return count_; }

 private:
  int count_ = 0;
};
#endif

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_PQXX_COMPAT_H_
