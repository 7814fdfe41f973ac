#include "server/wipe_messages.h"

#include <string>

#include "crypto/secret_bytes.h"

namespace panvault::server {
namespace {

void Wipe(std::string* text) { crypto::WipeMemory(text->data(), text->size()); }

template <typename Message>
void WipeColumns(Message& message) {
  for (v1::Column& column : *message.mutable_columns()) {
    Wipe(column.mutable_digits());
  }
}

}  // namespace

void WipeSecrets(v1::TokenizeRequest& message) {
  Wipe(message.mutable_profile());
  Wipe(message.mutable_pan());
  Wipe(message.mutable_context());
}

void WipeSecrets(v1::TokenizeResponse& message) {
  Wipe(message.mutable_token());
}

void WipeSecrets(v1::DetokenizeRequest& message) {
  Wipe(message.mutable_profile());
  Wipe(message.mutable_token());
  Wipe(message.mutable_context());
}

void WipeSecrets(v1::DetokenizeResponse& message) {
  Wipe(message.mutable_pan());
}

void WipeSecrets(v1::BatchTokenizeRequest& message) {
  Wipe(message.mutable_profile());
  for (v1::BatchTokenizeItem& item : *message.mutable_items()) {
    Wipe(item.mutable_pan());
    Wipe(item.mutable_context());
    Wipe(item.mutable_reference());
  }
}

void WipeSecrets(v1::BatchTokenizeResponse& message) {
  for (v1::BatchTokenizeResult& result : *message.mutable_results()) {
    Wipe(result.mutable_reference());
    if (result.has_tokenized()) WipeSecrets(*result.mutable_tokenized());
  }
}

void WipeSecrets(v1::BatchDetokenizeRequest& message) {
  Wipe(message.mutable_profile());
  for (v1::BatchDetokenizeItem& item : *message.mutable_items()) {
    Wipe(item.mutable_token());
    Wipe(item.mutable_context());
    Wipe(item.mutable_reference());
  }
}

void WipeSecrets(v1::BatchDetokenizeResponse& message) {
  for (v1::BatchDetokenizeResult& result : *message.mutable_results()) {
    Wipe(result.mutable_reference());
    if (result.has_detokenized()) WipeSecrets(*result.mutable_detokenized());
  }
}

void WipeSecrets(v1::BulkTokenizeRequest& message) {
  Wipe(message.mutable_profile());
  Wipe(message.mutable_context());
  WipeColumns(message);
}

void WipeSecrets(v1::BulkTokenizeResponse& message) { WipeColumns(message); }

void WipeSecrets(v1::BulkDetokenizeRequest& message) {
  Wipe(message.mutable_profile());
  Wipe(message.mutable_context());
  WipeColumns(message);
}

void WipeSecrets(v1::BulkDetokenizeResponse& message) { WipeColumns(message); }

void WipeSecrets(v1::ValidateTokenRequest& message) {
  Wipe(message.mutable_profile());
  Wipe(message.mutable_token());
}

void WipeSecrets(v1::ValidateTokenResponse& /*message*/) {}

}  // namespace panvault::server
