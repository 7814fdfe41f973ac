// Between panvault.v1 messages and the client's plain values.

#ifndef PANVAULT_CLIENT_CONVERT_H_
#define PANVAULT_CLIENT_CONVERT_H_

#include "client/model.h"
#include "panvault/v1/key_admin.pb.h"
#include "panvault/v1/server_admin.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::client {

v1::RevealLevel ToProto(Reveal reveal);

// name, scheme, kept and allow_floor; the rest is the server's.
v1::TokenProfile ToProto(const Profile& profile);
Profile FromProto(const v1::TokenProfile& profile);

KeyVersion FromProto(const v1::KeyVersion& version);

// These take the strings out of the message.
Connection FromProto(v1::Connection&& connection);

Tokenized FromProto(v1::TokenizeResponse&& response);

BulkResult FromProto(v1::BulkTokenizeResponse&& response);
BulkResult FromProto(v1::BulkDetokenizeResponse&& response);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_CONVERT_H_
