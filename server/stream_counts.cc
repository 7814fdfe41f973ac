#include "server/stream_counts.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

using nlohmann::json;

// What gRPC calls a connection: this and the peer.
constexpr char kName[] = "chttp2 ";

// Takes what gRPC has allocated; null or discarded for what is not there.
json Parse(char* text) {
  if (text == nullptr) return {};
  const std::unique_ptr<char, decltype(&gpr_free)> owned(text, &gpr_free);
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

json At(const json& object, const char* key) {
  return object.is_object() ? object.value(key, json()) : json();
}

// Channelz writes numbers as text, and leaves out those that are 0.
int64_t NumberAt(const json& object, const char* key) {
  const json text = At(object, key);
  int64_t number = 0;
  return text.is_string() &&
                 absl::SimpleAtoi(text.get_ref<const std::string&>(), &number)
             ? number
             : 0;
}

}  // namespace

std::optional<StreamCount> StreamCounts::Of(absl::string_view peer,
                                            absl::Time now) {
  const auto count = OfListed(peer);
  // Many that speak no HTTP/2 may be asked for at once.
  if (count.has_value() || now == listed_at_) return count;
  listed_at_ = now;
  List();
  return OfListed(peer);
}

std::optional<StreamCount> StreamCounts::OfListed(
    absl::string_view peer) const {
  const auto found = ids_.find(peer);
  if (found == ids_.end()) return std::nullopt;
  const json socket =
      At(Parse(grpc_channelz_get_socket(found->second)), "socket");
  // It has ended; its peer may have come again, under another id.
  if (!socket.is_object()) return std::nullopt;
  const json data = At(socket, "data");
  return StreamCount{
      NumberAt(data, "streamsStarted"),
      NumberAt(data, "streamsSucceeded") + NumberAt(data, "streamsFailed")};
}

void StreamCounts::List() {
  ids_.clear();
  const json servers = At(Parse(grpc_channelz_get_servers(0)), "server");
  for (const json& server : servers) {
    const int64_t id = NumberAt(At(server, "ref"), "serverId");
    bool more = true;
    for (int64_t from = 0; more;) {
      const json page = Parse(grpc_channelz_get_server_sockets(id, from, 0));
      const json sockets = At(page, "socketRef");
      for (const json& socket : sockets) {
        const int64_t socket_id = NumberAt(socket, "socketId");
        const json name = At(socket, "name");
        if (!name.is_string()) continue;
        ids_[std::string(absl::StripPrefix(name.get_ref<const std::string&>(),
                                           kName))] = socket_id;
        from = socket_id + 1;
      }
      more = !sockets.empty() && At(page, "end") != true;
    }
  }
}

}  // namespace panvault::server
