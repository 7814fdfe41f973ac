// What this shows: Ff1 is the FF1 of SP 800-38G (NIST's nine samples), refuses
// whatever is outside its limits without touching it, and can be shared.

#include "crypto/ff1.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kKey128[] = "2B7E151628AED2A6ABF7158809CF4F3C";
constexpr char kKey192[] = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F";
constexpr char kKey256[] =
    "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";

// csrc.nist.gov, example values for SP 800-38G, FF1 samples 1 to 9.
struct Sample {
  int number;
  const char* key;
  uint32_t radix;
  const char* tweak;
  const char* plaintext;
  const char* ciphertext;
};

class Ff1Samples : public ::testing::TestWithParam<Sample> {};

TEST_P(Ff1Samples, MatchNist) {
  const Sample& sample = GetParam();
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1,
                       NewFf1(FromHex(sample.key), sample.radix));
  const Bytes tweak = FromHex(sample.tweak);
  Bytes message = Numerals(sample.plaintext);
  ASSERT_THAT(ff1.Encrypt(OneMessage(message, tweak)), IsOk());
  EXPECT_EQ(Text(message), sample.ciphertext);
  ASSERT_THAT(ff1.Decrypt(OneMessage(message, tweak)), IsOk());
  EXPECT_EQ(Text(message), sample.plaintext);
}

constexpr char kTweak10[] = "39383736353433323130";
constexpr char kTweak11[] = "3737373770717273373737";
constexpr char kDigits[] = "0123456789";
constexpr char kLetters[] = "0123456789abcdefghi";

INSTANTIATE_TEST_SUITE_P(
    Nist, Ff1Samples,
    ::testing::Values(
        Sample{1, kKey128, 10, "", kDigits, "2433477484"},
        Sample{2, kKey128, 10, kTweak10, kDigits, "6124200773"},
        Sample{3, kKey128, 36, kTweak11, kLetters, "a9tv40mll9kdu509eum"},
        Sample{4, kKey192, 10, "", kDigits, "2830668132"},
        Sample{5, kKey192, 10, kTweak10, kDigits, "2496655549"},
        Sample{6, kKey192, 36, kTweak11, kLetters, "xbj3kv35jrawxv32ysr"},
        Sample{7, kKey256, 10, "", kDigits, "6657667009"},
        Sample{8, kKey256, 10, kTweak10, kDigits, "1001623463"},
        Sample{9, kKey256, 36, kTweak11, kLetters, "xs8a0azh2avyalyzuwd"}),
    [](const ::testing::TestParamInfo<Sample>& sample) {
      return absl::StrCat("Sample", sample.param.number);
    });

// One batch of three different valid messages, to be spoiled by each case.
class Ff1Refuses : public ::testing::Test {
 protected:
  void SetUp() override {
    auto ff1 = NewFf1(FromHex(kKey256), 10);
    ASSERT_THAT(ff1, IsOk());
    ff1_.emplace(*std::move(ff1));
    batch_ = {.length = 15,
              .tweak_bytes = 11,
              .numerals = absl::MakeSpan(numerals_),
              .tweaks = tweaks_};
  }

  // Expects the refusal, and that nothing changed.
  void ExpectRefused(const std::string& message) {
    const Bytes before = numerals_;
    for (const absl::Status& status :
         {ff1_->Encrypt(batch_), ff1_->Decrypt(batch_)}) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
      EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    }
    EXPECT_EQ(numerals_, before);
  }
  void ExpectAccepted() {
    const Bytes before = numerals_;
    EXPECT_THAT(ff1_->Encrypt(batch_), IsOk());
    EXPECT_NE(numerals_, before);
    EXPECT_THAT(ff1_->Decrypt(batch_), IsOk());
    EXPECT_EQ(numerals_, before);
  }
  // `count` messages of `length`, all numerals 7.
  void Resize(size_t length, size_t count, size_t tweak_bytes) {
    numerals_.assign(length * count, 7);
    tweaks_.assign(tweak_bytes * count, 0x5a);
    batch_ = {.length = length,
              .tweak_bytes = tweak_bytes,
              .numerals = absl::MakeSpan(numerals_),
              .tweaks = tweaks_};
  }

  std::optional<Ff1> ff1_;
  Bytes numerals_ = Numerals("411111111111111400555555555555500000000000000");
  Bytes tweaks_ = Bytes(33, 0xa5);
  Ff1Batch batch_;
};

