// What this shows: the KEK on a token keeps the contract of every KEK, opens
// what the same key in a file has wrapped, reads its PIN with care, and says
// that it is gone without saying why to callers.

#include "vault/pkcs11/pkcs11_kek_provider.h"

#include <sys/stat.h>

#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/contract/kek_provider_contract.h"
#include "tests/vault/pkcs11/token_test.h"
#include "vault/file_kek_provider.h"

namespace panvault::testing {

// The SoftHsm of the test that runs, with one key at a time.
std::unique_ptr<const vault::KekProvider> MakeTokenKek(const KekBytes& key) {
  static std::unique_ptr<SoftHsm> hsm;
  hsm.reset();
  hsm = std::make_unique<SoftHsm>();
  hsm->MakeKey({.value = key});
  auto kek = vault::pkcs11::NewPkcs11KekProvider(
      {.place = hsm->place(), .pin_file = hsm->pin_file()});
  EXPECT_THAT(kek, IsOk());
  return *std::move(kek);
}

INSTANTIATE_TEST_SUITE_P(Token, KekProviderContract,
                         ::testing::Values(KekUnderTest{"token",
                                                        MakeTokenKek}));

}  // namespace panvault::testing

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::kPin;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const Bytes kAad = {1, 2, 3};

class Pkcs11KekProviderTest : public TokenTest {
 protected:
  Pkcs11KekProviderTest() { hsm_.MakeKey({.value = Bytes(32, 'k')}); }

