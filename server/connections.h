// Connections: every connection to the listener from its first packet to its
// end, whose it is, and the means to end it.
//
// A caller that is taken off the allowlist, whose X509-SVID runs out or whose
// CA is removed must not be served any longer, and its connections are open:
// each call is decided anew (call_guard.h), and here the connection goes, too.
// Whose it is shows with its first call, since gRPC names a connection to
// calls only; until then it is quiet. A quiet one is never served, and is
// closed after a while, when room is needed, or when trust has changed.
//
// PCI DSS 10.2.2: each one's beginning and end is a line of the log.

#ifndef PANVAULT_SERVER_CONNECTIONS_H_
#define PANVAULT_SERVER_CONNECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/file_descriptor.h"
#include "server/json_log.h"
#include "server/limits.h"
#include "server/listen_socket.h"
#include "server/stream_counts.h"
#include "server/svid_check.h"
#include "server/tcp_traffic.h"

namespace panvault::server {

// What an operator may know of a connection.
struct ConnectionFacts {
  uint64_t id = 0;  // In the order of arrival, from 1.
  std::string peer;
  absl::Time since;
  std::string spiffe_id;  // These three are empty or 0 of a quiet one.
  std::string serial;
  uint64_t calls = 0;
};

struct ConnectionList {
  std::vector<ConnectionFacts> connections;
  bool more = false;  // There are others behind these.
};

// Thread-safe.
class Connections final {
 public:
  struct Limits {
    size_t total = kConnectionsMax;
    size_t per_source = kConnectionsPerSourceMax;
    absl::Duration quiet = kQuietConnectionMax;
    size_t listed = kConnectionsListedMax;
    // By how many bytes the process may grow while one only ever sends.
    uint64_t growth = kMemoryGrowthMax;
  };

  // Whether a certificate is still good for a connection; OK or why not.
  using Check = std::function<absl::Status(
      absl::string_view leaf_pem, absl::string_view chain_pem, absl::Time now)>;

  // Called by one thread at a time.
  struct Means {
    // As StreamCounts::Of.
    std::function<std::optional<StreamCount>(absl::string_view peer,
                                             absl::Time now)>
        streams;
    // What the process has of memory, in bytes.
    std::function<uint64_t()> resident;
  };

  // `log` is borrowed.
  Connections(const Limits& limits, Means means, JsonLog& log);

  // Takes in a connection: `handle` is a descriptor of its socket, which stays
  // here for as long as the connection is open. When full, the oldest quiet one
  // makes room. Returns its id; kResourceExhausted, which names the limit, if
  // there is no room.
  absl::StatusOr<uint64_t> Add(FileDescriptor handle, const PeerAddress& from,
                               absl::Time now);

  // A call has come on the connection of `peer`, which shows these
  // certificates; `svid` is null if they are not accepted.
  void NoteCall(absl::string_view peer, absl::string_view leaf_pem,
                absl::string_view chain_pem,
                const std::shared_ptr<const PeerSvid>& svid);

  // Who is trusted has changed: within a second, what is quiet now is closed.
  void TrustChanged(absl::Time now);

  // `streams` that are no calls are under way on the connections that show
  // `leaf_pem`: closes these, unless they may have so many. Those of which that
  // is not known, since they have had no call, count if they have sent a lot.
  void CloseShowing(absl::string_view leaf_pem, int64_t streams);

  // Closes the connections that `check` does not pass, and quiet ones whose
  // time is up. `check` runs without a lock.
  void Sweep(const Check& check, absl::Time now);

  // Looks at what went over some of the connections, at all in turns, and
  // closes those that only ever send what no client would. To be called much
  // more often than Sweep, since one can send a lot.
  void CheckTraffic(absl::Time now);

  // Memory is short: closes those that have sent the most in the last ten to
  // twenty seconds, until these have sent `bytes` together. Bytes without an
  // answer may be headers, which cost more, and count kUnansweredWeight times.
  // Those that have sent less than kShedBytesMin stay. Returns how many it has
  // closed.
  size_t CloseLargest(uint64_t bytes);

  // The connection has ended: forgets it, and gives its handle back; none if
  // there is no such connection.
  FileDescriptor Remove(uint64_t id, absl::Time now);

  // In the order of arrival, those with an id over `after`: the first
  // Limits::listed of them.
  ConnectionList List(uint64_t after = 0) const;
  size_t size() const;
  // Of all connections that there have been.
  uint64_t calls() const;
  // All that were ever taken in.
  uint64_t opened() const;

 private:
  // A connection shows the same ones as long as it lives.
  struct Certificates {
    std::string leaf_pem;
    std::string chain_pem;
  };
  struct Open {
    FileDescriptor handle;
    PeerAddress from;
    absl::Time since;
    std::shared_ptr<const Certificates> shown;  // Null: quiet.
    std::shared_ptr<const PeerSvid> svid;
    uint64_t calls = 0;
    // Of CheckTraffic.
    TcpTraffic seen;
    absl::Time taken_at;      // When more was last seen to have been taken.
    absl::Time answered_at;   // And more sent.
    uint64_t unanswered = 0;  // Bytes taken since,
    std::optional<int64_t> started_before;  // and since it was suspected:
    int64_t alive = 0;                      // streams at once, at most.
    uint64_t resident_before = 0;           // Memory, at answered_at.
    uint64_t lately = 0;                    // Bytes taken in this period,
    uint64_t before = 0;                    // and in the one before.
    std::string why;  // It was closed from here; empty: it was not.
  };
  // Whatever was open with id below `before` is closed at `at`, if quiet.
  struct QuietDeadline {
    uint64_t before;
    absl::Time at;
  };

  // All with mutex_ held.
  absl::Status MakeRoom(const PeerAddress& from);
  void Close(uint64_t id, Open& open, absl::string_view why);
  // As Close, and throws away what was not read yet.
  void Abort(uint64_t id, Open& open, absl::string_view why);
  void CloseQuiet(absl::Time now);

  // In connections_traffic.cc, with mutex_ held.
  void Look(Open& open, absl::Time now);
  bool IsNoClient(Open& open, absl::Time now) const;
  void CloseOfOneSource(absl::Time now);
  void TurnPeriod(absl::Time now);

  const Limits limits_;
  const Means means_;
  JsonLog& log_;

  // Guards all below.
  mutable std::mutex mutex_;
  uint64_t next_id_ = 1;
  uint64_t checked_ = 0;   // By CheckTraffic, the last one.
  uint64_t resident_ = 0;  // Bytes, then.
  absl::Time period_since_ = absl::InfinitePast();
  uint64_t calls_ = 0;
  std::map<uint64_t, Open> open_;
  size_t closing_ = 0;  // Of open_: closed from here, end not seen yet.
  std::set<uint64_t> quiet_;
  std::deque<QuietDeadline> deadlines_;
  absl::flat_hash_map<std::string, uint64_t> by_peer_;
  absl::flat_hash_map<std::string, size_t> by_source_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CONNECTIONS_H_