TEST_F(Ff1Refuses, NothingWhenTheBatchIsValid) { ExpectAccepted(); }

TEST_F(Ff1Refuses, NumeralAtEachPlaceWhenOutsideTheRadix) {
  for (size_t at = 0; at < numerals_.size(); ++at) {
    for (const int bad : {10, 16, 48, 127, 128, 138, 200, 255}) {
      SCOPED_TRACE(absl::StrCat("numeral ", at, " is ", bad));
      const uint8_t good =
          std::exchange(numerals_[at], static_cast<uint8_t>(bad));
      ExpectRefused("outside radix 10");
      numerals_[at] = good;
    }
  }
}

TEST_F(Ff1Refuses, NumeralsWithoutSayingWhich) {
  numerals_.assign(45, 77);
  const absl::Status status = ff1_->Encrypt(batch_);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("77")));
}

TEST_F(Ff1Refuses, MessagesBelowTheDomainFloor) {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{2}, size_t{5}}) {
    Resize(length, length == 0 ? 0 : 3, 4);
    ExpectRefused("fewer than 1000000");
  }
  Resize(6, 3, 4);
  ExpectAccepted();
}

TEST_F(Ff1Refuses, MessagesOverTheLengthLimit) {
  Resize(kFf1LengthMax + 1, 1, 4);
  ExpectRefused("over 1024 numerals");
  Resize(kFf1LengthMax, 1, 4);
  ExpectAccepted();
}

TEST_F(Ff1Refuses, TweaksOverTheLimit) {
  Resize(16, 2, kFf1TweakBytesMax + 1);
  ExpectRefused("over 64 bytes");
  Resize(16, 2, kFf1TweakBytesMax);
  ExpectAccepted();
}

TEST_F(Ff1Refuses, SpansThatAreNotWholeMessages) {
  batch_.numerals.remove_suffix(1);
  ExpectRefused("not whole messages of 15");
}

TEST_F(Ff1Refuses, TweaksThatDoNotMatchTheMessages) {
  batch_.tweaks.remove_suffix(1);
  ExpectRefused("32 bytes of tweaks; want 33");
  batch_.tweaks = tweaks_;
  batch_.tweak_bytes = 0;
  ExpectRefused("33 bytes of tweaks; want 0");
}

TEST_F(Ff1Refuses, NoMessagesAtAllIsFine) {
  Resize(16, 0, 4);
  EXPECT_THAT(ff1_->Encrypt(batch_), IsOk());
  EXPECT_THAT(ff1_->Decrypt(batch_), IsOk());
}

