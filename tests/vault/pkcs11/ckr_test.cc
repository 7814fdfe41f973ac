// What this shows: a return value is named, and its code says what may help.

#include "vault/pkcs11/ckr.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

TEST(CkrTest, NamesAreThoseOfTheStandard) {
  EXPECT_EQ(CkrName(CKR_OK), "CKR_OK");
  EXPECT_EQ(CkrName(CKR_PIN_LOCKED), "CKR_PIN_LOCKED");
  EXPECT_EQ(CkrName(CKR_FUNCTION_REJECTED), "CKR_FUNCTION_REJECTED");
  EXPECT_EQ(CkrName(0x42), "CKR_AEAD_DECRYPT_FAILED");
  EXPECT_EQ(CkrName(CKR_VENDOR_DEFINED + 0x1f), "CKR 0x8000001f");
}

TEST(CkrTest, OkIsOk) {
  EXPECT_THAT(CkrStatus("C_Login", CKR_OK), IsOk());
  EXPECT_EQ(CkrOf(absl::OkStatus()), std::nullopt);
}

TEST(CkrTest, MessageHasFunctionAndName) {
  const absl::Status status = CkrStatus("C_Login", CKR_PIN_LOCKED);
  EXPECT_EQ(std::string(status.message()), "C_Login: CKR_PIN_LOCKED");
  EXPECT_EQ(CkrOf(status), CKR_PIN_LOCKED);
  EXPECT_EQ(CkrOf(absl::UnavailableError("of another kind")), std::nullopt);
}

struct Case {
  CK_RV rv;
  absl::StatusCode code;
};

TEST(CkrTest, CodeSaysWhatMayHelp) {
  for (const Case& c :
       {Case{CKR_PIN_INCORRECT, absl::StatusCode::kPermissionDenied},
        Case{CKR_PIN_LOCKED, absl::StatusCode::kPermissionDenied},
        Case{CKR_PIN_EXPIRED, absl::StatusCode::kPermissionDenied},
        Case{CKR_PIN_LEN_RANGE, absl::StatusCode::kPermissionDenied},
        Case{CKR_PIN_INVALID, absl::StatusCode::kPermissionDenied},
        Case{CKR_USER_PIN_NOT_INITIALIZED, absl::StatusCode::kPermissionDenied},
        Case{CKR_ENCRYPTED_DATA_INVALID, absl::StatusCode::kDataLoss},
        Case{CKR_ENCRYPTED_DATA_LEN_RANGE, absl::StatusCode::kDataLoss},
        Case{0x42, absl::StatusCode::kDataLoss},
        Case{CKR_MECHANISM_INVALID, absl::StatusCode::kFailedPrecondition},
        Case{CKR_KEY_FUNCTION_NOT_PERMITTED,
             absl::StatusCode::kFailedPrecondition},
        Case{CKR_SESSION_HANDLE_INVALID, absl::StatusCode::kUnavailable},
        Case{CKR_USER_NOT_LOGGED_IN, absl::StatusCode::kUnavailable},
        Case{CKR_DEVICE_REMOVED, absl::StatusCode::kUnavailable},
        Case{CKR_CRYPTOKI_NOT_INITIALIZED, absl::StatusCode::kUnavailable},
        Case{CKR_GENERAL_ERROR, absl::StatusCode::kUnavailable},
        Case{CKR_VENDOR_DEFINED + 1, absl::StatusCode::kUnavailable}}) {
    EXPECT_THAT(CkrStatus("C_Any", c.rv), StatusIs(c.code)) << CkrName(c.rv);
  }
}

}  // namespace
}  // namespace panvault::vault::pkcs11
