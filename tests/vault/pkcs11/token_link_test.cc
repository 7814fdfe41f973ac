// What this shows: a key that is lost is found again, whatever call it was lost
// in, without storms of logins and without a second try of a wrong PIN.

#include "vault/pkcs11/token_link.h"

#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/vault/pkcs11/token_test.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::kPin;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

const Bytes kAad = {1, 2, 3};

class TokenLinkTest : public TokenTest {
 protected:
  TokenLinkTest() { hsm_.MakeKey(); }

  void Make(absl::Duration pause, const std::string& pin = kPin) {
    link_ = std::make_unique<TokenLink>(
        TokenLink::Options{place(), Secret(pin), pause});
  }
  // Opened, and something sealed.
  void Open(absl::Duration pause = absl::ZeroDuration()) {
    Make(pause);
    ASSERT_THAT(link_->Open(), IsOk());
    sealed_ = link_->Seal(Secret("text"), kAad, Later()).value();
    CountFromHere();
  }
  static TokenLink::Clock::time_point Later() {
    return TokenLink::Clock::now() + std::chrono::minutes(1);
  }
  absl::Status Unseal() {
    const auto opened = link_->Unseal(sealed_, kAad, Later());
    if (opened.ok()) {
      EXPECT_TRUE(*opened == Secret("text"));
    }
    return opened.status();
  }
  absl::Status Seal() {
    return link_->Seal(Secret("text"), kAad, Later()).status();
  }

  std::unique_ptr<TokenLink> link_;
  Bytes sealed_;
};

