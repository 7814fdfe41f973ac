// Outcomes of the tokenizer, written into the answers of single and batch
// calls.

#ifndef PANVAULT_SERVER_WRITE_ANSWER_H_
#define PANVAULT_SERVER_WRITE_ANSWER_H_

#include <string>

#include "absl/types/span.h"
#include "panvault/v1/token_vault.pb.h"
#include "vault/pan.h"
#include "vault/reveal.h"
#include "vault/token.h"
#include "vault/tokenizer.h"

namespace panvault::server {

// Writes `token.length()` ASCII digits to `out`. Thread-safe, as all here.
void WriteDigits(const vault::Token& token, absl::Span<char> out);

// `item` was served.
void WriteTokenized(const vault::TokenizeItem& item,
                    v1::TokenizeResponse& response);
void WriteRevealedPan(const vault::Pan& pan, vault::Reveal reveal,
                      std::string& out);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WRITE_ANSWER_H_