  Pkcs11KekOptions Options() {
    return {.place = place(),
            .pin_file = hsm_.pin_file(),
            .call_limit = absl::Seconds(30),
            .pause = absl::ZeroDuration(),
            .heartbeat = absl::Hours(1),
            .on_change = [this](const absl::Status& status) {
              const std::lock_guard<std::mutex> lock(mutex_);
              changes_.emplace_back(status.ok() ? "OK" : status.message());
            }};
  }
  std::unique_ptr<const KekProvider> Make(const Pkcs11KekOptions& options) {
    auto kek = NewPkcs11KekProvider(options);
    EXPECT_THAT(kek, IsOk());
    return *std::move(kek);
  }
  std::vector<std::string> Changes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return changes_;
  }
  void WaitForChanges(size_t count) {
    for (int i = 0; i < 3000 && Changes().size() < count; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    ASSERT_EQ(Changes().size(), count);
  }
  std::string WritePin(const std::string& pin, mode_t mode = 0400) {
    const std::string path = hsm_.folder() + "/other-pin";
    std::ofstream(path) << pin;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  absl::Status TryPin(const std::string& pin, mode_t mode = 0400) {
    Pkcs11KekOptions options = Options();
    options.pin_file = WritePin(pin, mode);
    absl::Status status = NewPkcs11KekProvider(options).status();
    unlink(options.pin_file.c_str());
    return status;
  }

  std::mutex mutex_;  // Guards changes_.
  std::vector<std::string> changes_;
};

absl::StatusOr<Bytes> Wrap(const KekProvider& kek) {
  return kek.Wrap(Secret("dek"), kAad);
}

void ExpectUnavailable(const absl::Status& status) {
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(FactsOf(status).reason, Reason::kKekUnavailable);
  EXPECT_EQ(std::string(status.message()),
            "the key-encryption key cannot be used at present");
}

// The check value is computed apart in aes_key_test.cc.
TEST_F(Pkcs11KekProviderTest, IdIsTheKeysCheckValue) {
  EXPECT_EQ(Make(Options())->kek_id(), "pkcs11:18e1e9b817c00a03");
}

TEST_F(Pkcs11KekProviderTest, OpensWhatTheSameKeyInAFileHasWrapped) {
  const std::string path = WritePin(std::string(32, 'k'));
  ASSERT_OK_AND_ASSIGN(const auto file, NewFileKekProvider(path));
  const auto token = Make(Options());
  ASSERT_OK_AND_ASSIGN(const Bytes by_file, Wrap(*file));
  ASSERT_OK_AND_ASSIGN(const auto read, token->Unwrap(by_file, kAad));
  EXPECT_TRUE(read == Secret("dek"));
  ASSERT_OK_AND_ASSIGN(const Bytes by_token, Wrap(*token));
  ASSERT_OK_AND_ASSIGN(const auto back, file->Unwrap(by_token, kAad));
  EXPECT_TRUE(back == Secret("dek"));
  // Their ids differ, so that in a database neither is taken for the other.
  EXPECT_NE(file->kek_id(), token->kek_id());
}

TEST_F(Pkcs11KekProviderTest, OneLineEndAfterThePinIsNotPartOfIt) {
  for (const char* end : {"", "\n", "\r\n"}) {
    EXPECT_THAT(TryPin(std::string(kPin) + end), IsOk());
  }
  for (const char* more : {" ", "\n\n", "\n\r"}) {
    EXPECT_THAT(TryPin(std::string(kPin) + more),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
}

TEST_F(Pkcs11KekProviderTest, PinFileIsCheckedBeforeTheTokenIsAsked) {
  EXPECT_THAT(std::string(TryPin(kPin, 0404).message()),
              HasSubstr("others can use it"));
  for (const std::string& pin :
       {std::string(), std::string("\n"), std::string(256, '1')}) {
    const absl::Status status = TryPin(pin);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("want one line of 1 to 255 bytes"));
  }
  Pkcs11KekOptions absent = Options();
  absent.pin_file = hsm_.folder() + "/absent";
  EXPECT_THAT(std::string(NewPkcs11KekProvider(absent).status().message()),
              HasSubstr("PIN file " + absent.pin_file));
  EXPECT_EQ(shim_.calls, 0);
}

TEST_F(Pkcs11KekProviderTest, WrongPinIsTriedOnceAndNotSaid) {
  const absl::Status status = TryPin("918273");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(std::string(status.message()), HasSubstr("CKR_PIN_INCORRECT"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("918273")));
  EXPECT_EQ(shim_.logins, 1);
  EXPECT_TRUE(Changes().empty());
}

TEST_F(Pkcs11KekProviderTest, SaysOnceThatTheTokenIsGoneAndOnceThatItIsBack) {
  const auto kek = Make(Options());
  ASSERT_OK_AND_ASSIGN(const Bytes wrapped, Wrap(*kek));
  shim_.removed = true;
  for (int i = 0; i < 3; ++i) {
    ExpectUnavailable(Wrap(*kek).status());
    ExpectUnavailable(kek->Unwrap(wrapped, kAad).status());
  }
  shim_.removed = false;
  EXPECT_THAT(kek->Unwrap(wrapped, kAad), IsOk());
  EXPECT_THAT(Wrap(*kek), IsOk());
  EXPECT_THAT(Changes(),
              ::testing::ElementsAre("token \"panvault test\": not among the 0 "
                                     "that the module has",
                                     "OK"));
}

TEST_F(Pkcs11KekProviderTest, NoticesWhileNobodyUsesIt) {
  Pkcs11KekOptions options = Options();
  options.heartbeat = absl::Milliseconds(5);
  const auto kek = Make(options);
  shim_.removed = true;
  WaitForChanges(1);
  shim_.removed = false;
  WaitForChanges(2);
  EXPECT_EQ(Changes()[1], "OK");
}

TEST_F(Pkcs11KekProviderTest, CorruptKeyIsNotTheTokensFault) {
  const auto kek = Make(Options());
  for (const Bytes& bad : {Bytes(), Bytes(61, 1), Bytes(61, 2), Bytes(5, 1)}) {
    EXPECT_EQ(FactsOf(kek->Unwrap(bad, kAad).status()).reason,
              Reason::kKeyCorrupt);
  }
  EXPECT_TRUE(Changes().empty());
  EXPECT_EQ(shim_.logins, 1);
}

TEST_F(Pkcs11KekProviderTest, CallersDoNotWaitForAModuleThatHangs) {
  Pkcs11KekOptions options = Options();
  options.call_limit = absl::Milliseconds(300);
  const auto kek = Make(options);
  ASSERT_OK_AND_ASSIGN(const Bytes wrapped, Wrap(*kek));
  shim_.stalls = true;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 20; ++i) ExpectUnavailable(Wrap(*kek).status());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3)) << "only the first waits";
  EXPECT_EQ(shim_.held_up, 1);
  shim_.stalls = false;
  for (int i = 0; i < 500 && !Wrap(*kek).ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_THAT(kek->Unwrap(wrapped, kAad), IsOk());
  EXPECT_THAT(Changes(), ::testing::ElementsAre(
                             "no answer within 300ms",
                             "an earlier call has not come back", "OK"));
}

TEST_F(Pkcs11KekProviderTest, StartDoesNotWaitForIt) {
  Pkcs11KekOptions options = Options();
  options.call_limit = absl::Milliseconds(200);
  shim_.stalls = true;
  const absl::Time begin = absl::Now();
  EXPECT_THAT(NewPkcs11KekProvider(options),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_EQ(shim_.held_up, 1);
  shim_.stalls = false;
  // It comes back, opens, and closes what nobody waits for.
  while (shim_.logins == 0) absl::SleepFor(absl::Milliseconds(1));
  while (shim_.sessions > 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(Pkcs11KekProviderTest, EndDoesNotWaitForIt) {
  Pkcs11KekOptions options = Options();
  options.call_limit = absl::Milliseconds(200);
  auto kek = Make(options);
  shim_.stalls = true;
  const absl::Time begin = absl::Now();
  kek.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_EQ(shim_.held_up, 1);
  shim_.stalls = false;
  while (shim_.ends == 0) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(Pkcs11KekProviderTest, EndClosesTheSession) {
  Make(Options());
  EXPECT_EQ(shim_.sessions, 0);
}

}  // namespace
}  // namespace panvault::vault::pkcs11
