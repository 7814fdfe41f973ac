// What this shows: every value of the wire has its plain value, both ways, and
// values that are newer than this client become kUnknown.

#include "client/convert.h"

#include <utility>

#include "absl/time/time.h"
#include "client/model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "panvault/v1/key_admin.pb.h"
#include "panvault/v1/server_admin.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::client {
namespace {

TEST(Convert, NamesEveryRevealLevel) {
  EXPECT_EQ(ToProto(Reveal::kLast4), v1::REVEAL_LEVEL_LAST4);
  EXPECT_EQ(ToProto(Reveal::kBinLast4), v1::REVEAL_LEVEL_BIN_LAST4);
  EXPECT_EQ(ToProto(Reveal::kFull), v1::REVEAL_LEVEL_FULL);
}

TEST(Convert, KeepsProfilesBothWays) {
  for (const Kept kept :
       {Kept::kNone, Kept::kLast4, Kept::kBin6Last4, Kept::kBin8Last4}) {
    for (const bool floor : {false, true}) {
      const Profile back = FromProto(ToProto(
          Profile{.name = "cards", .kept = kept, .allow_floor = floor}));
      EXPECT_EQ(back.name, "cards");
      EXPECT_EQ(back.scheme, Scheme::kFf1);
      EXPECT_EQ(back.kept, kept);
      EXPECT_EQ(back.allow_floor, floor);
    }
  }
}

TEST(Convert, ReadsWhatOnlyTheServerSets) {
  v1::TokenProfile proto;
  proto.mutable_create_time()->set_seconds(1'700'000'000);
  proto.mutable_create_time()->set_nanos(5);
  proto.add_pan_lengths(16);
  proto.add_pan_lengths(19);
  const Profile profile = FromProto(proto);
  EXPECT_EQ(profile.create_time,
            absl::FromUnixSeconds(1'700'000'000) + absl::Nanoseconds(5));
  EXPECT_THAT(profile.pan_lengths, ::testing::ElementsAre(16, 19));
}

TEST(Convert, ReadsEveryFieldOfAConnection) {
  v1::Connection proto;
  proto.set_id(1);
  proto.set_peer("ipv4:10.0.0.1:2");
  proto.mutable_since()->set_seconds(3);
  proto.set_spiffe_id("spiffe://a/b");
  proto.set_serial("04");
  proto.set_calls(5);
  const Connection connection = FromProto(std::move(proto));
  EXPECT_EQ(connection.id, 1u);
  EXPECT_EQ(connection.peer, "ipv4:10.0.0.1:2");
  EXPECT_EQ(connection.since, absl::FromUnixSeconds(3));
  EXPECT_EQ(connection.spiffe_id, "spiffe://a/b");
  EXPECT_EQ(connection.serial, "04");
  EXPECT_EQ(connection.calls, 5u);
}

TEST(Convert, ReadsNewerValuesAsUnknown) {
  v1::TokenProfile profile;
  profile.set_scheme(static_cast<v1::TokenScheme>(99));
  profile.set_kept(static_cast<v1::KeptDigits>(99));
  EXPECT_EQ(FromProto(profile).scheme, Scheme::kUnknown);
  EXPECT_EQ(FromProto(profile).kept, Kept::kUnknown);
  v1::KeyVersion version;
  version.set_state(static_cast<v1::KeyVersionState>(99));
  EXPECT_EQ(FromProto(version).state, KeyState::kUnknown);
  EXPECT_EQ(ToProto(Profile{.kept = Kept::kUnknown}).kept(),
            v1::KEPT_DIGITS_UNSPECIFIED);
}

TEST(Convert, ReadsEveryKeyState) {
  const std::pair<v1::KeyVersionState, KeyState> kRows[] = {
      {v1::KEY_VERSION_STATE_UNSPECIFIED, KeyState::kUnknown},
      {v1::KEY_VERSION_STATE_ENABLED, KeyState::kEnabled},
      {v1::KEY_VERSION_STATE_DECRYPT_ONLY, KeyState::kDecryptOnly},
      {v1::KEY_VERSION_STATE_DISABLED, KeyState::kDisabled},
      {v1::KEY_VERSION_STATE_DESTROY_SCHEDULED, KeyState::kDestroyScheduled},
      {v1::KEY_VERSION_STATE_DESTROYED, KeyState::kDestroyed}};
  for (const auto& [wire, plain] : kRows) {
    v1::KeyVersion proto;
    proto.set_version(4);
    proto.set_state(wire);
    proto.set_primary(true);
    proto.set_kek_id("file:1");
    proto.set_usable(true);
    const KeyVersion version = FromProto(proto);
    EXPECT_EQ(version.state, plain);
    EXPECT_EQ(version.version, 4u);
    EXPECT_TRUE(version.primary);
    EXPECT_TRUE(version.usable);
    EXPECT_EQ(version.kek_id, "file:1");
  }
}

}  // namespace
}  // namespace panvault::client
