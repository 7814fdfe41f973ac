#include "server/single_calls.h"

#include "absl/status/statusor.h"
#include "server/write_answer.h"
#include "vault/tokenizer.h"

namespace panvault::server {

std::optional<vault::Reveal> RevealOf(v1::RevealLevel level) {
  switch (level) {
    case v1::REVEAL_LEVEL_LAST4:
      return vault::Reveal::kLast4;
    case v1::REVEAL_LEVEL_BIN_LAST4:
      return vault::Reveal::kBinLast4;
    case v1::REVEAL_LEVEL_FULL:
      return vault::Reveal::kFull;
    default:
      // Unspecified, or newer than this server: proto3 enums are open.
      return std::nullopt;
  }
}

absl::Status AnswerTokenize(const vault::Keyset& keyset,
                            const v1::TokenizeRequest& request,
                            v1::TokenizeResponse& response) {
  vault::TokenizeItem item;
  item.pan = request.pan();
  item.context = request.context();
  vault::Tokenize(keyset, absl::MakeSpan(&item, 1));
  if (item.status.ok()) WriteTokenized(item, response);
  return item.status;
}

absl::Status AnswerDetokenize(const vault::Keyset& keyset,
                              const v1::DetokenizeRequest& request,
                              v1::DetokenizeResponse& response) {
  vault::DetokenizeItem item;
  item.token = request.token();
  item.context = request.context();
  item.key_version = request.key_version();
  vault::Detokenize(keyset, absl::MakeSpan(&item, 1));
  if (item.status.ok()) {
    WriteRevealedPan(*item.pan, *RevealOf(request.reveal()),
                     *response.mutable_pan());
  }
  return item.status;
}

absl::Status AnswerValidateToken(const vault::Keyset& keyset,
                                 const v1::ValidateTokenRequest& request,
                                 v1::ValidateTokenResponse& response) {
  const absl::StatusOr<vault::TokenCheck> check =
      vault::CheckToken(keyset, request.token());
  if (!check.ok()) return check.status();
  response.set_plausible(check->plausible);
  response.set_key_version(check->key_version);
  return absl::OkStatus();
}

}  // namespace panvault::server
