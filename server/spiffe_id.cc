#include "server/spiffe_id.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace panvault::server {
namespace {

constexpr absl::string_view kScheme = "spiffe://";

// Objects and no functions, so that searches with them are inlined: an ID is
// parsed for each call.
constexpr auto kIsTrustDomainByte = [](char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
};
constexpr auto kIsSegmentByte = [](char c) {
  return kIsTrustDomainByte(c) || (c >= 'A' && c <= 'Z');
};

absl::Status Malformed(absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat("not a SPIFFE ID: ", rule));
}

// `path` begins with '/'.
absl::Status CheckPath(absl::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    const absl::string_view segment = path.substr(0, end);
    if (segment.empty()) return Malformed("an empty path segment");
    if (segment == "." || segment == "..") {
      return Malformed("a relative path segment");
    }
    if (!std::all_of(segment.begin(), segment.end(), kIsSegmentByte)) {
      return Malformed("a path holds A-Z, a-z, 0-9, '.', '-' and '_' only");
    }
    path.remove_prefix(end);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpiffeId> SpiffeId::Parse(absl::string_view text) {
  if (text.size() > kSpiffeIdBytesMax) {
    return Malformed(absl::StrCat("over ", kSpiffeIdBytesMax, " bytes"));
  }
  if (!absl::StartsWith(text, kScheme)) {
    return Malformed("it does not begin with spiffe://");
  }
  const size_t path_at = text.find('/', kScheme.size());
  if (path_at == absl::string_view::npos) {
    return Malformed("no path: a workload has one");
  }
  const absl::string_view domain =
      text.substr(kScheme.size(), path_at - kScheme.size());
  if (domain.empty() || domain.size() > kTrustDomainBytesMax) {
    return Malformed(absl::StrCat("a trust domain has 1 to ",
                                  kTrustDomainBytesMax, " bytes"));
  }
  if (!std::all_of(domain.begin(), domain.end(), kIsTrustDomainByte)) {
    return Malformed("a trust domain holds a-z, 0-9, '.', '-' and '_' only");
  }
  const absl::Status path = CheckPath(text.substr(path_at));
  if (!path.ok()) return path;
  return SpiffeId(std::string(text), path_at);
}

absl::string_view SpiffeId::trust_domain() const {
  return absl::string_view(text_).substr(kScheme.size(),
                                         path_at_ - kScheme.size());
}

absl::string_view SpiffeId::path() const {
  return absl::string_view(text_).substr(path_at_);
}

}  // namespace panvault::server
