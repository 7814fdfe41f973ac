// What this shows: panvault makes and reads exactly the tokens of the worked
// examples in docs/token-formats.md, step by step. token_formats.py recomputes
// the same examples without any of panvault's code.

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "crypto/ff1.h"
#include "gtest/gtest.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/status_matchers.h"
#include "vault/key_derivation.h"
#include "vault/key_wrap.h"
#include "vault/keyset.h"
#include "vault/token_layout.h"
#include "vault/token_tweak.h"
#include "vault/tokenizer.h"

namespace panvault::vault {
namespace {

using Example = std::map<std::string, std::string>;

// The fenced blocks of the document: "name  value" lines.
std::vector<Example> ReadExamples() {
  std::ifstream file(PANVAULT_TOKEN_FORMATS_MD);
  std::stringstream text;
  text << file.rdbuf();
  std::vector<std::string> parts =
      absl::StrSplit(text.str(), "```text example\n");
  std::vector<Example> examples;
  for (size_t i = 1; i < parts.size(); ++i) {
    Example example;
    const std::string block = parts[i].substr(0, parts[i].find("```"));
    for (const auto line : absl::StrSplit(block, '\n', absl::SkipEmpty())) {
      const std::vector<std::string> pair =
          absl::StrSplit(line, absl::MaxSplits("  ", 1));
      if (pair.size() == 2) {
        example[pair[0]] = std::string(absl::StripAsciiWhitespace(pair[1]));
      }
    }
    examples.push_back(example);
  }
  return examples;
}

KeptDigits KeptOf(const std::string& name) {
  if (name == "LAST4") return KeptDigits::kLast4;
  if (name == "BIN6_LAST4") return KeptDigits::kBin6Last4;
  if (name == "BIN8_LAST4") return KeptDigits::kBin8Last4;
  EXPECT_EQ(name, "NONE");
  return KeptDigits::kNone;
}

std::string Hex(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Text(absl::Span<const uint8_t> digits) {
  std::string text;
  for (const uint8_t d : digits) text.push_back(static_cast<char>('0' + d));
  return text;
}

std::vector<uint8_t> Values(const std::string& text) {
  std::vector<uint8_t> values;
  for (const char c : text) values.push_back(static_cast<uint8_t>(c - '0'));
  return values;
}

crypto::SecretBytes DekOf(const Example& keys) {
  const std::string dek = absl::HexStringToBytes(keys.at("DEK"));
  return crypto::SecretBytes::CopyOf(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(dek.data()), dek.size()));
}

std::string ContextOf(const Example& example) {
  const std::string context = example.at("context");
  return context == "(none)" ? "" : context;
}

class TokenFormats : public ::testing::Test {
 protected:
  TokenFormats() : blocks_(ReadExamples()) {}

  const Example& keys() const { return blocks_[0]; }
  std::vector<Example> examples() const {
    return {blocks_.begin() + 1, blocks_.end()};
  }

  // A profile with the document's DEK as the one version of `example`'s slot.
  absl::StatusOr<std::shared_ptr<const Keyset>> KeysetFor(
      const Example& example) {
    StoredKeyset stored;
    stored.profile.id = "00000000000000000000000000000000";
    stored.profile.name = "example";
    stored.profile.kept = KeptOf(example.at("kept"));
    stored.profile.allow_floor = true;
    StoredKeyVersion row;
    row.info.version = 3;
    row.info.slot = static_cast<unsigned>(example.at("slot")[0] - '0');
    row.info.primary = true;
    row.info.kek_id = kek_.kek_id();
    row.wrapped_dek =
        kek_.Wrap(DekOf(keys()), DekAad({stored.profile.id, row.info.version,
                                         row.info.kek_id}))
            .value();
    stored.versions.push_back(row);
    return Keyset::Unwrap(stored, kek_, nullptr);
  }

