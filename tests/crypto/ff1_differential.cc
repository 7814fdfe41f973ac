#include "tests/crypto/ff1_differential.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/crypto/ff1_reference.h"

namespace panvault::crypto {
namespace {

// Also extremes: all zeros and all radix - 1 are as likely as all the rest of
// the edges together.
Bytes RandomNumerals(size_t count, uint32_t radix, std::mt19937_64& rng) {
  Bytes numerals(count);
  const uint64_t kind = rng() % 8;
  for (uint8_t& numeral : numerals) {
    const uint64_t random = rng() % radix;
    const uint64_t edge = kind == 0 ? 0 : kind == 1 ? radix - 1 : random;
    numeral = static_cast<uint8_t>(edge);
  }
  return numerals;
}

Bytes RandomBytes(size_t count, std::mt19937_64& rng) {
  Bytes bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(rng());
  return bytes;
}

std::string Describe(const DifferentialCase& given, size_t index) {
  return absl::StrCat("radix ", given.radix, ", key of ", given.key_bytes,
                      ", length ", given.length, ", tweak of ",
                      given.tweak_bytes, ", message ", index, " of ",
                      given.messages);
}

}  // namespace

size_t CompareWithReference(const DifferentialCase& given,
                            std::mt19937_64& rng) {
  const Bytes key = RandomBytes(given.key_bytes, rng);
  auto ff1 = NewFf1(key, given.radix);
  EXPECT_TRUE(ff1.ok()) << ff1.status();
  if (!ff1.ok()) return 0;
  ReferenceFf1 reference(key, given.radix);
  size_t compared = 0;
  for (const bool encrypt : {true, false}) {
    Bytes before;
    for (size_t k = 0; k < given.messages; ++k) {
      const Bytes one = RandomNumerals(given.length, given.radix, rng);
      before.insert(before.end(), one.begin(), one.end());
    }
    const Bytes tweaks = RandomBytes(given.tweak_bytes * given.messages, rng);
    Bytes after = before;
    const Ff1Batch batch = {.length = given.length,
                            .tweak_bytes = given.tweak_bytes,
                            .numerals = absl::MakeSpan(after),
                            .tweaks = tweaks};
    EXPECT_TRUE((encrypt ? ff1->Encrypt(batch) : ff1->Decrypt(batch)).ok());
    for (size_t k = 0; k < given.messages; ++k) {
      const Bytes tweak = Part(tweaks, k, given.tweak_bytes);
      const Bytes one = Part(before, k, given.length);
      const Bytes expected = encrypt ? reference.Encrypt(tweak, one)
                                     : reference.Decrypt(tweak, one);
      EXPECT_EQ(Part(after, k, given.length), expected)
          << (encrypt ? "encrypt, " : "decrypt, ") << Describe(given, k);
      if (::testing::Test::HasFailure()) return compared;
      ++compared;
    }
    EXPECT_TRUE((encrypt ? ff1->Decrypt(batch) : ff1->Encrypt(batch)).ok());
    EXPECT_EQ(after, before) << "there and back, " << Describe(given, 0);
  }
  return compared;
}

size_t BatchSize(std::mt19937_64& rng) {
  static constexpr size_t kEdges[] = {1,  2,  7,   8,   9,   15,  16,  63,
                                      64, 65, 127, 128, 129, 255, 256, 257};
  const uint64_t random = rng();
  return random % 4 == 0 ? 1 + (random >> 8) % 300
                         : kEdges[(random >> 8) % std::size(kEdges)];
}

}  // namespace panvault::crypto
