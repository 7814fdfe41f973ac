#include "server/profile_messages.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/write_time.h"
#include "vault/errors.h"
#include "vault/key_version.h"

namespace panvault::server {
namespace {

absl::Status FieldError(absl::string_view field, absl::string_view limit) {
  return vault::MakeError({.reason = vault::Reason::kProfileField,
                           .field = std::string(field),
                           .limit = std::string(limit)},
                          "a profile field is missing or has a value that this "
                          "server does not know");
}

// The numbers of these enums agree with those of vault/, zero being theirs for
// "unspecified"; tests hold the lists together.
constexpr int kSchemeMax = v1::TOKEN_SCHEME_FF1;
constexpr int kKeptMax = v1::KEPT_DIGITS_BIN8_LAST4;

}  // namespace

absl::StatusOr<vault::TokenProfileSpec> SpecOf(
    const v1::TokenProfile& message) {
  if (message.scheme() < 1 || message.scheme() > kSchemeMax) {
    return FieldError("profile.scheme", "FF1");
  }
  if (message.kept() < 1 || message.kept() > kKeptMax) {
    return FieldError("profile.kept", "NONE, LAST4, BIN6_LAST4 or BIN8_LAST4");
  }
  return vault::TokenProfileSpec{
      .name = message.name(),
      .scheme = static_cast<vault::TokenScheme>(message.scheme()),
      .kept = static_cast<vault::KeptDigits>(message.kept()),
      .allow_floor = message.allow_floor()};
}

void WriteProfile(const vault::TokenProfile& profile,
                  v1::TokenProfile& message) {
  message.set_name(profile.name);
  message.set_scheme(static_cast<v1::TokenScheme>(profile.scheme));
  message.set_kept(static_cast<v1::KeptDigits>(profile.kept));
  message.set_allow_floor(profile.allow_floor);
  WriteTime(profile.create_time, *message.mutable_create_time());
  for (const size_t length : vault::PanLengthsOf(profile)) {
    message.add_pan_lengths(static_cast<uint32_t>(length));
  }
}

void WriteKeyVersions(const vault::Keyset& keyset,
                      v1::ListKeyVersionsResponse& response) {
  for (const vault::KeyVersionInfo& info : keyset.versions()) {
    v1::KeyVersion& message = *response.add_key_versions();
    message.set_version(info.version);
    message.set_state(static_cast<v1::KeyVersionState>(info.state));
    message.set_primary(info.primary);
    message.set_kek_id(info.kek_id);
    WriteTime(info.create_time, *message.mutable_create_time());
    message.set_usable(keyset.usable(info.version));
  }
}

}  // namespace panvault::server
