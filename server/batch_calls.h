// Batches between panvault.v1 messages and the tokenizer: repeated items, each
// with an outcome of its own. Translation only.

#ifndef PANVAULT_SERVER_BATCH_CALLS_H_
#define PANVAULT_SERVER_BATCH_CALLS_H_

#include "absl/status/status.h"
#include "panvault/v1/token_vault.pb.h"
#include "server/call.h"
#include "vault/keyset.h"
#include "vault/reveal.h"

namespace panvault::server {

// BATCH_SIZE unless `items` is 1 to kBatchItemsMax. Thread-safe, as all here.
absl::Status CheckBatchSize(size_t items);

// Fill `response`, whatever was in it, with one result per item, in order, and
// count the outcomes. An item whose reference is too long gets REFERENCE_LENGTH
// and no reference. BATCH_SIZE; otherwise the items carry the errors.
absl::Status AnswerBatchTokenize(const vault::Keyset& keyset,
                                 const v1::BatchTokenizeRequest& request,
                                 v1::BatchTokenizeResponse& response,
                                 ItemCounts& counts);

// `request.reveal` is a level that RevealOf knows.
absl::Status AnswerBatchDetokenize(const vault::Keyset& keyset,
                                   const v1::BatchDetokenizeRequest& request,
                                   v1::BatchDetokenizeResponse& response,
                                   ItemCounts& counts);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_BATCH_CALLS_H_
