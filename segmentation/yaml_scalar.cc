#include "segmentation/yaml_scalar.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace panvault::segmentation {
namespace {

constexpr absl::string_view kNulls[] = {"", "~", "null", "Null", "NULL"};
constexpr absl::string_view kTrues[] = {
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
constexpr absl::string_view kFalses[] = {
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};

template <size_t N>
bool IsAmong(absl::string_view text, const absl::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

bool AllDigits(absl::string_view digits, uint64_t base) {
  return !digits.empty() &&
         std::all_of(digits.begin(), digits.end(), [base](char c) {
           if (base == 16)
             return absl::ascii_isxdigit(static_cast<unsigned char>(c));
           return c >= '0' && c < static_cast<char>('0' + base);
         });
}

uint64_t DigitValue(char c) {
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return static_cast<uint64_t>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
}

struct Integer {
  bool is_one = false;    // It is written as an integer.
  bool is_large = false;  // It has no place in 64 bits.
  int64_t value = 0;
};

uint64_t TakeBase(absl::string_view& digits) {
  if (absl::ConsumePrefix(&digits, "0x") ||
      absl::ConsumePrefix(&digits, "0X")) {
    return 16;
  }
  if (absl::ConsumePrefix(&digits, "0b") ||
      absl::ConsumePrefix(&digits, "0B")) {
    return 2;
  }
  if (absl::ConsumePrefix(&digits, "0o") ||
      absl::ConsumePrefix(&digits, "0O")) {
    return 8;
  }
  if (digits.size() > 1 && digits.front() == '0') return 8;
  return 10;
}

Integer ReadInteger(absl::string_view text) {
  absl::string_view digits = text;
  const bool is_negative = absl::ConsumePrefix(&digits, "-");
  if (!is_negative) absl::ConsumePrefix(&digits, "+");
  const uint64_t base = TakeBase(digits);
  if (!AllDigits(digits, base)) return {};
  constexpr auto kMax =
      static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  uint64_t value = 0;
  for (const char c : digits) {
    const uint64_t digit = DigitValue(c);
    if (value > (kMax - digit) / base) return {true, true, 0};
    value = value * base + digit;
  }
  const auto number = static_cast<int64_t>(value);
  return {true, false, is_negative ? -number : number};
}

// [-+]? digits with at most one point, then an exponent; or inf, or nan.
bool IsFloat(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  absl::string_view rest = lower;
  if (rest == ".nan") return true;
  if (!absl::ConsumePrefix(&rest, "-")) absl::ConsumePrefix(&rest, "+");
  if (rest == ".inf") return true;
  if (rest.empty() ||
      rest.find_first_not_of("0123456789.e+-") != absl::string_view::npos) {
    return false;
  }
  if (!absl::ascii_isdigit(static_cast<unsigned char>(rest.front())) &&
      rest.front() != '.') {
    return false;
  }
  double value = 0;
  return absl::SimpleAtod(rest, &value);
}

}  // namespace

absl::StatusOr<TreeNode> ResolveScalar(absl::string_view text) {
  TreeNode node;
  if (IsAmong(text, kNulls)) return node;
  if (IsAmong(text, kTrues) || IsAmong(text, kFalses)) {
    node.kind = TreeNode::Kind::kBool;
    node.boolean = IsAmong(text, kTrues);
    return node;
  }
  // 1_000 is a thousand in YAML 1.1, but "_" is a string.
  const unsigned char first = static_cast<unsigned char>(text.front());
  const bool may_be_number = absl::ascii_isdigit(first) || first == '-' ||
                             first == '+' || first == '.';
  if (may_be_number) {
    const std::string plain = absl::StrReplaceAll(text, {{"_", ""}});
    const Integer integer = ReadInteger(plain);
    if (integer.is_large) {
      return absl::InvalidArgumentError("a number is out of range");
    }
    if (integer.is_one) {
      node.kind = TreeNode::Kind::kInt;
      node.integer = integer.value;
      return node;
    }
    if (IsFloat(plain)) {
      node.kind = TreeNode::Kind::kFloat;
      node.text = std::string(text);
      return node;
    }
  }
  node.kind = TreeNode::Kind::kString;
  node.text = std::string(text);
  return node;
}

}  // namespace panvault::segmentation
