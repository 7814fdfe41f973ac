#include "server/connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using Json = nlohmann::ordered_json;

// Leaves time for the sweep, which runs several times a second, within the one
// second that is promised.
constexpr absl::Duration kQuietAfterChange = absl::Milliseconds(400);

// A handshake with a long chain takes some 6 KB.
constexpr uint64_t kQuietBytesMax = 16 << 10;

constexpr char kNoCall[] = "no call";
constexpr char kNoCalls[] = "streams that are no calls";

std::string WhyOf(const absl::Status& status) {
  return std::string(vault::NameOf(vault::FactsOf(status).reason));
}

}  // namespace

Connections::Connections(const Limits& limits, Means means, JsonLog& log)
    : limits_(limits), means_(std::move(means)), log_(log) {}

absl::StatusOr<uint64_t> Connections::Add(FileDescriptor handle,
                                          const PeerAddress& from,
                                          absl::Time now) {
  uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Status room = MakeRoom(from); !room.ok()) return room;
    id = next_id_++;
    by_peer_[from.peer] = id;
    ++by_source_[from.source];
    quiet_.insert(id);
    Open& open = open_[id];
    open.handle = std::move(handle);
    open.from = from;
    open.since = now;
    open.taken_at = now;
    open.answered_at = now;
  }
  // A connection is no call: what goes on in it waits for its own record.
  log_.Write("connection_opened", {{"connection", id}, {"peer", from.peer}})
      .IgnoreError();
  return id;
}

void Connections::NoteCall(absl::string_view peer, absl::string_view leaf_pem,
                           absl::string_view chain_pem,
                           const std::shared_ptr<const PeerSvid>& svid) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_peer_.find(peer);
  if (found == by_peer_.end()) return;
  Open& open = open_[found->second];
  ++open.calls;
  ++calls_;
  if (svid != nullptr) open.svid = svid;
  if (open.shown != nullptr) return;
  open.shown = std::make_shared<const Certificates>(
      Certificates{std::string(leaf_pem), std::string(chain_pem)});
  quiet_.erase(found->second);
}

void Connections::TrustChanged(absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  deadlines_.push_back({next_id_, now + kQuietAfterChange});
}

void Connections::Sweep(const Check& check, absl::Time now) {
  std::vector<std::pair<uint64_t, std::shared_ptr<const Certificates>>> shown;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    CloseQuiet(now);
    for (const auto& [id, open] : open_) {
      if (open.shown != nullptr && open.why.empty()) {
        shown.emplace_back(id, open.shown);
      }
    }
  }
  for (const auto& [id, certificates] : shown) {
    const absl::Status good =
        check(certificates->leaf_pem, certificates->chain_pem, now);
    if (good.ok()) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = open_.find(id);
    if (found != open_.end()) Close(id, found->second, WhyOf(good));
  }
}

void Connections::CloseShowing(absl::string_view leaf_pem, int64_t streams) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<uint64_t> theirs;
  for (const auto& [id, open] : open_) {
    if (open.shown != nullptr
            ? open.shown->leaf_pem == leaf_pem
            : TrafficOf(open.handle.get()).taken > kQuietBytesMax) {
      theirs.push_back(id);
    }
  }
  // A server that is busy may not have come to any of a client's calls yet.
  if (streams <=
      int64_t{kStreamsPerConnectionMax} * static_cast<int64_t>(theirs.size())) {
    return;
  }
  for (const uint64_t id : theirs) Abort(id, open_[id], kNoCalls);
}

FileDescriptor Connections::Remove(uint64_t id, absl::Time now) {
  Json line;
  FileDescriptor handle;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = open_.find(id);
    if (found == open_.end()) return handle;
    Open& open = found->second;
    handle = std::move(open.handle);
    line = {{"connection", id}, {"peer", open.from.peer}};
    if (open.svid != nullptr) {
      line["caller"] = std::string(open.svid->id.text());
      line["serial"] = open.svid->serial;
    }
    line["calls"] = open.calls;
    line["duration_ms"] = absl::ToInt64Milliseconds(now - open.since);
    line["closed_by"] = open.why.empty() ? "peer or age" : open.why;
    if (!open.why.empty()) --closing_;
    const auto source = by_source_.find(open.from.source);
    if (--source->second == 0) by_source_.erase(source);
    const auto peer = by_peer_.find(open.from.peer);
    if (peer != by_peer_.end() && peer->second == id) by_peer_.erase(peer);
    quiet_.erase(id);
    open_.erase(found);
  }
  log_.Write("connection_closed", line).IgnoreError();
  return handle;
}

ConnectionList Connections::List(uint64_t after) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  ConnectionList list;
  list.connections.reserve(std::min(limits_.listed, open_.size()));
  for (auto next = open_.upper_bound(after); next != open_.end(); ++next) {
    if (list.connections.size() == limits_.listed) {
      list.more = true;
      break;
    }
    const auto& [id, open] = *next;
    ConnectionFacts facts{id, open.from.peer, open.since, "", "", open.calls};
    if (open.svid != nullptr) {
      facts.spiffe_id = std::string(open.svid->id.text());
      facts.serial = open.svid->serial;
    }
    list.connections.push_back(std::move(facts));
  }
  return list;
}

size_t Connections::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return open_.size();
}

uint64_t Connections::calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

uint64_t Connections::opened() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return next_id_ - 1;
}

absl::Status Connections::MakeRoom(const PeerAddress& from) {
  const auto source = by_source_.find(from.source);
  if (source != by_source_.end() && source->second >= limits_.per_source) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "more than ", limits_.per_source, " connections of one address"));
  }
  // Those that are on their way out have a descriptor still: hence the 2.
  if (open_.size() - closing_ < limits_.total &&
      open_.size() < 2 * limits_.total) {
    return absl::OkStatus();
  }
  for (const uint64_t id : quiet_) {
    Open& oldest = open_[id];
    if (!oldest.why.empty()) continue;
    Close(id, oldest, "room for another");
    if (open_.size() < 2 * limits_.total) return absl::OkStatus();
    break;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("more than ", limits_.total, " connections"));
}

// What follows from it, its end in all places, the socket tells.
void Connections::Close(uint64_t id, Open& open, absl::string_view why) {
  if (!open.why.empty()) return;
  open.why = std::string(why);
  ++closing_;
  quiet_.erase(id);
  shutdown(open.handle.get(), SHUT_RDWR);
}

void Connections::Abort(uint64_t id, Open& open, absl::string_view why) {
  if (!open.why.empty()) return;
  AbortTcp(open.handle.get());
  Close(id, open, why);
}

void Connections::CloseQuiet(absl::Time now) {
  uint64_t before = 0;
  while (!deadlines_.empty() && now >= deadlines_.front().at) {
    before = deadlines_.front().before;
    deadlines_.pop_front();
  }
  const std::set<uint64_t> quiet = quiet_;
  for (const uint64_t id : quiet) {
    Open& open = open_[id];
    if (id < before || now - open.since >= limits_.quiet) {
      Close(id, open, kNoCall);
    }
  }
}

}  // namespace panvault::server