TEST(Ff1, RefusesRadixOutsideItsLimits) {
  const Bytes key(32, 1);
  for (const uint32_t radix : {0u, 1u, 37u, 64u, 65536u, 0x8000000au}) {
    EXPECT_THAT(NewFf1(key, radix),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << radix;
  }
  for (const uint32_t radix : {2u, 36u}) {
    EXPECT_THAT(NewFf1(key, radix), IsOk()) << radix;
  }
}

TEST(Ff1, RefusesKeyThatIsNotAnAesKey) {
  for (size_t size = 0; size <= 65; ++size) {
    const bool aes = size == 16 || size == 24 || size == 32;
    EXPECT_EQ(NewFf1(Bytes(size, 1), 10).ok(), aes) << size;
  }
}

TEST(Ff1, FloorHoldsForEveryRadix) {
  for (uint32_t radix = kFf1RadixMin; radix <= kFf1RadixMax; ++radix) {
    ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(Bytes(16, 1), radix));
    size_t shortest = 0;
    for (uint64_t domain = 1; domain < kFf1DomainMin; domain *= radix) {
      ++shortest;
    }
    Bytes message(shortest - 1, 1);
    EXPECT_THAT(ff1.Encrypt(OneMessage(message, {})),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << radix;
    message.push_back(1);
    EXPECT_THAT(ff1.Encrypt(OneMessage(message, {})), IsOk()) << radix;
  }
}

TEST(Ff1, EveryTweakOfABatchIsItsOwn) {
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(FromHex(kKey256), 10));
  for (const size_t tweak_bytes : {size_t{1}, size_t{7}, size_t{11}, size_t{12},
                                   size_t{16}, size_t{17}, size_t{64}}) {
    constexpr size_t kCount = 300;
    Bytes numerals(kCount * 16, 3);
    Bytes tweaks(kCount * tweak_bytes);
    std::iota(tweaks.begin(), tweaks.end(), uint8_t{0});
    const Bytes tweaks_before = tweaks;
    Bytes expected;
    for (size_t k = 0; k < kCount; ++k) {
      Bytes one(16, 3);
      const Bytes tweak = Part(tweaks, k, tweak_bytes);
      ASSERT_THAT(ff1.Encrypt(OneMessage(one, tweak)), IsOk());
      expected.insert(expected.end(), one.begin(), one.end());
    }
    ASSERT_THAT(ff1.Encrypt({.length = 16,
                             .tweak_bytes = tweak_bytes,
                             .numerals = absl::MakeSpan(numerals),
                             .tweaks = tweaks}),
                IsOk());
    EXPECT_EQ(numerals, expected) << tweak_bytes;
    EXPECT_EQ(tweaks, tweaks_before);
  }
}

TEST(Ff1, SurvivesAMove) {
  ASSERT_OK_AND_ASSIGN(Ff1 first, NewFf1(FromHex(kKey128), 10));
  ASSERT_OK_AND_ASSIGN(Ff1 second, NewFf1(FromHex(kKey256), 10));
  second = std::move(first);
  Bytes message = Numerals(kDigits);
  ASSERT_THAT(second.Encrypt(OneMessage(message, {})), IsOk());
  EXPECT_EQ(Text(message), "2433477484");
}

// More threads than the object keeps contexts for, mixed sizes and both
// directions: each must see what a single thread sees.
TEST(Ff1, SharedByManyThreadsGivesEachItsOwnResult) {
  constexpr size_t kThreads = 40;
  constexpr int kRepeats = 50;
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(FromHex(kKey256), 10));
  std::vector<int> wrong(kThreads, 0);
  std::vector<std::thread> threads;
  for (size_t id = 0; id < kThreads; ++id) {
    threads.emplace_back([&ff1, &wrong, id] {
      const size_t count = 1 + id * 7 % 260;
      const Bytes plain(count * 15, static_cast<uint8_t>(id % 10));
      const Bytes tweaks(count * 8, static_cast<uint8_t>(id));
      const auto batch = [&tweaks](Bytes& numerals) {
        return Ff1Batch{.length = 15,
                        .tweak_bytes = 8,
                        .numerals = absl::MakeSpan(numerals),
                        .tweaks = tweaks};
      };
      Bytes expected(plain.begin(), plain.begin() + 15);
      const Bytes tweak(8, static_cast<uint8_t>(id));
      if (!ff1.Encrypt(OneMessage(expected, tweak)).ok()) ++wrong[id];
      for (int i = 0; i < kRepeats; ++i) {
        Bytes numerals = plain;
        if (!ff1.Encrypt(batch(numerals)).ok()) ++wrong[id];
        for (size_t k = 0; k < count; ++k) {
          if (Part(numerals, k, 15) != expected) ++wrong[id];
        }
        if (!ff1.Decrypt(batch(numerals)).ok() || numerals != plain) {
          ++wrong[id];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

}  // namespace
}  // namespace panvault::crypto
