// Standard gRPC health (grpc.health.v1.Health) on an address of its own, so
// that a kubelet or a script on the host can ask without an X509-SVID.
//
// Without TLS; the configuration allows loopback and unix addresses only. It
// tells whether the service is ready, and nothing else.

#ifndef PANVAULT_SERVER_HEALTH_SERVER_H_
#define PANVAULT_SERVER_HEALTH_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace panvault::server {

// Thread-safe.
class HealthServer final {
 public:
  // Listens on `address`, a loopback "ip:port" or "unix:/path", and answers
  // NOT_SERVING. kUnavailable, with the address, if it is taken.
  static absl::StatusOr<std::unique_ptr<HealthServer>> Start(
      const std::string& address);

  // Stops answering.
  ~HealthServer();

  // SERVING or NOT_SERVING, for the server as a whole and for each service.
  void SetServing(bool serving);

  // Where it listens; names the port that port 0 got.
  const std::string& address() const { return address_; }

 private:
  struct Impl;
  HealthServer(std::unique_ptr<Impl> impl, std::string address);

  const std::unique_ptr<Impl> impl_;
  const std::string address_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_HEALTH_SERVER_H_
