// Every allowed connection among the pods of the input, and between them and
// the addresses outside: the question that a listing answers, and that other
// tools can be compared on. It says nothing about pods that are not in the
// input; verify.h does. Ports are those of the pods: what a Service makes of
// its own is not in it (services.h).

#ifndef PANVAULT_SEGMENTATION_CONNECTION_LIST_H_
#define PANVAULT_SEGMENTATION_CONNECTION_LIST_H_

#include <ostream>
#include <string>
#include <vector>

#include "segmentation/model.h"
#include "segmentation/watch.h"

namespace panvault::segmentation {

struct ListOptions {
  // Treats pods on the host network like all others, as some tools do. They are
  // left out otherwise: no selector and no policy is about them.
  bool host_network_as_pods = false;
  Watch watch;
};

// "SRC => DST : CONNECTIONS" line by line, sorted; the text form of np-guard.
//
// Pods are named "namespace/owner[Kind]": all that have one owner are one
// entry, with what any of them can do, and connections among them are left out.
// Addresses ("10.0.0.0-10.255.255.255[External]") are cut at the boundaries
// that policies name; IPv6 is listed only if a policy names it, `::` standing
// for all else. There may be as many lines as pairs of pods: they are written
// as they come, and not kept. Thread-safe, as below.
void WriteConnections(const Cluster& cluster, const ListOptions& options,
                      std::ostream& out);

// The same in one piece.
std::string ListConnections(const Cluster& cluster, const ListOptions& options);

// Entries that are left out because they are on the host network, sorted.
std::vector<std::string> OnHostNetwork(const Cluster& cluster,
                                       const ListOptions& options);

// What a change from `before` to `after` opens and closes, in the same form,
// first all lines with "opened " in front, then those with "closed ". Empty if
// nothing. Addresses are cut as both have them, so that a range that is cut
// anew is no change. A pod that moves to the host network has its lines closed,
// but no policy reaches it there: "opened host network of a/x[Pod]: ...".
std::string DiffConnections(const Cluster& before, const Cluster& after,
                            const ListOptions& options);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONNECTION_LIST_H_
