// A TLS client of the tests' own, without gRPC.

#ifndef PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_
#define PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_

#include <openssl/ssl.h>

#include <string>

#include "client/tls.h"

namespace panvault::server {

struct Attempt {
  int version_max = TLS1_3_VERSION;
  const client::TlsFiles* identity = nullptr;  // Null: no certificate.
};

struct Outcome {
  bool connected = false;  // The handshake completed, and data came back.
  std::string version;
  std::string serial;  // Of the server's certificate, hexadecimal.
  int tickets = 0;
};

// Connects to "127.0.0.1:port" and waits for the server's first byte.
Outcome TryHandshake(const std::string& address, const Attempt& attempt);

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_RAW_TLS_CLIENT_H_
