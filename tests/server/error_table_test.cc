// What this shows: each row of the table of errors (docs/architecture.md),
// asked for over real TLS, ends with its code and its reason, and the message
// never holds what was sent. Handshakes that fail are shown in tls_test.cc.

#include <functional>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "tests/server/test_vault.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using grpc::StatusCode;

// Makes one failing call, on a vault of its own.
using Ask = std::function<grpc::Status(TestVault&)>;

struct Row {
  const char* name;
  StatusCode code;
  v1::ErrorReason reason;
  Ask ask;
  // Of the vault.
  bool ready = true;
  absl::Duration max_staleness = absl::Hours(1);
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

struct TokenizeArgs {
  std::string profile = "cards";
  std::string pan = kPan;
  std::string context = {};
  std::string as = kPaymentId;
};

grpc::Status Tokenize(TestVault& vault, const TokenizeArgs& args) {
  v1::TokenizeRequest request;
  request.set_profile(args.profile);
  request.set_pan(args.pan);
  request.set_context(args.context);
  v1::TokenizeResponse response;
  const auto stub = vault.VaultAs(args.as);
  return CallOf(*stub, &v1::TokenVaultService::Stub::Tokenize, request,
                response);
}

struct DetokenizeArgs {
  std::string profile = "cards";
  std::string token = "411111111111111";
  v1::RevealLevel reveal = v1::REVEAL_LEVEL_FULL;
  uint32_t key_version = 0;
  std::string as = kPaymentId;
};

grpc::Status Detokenize(TestVault& vault, const DetokenizeArgs& args) {
  v1::DetokenizeRequest request;
  request.set_profile(args.profile);
  request.set_token(args.token);
  request.set_reveal(args.reveal);
  request.set_key_version(args.key_version);
  v1::DetokenizeResponse response;
  const auto stub = vault.VaultAs(args.as);
  return CallOf(*stub, &v1::TokenVaultService::Stub::Detokenize, request,
                response);
}

grpc::Status Batch(TestVault& vault, int items) {
  v1::BatchTokenizeRequest request;
  request.set_profile("cards");
  for (int i = 0; i < items; ++i) request.add_items()->set_pan(kPan);
  v1::BatchTokenizeResponse response;
  const auto stub = vault.VaultAs(kPaymentId);
  return CallOf(*stub, &v1::TokenVaultService::Stub::BatchTokenize, request,
                response);
}

grpc::Status Bulk(TestVault& vault, uint32_t width, const std::string& digits) {
  v1::BulkTokenizeRequest request;
  request.set_profile("cards");
  request.add_columns()->set_width(width);
  request.mutable_columns(0)->set_digits(digits);
  v1::BulkTokenizeResponse response;
  const auto stub = vault.VaultAs(kPaymentId);
  return CallOf(*stub, &v1::TokenVaultService::Stub::BulkTokenize, request,
                response);
}

grpc::Status Create(TestVault& vault, const std::string& name,
                    v1::KeptDigits kept = v1::KEPT_DIGITS_LAST4) {
  v1::CreateTokenProfileRequest request;
  request.mutable_profile()->set_name(name);
  request.mutable_profile()->set_scheme(v1::TOKEN_SCHEME_FF1);
  request.mutable_profile()->set_kept(kept);
  v1::CreateTokenProfileResponse response;
  const auto stub = vault.AdminAs(kPaymentId);
  return CallOf(*stub, &v1::KeyAdminService::Stub::CreateTokenProfile, request,
                response);
}

// Tokenizes with the one version of "fresh" in `state`.
grpc::Status TokenizeInState(TestVault& vault, vault::KeyState state) {
  vault.Add(
      {.name = "fresh", .versions = {{.state = state, .primary = false}}});
  // Remainder 1, the slot of version 1.
  return Detokenize(vault, {.profile = "fresh", .token = "4111111111111112"});
}

grpc::Status TokenizeWithCorruptKey(TestVault& vault) {
  vault::StoredKeyset stored =
      testing::MakeStored({.name = "fresh"}, vault.kek());
  stored.versions[0].wrapped_dek[20] ^= 1;
  vault.store().Put(stored);
  EXPECT_TRUE(vault.keysets().Refresh().ok());
  grpc::Status status = Tokenize(vault, {.profile = "fresh"});
  // The other profiles go on.
  EXPECT_TRUE(Tokenize(vault, {}).ok());
  return status;
}

grpc::Status CreateWithoutStore(TestVault& vault) {
  vault.store().FailWith(vault::MakeError(
      {.reason = vault::Reason::kStoreUnavailable}, "the store is away"));
  return Create(vault, "fresh");
}

grpc::Status TokenizeOn(v1::TokenVaultService::Stub& stub) {
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  return CallOf(stub, &v1::TokenVaultService::Stub::Tokenize, request,
                response);
}

grpc::Status ListConnections(const TestVault& vault, const std::string& as) {
  v1::ListConnectionsResponse response;
  const auto stub = vault.ServerAdminAs(as);
  return CallOf(*stub, &v1::ServerAdminService::Stub::ListConnections,
                v1::ListConnectionsRequest(), response);
}

// A certificate that is no SVID does not get past the handshake: what a call
// finds out is what has changed since.
// A connection whose first call comes after `change`: one that has had a call
// is closed as well, so what the second would be told depends on who is first.
grpc::Status TokenizeAfter(const TestVault& vault, absl::Duration life,
                           const std::function<void()>& change) {
  const auto channel = vault.ChannelAs(kPaymentId, life);
  EXPECT_TRUE(channel->WaitForConnected(
      absl::ToChronoTime(absl::Now() + absl::Seconds(60))));
  change();
  return TokenizeOn(*v1::TokenVaultService::NewStub(channel));
}

grpc::Status TokenizeAfterItsCaIsGone(TestVault& vault) {
  return TokenizeAfter(vault, absl::Hours(1), [&vault] {
    vault.svids().Swap(std::make_shared<const TrustBundles>());
  });
}

grpc::Status TokenizeAfterExpiry(TestVault& vault) {
  constexpr absl::Duration kLife = absl::Seconds(3);
  return TokenizeAfter(vault, kLife,
                       [] { absl::SleepFor(kLife + absl::Seconds(1)); });
}

const Row kRows[] = {
    {"UnusableSvid", StatusCode::UNAUTHENTICATED, v1::ERROR_REASON_SVID_INVALID,
     TokenizeAfterItsCaIsGone},
    {"ExpiredSvid", StatusCode::UNAUTHENTICATED, v1::ERROR_REASON_SVID_EXPIRED,
     TokenizeAfterExpiry},
    {"CallerUnknown", StatusCode::PERMISSION_DENIED,
     v1::ERROR_REASON_CALLER_UNKNOWN,
     [](TestVault& v) { return Tokenize(v, {.as = kStrangerId}); }},
    {"MethodNotGranted", StatusCode::PERMISSION_DENIED,
     v1::ERROR_REASON_NOT_GRANTED,
     [](TestVault& v) { return Tokenize(v, {.as = kReceiptsId}); }},
    {"ProfileNotGranted", StatusCode::PERMISSION_DENIED,
     v1::ERROR_REASON_NOT_GRANTED,
     [](TestVault& v) { return Tokenize(v, {.profile = "other"}); }},
    {"RevealNotGranted", StatusCode::PERMISSION_DENIED,
     v1::ERROR_REASON_NOT_GRANTED,
     [](TestVault& v) {
       return Detokenize(
           v, {.reveal = v1::REVEAL_LEVEL_BIN_LAST4, .as = kReceiptsId});
     }},
    {"ServerMethodNotGranted", StatusCode::PERMISSION_DENIED,
     v1::ERROR_REASON_NOT_GRANTED,
     [](TestVault& v) { return ListConnections(v, kReceiptsId); }},
    {"PanLength", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PAN_LENGTH,
     [](TestVault& v) { return Tokenize(v, {.pan = "41111111111"}); }},
    {"PanDigits", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PAN_DIGITS,
     [](TestVault& v) { return Tokenize(v, {.pan = "4111-1111-1111"}); }},
    {"PanLuhn", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PAN_LUHN,
     [](TestVault& v) { return Tokenize(v, {.pan = "4111111111111112"}); }},
    {"TokenLength", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_TOKEN_LENGTH,
     [](TestVault& v) { return Detokenize(v, {.token = ""}); }},
    {"TokenDigits", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_TOKEN_DIGITS,
     [](TestVault& v) { return Detokenize(v, {.token = "41111111111x"}); }},
    {"ContextLength", StatusCode::INVALID_ARGUMENT,
     v1::ERROR_REASON_CONTEXT_LENGTH,
     [](TestVault& v) {
       return Tokenize(v, {.context = std::string(65, 'c')});
     }},
    {"BatchOfNone", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_BATCH_SIZE,
     [](TestVault& v) { return Batch(v, 0); }},
    {"BatchOverTheLimit", StatusCode::INVALID_ARGUMENT,
     v1::ERROR_REASON_BATCH_SIZE,
     [](TestVault& v) { return Batch(v, 10'001); }},
    {"ColumnShape", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_COLUMN_SHAPE,
     [](TestVault& v) { return Bulk(v, 16, std::string(17, '1')); }},
    {"ColumnWidthOfZero", StatusCode::INVALID_ARGUMENT,
     v1::ERROR_REASON_COLUMN_SHAPE,
     [](TestVault& v) { return Bulk(v, 0, "1"); }},
    {"ProfileName", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PROFILE_NAME,
     [](TestVault& v) { return Create(v, "4111111111111111"); }},
    {"ProfileField", StatusCode::INVALID_ARGUMENT,
     v1::ERROR_REASON_PROFILE_FIELD,
     [](TestVault& v) {
       return Create(v, "fresh", v1::KEPT_DIGITS_UNSPECIFIED);
     }},
    {"RevealLevel", StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_REVEAL_LEVEL,
     [](TestVault& v) {
       return Detokenize(v, {.reveal = v1::REVEAL_LEVEL_UNSPECIFIED});
     }},
    {"KeyVersionRequired", StatusCode::INVALID_ARGUMENT,
     v1::ERROR_REASON_KEY_VERSION_REQUIRED,
     [](TestVault& v) {
       return Detokenize(
           v, {.profile = "cards-bin6", .token = "4111111111111112"});
     }},
    {"ProfileUnknown", StatusCode::NOT_FOUND, v1::ERROR_REASON_PROFILE_UNKNOWN,
     [](TestVault& v) { return Tokenize(v, {.profile = "ghost"}); }},
    {"TokenUnknown", StatusCode::NOT_FOUND, v1::ERROR_REASON_TOKEN_UNKNOWN,
     // A card number sent by mistake.
     [](TestVault& v) { return Detokenize(v, {.token = kPan}); }},
    {"KeyVersionUnknown", StatusCode::NOT_FOUND,
     v1::ERROR_REASON_KEY_VERSION_UNKNOWN,
     [](TestVault& v) {
       return Detokenize(v, {.profile = "cards-bin6",
                             .token = "4111111111111112",
                             .key_version = 7});
     }},
    {"ProfileExists", StatusCode::ALREADY_EXISTS,
     v1::ERROR_REASON_PROFILE_EXISTS,
     [](TestVault& v) { return Create(v, "cards"); }},
    {"KeyVersionDisabled", StatusCode::FAILED_PRECONDITION,
     v1::ERROR_REASON_KEY_VERSION_DISABLED,
     [](TestVault& v) {
       return TokenizeInState(v, vault::KeyState::kDisabled);
     }},
    {"KeyVersionDestroyed", StatusCode::FAILED_PRECONDITION,
     v1::ERROR_REASON_KEY_VERSION_DESTROYED,
     [](TestVault& v) {
       return TokenizeInState(v, vault::KeyState::kDestroyScheduled);
     }},
    {"DomainTooSmall", StatusCode::FAILED_PRECONDITION,
     v1::ERROR_REASON_DOMAIN_TOO_SMALL,
     [](TestVault& v) {
       return Tokenize(v, {.profile = "cards-bin6", .pan = "378282246310005"});
     }},
    {"NotReady", StatusCode::UNAVAILABLE, v1::ERROR_REASON_NOT_READY,
     [](TestVault& v) { return Tokenize(v, {}); }, false},
    {"KeysStale", StatusCode::UNAVAILABLE, v1::ERROR_REASON_KEYS_STALE,
     [](TestVault& v) { return Tokenize(v, {}); }, true, absl::Nanoseconds(1)},
    {"StoreUnavailable", StatusCode::UNAVAILABLE,
     v1::ERROR_REASON_STORE_UNAVAILABLE, CreateWithoutStore},
    {"KeyCorrupt", StatusCode::DATA_LOSS, v1::ERROR_REASON_KEY_CORRUPT,
     TokenizeWithCorruptKey},
};

class ErrorTable : public ::testing::TestWithParam<Row> {};

TEST_P(ErrorTable, EndsWithItsCodeAndReason) {
  const Row& row = GetParam();
  TestVault vault({.max_staleness = row.max_staleness, .ready = row.ready});
  const grpc::Status status = row.ask(vault);
  EXPECT_EQ(status.error_code(), row.code) << status.error_message();
  EXPECT_EQ(ReasonOf(status), row.reason);
  EXPECT_FALSE(status.error_message().empty());
  // No more of a number than the limits themselves name.
  for (const char* sent : {"4111", "1111", "cccc", "3782"}) {
    EXPECT_EQ(status.error_message().find(sent), std::string::npos);
    EXPECT_EQ(vault.Log().find(std::string(sent) + std::string(sent)),
              std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, ErrorTable, ::testing::ValuesIn(kRows),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

}  // namespace
}  // namespace panvault::server