  const std::vector<Example> blocks_;
  const testing::MemoryKek kek_;
};

TEST_F(TokenFormats, TheDocumentHasItsExamples) {
  ASSERT_GE(blocks_.size(), 9u);
  int with_context = 0;
  int walks = 0;
  for (const Example& example : examples()) {
    with_context += ContextOf(example).empty() ? 0 : 1;
    walks += example.at("FF1 output").find(',') == std::string::npos ? 0 : 1;
  }
  EXPECT_GE(with_context, 3);
  EXPECT_GE(walks, 1) << "no example in which the walk goes on";
}

TEST_F(TokenFormats, KeysComeFromTheDekAsWritten) {
  ASSERT_OK_AND_ASSIGN(const DerivedKeys derived, DeriveKeys(DekOf(keys())));
  EXPECT_EQ(Hex(derived.ff1.ExposeSecret()), keys().at("FF1 key"));
  EXPECT_EQ(Hex(derived.tweak.ExposeSecret()), keys().at("tweak key"));
}

TEST_F(TokenFormats, EachStepOfAnExampleIsAsWritten) {
  ASSERT_OK_AND_ASSIGN(const DerivedKeys derived, DeriveKeys(DekOf(keys())));
  ASSERT_OK_AND_ASSIGN(const crypto::Ff1 ff1,
                       crypto::Ff1::Create(derived.ff1, 10));
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.at("token"));
    TokenProfile profile;
    profile.kept = KeptOf(example.at("kept"));
    profile.allow_floor = true;
    const std::vector<uint8_t> pan = Values(example.at("PAN"));
    ASSERT_OK_AND_ASSIGN(const TokenLayout layout,
                         LayoutFor(profile, pan.size()));
    EXPECT_EQ(layout.kind == LayoutKind::kFloor ? "floor" : "versioned",
              example.at("layout"));

    ASSERT_OK_AND_ASSIGN(const ContextTag tag,
                         ContextTagOf(derived.tweak, ContextOf(example)));
    std::vector<uint8_t> tweak(kTweakBytes);
    WriteTweak(layout, pan, tag, absl::MakeSpan(tweak));
    EXPECT_EQ(Hex(tweak), example.at("tweak"));

    std::vector<uint8_t> x = Values(example.at("FF1 input"));
    EXPECT_EQ(x.size(), layout.permuted_digits());
    for (const auto output : absl::StrSplit(example.at("FF1 output"), ", ")) {
      ASSERT_THAT(ff1.Encrypt({x.size(), tweak.size(), absl::MakeSpan(x),
                               absl::MakeConstSpan(tweak)}),
                  testing::IsOk());
      EXPECT_EQ(Text(x), std::string(output));
    }
  }
}

TEST_F(TokenFormats, TokenizeGivesTheTokenOfTheExample) {
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.at("token"));
    ASSERT_OK_AND_ASSIGN(const auto keyset, KeysetFor(example));
    const std::string context = ContextOf(example);
    TokenizeItem item;
    item.pan = example.at("PAN");
    item.context = context;
    Tokenize(*keyset, absl::MakeSpan(&item, 1));
    ASSERT_THAT(item.status, testing::IsOk());
    EXPECT_EQ(item.token->ToString(), example.at("token"));
    EXPECT_EQ(item.key_version, 3u);
    EXPECT_EQ(item.key_version_required, example.at("layout") == "floor");
  }
}

TEST_F(TokenFormats, DetokenizeGivesThePanOfTheExample) {
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.at("token"));
    ASSERT_OK_AND_ASSIGN(const auto keyset, KeysetFor(example));
    const std::string context = ContextOf(example);
    DetokenizeItem item;
    item.token = example.at("token");
    item.context = context;
    item.key_version = 3;
    Detokenize(*keyset, absl::MakeSpan(&item, 1));
    ASSERT_THAT(item.status, testing::IsOk());
    EXPECT_EQ(Text(item.pan->ExposeDigits()), example.at("PAN"));
  }
}

}  // namespace
}  // namespace panvault::vault
