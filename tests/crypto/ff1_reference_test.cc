// What this shows: the reference that Ff1 is compared with is FF1 itself.

#include "tests/crypto/ff1_reference.h"

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"

namespace panvault::crypto {
namespace {

// NIST's samples 2 and 9 (csrc.nist.gov, example values for SP 800-38G).
TEST(ReferenceFf1, MatchesNistSamples) {
  ReferenceFf1 digits(FromHex("2B7E151628AED2A6ABF7158809CF4F3C"), 10);
  const Bytes tweak2 = FromHex("39383736353433323130");
  EXPECT_EQ(Text(digits.Encrypt(tweak2, Numerals("0123456789"))), "6124200773");
  EXPECT_EQ(Text(digits.Decrypt(tweak2, Numerals("6124200773"))), "0123456789");

  ReferenceFf1 letters(FromHex("2B7E151628AED2A6ABF7158809CF4F3C"
                               "EF4359D8D580AA4F7F036D6F04FC6A94"),
                       36);
  const Bytes tweak9 = FromHex("3737373770717273373737");
  EXPECT_EQ(Text(letters.Encrypt(tweak9, Numerals("0123456789abcdefghi"))),
            "xs8a0azh2avyalyzuwd");
}

// ACVP-AES-FF1, radix 64, is beyond Ff1 but not beyond the reference: its S is
// longer than a block from 21 numerals on.
TEST(ReferenceFf1, InvertsLongMessages) {
  ReferenceFf1 reference(Bytes(16, 7), 200);
  Bytes message(300);
  for (size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<uint8_t>(i * 31 % 200);
  }
  const Bytes tweak(21, 9);
  const Bytes encrypted = reference.Encrypt(tweak, message);
  EXPECT_NE(encrypted, message);
  EXPECT_EQ(reference.Decrypt(tweak, encrypted), message);
}

}  // namespace
}  // namespace panvault::crypto
