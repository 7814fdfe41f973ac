// The part of Connections that goes by what went over them
// (docs/adr/0021-storms-within-a-connection.md).

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/connections.h"
#include "server/limits.h"
#include "server/tcp_traffic.h"

namespace panvault::server {
namespace {

// Of CheckTraffic: some 0.1 ms with the lock.
constexpr size_t kCheckedAtOnce = 64;
// How long a connection of many of one source must have sent without an answer.
constexpr absl::Duration kOnlySends = absl::Milliseconds(100);

// What CloseLargest goes by.
constexpr absl::Duration kPeriod = absl::Seconds(10);

constexpr char kUnanswered[] = "streams or headers without end";
constexpr char kLargest[] = "memory was short, and it had sent the most";

}  // namespace

void Connections::CheckTraffic(absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  resident_ = means_.resident();
  if (now - period_since_ >= kPeriod) TurnPeriod(now);
  std::vector<uint64_t> suspected;
  auto it = open_.upper_bound(checked_);
  for (size_t left = std::min(kCheckedAtOnce, open_.size()); left > 0; --left) {
    if (it == open_.end()) it = open_.begin();
    auto& [id, open] = *it++;
    checked_ = id;
    if (!open.why.empty()) continue;
    Look(open, now);
    if (open.unanswered > kUnansweredBytesMax) suspected.push_back(id);
  }
  for (const uint64_t id : suspected) {
    if (IsNoClient(open_[id], now)) Abort(id, open_[id], kUnanswered);
  }
  CloseOfOneSource(now);
}

void Connections::Look(Open& open, absl::Time now) {
  const TcpTraffic traffic = TrafficOf(open.handle.get());
  const uint64_t taken = traffic.taken - open.seen.taken;
  if (taken > 0) open.taken_at = now;
  open.lately += taken;
  if (open.resident_before == 0) open.resident_before = resident_;  // New.
  if (traffic.sent == open.seen.sent) {
    open.unanswered += taken;
  } else {
    open.unanswered = 0;
    open.started_before.reset();
    open.alive = 0;
    open.answered_at = now;
    open.resident_before = resident_;
  }
  open.seen = traffic;
}

// A client has so many streams at a time, and may send so much on each before
// it needs a word from here. Headers without end look the same, but for what
// they take of memory.
bool Connections::IsNoClient(Open& open, absl::Time now) const {
  const auto count = means_.streams(open.from.peer, now);
  if (!count.has_value()) return open.unanswered > kUnansweredBytesMax;
  open.alive = std::max(open.alive, count->started - count->ended);
  if (!open.started_before.has_value()) open.started_before = count->started;
  const uint64_t may_send =
      kUnansweredBytesMax +
      static_cast<uint64_t>(open.alive) * kStreamAheadBytesMax;
  return open.alive > int64_t{2} * kStreamsPerConnectionMax ||
         count->started - *open.started_before > kStreamsWithoutCallMax ||
         open.unanswered > may_send ||
         resident_ > open.resident_before + limits_.growth;
}

// Each for itself may not have sent so much yet. Who has stopped sending may be
// on a slow line.
void Connections::CloseOfOneSource(absl::Time now) {
  absl::flat_hash_map<absl::string_view, uint64_t> by_source;
  const auto only_sends = [now](const Open& open) {
    return open.why.empty() && open.unanswered > 0 &&
           now - open.taken_at < kOnlySends &&
           now - open.answered_at > kOnlySends;
  };
  for (const auto& [id, open] : open_) {
    if (only_sends(open)) by_source[open.from.source] += open.unanswered;
  }
  for (auto& [id, open] : open_) {
    if (only_sends(open) &&
        by_source[open.from.source] > kSourceUnansweredBytesMax &&
        IsNoClient(open, now)) {
      Abort(id, open, kUnanswered);
    }
  }
}

void Connections::TurnPeriod(absl::Time now) {
  period_since_ = now;
  for (auto& [id, open] : open_) open.before = std::exchange(open.lately, 0);
}

size_t Connections::CloseLargest(uint64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::pair<uint64_t, uint64_t>> by_size;  // And by id.
  for (const auto& [id, open] : open_) {
    // Since it was last looked at, too.
    uint64_t sent = open.before + open.lately +
                    TrafficOf(open.handle.get()).taken - open.seen.taken;
    if (open.unanswered > kUnansweredBytesMax) {
      sent += (kUnansweredWeight - 1) * open.unanswered;
    }
    if (open.why.empty() && sent >= kShedBytesMin)
      by_size.push_back({sent, id});
  }
  std::sort(by_size.rbegin(), by_size.rend());
  size_t closed = 0;
  for (const auto& [sent, id] : by_size) {
    Abort(id, open_[id], kLargest);
    ++closed;
    if (sent >= bytes) break;
    bytes -= sent;
  }
  return closed;
}

}  // namespace panvault::server
