// A YAML 1.2 document as a plain tree: the subset that a configuration file
// needs, and nothing that could surprise its reader.
//
// Refused: anchors, aliases and merge keys (text far away changes what a line
// means, and few bytes can stand for gigabytes), tags (but "!" before a scalar,
// which says that it is a string), keys that are not plain text, repeated keys,
// a second document, an empty one, more than kYamlDepthMax levels.

#ifndef PANVAULT_SERVER_YAML_TREE_H_
#define PANVAULT_SERVER_YAML_TREE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace panvault::server {

// The deepest file of ours, access.yaml, has 6 levels.
inline constexpr size_t kYamlDepthMax = 16;

// Plain data. Not thread-safe to change.
struct YamlNode {
  enum class Kind {
    kNull,    // Nothing, "~" or "null".
    kPlain,   // A scalar without quotes.
    kQuoted,  // A scalar in quotes, or a block scalar: always a string.
    kList,
    kMap,
  };

  Kind kind = Kind::kNull;
  int line = 0;                 // From 1.
  std::string text;             // Of a scalar.
  std::string key;              // Of an entry of a map.
  std::vector<YamlNode> items;  // Of a list or a map, in the order of the file.
};

// `file` is for messages: "panvault.yaml:12: tls.key_file: repeated key".
// Errors: kInvalidArgument. Messages never hold a value. Thread-safe.
absl::StatusOr<YamlNode> ParseYaml(absl::string_view file,
                                   absl::string_view text);

// kInvalidArgument "file:line: path: what", the form of all errors about YAML
// files. The path is shortened and freed of characters that would disturb a
// terminal or a log. Thread-safe.
absl::Status YamlError(absl::string_view file, int line, absl::string_view path,
                       absl::string_view what);

// "tls" and "key_file" make "tls.key_file". Thread-safe.
std::string YamlPath(absl::string_view parent, absl::string_view key);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_YAML_TREE_H_
