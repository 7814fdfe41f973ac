// A TLS client of the tests' own, without gRPC.

#ifndef PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_
#define PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_

#include <string>

#include "client/tls.h"
#include "crypto/tls_probe.h"

namespace panvault::server {

// Connects to "127.0.0.1:port" and waits for the server's first byte. With a
// null `identity`, shows no certificate.
crypto::TlsFindings TryHandshake(const std::string& address,
                                 const client::TlsFiles* identity,
                                 bool tls12_only = false);

// Of the server's certificate, hexadecimal; "" if it showed none.
std::string SerialOf(const crypto::TlsFindings& findings);

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_
