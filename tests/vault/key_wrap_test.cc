// What this shows: a wrapped key opens only under its KEK, in its row and as it
// was written; the associated data is that of the header, byte by byte.

#include "vault/key_wrap.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using crypto::SecretBytes;

SecretBytes Bytes(uint8_t byte, size_t size = 32) {
  return SecretBytes::CopyOf(std::vector<uint8_t>(size, byte));
}

const DekRow kRow = {.profile_id = "0123456789abcdef0123456789abcdef",
                     .version = 0x01020304,
                     .kek_id = "file:00"};

void ExpectCorrupt(const absl::StatusOr<SecretBytes>& dek) {
  EXPECT_EQ(dek.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(FactsOf(dek.status()).reason, Reason::kKeyCorrupt);
}

TEST(KeyWrap, AssociatedDataIsAsDocumented) {
  const std::vector<uint8_t> aad = DekAad(kRow);
  const std::string want =
      absl::HexStringToBytes("0000000f") + "panvault dek v1" +
      absl::HexStringToBytes("00000020") + "0123456789abcdef0123456789abcdef" +
      absl::HexStringToBytes("0000000401020304") +
      absl::HexStringToBytes("00000007") + "ff1-dek" +
      absl::HexStringToBytes("00000007") + "file:00";
  EXPECT_EQ(std::string(aad.begin(), aad.end()), want);
}

TEST(KeyWrap, RowsNeverShareAssociatedData) {
  std::set<std::vector<uint8_t>> seen;
  int rows = 0;
  // Fields that would run together without their lengths.
  for (const char* const profile : {"a", "ab", ""}) {
    for (const char* const kek : {"b", "bc", "", "a"}) {
      for (const uint32_t version : {1u, 2u, 256u, 0x61000000u}) {
        seen.insert(DekAad({profile, version, kek}));
        ++rows;
      }
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(rows));
}

TEST(KeyWrap, OpensWhatItSealed) {
  const std::vector<uint8_t> aad = DekAad(kRow);
  ASSERT_OK_AND_ASSIGN(const auto wrapped, SealDek(Bytes(1), Bytes(2), aad));
  EXPECT_EQ(wrapped.size(), 61u);
  EXPECT_EQ(wrapped[0], 0x01);
  ASSERT_OK_AND_ASSIGN(const SecretBytes dek, OpenDek(Bytes(1), wrapped, aad));
  EXPECT_TRUE(dek == Bytes(2));
}

TEST(KeyWrap, SealsTheSameKeyDifferently) {
  const std::vector<uint8_t> aad = DekAad(kRow);
  EXPECT_NE(SealDek(Bytes(1), Bytes(2), aad).value(),
            SealDek(Bytes(1), Bytes(2), aad).value());
}

TEST(KeyWrap, AnyChangedBitIsCorrupt) {
  const std::vector<uint8_t> aad = DekAad(kRow);
  ASSERT_OK_AND_ASSIGN(auto wrapped, SealDek(Bytes(1), Bytes(2), aad));
  for (size_t i = 0; i < wrapped.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      wrapped[i] = static_cast<uint8_t>(wrapped[i] ^ (1 << bit));
      SCOPED_TRACE(i);
      ExpectCorrupt(OpenDek(Bytes(1), wrapped, aad));
      wrapped[i] = static_cast<uint8_t>(wrapped[i] ^ (1 << bit));
    }
  }
}

TEST(KeyWrap, AnyOtherLengthIsCorrupt) {
  const std::vector<uint8_t> aad = DekAad(kRow);
  ASSERT_OK_AND_ASSIGN(auto wrapped, SealDek(Bytes(1), Bytes(2), aad));
  for (size_t size = 0; size < wrapped.size(); ++size) {
    SCOPED_TRACE(size);
    ExpectCorrupt(
        OpenDek(Bytes(1), absl::MakeConstSpan(wrapped).first(size), aad));
  }
  wrapped.push_back(0);
  ExpectCorrupt(OpenDek(Bytes(1), wrapped, aad));
}

TEST(KeyWrap, AnotherRowOrKekIsCorrupt) {
  ASSERT_OK_AND_ASSIGN(const auto wrapped,
                       SealDek(Bytes(1), Bytes(2), DekAad(kRow)));
  DekRow row = kRow;
  row.version = 2;
  ExpectCorrupt(OpenDek(Bytes(1), wrapped, DekAad(row)));
  row = kRow;
  row.profile_id = "1123456789abcdef0123456789abcdef";
  ExpectCorrupt(OpenDek(Bytes(1), wrapped, DekAad(row)));
  row = kRow;
  row.kek_id = "file:01";
  ExpectCorrupt(OpenDek(Bytes(1), wrapped, DekAad(row)));
  ExpectCorrupt(OpenDek(Bytes(1), wrapped, {}));
  ExpectCorrupt(OpenDek(Bytes(3), wrapped, DekAad(kRow)));
}

TEST(KeyWrap, AKekOfAWrongSizeIsAnErrorOfItsOwn) {
  EXPECT_EQ(SealDek(Bytes(1, 16), Bytes(2), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace panvault::vault
