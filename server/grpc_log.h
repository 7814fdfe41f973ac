// gRPC's own log lines, and Protobuf's: silenced, but for TLS handshakes that
// failed.
//
// A certificate that OpenSSL refuses (expired, of an unknown CA, missing) never
// gets to HandshakeGuard, and gRPC tells of it in its log only. What is taken
// from there is OpenSSL's own reason, of a fixed set of words; the rest may
// quote what a peer sent, and is dropped.
//
// Protobuf writes a line to stderr for each string that is no UTF-8. It would
// stand among the lines of the log, which are JSON, as often as a caller likes.
//
// Does not name the peer: gRPC does not. The records of connections do.

#ifndef PANVAULT_SERVER_GRPC_LOG_H_
#define PANVAULT_SERVER_GRPC_LOG_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/json_log.h"

namespace panvault::server {

// For the whole process, from now on. Thread-safe, as all here.
void SilenceGrpcLog();  // And Protobuf's.

// OpenSSL's reason in a line of gRPC's that tells of a failed handshake, e.g.
// "certificate verify failed"; none in any other line.
std::optional<std::string> TlsFailureIn(absl::string_view line);

// While it lives, each failed handshake is a line "connection_refused" of
// `log`, which is borrowed. One at a time in a process: a second one takes
// over.
class TlsFailureLog final {
 public:
  // `also` is called for each, on gRPC's threads.
  TlsFailureLog(JsonLog& log, std::function<void()> also);
  ~TlsFailureLog();
  TlsFailureLog(const TlsFailureLog&) = delete;
  TlsFailureLog& operator=(const TlsFailureLog&) = delete;

 private:
  std::function<void(const std::string& reason)> note_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_GRPC_LOG_H_
