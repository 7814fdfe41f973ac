// The unary data plane between panvault.v1 messages and the tokenizer: one PAN
// or token per call. Translation only; who may call is decided before.

#ifndef PANVAULT_SERVER_SINGLE_CALLS_H_
#define PANVAULT_SERVER_SINGLE_CALLS_H_

#include <optional>

#include "absl/status/status.h"
#include "panvault/v1/token_vault.pb.h"
#include "vault/keyset.h"
#include "vault/reveal.h"

namespace panvault::server {

// The level that a request names; nothing if it is none that we know.
// Thread-safe, as all here.
std::optional<vault::Reveal> RevealOf(v1::RevealLevel level);

// Fill `response`, an empty one, and return why they did not. Errors: those of
// the RPC in token_vault.proto.
absl::Status AnswerTokenize(const vault::Keyset& keyset,
                            const v1::TokenizeRequest& request,
                            v1::TokenizeResponse& response);

// `request.reveal` is a level that RevealOf knows.
absl::Status AnswerDetokenize(const vault::Keyset& keyset,
                              const v1::DetokenizeRequest& request,
                              v1::DetokenizeResponse& response);

absl::Status AnswerValidateToken(const vault::Keyset& keyset,
                                 const v1::ValidateTokenRequest& request,
                                 v1::ValidateTokenResponse& response);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SINGLE_CALLS_H_