TEST_F(TokenLinkTest, SealsOpensAndChecks) {
  Open();
  EXPECT_THAT(Unseal(), IsOk());
  EXPECT_THAT(Seal(), IsOk());
  EXPECT_THAT(link_->Check(Later()), IsOk());
  EXPECT_EQ(shim_.logins, 0);
  EXPECT_THAT(link_->Unseal(sealed_, {}, Later()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(shim_.logins, 0);
}

TEST_F(TokenLinkTest, OpenTriesOnce) {
  Make(absl::ZeroDuration());
  shim_.removed = true;
  EXPECT_THAT(link_->Open(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(shim_.initialisations, 1);
  shim_.removed = false;
  Make(absl::ZeroDuration(), "918273");
  EXPECT_THAT(link_->Open(), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(shim_.logins, 1);
}

TEST_F(TokenLinkTest, KeyIsNamedWhereItIsUnfit) {
  shim_.takes_every_tag = true;
  Make(absl::ZeroDuration());
  EXPECT_THAT(std::string(link_->Open().status().message()),
              HasSubstr("key \"kek\": self test"));
}

// Whichever call it is that fails, and whichever way.
TEST_F(TokenLinkTest, OneFailureIsMendedUnnoticed) {
  Open();
  for (const CK_RV rv :
       {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN,
        CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_ERROR,
        CKR_KEY_HANDLE_INVALID, CKR_GENERAL_ERROR, CKR_CRYPTOKI_NOT_INITIALIZED,
        CKR_OPERATION_ACTIVE, CKR_MECHANISM_INVALID, CKR_VENDOR_DEFINED + 7}) {
    shim_.error = rv;
    for (int call = 1; call <= 2; ++call) {
      CountFromHere();
      shim_.fail_at = call;
      EXPECT_THAT(Unseal(), IsOk()) << rv << " in call " << call;
    }
    for (int call = 1; call <= 8; ++call) {
      CountFromHere();
      shim_.fail_at = call;
      EXPECT_THAT(Seal(), IsOk()) << rv << " in call " << call;
    }
  }
  EXPECT_LE(shim_.sessions, 1);
}

TEST_F(TokenLinkTest, FailureWhileItReconnectsIsMendedToo) {
  Open();
  for (int call = 1; call <= 16; ++call) {
    shim_.removed = true;
    EXPECT_FALSE(Unseal().ok());
    shim_.removed = false;
    CountFromHere();
    shim_.fail_at = call;
    EXPECT_THAT(Unseal(), IsOk()) << call;
    EXPECT_LE(shim_.logins, 3);
  }
}

TEST_F(TokenLinkTest, SessionsThatAreClosedForRealAreOpenedAnew) {
  Open();
  const auto module = Module::Load(testing::SoftHsm::module()).value();
  ASSERT_EQ(module->functions().C_Finalize(nullptr), CKR_OK);
  EXPECT_THAT(Unseal(), IsOk());
  EXPECT_EQ(shim_.logins, 1);
}

TEST_F(TokenLinkTest, ModuleThatWantsToBeBegunAnewIs) {
  Open();
  shim_.wants_finalize = true;
  EXPECT_THAT(Unseal(), IsOk());
  EXPECT_EQ(shim_.initialisations, 3) << "Open, and two tries to connect";
}

TEST_F(TokenLinkTest, RemovedTokenIsAskedForOncePerPause) {
  Open(absl::Milliseconds(300));
  shim_.removed = true;
  const absl::Status lost = Unseal();
  EXPECT_THAT(lost, StatusIs(absl::StatusCode::kUnavailable));
  const int calls = shim_.calls;
  shim_.removed = false;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Unseal(), lost);
  EXPECT_EQ(shim_.calls, calls) << "nobody asks within the pause";
  absl::SleepFor(absl::Milliseconds(310));
  EXPECT_THAT(Unseal(), IsOk());
}

TEST_F(TokenLinkTest, PinThatIsNotTakenAnyMoreIsTriedOnce) {
  Open();
  shim_.login_error = CKR_PIN_INCORRECT;
  shim_.error = CKR_SESSION_HANDLE_INVALID;
  shim_.fail_at = 1;
  for (int i = 0; i < 5; ++i) {
    const absl::Status status = Unseal();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(std::string(status.message()), HasSubstr("CKR_PIN_INCORRECT"));
  }
  shim_.login_error = 0;
  EXPECT_FALSE(Unseal().ok()) << "until somebody has looked at it";
  EXPECT_EQ(shim_.logins, 1);
}

TEST_F(TokenLinkTest, LockedTokenIsWaitedFor) {
  Open();
  shim_.token_flags = CKF_USER_PIN_FINAL_TRY;
  EXPECT_THAT(Unseal(), IsOk()) << "who is logged in stays so";
  shim_.fail_at = shim_.calls + 1;
  EXPECT_THAT(Unseal(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(shim_.logins, 0);
  shim_.token_flags = 0;
  EXPECT_THAT(Unseal(), IsOk());
}

TEST_F(TokenLinkTest, OtherKeyUnderTheLabelIsRefusedAndTheRightOneTaken) {
  const testing::KeySpec right = {.value = Bytes(32, 'r')};
  hsm_.DestroyKeys(testing::kKeyLabel);
  hsm_.MakeKey(right);
  Open();
  hsm_.DestroyKeys(testing::kKeyLabel);
  EXPECT_THAT(std::string(Unseal().message()),
              HasSubstr("the token has no such secret key"));
  hsm_.MakeKey({.value = Bytes(32, 'w')});
  for (const absl::Status& status : {Unseal(), Seal(), Unseal()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("another key has this label than at the start"));
  }
  hsm_.DestroyKeys(testing::kKeyLabel);
  hsm_.MakeKey(right);
  EXPECT_THAT(Unseal(), IsOk());
}

TEST_F(TokenLinkTest, NoTryBeginsAfterTheDeadline) {
  Open();
  shim_.fail_at = 1;
  EXPECT_FALSE(link_->Unseal(sealed_, kAad, TokenLink::Clock::now()).ok());
  EXPECT_EQ(shim_.logins, 0);
}

TEST_F(TokenLinkTest, CloseEndsTheSession) {
  Open();
  link_->Close();
  EXPECT_EQ(shim_.sessions, 0);
  link_->Close();
}

}  // namespace
}  // namespace panvault::vault::pkcs11
