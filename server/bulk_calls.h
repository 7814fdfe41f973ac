// Bulk calls between panvault.v1 messages and the tokenizer: fixed-width
// columns of digits. Translation only.

#ifndef PANVAULT_SERVER_BULK_CALLS_H_
#define PANVAULT_SERVER_BULK_CALLS_H_

#include "absl/status/status.h"
#include "panvault/v1/token_vault.pb.h"
#include "server/call.h"
#include "vault/keyset.h"

namespace panvault::server {

// Fill `response`, whatever was in it, with columns of the request's shape and
// the errors of single values, and count the outcomes. BATCH_SIZE unless all
// columns together hold 1 to kBatchItemsMax values; COLUMN_SHAPE for a width
// that is not 12 to 19, or bytes that are not a whole number of it;
// CONTEXT_LENGTH; of BulkTokenize also what Keyset::Primary returns.
// Thread-safe.
absl::Status AnswerBulkTokenize(const vault::Keyset& keyset,
                                const v1::BulkTokenizeRequest& request,
                                v1::BulkTokenizeResponse& response,
                                ItemCounts& counts);
absl::Status AnswerBulkDetokenize(const vault::Keyset& keyset,
                                  const v1::BulkDetokenizeRequest& request,
                                  v1::BulkDetokenizeResponse& response,
                                  ItemCounts& counts);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_BULK_CALLS_H_
