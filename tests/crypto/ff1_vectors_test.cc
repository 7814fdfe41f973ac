// What this shows: Ff1 gives the answers of NIST's ACVP and of Wycheproof, both
// ways, and refuses what they call invalid. What it refuses although they call
// it valid is listed and counted, so that no vector is skipped in silence.
//
// The vectors are not part of this repository: $PANVAULT_ORACLES, or the folder
// shared beside the checkout. Without them, there is nothing to show.

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::StatusIs;
using Json = nlohmann::json;
using Path = std::filesystem::path;

// What a vector is, judged by itself and not by what Ff1 makes of it.
enum class Kind {
  kValid,           // To be processed, both ways.
  kInvalidKey,      // Refused: not an AES key.
  kInvalidSize,     // Refused: an empty or one-symbol message.
  kInvalidNumeral,  // Refused: a symbol outside the alphabet.
  kRadixTooLarge,   // Refused on purpose: kFf1RadixMax is 36.
  kBelowFloor,      // Refused on purpose: radix^length is below 10^6.
};
constexpr size_t kKinds = 6;
constexpr const char* kKindNames[kKinds] = {
    "answered both ways",     "refused: key size",
    "refused: message size",  "refused: numeral",
    "refused: radix over 36", "refused: domain under 10^6"};

struct Vector {
  Kind kind;
  std::string name;
  Bytes key;
  uint32_t radix;
  Bytes tweak;
  Bytes plaintext;
  Bytes ciphertext;
};

bool HasFlag(const Json& test, const char* flag) {
  for (const Json& one : test.value("flags", Json::array())) {
    if (one == flag) return true;
  }
  return false;
}

Kind KindOf(const Json& test, const Vector& vector) {
  const size_t key_bytes = vector.key.size();
  uint64_t domain = 1;
  for (size_t i = 0; i < vector.plaintext.size() && domain < kFf1DomainMin;
       ++i) {
    domain *= vector.radix;
  }
  if (vector.radix > kFf1RadixMax) return Kind::kRadixTooLarge;
  if (key_bytes != 16 && key_bytes != 24 && key_bytes != 32) {
    return Kind::kInvalidKey;
  }
  if (HasFlag(test, "InvalidMessageSize")) return Kind::kInvalidSize;
  if (HasFlag(test, "InvalidPlaintext")) return Kind::kInvalidNumeral;
  if (domain < kFf1DomainMin) return Kind::kBelowFloor;
  EXPECT_EQ(test.value("result", "valid"), "valid") << vector.name;
  return Kind::kValid;
}

std::vector<Vector> ReadVectors(const Path& path) {
  std::vector<Vector> vectors;
  const Json file = Json::parse(std::ifstream(path), nullptr, false);
  EXPECT_FALSE(file.is_discarded()) << path;
  if (file.is_discarded()) return vectors;
  for (const Json& group : file["testGroups"]) {
    for (const Json& test : group["tests"]) {
      const uint32_t radix = test.contains("radix")
                                 ? test["radix"].get<uint32_t>()
                                 : group["radix"].get<uint32_t>();
      const std::string alphabet =
          group.value("alphabet", std::string(kBase36));
      const char* const text = test.contains("pt") ? "pt" : "msg";
      Vector vector = {
          .kind = Kind::kValid,
          .name = path.filename().string() + " tcId " +
                  std::to_string(test["tcId"].get<int>()),
          .key = FromHex(test["key"].get<std::string>()),
          .radix = radix,
          .tweak = FromHex(test["tweak"].get<std::string>()),
          .plaintext = Numerals(test[text].get<std::string>(), alphabet),
          .ciphertext = Numerals(test["ct"].get<std::string>(), alphabet)};
      vector.kind = KindOf(test, vector);
      vectors.push_back(vector);
    }
  }
  return vectors;
}

