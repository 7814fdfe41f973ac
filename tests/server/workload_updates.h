// Messages as an agent of the SPIFFE Workload API sends them, good and bad.

#ifndef PANVAULT_TESTS_SERVER_WORKLOAD_UPDATES_H_
#define PANVAULT_TESTS_SERVER_WORKLOAD_UPDATES_H_

#include <string>
#include <vector>

#include "spiffe/workload.pb.h"
#include "tests/client/test_authority.h"

namespace panvault::server {

// The DER of all PEM blocks of `pem`, one after the other.
std::string DerOf(const std::string& pem);

// A new SVID.
X509SVID SvidOf(const client::TestAuthority& authority, const std::string& id);
X509SVIDResponse UpdateOf(const client::TestAuthority& authority,
                          const std::string& id);

struct BadUpdate {
  std::string what;
  std::string why;  // Part of the message.
  X509SVIDResponse update;
};
// Updates with a mistake each, that are to change nothing.
std::vector<BadUpdate> BadUpdates(const client::TestAuthority& authority,
                                  const std::string& id);

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_WORKLOAD_UPDATES_H_
