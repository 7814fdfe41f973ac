#include "server/tcp_traffic.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace panvault::server {

TcpTraffic TrafficOf(int fd) {
  // In this order: what comes in between counts as unread, not as taken.
  tcp_info info = {};
  socklen_t size = sizeof info;
  int unread = 0;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      ioctl(fd, SIOCINQ, &unread) != 0) {
    return {};
  }
  const auto waiting = static_cast<uint64_t>(std::max(unread, 0));
  return {info.tcpi_bytes_received -
              std::min<uint64_t>(waiting, info.tcpi_bytes_received),
          info.tcpi_bytes_sent};
}

void AbortTcp(int fd) {
  sockaddr nobody = {};
  nobody.sa_family = AF_UNSPEC;
  // Of a socket that is no longer connected there is nothing to end.
  static_cast<void>(connect(fd, &nobody, sizeof nobody));
}

}  // namespace panvault::server
