#include "vault/token.h"

#include <algorithm>

#include "vault/digits.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

absl::Status TokenError(DigitsFault fault) {
  switch (fault) {
    case DigitsFault::kNone:
      return absl::OkStatus();
    case DigitsFault::kLength:
      return MakeError({Reason::kTokenLength, "token", "12 to 19 digits"},
                       "a token has 12 to 19 digits");
    case DigitsFault::kDigits:
      return MakeError({Reason::kTokenDigits, "token", "ASCII digits only"},
                       "a token is ASCII digits without separators");
  }
  return absl::InternalError("unknown fault");
}

}  // namespace

absl::StatusOr<Token> Token::Parse(absl::string_view text) {
  Token token;
  const DigitsFault fault = ReadDigits(text, absl::MakeSpan(token.digits_));
  if (fault != DigitsFault::kNone) return TokenError(fault);
  token.length_ = static_cast<uint8_t>(text.size());
  return token;
}

absl::StatusOr<Token> Token::FromDigits(absl::Span<const uint8_t> digits) {
  const DigitsFault fault = CheckDigits(digits);
  if (fault != DigitsFault::kNone) return TokenError(fault);
  Token token;
  std::copy(digits.begin(), digits.end(), token.digits_.begin());
  token.length_ = static_cast<uint8_t>(digits.size());
  return token;
}

std::string Token::ToString() const {
  std::string text(length_, '\0');
  std::transform(digits().begin(), digits().end(), text.begin(),
                 [](uint8_t digit) { return static_cast<char>('0' + digit); });
  return text;
}

}  // namespace panvault::vault
