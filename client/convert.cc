#include "client/convert.h"

#include <utility>

#include "absl/time/time.h"
#include "client/error.h"
#include "client/model.h"
#include "google/protobuf/timestamp.pb.h"
#include "panvault/v1/key_admin.pb.h"
#include "panvault/v1/server_admin.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::client {
namespace {

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

v1::TokenScheme ToProto(Scheme scheme) {
  switch (scheme) {
    case Scheme::kUnknown:
      break;
    case Scheme::kFf1:
      return v1::TOKEN_SCHEME_FF1;
  }
  return v1::TOKEN_SCHEME_UNSPECIFIED;
}

v1::KeptDigits ToProto(Kept kept) {
  switch (kept) {
    case Kept::kUnknown:
      break;
    case Kept::kNone:
      return v1::KEPT_DIGITS_NONE;
    case Kept::kLast4:
      return v1::KEPT_DIGITS_LAST4;
    case Kept::kBin6Last4:
      return v1::KEPT_DIGITS_BIN6_LAST4;
    case Kept::kBin8Last4:
      return v1::KEPT_DIGITS_BIN8_LAST4;
  }
  return v1::KEPT_DIGITS_UNSPECIFIED;
}

// Values from the wire may be newer than this code, hence no exhaustive switch.
Kept FromProto(v1::KeptDigits kept) {
  if (kept == v1::KEPT_DIGITS_NONE) return Kept::kNone;
  if (kept == v1::KEPT_DIGITS_LAST4) return Kept::kLast4;
  if (kept == v1::KEPT_DIGITS_BIN6_LAST4) return Kept::kBin6Last4;
  if (kept == v1::KEPT_DIGITS_BIN8_LAST4) return Kept::kBin8Last4;
  return Kept::kUnknown;
}

KeyState FromProto(v1::KeyVersionState state) {
  if (state == v1::KEY_VERSION_STATE_ENABLED) return KeyState::kEnabled;
  if (state == v1::KEY_VERSION_STATE_DECRYPT_ONLY) {
    return KeyState::kDecryptOnly;
  }
  if (state == v1::KEY_VERSION_STATE_DISABLED) return KeyState::kDisabled;
  if (state == v1::KEY_VERSION_STATE_DESTROY_SCHEDULED) {
    return KeyState::kDestroyScheduled;
  }
  if (state == v1::KEY_VERSION_STATE_DESTROYED) return KeyState::kDestroyed;
  return KeyState::kUnknown;
}

// The two bulk responses differ in key_version only.
template <typename Response>
BulkResult BulkFromProto(Response& response) {
  BulkResult result;
  result.columns.reserve(static_cast<size_t>(response.columns_size()));
  for (v1::Column& column : *response.mutable_columns()) {
    result.columns.push_back(
        {column.width(), std::move(*column.mutable_digits())});
  }
  for (const v1::BulkItemError& error : response.errors()) {
    result.errors.push_back(
        {error.column(), error.index(), StatusFromItem(error.error())});
  }
  return result;
}

}  // namespace

v1::RevealLevel ToProto(Reveal reveal) {
  switch (reveal) {
    case Reveal::kLast4:
      return v1::REVEAL_LEVEL_LAST4;
    case Reveal::kBinLast4:
      return v1::REVEAL_LEVEL_BIN_LAST4;
    case Reveal::kFull:
      return v1::REVEAL_LEVEL_FULL;
  }
  return v1::REVEAL_LEVEL_UNSPECIFIED;
}

v1::TokenProfile ToProto(const Profile& profile) {
  v1::TokenProfile proto;
  proto.set_name(profile.name);
  proto.set_scheme(ToProto(profile.scheme));
  proto.set_kept(ToProto(profile.kept));
  proto.set_allow_floor(profile.allow_floor);
  return proto;
}

Profile FromProto(const v1::TokenProfile& proto) {
  Profile profile;
  profile.name = proto.name();
  profile.scheme =
      proto.scheme() == v1::TOKEN_SCHEME_FF1 ? Scheme::kFf1 : Scheme::kUnknown;
  profile.kept = FromProto(proto.kept());
  profile.allow_floor = proto.allow_floor();
  profile.create_time = FromProto(proto.create_time());
  profile.pan_lengths.assign(proto.pan_lengths().begin(),
                             proto.pan_lengths().end());
  return profile;
}

KeyVersion FromProto(const v1::KeyVersion& proto) {
  KeyVersion version;
  version.version = proto.version();
  version.state = FromProto(proto.state());
  version.primary = proto.primary();
  version.kek_id = proto.kek_id();
  version.create_time = FromProto(proto.create_time());
  version.usable = proto.usable();
  return version;
}

Connection FromProto(v1::Connection&& proto) {
  Connection connection;
  connection.id = proto.id();
  connection.peer = std::move(*proto.mutable_peer());
  connection.since = FromProto(proto.since());
  connection.spiffe_id = std::move(*proto.mutable_spiffe_id());
  connection.serial = std::move(*proto.mutable_serial());
  connection.calls = proto.calls();
  return connection;
}

Tokenized FromProto(v1::TokenizeResponse&& response) {
  Tokenized result;
  result.token = std::move(*response.mutable_token());
  result.key_version = response.key_version();
  result.key_version_required = response.key_version_required();
  return result;
}

BulkResult FromProto(v1::BulkTokenizeResponse&& response) {
  BulkResult result = BulkFromProto(response);
  result.key_version = response.key_version();
  return result;
}

BulkResult FromProto(v1::BulkDetokenizeResponse&& response) {
  return BulkFromProto(response);
}

}  // namespace panvault::client
