// YAML files read into protobuf messages, strictly: the .proto is the schema,
// its comments are the reference (docs/adr/0004-yaml-to-protobuf.md).
//
// Beyond yaml_tree.h these are errors: an unknown key, a key without a value, a
// value of another type, a number out of range or in another form than plain
// decimal, an unknown enum value. A string without quotes that YAML would read
// as a number or a boolean is refused as well: 1.10 would become 1.1 in the
// next tool that touches the file.
//
// Enum values are written without their prefix, e.g. FULL for
// REVEAL_LEVEL_FULL; the zero value cannot be written. Required fields, ranges
// of meaning and references are the business of the reader of the message.

#ifndef PANVAULT_SERVER_YAML_PROTO_H_
#define PANVAULT_SERVER_YAML_PROTO_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace panvault::server {

// Sets the fields of `message`, an empty one, from `text`. `file` is for
// messages. kInvalidArgument in the form "panvault.yaml:12: tls.key_fil:
// unknown key"; values are never quoted. On error `message` is unspecified.
// Fields of type string, uint32, bool, enum, message, and lists of these but
// for bool; a .proto with others is a defect (kInternal). Thread-safe.
absl::Status ReadYaml(absl::string_view file, absl::string_view text,
                      google::protobuf::Message& message);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_YAML_PROTO_H_
