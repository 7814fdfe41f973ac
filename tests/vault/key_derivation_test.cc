// What this shows: the keys of a version are HKDF-SHA256 of its DEK under the
// documented info strings, and differ from each other.

#include "vault/key_derivation.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "crypto/kdf.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault {
namespace {

using crypto::SecretBytes;

std::vector<uint8_t> CountingBytes(size_t size) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i);
  return bytes;
}

SecretBytes FromHex(const char* hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return SecretBytes::CopyOf(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

// The same values stand in docs/token-formats.md, and come from another
// program (token_formats.py).
TEST(KeyDerivation, MatchesValuesComputedElsewhere) {
  ASSERT_OK_AND_ASSIGN(const DerivedKeys keys,
                       DeriveKeys(SecretBytes::CopyOf(CountingBytes(32))));
  EXPECT_TRUE(keys.ff1 == FromHex("d778852cae728ed81124b9d1d3e5afe0"
                                  "a7ce7ac2f8afbd387615085e89340b2a"));
  EXPECT_TRUE(keys.tweak == FromHex("3c4dc13d4c27e71ff1085b5ea8746b2b"
                                    "10c63d0323cd83d601aebd19ddec20df"));
}

TEST(KeyDerivation, KeysOfOneDekDiffer) {
  ASSERT_OK_AND_ASSIGN(const DerivedKeys keys,
                       DeriveKeys(SecretBytes::CopyOf(CountingBytes(32))));
  EXPECT_FALSE(keys.ff1 == keys.tweak);
}

TEST(KeyDerivation, RefusesADekOfAnotherSize) {
  for (const size_t size : {0u, 16u, 31u, 33u, 64u}) {
    EXPECT_THAT(DeriveKeys(SecretBytes::CopyOf(CountingBytes(size))).status(),
                testing::StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

}  // namespace
}  // namespace panvault::vault
