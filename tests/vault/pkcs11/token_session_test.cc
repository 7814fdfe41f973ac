// What this shows: a session is one with the right token, logged in, and no PIN
// is tried where that could lock a token.

#include "vault/pkcs11/token_session.h"

#include <string>

#include "gmock/gmock.h"
#include "tests/vault/pkcs11/token_test.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::kPin;
using ::panvault::testing::kTokenLabel;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

class TokenSessionTest : public TokenTest {
 protected:
  TokenSessionTest() { OpenSession(); }

  absl::Status Open(const std::string& label, const std::string& pin = kPin) {
    return TokenSession::Open(*module_, label, Secret(pin)).status();
  }

  void ExpectNotTried(const std::string& why) {
    CountFromHere();
    const absl::Status status = Open(kTokenLabel);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_EQ(shim_.logins, 0);
  }
};

CK_STATE StateOf(const TokenSession& session) {
  CK_SESSION_INFO info = {};
  EXPECT_EQ(session.functions().C_GetSessionInfo(session.handle(), &info),
            CKR_OK);
  return info.state;
}

TEST_F(TokenSessionTest, IsLoggedInAndReadsOnly) {
  const auto session = OpenSession();
  EXPECT_EQ(StateOf(*session), CKS_RO_USER_FUNCTIONS);
}

TEST_F(TokenSessionTest, SecondOneSharesTheLoginAndOutlivesTheFirst) {
  auto first = OpenSession();
  const auto second = OpenSession();
  first.reset();
  EXPECT_EQ(StateOf(*second), CKS_RO_USER_FUNCTIONS);
}

TEST_F(TokenSessionTest, FindsTheOneTokenOfItsLabel) {
  hsm_.AddToken("another");
  hsm_.AddToken("panvault test 2");
  EXPECT_THAT(Open(kTokenLabel), IsOk());
}

TEST_F(TokenSessionTest, AbsentTokenIsNamed) {
  const absl::Status status = Open("absent");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(std::string(status.message()),
            "token \"absent\": not among the 2 that the module has");
  // A label is compared whole.
  EXPECT_FALSE(Open("panvault tes").ok());
  EXPECT_FALSE(Open("").ok());
}

TEST_F(TokenSessionTest, LongestLabelIsFoundAndNoLongerOne) {
  const std::string longest(kTokenLabelBytesMax, 'x');
  hsm_.AddToken(longest);
  EXPECT_THAT(Open(longest), IsOk());
  EXPECT_FALSE(Open(longest + "x").ok());
}

TEST_F(TokenSessionTest, TwoTokensOfOneLabelAreRefused) {
  hsm_.AddToken("twin");
  hsm_.AddToken("twin");
  CountFromHere();
  const absl::Status status = Open("twin");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("more than one token has this label"));
  EXPECT_EQ(shim_.logins, 0);
}

TEST_F(TokenSessionTest, WrongPinIsTriedOnce) {
  CountFromHere();
  const absl::Status status = Open(kTokenLabel, "918273");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("C_Login: CKR_PIN_INCORRECT"));
  EXPECT_THAT(message, HasSubstr(kTokenLabel));
  EXPECT_THAT(message, Not(HasSubstr("918273")));
  EXPECT_EQ(shim_.logins, 1);
}

TEST_F(TokenSessionTest, LockedPinIsSaidByTheLoginToo) {
  shim_.login_error = CKR_PIN_LOCKED;
  const absl::Status status = Open(kTokenLabel);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(std::string(status.message()), HasSubstr("CKR_PIN_LOCKED"));
}

TEST_F(TokenSessionTest, PinIsNotTriedWhereItWouldNotHelp) {
  shim_.token_flags = CKF_USER_PIN_LOCKED;
  ExpectNotTried("its user PIN is locked");
  shim_.token_flags = CKF_USER_PIN_FINAL_TRY;
  ExpectNotTried("one more wrong PIN would lock it");
  shim_.token_flags = 0;
  shim_.token_flags_cleared = CKF_USER_PIN_INITIALIZED;
  ExpectNotTried("it has no user PIN yet");
}

TEST_F(TokenSessionTest, NeighboursTroubleIsNoneOfOurs) {
  // Calls 1 and 2 list the slots; 3 is about our token, 4 about the other.
  CountFromHere();
  shim_.fail_at = 4;
  EXPECT_THAT(Open(kTokenLabel), IsOk());
  CountFromHere();
  shim_.fail_at = 3;
  EXPECT_EQ(std::string(Open(kTokenLabel).message()),
            "C_GetTokenInfo: CKR_DEVICE_ERROR");
}

TEST_F(TokenSessionTest, EachCallThatFailsIsNamedAndLeavesNoSession) {
  const char* const functions[] = {"C_GetSlotList",  "C_GetSlotList",
                                   "C_GetTokenInfo", nullptr,
                                   "C_OpenSession",  "C_Login"};
  int number = 0;
  for (const char* function : functions) {
    CountFromHere();
    shim_.fail_at = ++number;
    shim_.error = CKR_FUNCTION_FAILED;
    const absl::Status status = Open(kTokenLabel);
    if (function == nullptr) continue;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << number;
    EXPECT_EQ(std::string(status.message()),
              std::string(function) + ": CKR_FUNCTION_FAILED");
    EXPECT_EQ(shim_.sessions, 0) << function;
  }
}

}  // namespace
}  // namespace panvault::vault::pkcs11
