// What this shows: HKDF, HMAC and SHA-256 are those of RFC 5869, RFC 4231 and
// FIPS 180-4, within their limits.

#include "crypto/kdf.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

std::string Hex(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

SecretBytes Secret(absl::string_view hex) {
  return SecretBytes::CopyOf(FromHex(hex));
}

std::string HexRange(int first, int last) {
  Bytes bytes;
  for (int value = first; value <= last; ++value) {
    bytes.push_back(static_cast<uint8_t>(value));
  }
  return Hex(bytes);
}

struct HkdfCase {
  std::string key;
  std::string salt;
  std::string info;
  size_t size;
  std::string output;
};

// RFC 5869, appendix A.1 to A.3.
TEST(HkdfSha256, MatchesRfc5869) {
  const HkdfCase cases[] = {
      {std::string(44, 'b'), HexRange(0x00, 0x0c), HexRange(0xf0, 0xf9), 42,
       "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
       "34007208d5b887185865"},
      {HexRange(0x00, 0x4f), HexRange(0x60, 0xaf), HexRange(0xb0, 0xff), 82,
       "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
       "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
       "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
      {std::string(44, 'b'), "", "", 42,
       "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
       "9d201395faa4b61a96c8"},
  };
  for (HkdfCase known : cases) {
    // The RFC's key of 22 bytes is 0x0b each.
    if (known.key[0] == 'b') {
      known.key.clear();
      for (int i = 0; i < 22; ++i) known.key += "0b";
    }
    const Bytes salt = FromHex(known.salt);
    const std::string info = absl::HexStringToBytes(known.info);
    ASSERT_OK_AND_ASSIGN(const SecretBytes output,
                         HkdfSha256(Secret(known.key), salt, info, known.size));
    EXPECT_EQ(Hex(output.ExposeSecret()), known.output);
  }
}

TEST(HkdfSha256, RefusesSizesOutsideItsLimits) {
  const SecretBytes key(32);
  for (const size_t size : {size_t{0}, size_t{255 * 32 + 1}}) {
    EXPECT_THAT(HkdfSha256(key, {}, "x", size),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  for (const size_t size : {size_t{1}, size_t{255 * 32}}) {
    ASSERT_OK_AND_ASSIGN(const SecretBytes output,
                         HkdfSha256(key, {}, "x", size));
    EXPECT_EQ(output.size(), size);
  }
}

TEST(HkdfSha256, GivesEachPurposeItsOwnKey) {
  const SecretBytes key(32);
  ASSERT_OK_AND_ASSIGN(const SecretBytes a, HkdfSha256(key, {}, "a", 32));
  ASSERT_OK_AND_ASSIGN(const SecretBytes b, HkdfSha256(key, {}, "b", 32));
  ASSERT_OK_AND_ASSIGN(const SecretBytes none, HkdfSha256(key, {}, "", 32));
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(a == none);
}

struct HmacCase {
  std::string key;
  std::string message;
  std::string digest;
};

std::string Times(int count, const std::string& hex) {
  std::string text;
  for (int i = 0; i < count; ++i) text += hex;
  return text;
}

// RFC 4231, cases 1 to 4, 6 and 7.
TEST(HmacSha256, MatchesRfc4231) {
  const auto ascii = [](absl::string_view text) {
    return absl::BytesToHexString(text);
  };
  const HmacCase cases[] = {
      {Times(20, "0b"), ascii("Hi There"),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {ascii("Jefe"), ascii("what do ya want for nothing?"),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Times(20, "aa"), Times(50, "dd"),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {HexRange(0x01, 0x19), Times(50, "cd"),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Times(131, "aa"),
       ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Times(131, "aa"),
       ascii("This is a test using a larger than block-size key and a larger "
             "than block-size data. The key needs to be hashed before being "
             "used by the HMAC algorithm."),
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const HmacCase& known : cases) {
    ASSERT_OK_AND_ASSIGN(const Sha256Digest digest,
                         HmacSha256(Secret(known.key), FromHex(known.message)));
    EXPECT_EQ(Hex(digest), known.digest);
  }
}

TEST(HmacSha256, TakesAnEmptyMessageAndRefusesAnEmptyKey) {
  // HMAC_SHA256("key", "").
  ASSERT_OK_AND_ASSIGN(const Sha256Digest digest,
                       HmacSha256(Secret("6b6579"), {}));
  EXPECT_EQ(Hex(digest),
            "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0");
  EXPECT_THAT(HmacSha256(SecretBytes(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// FIPS 180-4's examples, and the digest of nothing.
TEST(Sha256, MatchesFips180) {
  const auto digest_of = [](absl::string_view text) {
    const auto digest = Sha256(absl::MakeConstSpan(
        reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    EXPECT_THAT(digest, IsOk());
    return Hex(*digest);
  };
  EXPECT_EQ(digest_of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest_of(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace panvault::crypto
