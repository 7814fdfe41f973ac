// SpiffeId: a workload's name, parsed once (SPIFFE-ID, sections 2 and 3).
//
// Stricter than the specification in one point: the scheme must be written in
// lower case. Identities are compared byte for byte everywhere, so that a
// second spelling of a name would be a second name.

#ifndef PANVAULT_SERVER_SPIFFE_ID_H_
#define PANVAULT_SERVER_SPIFFE_ID_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace panvault::server {

inline constexpr size_t kSpiffeIdBytesMax = 2048;
inline constexpr size_t kTrustDomainBytesMax = 255;

// A value that exists names a workload: "spiffe://", a trust domain of a-z, 0-9
// and ".-_", then one or more "/segment" of A-Z, a-z, 0-9 and ".-_"; no segment
// is empty, "." or "..". So it holds no query, port, user, escape, NUL, quote
// or line break, and is safe to write to a log.
//
// Thread-safe: immutable.
class SpiffeId final {
 public:
  // kInvalidArgument names the rule, not the text.
  static absl::StatusOr<SpiffeId> Parse(absl::string_view text);

  // The whole ID.
  const std::string& text() const { return text_; }

  // "example.org". Valid as long as this value is, and so is path().
  absl::string_view trust_domain() const;

  // "/ns/payments/sa/api".
  absl::string_view path() const;

  friend bool operator==(const SpiffeId& a, const SpiffeId& b) {
    return a.text_ == b.text_;
  }

 private:
  SpiffeId(std::string text, size_t path_at)
      : text_(std::move(text)), path_at_(path_at) {}

  std::string text_;
  size_t path_at_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SPIFFE_ID_H_
