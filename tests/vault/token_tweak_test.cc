// What this shows: a tweak is the documented eleven bytes, and two PANs share
// one only if length, kept digits and context are the same.

#include "vault/token_tweak.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault {
namespace {

std::vector<uint8_t> Values(const std::string& text) {
  std::vector<uint8_t> values;
  for (const char c : text) values.push_back(static_cast<uint8_t>(c - '0'));
  return values;
}

std::string TweakHex(KeptDigits kept, const std::string& number,
                     const ContextTag& tag = {}) {
  TokenProfile profile;
  profile.kept = kept;
  profile.allow_floor = true;
  const TokenLayout layout = LayoutFor(profile, number.size()).value();
  std::vector<uint8_t> tweak(kTweakBytes, 0xaa);
  WriteTweak(layout, Values(number), tag, absl::MakeSpan(tweak));
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(tweak.data()), tweak.size()));
}

TEST(TokenTweak, HoldsFormatAndLength) {
  for (size_t n = 12; n <= 19; ++n) {
    const std::string want = "1" + std::to_string(n - 12) + "0000000000";
    EXPECT_EQ(TweakHex(KeptDigits::kNone, std::string(n, '7')).substr(0, 12),
              want);
  }
}

TEST(TokenTweak, HoldsTheKeptDigitsAsOneNumber) {
  EXPECT_EQ(TweakHex(KeptDigits::kLast4, "9999999999990042"),
            "14000000002a0000000000");
  // 4111111111 and 999999999999.
  EXPECT_EQ(TweakHex(KeptDigits::kBin6Last4, "4111110000001111"),
            "1400f50a93c70000000000");
  EXPECT_EQ(TweakHex(KeptDigits::kBin8Last4, "9999999900000009999"),
            "17e8d4a50fff0000000000");
}

TEST(TokenTweak, IgnoresTheFreeDigits) {
  EXPECT_EQ(TweakHex(KeptDigits::kNone, "4111111111111111"),
            TweakHex(KeptDigits::kNone, "9999999999999999"));
  EXPECT_EQ(TweakHex(KeptDigits::kBin6Last4, "4111110000001111"),
            TweakHex(KeptDigits::kBin6Last4, "4111119999991111"));
}

TEST(TokenTweak, EndsInTheTagOfTheContext) {
  EXPECT_EQ(TweakHex(KeptDigits::kNone, "411111111111", {1, 2, 3, 4, 255}),
            "100000000000"
            "01020304ff");
}

TEST(TokenTweak, ContextTagIsAPrefixOfHmac) {
  // HMAC-SHA256 of "merchant-42"; the key and the value as in
  // docs/token-formats.md.
  const std::string key = absl::HexStringToBytes(
      "3c4dc13d4c27e71ff1085b5ea8746b2b10c63d0323cd83d601aebd19ddec20df");
  const auto tweak_key = crypto::SecretBytes::CopyOf(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(key.data()), key.size()));
  ASSERT_OK_AND_ASSIGN(const ContextTag tag,
                       ContextTagOf(tweak_key, "merchant-42"));
  EXPECT_EQ(tag, (ContextTag{0xc9, 0xf3, 0x51, 0x50, 0xb9}));
  ASSERT_OK_AND_ASSIGN(const ContextTag none, ContextTagOf(tweak_key, ""));
  EXPECT_EQ(none, ContextTag{});
}

TEST(TokenTweak, ContextsAreBytesNotText) {
  const auto key = crypto::SecretBytes::CopyOf(std::vector<uint8_t>(32, 1));
  std::set<ContextTag> tags;
  const std::vector<std::string> contexts = {
      "",         std::string(1, '\0'),  std::string(2, '\0'),
      "a",        std::string("a\0", 2), "A",
      "\xff\xfe", std::string(64, 'a'),  std::string(63, 'a')};
  for (const std::string& context : contexts) {
    tags.insert(ContextTagOf(key, context).value());
  }
  EXPECT_EQ(tags.size(), contexts.size());
}

}  // namespace
}  // namespace panvault::vault
