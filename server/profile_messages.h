// Profiles and key versions between panvault.v1 messages and vault/.

#ifndef PANVAULT_SERVER_PROFILE_MESSAGES_H_
#define PANVAULT_SERVER_PROFILE_MESSAGES_H_

#include "absl/status/statusor.h"
#include "panvault/v1/key_admin.pb.h"
#include "vault/keyset.h"
#include "vault/token_profile.h"

namespace panvault::server {

// What a caller asks for. PROFILE_FIELD for a scheme or kept digits that are
// missing or unknown; the name is vault::NewTokenProfile's to check.
// Thread-safe, as all here.
absl::StatusOr<vault::TokenProfileSpec> SpecOf(const v1::TokenProfile& message);

void WriteProfile(const vault::TokenProfile& profile,
                  v1::TokenProfile& message);

// One message per version, in the keyset's order.
void WriteKeyVersions(const vault::Keyset& keyset,
                      v1::ListKeyVersionsResponse& response);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PROFILE_MESSAGES_H_
