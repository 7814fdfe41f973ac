// panvault.yaml as a test wants it: a good file with fields changed.

#ifndef PANVAULT_TESTS_SERVER_CONFIG_FIELDS_H_
#define PANVAULT_TESTS_SERVER_CONFIG_FIELDS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/config.h"

namespace panvault::server {

// A good file, as path and value; "" leaves the field out.
using Fields = std::map<std::string, std::string>;

inline std::string YamlOf(const Fields& changes) {
  Fields fields = {{"listen", "'127.0.0.1:8443'"},
                   {"health_listen", "'127.0.0.1:8081'"},
                   {"tls.svid_file", "svid.pem"},
                   {"tls.key_file", "key.pem"},
                   {"tls.bundle_file", "bundle.pem"},
                   {"access_file", "access.yaml"},
                   {"postgres.conninfo", "'host=/s dbname=panvault'"},
                   {"kek.file", "kek"}};
  for (const auto& [path, value] : changes) fields[path] = value;
  std::string text;
  std::map<std::string, std::string> blocks;
  for (const auto& [path, value] : fields) {
    const size_t dot = path.find('.');
    if (value.empty()) continue;
    if (dot == std::string::npos) {
      absl::StrAppend(&text, path, ": ", value, "\n");
    } else {
      absl::StrAppend(&blocks[path.substr(0, dot)], "  ", path.substr(dot + 1),
                      ": ", value, "\n");
    }
  }
  for (const auto& [name, block] : blocks) {
    absl::StrAppend(&text, name, ":\n", block);
  }
  return text;
}

inline absl::StatusOr<Config> Parse(const Fields& changes) {
  return ParseConfig("f", YamlOf(changes), "/etc/panvault");
}

// What is wrong; "" if nothing is.
inline std::string Why(const Fields& changes) {
  const auto config = Parse(changes);
  EXPECT_TRUE(config.ok() || absl::IsInvalidArgument(config.status()));
  return std::string(config.status().message());
}

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_CONFIG_FIELDS_H_
