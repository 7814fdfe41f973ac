// What this shows: a batch of lines becomes as many output lines in the same
// order, whatever is wrong with some of them, and no refusal quotes its line.

#include "client/cmd/translate.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/client.h"
#include "client/cmd/line_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::cli {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using Json = nlohmann::json;

constexpr char kPan[] = "4111111111111111";
constexpr char kToken[] = "5888888888888888";

class Translate : public ::testing::Test {
 protected:
  // A line over the limit stands for one that the reader did not keep.
  static void Fill(const std::vector<std::string>& lines, LineBatch& batch) {
    for (const std::string& line : lines) {
      if (line.size() > kLineBytesMax) {
        batch.AddTooLong();
      } else {
        batch.Add(line);
      }
    }
  }

  BatchOutput Tokenize(const std::vector<std::string>& lines) {
    LineBatch batch;
    Fill(lines, batch);
    batch.SetPosition(first_line_, 0);
    BatchOutput output;
    EXPECT_THAT(TokenizeLines(*client_, options_, batch, output), IsOk());
    return output;
  }

  BatchOutput Detokenize(const std::vector<std::string>& lines) {
    LineBatch batch;
    Fill(lines, batch);
    batch.SetPosition(first_line_, 0);
    BatchOutput output;
    EXPECT_THAT(DetokenizeLines(*client_, options_, batch, output), IsOk());
    return output;
  }

  static std::vector<Json> JsonLines(const std::string& text) {
    std::vector<Json> values;
    for (const auto line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      values.push_back(Json::parse(line.begin(), line.end()));
    }
    return values;
  }

  const client::FakeSetup setup_;
  const std::unique_ptr<client::Client> client_ = setup_.MakeClient();
  TranslateOptions options_ = {.profile = "cards",
                               .reveal = client::Reveal::kFull};
  uint64_t first_line_ = 1;
};

TEST_F(Translate, KeepsEachLineInItsPlaceWhenSomeAreRefused) {
  const BatchOutput output =
      Tokenize({kPan, "4111111111111112", std::string(65, '4'), "",
                "4111 1111 1111 1111", std::string(64, '1'), kPan});
  EXPECT_EQ(output.text,
            "5888888888888888\n"
            "!PAN_LUHN\n"
            "!LINE_LENGTH\n"
            "!PAN_LENGTH\n"
            "!PAN_DIGITS\n"
            "!PAN_LENGTH\n"
            "5888888888888888\n");
  EXPECT_THAT(output.refused,
              ElementsAre(Pair("LINE_LENGTH", 1), Pair("PAN_DIGITS", 1),
                          Pair("PAN_LENGTH", 2), Pair("PAN_LUHN", 1)));
  EXPECT_EQ(setup_.vault.calls("BatchTokenize"), 1);
}

TEST_F(Translate, CallsNobodyWhenEveryLineIsRefusedHere) {
  EXPECT_EQ(Tokenize({std::string(65, '4'), std::string(900, '4')}).text,
            "!LINE_LENGTH\n!LINE_LENGTH\n");
  EXPECT_EQ(Detokenize({std::string(65, '5'), "588888888888\tx"}).text,
            "!LINE_LENGTH\n!KEY_VERSION_FORMAT\n");
  EXPECT_EQ(setup_.vault.calls("BatchTokenize"), 0);
  EXPECT_EQ(setup_.vault.calls("BatchDetokenize"), 0);
}

TEST_F(Translate, SendsProfileAndContextWithEachLine) {
  options_.profile = "other";
  options_.context = "shop-17";
  Tokenize({kPan});
  EXPECT_EQ(setup_.vault.last_asked().profile, "other");
  EXPECT_EQ(setup_.vault.last_asked().context, "shop-17");
  options_.context = "shop-18";
  Detokenize({kToken});
  EXPECT_EQ(setup_.vault.last_asked().profile, "other");
  EXPECT_EQ(setup_.vault.last_asked().context, "shop-18");
}

TEST_F(Translate, WritesTheKeyVersionThatDetokenizeNeedsAndReadsItBack) {
  options_.profile = "floor";
  const std::string line = absl::StrCat(kToken, "\t3");
  EXPECT_EQ(Tokenize({kPan}).text, line + "\n");
  EXPECT_EQ(Detokenize({line}).text, absl::StrCat(kPan, "\n"));
  EXPECT_EQ(setup_.vault.last_asked().key_version, 3u);
  EXPECT_EQ(Detokenize({kToken}).text, "!KEY_VERSION_REQUIRED\n");
}

