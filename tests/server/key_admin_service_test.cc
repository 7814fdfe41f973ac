// What this shows: the control plane over real TLS makes profiles, shows what
// the caller is granted and nothing else, and never shows a key.

#include "server/key_admin_service.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

using Stub = v1::KeyAdminService::Stub;
using ::testing::ElementsAre;

class KeyAdminServiceTest : public ::testing::Test {
 protected:
  TestVault vault_;
  std::unique_ptr<Stub> stub_ = vault_.AdminAs(kPaymentId);
};

v1::CreateTokenProfileRequest Fresh() {
  v1::CreateTokenProfileRequest request;
  request.mutable_profile()->set_name("fresh");
  request.mutable_profile()->set_scheme(v1::TOKEN_SCHEME_FF1);
  request.mutable_profile()->set_kept(v1::KEPT_DIGITS_BIN6_LAST4);
  return request;
}

TEST_F(KeyAdminServiceTest, CreatedProfileServesAtOnce) {
  v1::CreateTokenProfileResponse created;
  const grpc::Status status =
      CallOf(*stub_, &Stub::CreateTokenProfile, Fresh(), created);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(created.profile().name(), "fresh");
  EXPECT_EQ(created.profile().kept(), v1::KEPT_DIGITS_BIN6_LAST4);
  EXPECT_GT(created.profile().create_time().seconds(), 1'700'000'000);
  // 16 digits have six free, which this profile does not allow.
  EXPECT_THAT(created.profile().pan_lengths(), ElementsAre(17, 18, 19));
  EXPECT_TRUE(vault_.store().Load("fresh").ok());

  v1::GetTokenProfileRequest get;
  get.set_name("fresh");
  v1::GetTokenProfileResponse got;
  ASSERT_TRUE(CallOf(*stub_, &Stub::GetTokenProfile, get, got).ok());
  EXPECT_EQ(got.profile().SerializeAsString(),
            created.profile().SerializeAsString());
}

TEST_F(KeyAdminServiceTest, SecondProfileOfANameChangesNothing) {
  v1::CreateTokenProfileResponse response;
  ASSERT_TRUE(
      CallOf(*stub_, &Stub::CreateTokenProfile, Fresh(), response).ok());
  const auto before = vault_.store().Load("fresh");
  v1::CreateTokenProfileRequest second = Fresh();
  second.mutable_profile()->set_kept(v1::KEPT_DIGITS_NONE);
  const grpc::Status status =
      CallOf(*stub_, &Stub::CreateTokenProfile, second, response);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_PROFILE_EXISTS);
  const auto after = vault_.store().Load("fresh");
  EXPECT_EQ(after->profile.kept, vault::KeptDigits::kBin6Last4);
  EXPECT_EQ(after->profile.id, before->profile.id);
}

TEST_F(KeyAdminServiceTest, ListHoldsGrantedProfilesOnly) {
  vault_.Add({.name = "of-somebody-else"});
  v1::ListTokenProfilesResponse response;
  ASSERT_TRUE(CallOf(*stub_, &Stub::ListTokenProfiles,
                     v1::ListTokenProfilesRequest(), response)
                  .ok());
  std::vector<std::string> names;
  for (const auto& profile : response.profiles()) {
    names.push_back(profile.name());
  }
  EXPECT_THAT(names, ElementsAre("cards", "cards-bin6", "cards-last4"));
}

TEST_F(KeyAdminServiceTest, ListIsRefusedWithoutAnyGrantForIt) {
  const auto receipts = vault_.AdminAs(kReceiptsId);
  v1::ListTokenProfilesResponse response;
  const grpc::Status status = CallOf(*receipts, &Stub::ListTokenProfiles,
                                     v1::ListTokenProfilesRequest(), response);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_NOT_GRANTED);
}

TEST_F(KeyAdminServiceTest, KeyVersionsSayWhichKeyCanBeUsed) {
  vault::StoredKeyset stored = testing::MakeStored(
      {.name = "fresh",
       .versions = {{.version = 1,
                     .slot = 1,
                     .state = vault::KeyState::kDecryptOnly,
                     .primary = false},
                    {.version = 2, .slot = 2, .primary = true}}},
      vault_.kek());
  stored.versions[0].wrapped_dek.back() ^= 1;
  vault_.store().Put(stored);
  v1::ListKeyVersionsRequest request;
  request.set_profile("fresh");
  v1::ListKeyVersionsResponse response;
  ASSERT_TRUE(CallOf(*stub_, &Stub::ListKeyVersions, request, response).ok());
  ASSERT_EQ(response.key_versions_size(), 2);
  EXPECT_EQ(response.key_versions(0).state(),
            v1::KEY_VERSION_STATE_DECRYPT_ONLY);
  EXPECT_FALSE(response.key_versions(0).usable());
  EXPECT_TRUE(response.key_versions(1).primary());
  EXPECT_TRUE(response.key_versions(1).usable());
  EXPECT_EQ(response.key_versions(1).kek_id(), vault_.kek().kek_id());
}

}  // namespace
}  // namespace panvault::server
