// Wipes card numbers out of protobuf messages before their memory is used for
// something else. Clear() alone keeps the bytes.
//
// Covers our own messages. What gRPC and OpenSSL hold of the same bytes is
// theirs, and is not wiped (docs/architecture.md).

#ifndef PANVAULT_SERVER_WIPE_MESSAGES_H_
#define PANVAULT_SERVER_WIPE_MESSAGES_H_

#include "panvault/v1/key_admin.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::server {

// Overwrites the fields that hold PANs, or that a caller may have put one in by
// mistake: a token, a context, the name of a profile. A test walks the
// messages' descriptors: no bytes field is left out, and no text of a request.
// Thread-safe, as all here.
void WipeSecrets(v1::TokenizeRequest& message);
void WipeSecrets(v1::TokenizeResponse& message);
void WipeSecrets(v1::DetokenizeRequest& message);
void WipeSecrets(v1::DetokenizeResponse& message);
void WipeSecrets(v1::BatchTokenizeRequest& message);
void WipeSecrets(v1::BatchTokenizeResponse& message);
void WipeSecrets(v1::BatchDetokenizeRequest& message);
void WipeSecrets(v1::BatchDetokenizeResponse& message);
void WipeSecrets(v1::BulkTokenizeRequest& message);
void WipeSecrets(v1::BulkTokenizeResponse& message);
void WipeSecrets(v1::BulkDetokenizeRequest& message);
void WipeSecrets(v1::BulkDetokenizeResponse& message);
void WipeSecrets(v1::ValidateTokenRequest& message);
void WipeSecrets(v1::ValidateTokenResponse& message);

// Wipes and empties `message`; its memory stays, for the next call.
template <typename Message>
void WipeAndClear(Message& message) {
  WipeSecrets(message);
  message.Clear();
}

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WIPE_MESSAGES_H_
