// Every allowed connection among the pods of the input, and between them and
// the addresses outside: the question that a listing answers, and that other
// tools can be compared on. It says nothing about pods that are not in the
// input; verify.h does.

#ifndef PANVAULT_SEGMENTATION_CONNECTION_LIST_H_
#define PANVAULT_SEGMENTATION_CONNECTION_LIST_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "segmentation/address.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

struct ListOptions {
  // Treats pods on the host network like all others, as some tools do. They are
  // left out otherwise: no selector and no policy is about them.
  bool host_network_as_pods = false;
  // Called now and then with the share that is done, if it is set.
  std::function<void(size_t done, size_t total)> watch;
};

// A connection of the list; exactly one of the ends may be a range of addresses
// ("10.0.0.0-10.255.255.255[External]").
using ListedEnds = std::pair<std::string, std::string>;
using ConnectionList = std::map<ListedEnds, ConnectionSet>;

// Pods are named "namespace/owner[Kind]": all that have one owner are one
// entry, with what any of them can do, and connections among them are left out.
// Addresses are cut at the boundaries that policies name; IPv6 is listed only
// if a policy names it, `::` standing for all else. Thread-safe, as below.
ConnectionList ListConnections(const Cluster& cluster,
                               const ListOptions& options);

// "SRC => DST : CONNECTIONS" line by line, sorted; the text form of np-guard.
std::string ToText(const ConnectionList& list);

// What a change from `before` to `after` opens and closes, in the same form,
// each line with "opened " or "closed " in front. Empty if nothing.
std::string DiffText(const ConnectionList& before, const ConnectionList& after);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONNECTION_LIST_H_
