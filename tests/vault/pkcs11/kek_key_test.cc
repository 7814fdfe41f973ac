// What this shows: a token that answers wrongly is found out before its answer
// is used, and its own trouble does not pass for a stored key that is corrupt.

#include "vault/pkcs11/kek_key.h"

#include <string>

#include "gmock/gmock.h"
#include "tests/vault/pkcs11/token_test.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::kKeyLabel;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

const Bytes kAad = {1, 2, 3};

class KekKeyTest : public TokenTest {
 protected:
  KekKeyTest() {
    hsm_.MakeKey();
    hsm_.MakeKey({.label = "other"});
  }

  AesKey Aes(const std::string& label = kKeyLabel) {
    auto key = AesKey::Find(*session_, label);
    EXPECT_THAT(key, IsOk());
    return *key;
  }
  KekKey Kek() {
    auto key = KekKey::Create(Aes());
    EXPECT_THAT(key, IsOk());
    return *key;
  }
  Bytes Sealed(const KekKey& kek) {
    auto sealed = kek.Seal(Secret("text"), kAad);
    EXPECT_THAT(sealed, IsOk());
    return *sealed;
  }
  static Bytes Changed(Bytes sealed) {
    sealed.back() ^= 1;
    return sealed;
  }
  void ExpectUnfit(const std::string& why) {
    const absl::Status status = KekKey::Create(Aes()).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()), HasSubstr("self test"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  std::unique_ptr<TokenSession> session_ = OpenSession();
};

TEST_F(KekKeyTest, OpensWhatItSeals) {
  const KekKey kek = Kek();
  const auto opened = kek.Open(Sealed(kek), kAad);
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(*opened == Secret("text"));
  EXPECT_THAT(kek.Check(), IsOk());
}

TEST_F(KekKeyTest, WhatWasChangedIsDataLoss) {
  const KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  EXPECT_THAT(kek.Open(Changed(sealed), kAad),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(kek.Open(sealed, {}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(kek.Open({}, kAad), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(kek.Open(sealed, kAad), IsOk());
}

TEST_F(KekKeyTest, SelfTestSeesTagsThatAreNotChecked) {
  shim_.takes_every_tag = true;
  ExpectUnfit("what was changed is not refused");
}

TEST_F(KekKeyTest, SelfTestSeesANonceThatIsUsedTwice) {
  shim_.repeats_nonce = true;
  ExpectUnfit("it uses a nonce twice");
}

TEST_F(KekKeyTest, SelfTestSeesANonceOfTheModulesOwnThatIsNew) {
  // As of modules in a FIPS mode: what they put there is what is stored.
  const KekKey kek = Kek();
  shim_.repeats_nonce = true;
  const Bytes sealed = Sealed(kek);
  EXPECT_EQ(Bytes(sealed.begin(), sealed.begin() + 12), Bytes(12, 'n'));
  EXPECT_THAT(kek.Open(sealed, kAad), IsOk());
}

TEST_F(KekKeyTest, SelfTestSeesAnAnswerThatIsNone) {
  shim_.encrypts_to_zeros = true;
  EXPECT_FALSE(KekKey::Create(Aes()).ok());
}

TEST_F(KekKeyTest, SelfTestFailsWithEachCall) {
  CountFromHere();
  const AesKey aes = Aes();
  ASSERT_THAT(KekKey::Create(aes), IsOk());
  const int calls = shim_.calls;
  // Find has 4, Create 2 for each check value, sealing and opening.
  EXPECT_EQ(calls, 4 + 2 * (2 + 2 + 7));
  for (int call = 1; call <= calls - 4; ++call) {
    session_.reset();
    session_ = OpenSession();
    const AesKey again = Aes();
    CountFromHere();
    shim_.fail_at = call;
    EXPECT_THAT(KekKey::Create(again), StatusIs(absl::StatusCode::kUnavailable))
        << call;
    shim_.fail_at = 0;
  }
}

TEST_F(KekKeyTest, KeyThatIsExchangedBehindItsHandleIsFoundOut) {
  const KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  shim_.other_key = hsm_.FindKey("other");
  for (const absl::Status& status :
       {kek.Seal(Secret("text"), kAad).status(),
        kek.Open(sealed, kAad).status(), kek.Check()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(std::string(status.message()), HasSubstr("another key"));
  }
  shim_.other_key = 0;
  EXPECT_THAT(kek.Open(sealed, kAad), IsOk());
}

TEST_F(KekKeyTest, WhatDoesNotOpenIsNotGivenOut) {
  const KekKey kek = Kek();
  shim_.encrypts_to_zeros = true;
  const absl::Status status = kek.Seal(Secret("text"), kAad).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(std::string(status.message()),
            "what the token has sealed does not open");
}

TEST_F(KekKeyTest, OneRefusalInErrorIsAskedAgain) {
  const KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  shim_.error = *CkrOf(Aes().Open(Changed(sealed), kAad).status());
  for (const int call : {1, 2}) {
    CountFromHere();
    shim_.fail_at = call;
    const auto opened = kek.Open(sealed, kAad);
    if (call == 1) {
      // The operation was not begun, so that the next one could be.
      ASSERT_THAT(opened, IsOk());
      EXPECT_TRUE(*opened == Secret("text"));
    } else {
      EXPECT_THAT(opened, StatusIs(absl::StatusCode::kUnavailable));
    }
  }
}

// Such modules have one code for all that goes wrong.
TEST_F(KekKeyTest, GeneralErrorIsARefusalOnlyWhileOtherThingsOpen) {
  shim_.decrypt_error = CKR_GENERAL_ERROR;
  const KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  EXPECT_THAT(kek.Open(Changed(sealed), kAad),
              StatusIs(absl::StatusCode::kDataLoss));
  shim_.decrypts_nothing = true;
  EXPECT_THAT(kek.Open(sealed, kAad), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(kek.Check(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(KekKeyTest, GeneralErrorIsTroubleWhereRefusalsHaveAnotherCode) {
  const KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  shim_.decrypts_nothing = true;
  for (const CK_RV rv : {CKR_FUNCTION_FAILED, CKR_DEVICE_ERROR,
                         CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_MEMORY}) {
    shim_.decrypt_error = rv;
    const absl::Status status = kek.Open(sealed, kAad).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_EQ(CkrOf(status), rv);
  }
}

TEST_F(KekKeyTest, RebindTakesTheSameKeyOnly) {
  KekKey kek = Kek();
  const Bytes sealed = Sealed(kek);
  EXPECT_THAT(kek.Rebind(Aes("other")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(kek.Open(sealed, kAad), IsOk());

  session_.reset();
  session_ = OpenSession();
  EXPECT_THAT(kek.Rebind(Aes()), IsOk());
  EXPECT_THAT(kek.Open(sealed, kAad), IsOk());
}

}  // namespace
}  // namespace panvault::vault::pkcs11
