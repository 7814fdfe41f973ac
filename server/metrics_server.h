// MetricsServer: GET /metrics over HTTP/1.1, on an address of its own.
//
// No TLS, no identity, no secret: who reaches it is decided by the network, as
// a declared flow. So it takes as little as it can: one method, one path, a
// short head, no body; one thread, few connections, each for one answer and a
// few seconds. A scraper that is slow costs the others nothing.

#ifndef PANVAULT_SERVER_METRICS_SERVER_H_
#define PANVAULT_SERVER_METRICS_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::server {

// Connections at a time; one more takes the place of the oldest.
inline constexpr size_t kScrapersMax = 16;
// Request line and headers. Prometheus sends some 300 bytes.
inline constexpr size_t kScrapeBytesMax = 4096;
// From the connection to its end.
inline constexpr absl::Duration kScrapeMax = absl::Seconds(5);

// Thread-safe. Has a thread of its own.
class MetricsServer final {
 public:
  struct Options {
    std::string listen;  // "ip:port"; port 0 takes any free one.
    absl::Duration scrape_max = kScrapeMax;
  };

  // `text` is called for each scrape, on the server's thread. The errors of
  // Listen (listen_socket.h); kInternal if the kernel has no means for it.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const Options& options, std::function<std::string()> text);

  // Waits for a call of `text` that is under way.
  ~MetricsServer();

  // Where it listens; names the port that port 0 got.
  const std::string& address() const { return address_; }

 private:
  class Loop;
  MetricsServer(std::unique_ptr<Loop> loop, std::string address);

  const std::unique_ptr<Loop> loop_;
  const std::string address_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_METRICS_SERVER_H_