TEST_F(Translate, PrefersTheKeyVersionOfTheLine) {
  options_.key_version = 7;
  Detokenize({absl::StrCat(kToken, "\t4294967295")});
  EXPECT_EQ(setup_.vault.last_asked().key_version, 4294967295u);
  Detokenize({kToken});
  EXPECT_EQ(setup_.vault.last_asked().key_version, 7u);
}

TEST_F(Translate, RefusesAKeyVersionThatIsNoNumberFromOne) {
  for (const std::string version :
       {"", "0", "00", "-1", "+3", " 3", "3 ", "3.0", "0x3", "1\t2", "x",
        "4294967296", "99999999999999999999"}) {
    const BatchOutput output =
        Detokenize({kToken, absl::StrCat(kPan, "\t", version), kToken});
    EXPECT_EQ(output.text,
              absl::StrCat(kPan, "\n!KEY_VERSION_FORMAT\n", kPan, "\n"))
        << version;
    EXPECT_THAT(output.refused, ElementsAre(Pair("KEY_VERSION_FORMAT", 1)));
  }
}

TEST_F(Translate, RevealsNoMoreThanAsked) {
  for (const auto& [reveal, pan] :
       {std::pair(client::Reveal::kFull, kPan),
        std::pair(client::Reveal::kBinLast4, "411111******1111"),
        std::pair(client::Reveal::kLast4, "************1111")}) {
    options_.reveal = reveal;
    EXPECT_EQ(Detokenize({kToken}).text, absl::StrCat(pan, "\n"));
  }
}

TEST_F(Translate, CountsLinesOfTheWholeInputInJson) {
  options_.format = Format::kJson;
  first_line_ = 10'001;
  const std::vector<Json> lines =
      JsonLines(Tokenize({kPan, std::string(65, '4'), ""}).text);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], Json({{"line", 10'001},
                            {"token", kToken},
                            {"key_version", 3},
                            {"key_version_required", false}}));
  EXPECT_EQ(lines[1], Json({{"line", 10'002},
                            {"error",
                             {{"code", "INVALID_ARGUMENT"},
                              {"reason", "LINE_LENGTH"},
                              {"message", "a line has at most 64 bytes"}}}}));
  EXPECT_EQ(lines[2]["line"], 10'003);
  EXPECT_EQ(lines[2]["error"]["reason"], "PAN_LENGTH");
}

TEST_F(Translate, ShowsDetokenizedItemsInJson) {
  options_.format = Format::kJson;
  options_.unit = "item";
  options_.reveal = client::Reveal::kLast4;
  const std::vector<Json> items =
      JsonLines(Detokenize({kToken, absl::StrCat(kToken, "\tx")}).text);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0], Json({{"item", 1}, {"pan", "************1111"}}));
  EXPECT_EQ(items[1]["item"], 2);
  EXPECT_EQ(items[1]["error"]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(items[1]["error"]["reason"], "KEY_VERSION_FORMAT");
}

TEST_F(Translate, NeverQuotesARefusedLine) {
  for (const Format format : {Format::kText, Format::kJson}) {
    options_.format = format;
    for (const std::string line : {"4111111111111112", "4111-1111-1111-1111",
                                   "41111", "card=4111111111111111",
                                   "4111111111111111411111111111111141111111111"
                                   "1111141111111111111111"}) {
      EXPECT_THAT(Tokenize({line}).text, Not(HasSubstr("1111"))) << line;
    }
    EXPECT_THAT(Detokenize({"4111111111111111\t4111111111111111"}).text,
                Not(HasSubstr("1111")));
  }
}

TEST(TranslateFailure, WritesNothingWhenTheCallAsAWholeFails) {
  const client::FakeSetup setup({.script = [](const std::string&, int) {
    return client::RpcError(grpc::StatusCode::PERMISSION_DENIED,
                            v1::ERROR_REASON_NOT_GRANTED, "not granted");
  }});
  const auto client = setup.MakeClient();
  LineBatch batch;
  batch.Add(kPan);
  batch.AddTooLong();
  BatchOutput output;
  EXPECT_THAT(TokenizeLines(*client, {.profile = "cards"}, batch, output),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(DetokenizeLines(*client, {.profile = "cards"}, batch, output),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(output.text, "");
  EXPECT_THAT(output.refused, IsEmpty());
}

}  // namespace
}  // namespace panvault::cli
