#include "segmentation/difference.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace panvault::segmentation {
namespace {

void Cut(Remainder::Pods piece, const Relation& part,
         std::vector<Remainder::Pods>& rest) {
  const ConnectionSet shared = piece.connections.Intersect(part.connections);
  if (!part.pods || shared.empty()) {
    rest.push_back(std::move(piece));
    return;
  }
  ConnectionSet other = piece.connections.Subtract(part.connections);
  for (PeerBox& box : Subtract(piece.box, *part.pods)) {
    rest.push_back({std::move(box), shared});
  }
  if (!other.empty()) rest.push_back({std::move(piece.box), std::move(other)});
}

void Cut(Remainder::Addresses piece, const Relation& part,
         std::vector<Remainder::Addresses>& rest) {
  const ConnectionSet shared = piece.connections.Intersect(part.connections);
  if (shared.empty()) {
    rest.push_back(std::move(piece));
    return;
  }
  ConnectionSet other = piece.connections.Subtract(part.connections);
  AddressSet left = piece.addresses.Subtract(part.addresses);
  if (!left.empty()) rest.push_back({std::move(left), shared});
  if (!other.empty()) {
    rest.push_back({std::move(piece.addresses), std::move(other)});
  }
}

template <typename Piece>
absl::Status CutAll(std::vector<Piece>& pieces,
                    absl::Span<const Relation> parts) {
  for (const Relation& part : parts) {
    std::vector<Piece> rest;
    for (Piece& piece : pieces) Cut(std::move(piece), part, rest);
    pieces = std::move(rest);
    if (pieces.size() > kPiecesMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("over ", kPiecesMax, " cases to compare"));
    }
  }
  return absl::OkStatus();
}

std::string OnText(const ConnectionSet& connections) {
  const Connection first = FirstOf(connections);
  return absl::StrCat(" on ", ProtocolName(first.protocol), " ", first.port);
}

}  // namespace

ConnectionSet Remainder::AllConnections() const {
  ConnectionSet all;
  for (const Pods& piece : pods) all = all.Union(piece.connections);
  for (const Addresses& piece : addresses) all = all.Union(piece.connections);
  return all;
}

std::string Remainder::Example() const {
  if (!pods.empty()) {
    return absl::StrCat(ToText(ExampleOf(pods.front().box)),
                        OnText(pods.front().connections));
  }
  return absl::StrCat(FirstAddress(addresses.front().addresses),
                      OnText(addresses.front().connections));
}

absl::StatusOr<Remainder> Without(const Relation& whole,
                                  absl::Span<const Relation> parts) {
  Remainder rest;
  if (whole.connections.empty()) return rest;
  if (whole.pods) rest.pods.push_back({*whole.pods, whole.connections});
  if (!whole.addresses.empty()) {
    rest.addresses.push_back({whole.addresses, whole.connections});
  }
  absl::Status status = CutAll(rest.pods, parts);
  if (status.ok()) status = CutAll(rest.addresses, parts);
  if (!status.ok()) return status;
  return rest;
}

}  // namespace panvault::segmentation
