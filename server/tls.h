// TLS for the whole process: 1.3 only (RFC 8446), and no session tickets, so
// that every connection proves its identity anew. Whose certificates are shown
// and accepted is not decided here (credentials.h).
//
// gRPC 1.51 has no setting for the TLS version or tickets, so both are set for
// the whole process, in OpenSSL's configuration.

#ifndef PANVAULT_SERVER_TLS_H_
#define PANVAULT_SERVER_TLS_H_

#include "absl/status/status.h"

namespace panvault::server {

// From now on no TLS connection of this process, in either direction, is older
// than 1.3 or resumed; also those to PostgreSQL. Call it before the first TLS
// object is made, and before threads start. kInternal if OpenSSL refuses.
absl::Status RequireTls13();

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TLS_H_
