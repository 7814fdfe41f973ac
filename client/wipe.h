// Wiping of strings that held a card number.
//
// Covers the bytes of that one string. Copies that gRPC and OpenSSL made of
// them are theirs, and nobody wipes those (docs/architecture.md).

#ifndef PANVAULT_CLIENT_WIPE_H_
#define PANVAULT_CLIENT_WIPE_H_

#include <string.h>

#include <string>

namespace panvault::client {

// Overwrites the whole allocation, so also what a longer earlier value left
// behind, and empties the string. Its capacity stays.
inline void Wipe(std::string& secret) {
  secret.resize(secret.capacity());
  explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

// Returns the secret and wipes where it was. A move would leave the bytes of a
// short string behind.
inline std::string Take(std::string& secret) {
  std::string taken = secret;
  Wipe(secret);
  return taken;
}

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_WIPE_H_
