// The server's test of its own TLS, before anyone can connect.
//
// TLS's version, tickets and suites are process-wide settings of OpenSSL, which
// a package update, a system-wide file or an order of calls could undo without
// a word. So the server looks at what it really does, as a stranger would, and
// does not serve if that is wrong (PCI DSS 4.2.1, 12.3.3).

#ifndef PANVAULT_SERVER_TLS_SELF_TEST_H_
#define PANVAULT_SERVER_TLS_SELF_TEST_H_

#include <functional>

#include "absl/status/status.h"

namespace panvault::server {

// `hand_over` gives a connected socket to the server, which takes it over. OK
// if it refuses TLS 1.2, a client without a certificate, and one of a CA of its
// own; and if it speaks TLS 1.3 with HTTP/2, one of our suites, and gives out
// no session tickets. Otherwise kFailedPrecondition, which names the finding.
// Takes some tens of milliseconds; at most some seconds with a dead server.
absl::Status TestOwnTls(const std::function<void(int fd)>& hand_over);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TLS_SELF_TEST_H_
