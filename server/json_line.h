// JsonLine: one line of the log, a JSON object (RFC 8259) written from left to
// right.
//
// For the record that every call writes: building a tree of values first costs
// more than the call's cryptography (docs/adr/0005-command-line-and-json.md).
// Everything but printable ASCII is escaped, so that no value can end a string
// or a line.

#ifndef PANVAULT_SERVER_JSON_LINE_H_
#define PANVAULT_SERVER_JSON_LINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace panvault::server {

// Names are literals of ours, and are not escaped. Not thread-safe.
class JsonLine final {
 public:
  // Begins with the members "time", UTC with microseconds, and "event".
  JsonLine(absl::string_view event, absl::Time time);

  // Bytes over 127 become U+FFFD each: no field of a record has any.
  void Add(absl::string_view name, absl::string_view value);
  void Add(absl::string_view name, int64_t value);
  void Add(absl::string_view name, absl::Span<const std::string> values);

  // The object, and a line end. The line is empty afterwards.
  std::string Take();

 private:
  void Name(absl::string_view name);
  void Text(absl::string_view value);

  std::string text_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_JSON_LINE_H_
