// What this shows: whatever a token does, a KEK on it answers rightly or says
// that it is unavailable: never with a wrong key, and never KEY_CORRUPT for
// what is not.

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/vault/pkcs11/token_test.h"
#include "vault/errors.h"
#include "vault/pkcs11/ckr.h"
#include "vault/pkcs11/pkcs11_kek_provider.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;

class Pkcs11FaultsTest : public TokenTest {
 protected:
  Pkcs11FaultsTest() {
    hsm_.MakeKey();
    hsm_.MakeKey({.label = "other"});
    auto made = NewPkcs11KekProvider({.place = place(),
                                      .pin_file = hsm_.pin_file(),
                                      .call_limit = absl::Seconds(60),
                                      .pause = absl::ZeroDuration(),
                                      .heartbeat = absl::Hours(1)});
    EXPECT_THAT(made, IsOk());
    kek_ = *std::move(made);
    wrapped_ = kek_->Wrap(dek_, aad_).value();
    CountFromHere();
  }

  // Whether it was right; otherwise it was KEK_UNAVAILABLE.
  bool Unwraps() {
    const auto dek = kek_->Unwrap(wrapped_, aad_);
    if (dek.ok()) {
      EXPECT_TRUE(*dek == dek_);
      return true;
    }
    EXPECT_EQ(FactsOf(dek.status()).reason, Reason::kKekUnavailable)
        << dek.status();
    return false;
  }
  // What is wrapped opens once the trouble is over: `made_` keeps it.
  bool Wraps() {
    const auto wrapped = kek_->Wrap(dek_, aad_);
    if (wrapped.ok()) {
      made_.push_back(*wrapped);
      return true;
    }
    EXPECT_EQ(FactsOf(wrapped.status()).reason, Reason::kKekUnavailable)
        << wrapped.status();
    return false;
  }
  void ExpectAllIsWell() {
    shim_.Reset();
    EXPECT_TRUE(Unwraps());
    EXPECT_TRUE(Wraps());
    for (const Bytes& wrapped : made_) {
      const auto dek = kek_->Unwrap(wrapped, aad_);
      ASSERT_THAT(dek, IsOk());
      EXPECT_TRUE(*dek == dek_);
    }
  }

  const crypto::SecretBytes dek_ = Secret("a key of thirty-two bytes, or so");
  const Bytes aad_ = {1, 2, 3};
  std::unique_ptr<const KekProvider> kek_;
  Bytes wrapped_;
  std::vector<Bytes> made_;
};

TEST_F(Pkcs11FaultsTest, EveryCodeInEveryCallIsMended) {
  for (CK_RV rv = 1; rv < 0x210; ++rv) {
    if (absl::StartsWith(CkrName(rv), "CKR 0x")) continue;  // None has it.
    if (absl::IsPermissionDenied(CkrStatus("", rv)) ||
        absl::IsDataLoss(CkrStatus("", rv))) {
      continue;  // Looked at below, and in token_link_test.cc.
    }
    shim_.error = rv;
    shim_.fail_at = shim_.calls + 1 + static_cast<int>(rv % 2);
    EXPECT_TRUE(Unwraps()) << CkrName(rv);
    shim_.fail_at = shim_.calls + 1 + static_cast<int>(rv % 8);
    EXPECT_TRUE(Wraps()) << CkrName(rv);
  }
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, TokenThatKeepsFailingIsUnavailable) {
  shim_.fail_percent = 100;
  for (const CK_RV rv :
       {CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_REMOVED, CKR_GENERAL_ERROR,
        CKR_MECHANISM_INVALID, CKR_HOST_MEMORY, CKR_FUNCTION_NOT_SUPPORTED,
        CKR_VENDOR_DEFINED + 1}) {
    shim_.error = rv;
    EXPECT_FALSE(Unwraps());
    EXPECT_FALSE(Wraps());
  }
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, DecryptionThatFailsIsNotACorruptKey) {
  shim_.decrypts_nothing = true;
  for (const CK_RV rv : {CKR_GENERAL_ERROR, CKR_ENCRYPTED_DATA_INVALID,
                         CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_FUNCTION_FAILED}) {
    shim_.decrypt_error = rv;
    EXPECT_FALSE(Unwraps()) << CkrName(rv);
    EXPECT_FALSE(Wraps()) << CkrName(rv);
  }
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, OtherKeyBehindTheHandleWrapsNothing) {
  shim_.other_key = hsm_.FindKey("other");
  EXPECT_FALSE(Wraps());
  shim_.other_key = 0;
  EXPECT_TRUE(Wraps());
  shim_.other_key = hsm_.FindKey("other");
  EXPECT_FALSE(Unwraps());
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, WrongLengthsAreUnavailable) {
  for (const long error : {-1L, 1L, 16L, -48L, 1L << 33}) {
    shim_.size_error = error;
    EXPECT_FALSE(Unwraps()) << error;
    EXPECT_FALSE(Wraps()) << error;
  }
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, TokenThatIsRemovedForRealComesBack) {
  const std::string tokens = hsm_.folder() + "/tokens";
  std::filesystem::rename(tokens, tokens + ".away");
  EXPECT_FALSE(Wraps());
  EXPECT_FALSE(Wraps());
  std::filesystem::create_directory(tokens);
  EXPECT_FALSE(Wraps());
  EXPECT_FALSE(Unwraps());
  std::filesystem::remove_all(tokens);
  std::filesystem::rename(tokens + ".away", tokens);
  EXPECT_TRUE(Unwraps());
  ExpectAllIsWell();
}

// One call in ten, at random, and threads beside each other.
TEST_F(Pkcs11FaultsTest, NothingWrongComesOfManyFaults) {
  shim_.fail_percent = 10;
  shim_.error = CKR_DEVICE_ERROR;
  std::atomic<int> right{0};
  std::atomic<int> unavailable{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        const auto wrapped = kek_->Wrap(dek_, aad_);
        const auto dek = kek_->Unwrap(wrapped.ok() ? *wrapped : wrapped_, aad_);
        for (const absl::Status& status : {wrapped.status(), dek.status()}) {
          ++(status.ok() ? right : unavailable);
          EXPECT_TRUE(status.ok() ||
                      FactsOf(status).reason == Reason::kKekUnavailable)
              << status;
        }
        EXPECT_TRUE(!dek.ok() || *dek == dek_);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(right, 100);
  EXPECT_GT(unavailable, 5);
  ExpectAllIsWell();
}

TEST_F(Pkcs11FaultsTest, StallsHaveALimitOfTheirOwn) {
  const absl::StatusOr<std::unique_ptr<const KekProvider>> hasty =
      NewPkcs11KekProvider({.place = place(),
                            .pin_file = hsm_.pin_file(),
                            .call_limit = absl::Milliseconds(100),
                            .pause = absl::ZeroDuration(),
                            .heartbeat = absl::Milliseconds(20)});
  ASSERT_THAT(hasty, IsOk());
  for (int round = 0; round < 3; ++round) {
    shim_.stalls = true;
    const absl::Time begin = absl::Now();
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        EXPECT_EQ(FactsOf((*hasty)->Wrap(dek_, aad_).status()).reason,
                  Reason::kKekUnavailable);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
    shim_.stalls = false;
    for (int i = 0; i < 500 && !(*hasty)->Wrap(dek_, aad_).ok(); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  EXPECT_THAT((*hasty)->Wrap(dek_, aad_), IsOk());
}

}  // namespace
}  // namespace panvault::vault::pkcs11
