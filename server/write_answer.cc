#include "server/write_answer.h"

namespace panvault::server {

void WriteDigits(const vault::Token& token, absl::Span<char> out) {
  const absl::Span<const uint8_t> digits = token.digits();
  for (size_t i = 0; i < digits.size(); ++i) {
    out[i] = static_cast<char>('0' + digits[i]);
  }
}

void WriteTokenized(const vault::TokenizeItem& item,
                    v1::TokenizeResponse& response) {
  // In place: the string's memory is used again from call to call.
  std::string& token = *response.mutable_token();
  token.resize(item.token->length());
  WriteDigits(*item.token, absl::MakeSpan(token));
  response.set_key_version(item.key_version);
  response.set_key_version_required(item.key_version_required);
}

void WriteRevealedPan(const vault::Pan& pan, vault::Reveal reveal,
                      std::string& out) {
  out.resize(pan.length());
  vault::WriteRevealed(pan, reveal, absl::MakeSpan(out));
}

}  // namespace panvault::server
