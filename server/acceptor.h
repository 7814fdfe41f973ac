// Acceptor: the thread that takes connections in, and closes them.
//
// gRPC 1.51's own listener stops for ever after one accept() that fails for
// want of a descriptor (CVE-2023-4785), and neither counts nor limits. This one
// survives that, caps connections and handshakes, and hands on what it has
// taken. A TLS handshake costs as much as 30 to 50 calls, before anyone has
// shown who they are: so they are rationed first.

#ifndef PANVAULT_SERVER_ACCEPTOR_H_
#define PANVAULT_SERVER_ACCEPTOR_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/connections.h"
#include "server/json_log.h"
#include "server/limits.h"
#include "server/listen_socket.h"
#include "server/metrics.h"

namespace panvault::server {

// Thread-safe.
class Acceptor final {
 public:
  struct Limits {
    double handshakes_per_s = kHandshakesPerSecond;
    double handshakes_burst = kHandshakesBurst;
    double source_handshakes_per_s = kSourceHandshakesPerSecond;
    double source_handshakes_burst = kSourceHandshakesBurst;
  };
  struct Hooks {
    // Takes over a connected socket, and closes it in the end. Shuts it down
    // before it closes it, since Connections has a second descriptor.
    std::function<void(int fd)> hand_over;
    Connections::Check check;
    // Each time that traffic was looked at, some fifty times a second while
    // there are connections; on the acceptor's thread.
    std::function<void(absl::Time now)> each_check = [](absl::Time /*now*/) {};
    // About once a second, on the acceptor's thread.
    std::function<void()> each_second = [] {};
    // A connection was dropped, on the acceptor's thread; may be empty.
    std::function<void(DropReason reason)> dropped = {};
  };

  // Starts the thread. `connections` and `log` are borrowed. kInternal if the
  // kernel has no means for it.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      ListenSocket socket, Connections& connections, const Limits& limits,
      Hooks hooks, JsonLog& log);

  // Ends the thread, and so the watch over the connections.
  ~Acceptor();

  // Closes the listening socket; connections are still watched over.
  void StopAccepting();

  // Sweeps at once: who is trusted may have changed.
  void TrustChanged();

 private:
  class Loop;
  explicit Acceptor(std::unique_ptr<Loop> loop);

  const std::unique_ptr<Loop> loop_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_ACCEPTOR_H_