// How many of each Kind, in its order, one selection of the vectors has. A file
// of that name with another number of tests is another selection.
struct Expected {
  const char* file;
  size_t tests;
  size_t counts[kKinds];
};
constexpr Expected kExpected[] = {
    {"nist-sp800-38g-ff1-samples.json", 9, {9, 0, 0, 0, 0, 0}},
    {"acvp-aes-ff1-1.0-2022-01.json", 225, {150, 0, 0, 0, 75, 0}},
    {"acvp-aes-ff1-1.0-2022-09.json", 225, {150, 0, 0, 0, 75, 0}},
    {"acvp-aes-ff1-1.0-2023-06.json", 375, {300, 0, 0, 0, 75, 0}},
    // Below the floor: two and four digits.
    {"wycheproof-aes-ff1-base10.json", 1921, {1648, 3, 3, 261, 0, 6}},
    // Below the floor: two symbols.
    {"wycheproof-aes-ff1-base36.json", 1427, {1229, 3, 3, 189, 0, 3}},
};

void ExpectRefused(const Vector& vector) {
  const auto ff1 = NewFf1(vector.key, vector.radix);
  if (vector.kind == Kind::kInvalidKey || vector.kind == Kind::kRadixTooLarge) {
    EXPECT_THAT(ff1, StatusIs(absl::StatusCode::kInvalidArgument))
        << vector.name;
    return;
  }
  ASSERT_TRUE(ff1.ok()) << vector.name;
  Bytes message = vector.plaintext;
  EXPECT_THAT(ff1->Encrypt(OneMessage(message, vector.tweak)),
              StatusIs(absl::StatusCode::kInvalidArgument))
      << vector.name;
  EXPECT_THAT(ff1->Decrypt(OneMessage(message, vector.tweak)),
              StatusIs(absl::StatusCode::kInvalidArgument))
      << vector.name;
  EXPECT_EQ(message, vector.plaintext) << vector.name;
}

void ExpectAnswer(const Vector& vector) {
  const auto ff1 = NewFf1(vector.key, vector.radix);
  ASSERT_TRUE(ff1.ok()) << vector.name;
  Bytes message = vector.plaintext;
  ASSERT_TRUE(ff1->Encrypt(OneMessage(message, vector.tweak)).ok())
      << vector.name;
  EXPECT_EQ(message, vector.ciphertext) << vector.name;
  message = vector.ciphertext;
  ASSERT_TRUE(ff1->Decrypt(OneMessage(message, vector.tweak)).ok())
      << vector.name;
  EXPECT_EQ(message, vector.plaintext) << vector.name;
}

class Ff1Vectors : public ::testing::TestWithParam<Expected> {
 protected:
  void SetUp() override {
    const char* const oracles = std::getenv("PANVAULT_ORACLES");
    folder_ = Path(oracles != nullptr ? oracles : PANVAULT_ORACLES_DEFAULT) /
              "vectors" / "ff1";
    if (!std::filesystem::is_directory(folder_)) {
      GTEST_SKIP() << "skipped: no oracles in " << folder_;
    }
  }

  Path folder_;
};

TEST_P(Ff1Vectors, AreAnsweredOrRefusedAsListed) {
  const Expected& expected = GetParam();
  const Path path = folder_ / expected.file;
  ASSERT_TRUE(std::filesystem::is_regular_file(path)) << path;
  const std::vector<Vector> vectors = ReadVectors(path);
  size_t counts[kKinds] = {};
  for (const Vector& vector : vectors) {
    ++counts[static_cast<size_t>(vector.kind)];
    if (vector.kind == Kind::kValid) {
      ExpectAnswer(vector);
    } else {
      ExpectRefused(vector);
    }
  }
  EXPECT_GT(counts[0], 0u);
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (counts[kind] != 0) {
      std::printf("%s: %zu %s\n", expected.file, counts[kind],
                  kKindNames[kind]);
    }
    if (vectors.size() == expected.tests) {
      EXPECT_EQ(counts[kind], expected.counts[kind]) << kKindNames[kind];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Published, Ff1Vectors, ::testing::ValuesIn(kExpected),
    [](const ::testing::TestParamInfo<Expected>& file) {
      std::string name;
      for (const char c : Path(file.param.file).stem().string()) {
        name.push_back(std::isalnum(static_cast<unsigned char>(c)) ? c : '_');
      }
      return name;
    });

}  // namespace
}  // namespace panvault::crypto
