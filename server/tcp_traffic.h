// What went over a TCP connection so far, as the kernel counts it, and how to
// end one at once.

#ifndef PANVAULT_SERVER_TCP_TRAFFIC_H_
#define PANVAULT_SERVER_TCP_TRAFFIC_H_

#include <cstdint>

namespace panvault::server {

// In bytes, both without headers; those that were sent again count again.
struct TcpTraffic {
  uint64_t taken = 0;  // Received, and read by this process.
  uint64_t sent = 0;
};

// Zeros for what is no TCP socket. Thread-safe, as all here.
TcpTraffic TrafficOf(int fd);

// Resets the connection, and throws away what has come and was not read yet,
// which shutdown() would leave to be read.
void AbortTcp(int fd);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TCP_TRAFFIC_H_
