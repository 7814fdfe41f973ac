// A small universe for property tests, complete for the selectors, blocks and
// ports that DrawPolicies() uses: whatever a symbolic answer says of any pod,
// namespace or address, some member of this universe shows it.
//
// Here the semantics of NetworkPolicy are written a second time, plainly: one
// pod, one peer and one connection at a time, from the text of the API.

#ifndef PANVAULT_TESTS_SEGMENTATION_SMALL_WORLD_H_
#define PANVAULT_TESTS_SEGMENTATION_SMALL_WORLD_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "segmentation/connections.h"
#include "segmentation/difference.h"
#include "segmentation/engine.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// One bit for each connection of the universe.
using Mask = uint32_t;

struct SmallPeer {
  bool is_pod = false;
  Labels space;
  Labels labels;
  AddressSet address;  // One, if it is no pod.
};

class SmallWorld {
 public:
  SmallWorld();

  const std::vector<SmallPeer>& peers() const { return peers_; }

  // The pod that policies are about.
  const Workload& subject() const { return subject_; }

  void LabelSubject(const Labels& labels) { subject_.labels = labels; }
  // Of the subject and of every peer that is a pod.
  void SetPorts(const std::vector<ContainerPort>& ports) {
    subject_.ports = ports;
    peer_ports_ = ports;
  }

  // Every peer that is a pod gives its ports these names.
  const std::vector<ContainerPort>& peer_ports() const { return peer_ports_; }

  Mask MaskOf(const ConnectionSet& set) const;

  // What a peer may send to or get from the subject, by the plain text.
  Mask Plain(const std::vector<NetworkPolicy>& policies, const SmallPeer& peer,
             Direction direction) const;

  static std::vector<NetworkPolicy> DrawPolicies(std::mt19937& random);
  static std::vector<Relation> DrawRelations(std::mt19937& random);

 private:
  Mask PlainPorts(const Rule& rule, const SmallPeer& peer,
                  Direction direction) const;

  std::vector<SmallPeer> peers_;
  std::vector<ContainerPort> peer_ports_;
  Workload subject_;
  std::vector<uint32_t> connections_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_SMALL_WORLD_H_
