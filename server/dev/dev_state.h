// Everything that `panvaultd dev` and its callers need, in one state folder:
// made by the first call, used again by the next.
//
//   panvault.yaml, access.yaml   yours to edit; edited ones are kept
//   generated/panvault.yaml      what was written, to tell whether you edited
//   it kek                          32 random bytes, the key-encryption key
//   ca/, identities/             see dev_identities.h
//   postgres/                    see postgres_cluster.h
//
// For trying panvault out and for tests: the key-encryption key lies beside the
// database that it protects, and the certificates come from a throwaway CA.

#ifndef PANVAULT_SERVER_DEV_DEV_STATE_H_
#define PANVAULT_SERVER_DEV_DEV_STATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/dev/dev_identities.h"

namespace panvault::dev {

// What goes into panvault.yaml, as described in config.proto.
struct DevOptions {
  std::string state_dir;
  std::string listen;
  std::string health_listen;
  std::string conninfo;
};

struct DevState {
  std::string config_path;  // panvault.yaml
  std::string access_path;  // access.yaml
  std::string identities_dir;
  DevIdentities identities;
  // True if panvault.yaml was edited and therefore kept: it may disagree with
  // the options. The caller overlays them, or tells the user.
  bool config_kept = false;
};

// Makes what is not there yet. kFailedPrecondition, naming the file and what to
// do, if the folder is not safe (OpenStateFolder), or if the key-encryption key
// was lost or opened to others; kInvalidArgument for control characters in an
// option. Nothing that a user edited is changed. Not thread-safe for one
// folder.
absl::StatusOr<DevState> PrepareDevState(const DevOptions& options,
                                         absl::Time now);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_DEV_STATE_H_
