// WorkloadApiClient: keeps a LiveIdentity in step with the SPIFFE Workload API
// (FetchX509SVID, a stream that an agent on this host keeps open).
//
// What an update does not have any more is not used any more. A lost connection
// takes nothing away: the last good identity stays, with an alarm, and the
// client comes back, less and less often. So does an update that is malformed.
//
// The first SVID that is taken decides who this server is; later updates are
// searched for the same SPIFFE ID. An agent that names us otherwise has taken
// the identity back.

#ifndef PANVAULT_SERVER_WORKLOAD_API_CLIENT_H_
#define PANVAULT_SERVER_WORKLOAD_API_CLIENT_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/live_identity.h"
#include "server/source_alarm.h"
#include "server/workload_update.h"

namespace grpc {
class ClientContext;
}

namespace panvault::server {

// gRPC's own default, which agents expect of their clients: thousands of CAs.
inline constexpr int kUpdateBytesMax = 4 << 20;
// The specification wants the first message of a stream without delay.
inline constexpr absl::Duration kFirstUpdateMax = absl::Seconds(30);

// Below what an operator notices.
inline constexpr absl::Duration kStopAskedPoll = absl::Milliseconds(100);

// Thread-safe. Has one thread of its own.
class WorkloadApiClient final {
 public:
  struct Options {
    std::string socket;  // Absolute path of the agent's unix socket.
    std::string hint;    // Of the SVID to take; empty: the first.
    // Waits after failures: doubled each time, with up to a quarter more at
    // random, and from the first again after an update.
    absl::Duration backoff_first = absl::Seconds(1);
    absl::Duration backoff_max = absl::Seconds(30);
  };

  // Starts at once. `identity` and `alarm` are borrowed.
  WorkloadApiClient(Options options, LiveIdentity& identity,
                    SourceAlarm& alarm);

  // Stops; ends the stream.
  ~WorkloadApiClient();

  // Returns when the first identity is in force. kDeadlineExceeded after
  // `at_most`, kFailedPrecondition as soon as trying again is of no use, both
  // with the last reason; kCancelled within kStopAskedPoll of `stop_asked`.
  absl::Status WaitForIdentity(
      absl::Duration at_most,
      const std::function<bool()>& stop_asked = [] { return false; });

  // To be called now and then: gives up a stream without a first message.
  void Tick(absl::Time now);

 private:
  void Run();
  // One connection, until it ends; why it did. Sets `updated` once there was a
  // good update.
  absl::Status Follow(bool& updated);
  // Opens and closes the time in which context_ may be cancelled. False if it
  // is time to stop.
  bool Open(grpc::ClientContext& context);
  void Close();
  // Puts `update` in force, or says why not.
  absl::Status Take(const X509SVIDResponse& update);
  void Withdraw();
  void Fail(const absl::Status& reason);
  // False if it is time to stop.
  bool WaitFor(absl::Duration duration);

  const Options options_;
  LiveIdentity& identity_;
  SourceAlarm& alarm_;

  // Of the client's thread only.
  SvidChoice choice_;
  std::string svid_pem_;  // In force, as is bundles_; empty: nothing is.
  std::shared_ptr<const TrustBundles> bundles_;

  // Guards all below.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool loaded_ = false;  // Once.
  bool gave_up_ = false;
  absl::Status reason_;                     // The last failure.
  grpc::ClientContext* context_ = nullptr;  // Of the stream that is open.
  absl::Time first_update_by_ = absl::InfiniteFuture();

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WORKLOAD_API_CLIENT_H_
