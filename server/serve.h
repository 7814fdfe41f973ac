// Serve: panvaultd's work, from configuration to a clean end. `serve` and `dev`
// both end up here.

#ifndef PANVAULT_SERVER_SERVE_H_
#define PANVAULT_SERVER_SERVE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "grpcpp/impl/service_type.h"
#include "server/config.h"
#include "server/json_log.h"

namespace panvault::server {

struct ServeOptions {
  // Blocks until it is time to stop; returns why, for the log.
  std::function<std::string()> wait_for_stop;
  // Whether it would return at once: asked while the start takes its time.
  std::function<bool()> stop_asked = [] { return false; };
  // The first time that keys are loaded and calls can be served; `address`
  // names the port that port 0 got. On another thread than Serve's.
  std::function<void(const std::string& address)> on_ready =
      [](const std::string& /*address*/) {};
  // See VaultServerOptions.
  absl::Span<grpc::Service* const> extra_services = {};
};

// Serves until wait_for_stop returns, then drains. Returns OK then, and if it
// is asked to stop while it waits for its first identity; before that an error
// of the configuration, its files or its addresses, having served nobody.
// PostgreSQL may be away at the start: it is tried again and again, and until
// it answers health is NOT_SERVING and calls end with NOT_READY. RequireTls13
// has been called.
absl::Status Serve(const Config& config, JsonLog& log,
                   const ServeOptions& options);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SERVE_H_
