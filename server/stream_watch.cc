#include "server/stream_watch.h"

#include "absl/time/clock.h"
#include "server/limits.h"
#include "server/peer_identity.h"

namespace panvault::server {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(1);
// Certificates that are remembered before old ones are looked for.
constexpr size_t kCertificatesMax = 2 * kConnectionsMax;

class Processor final : public grpc::AuthMetadataProcessor {
 public:
  explicit Processor(StreamWatch& watch) : watch_(watch) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& /*metadata*/,
                       grpc::AuthContext* context, OutputMetadata* /*consumed*/,
                       OutputMetadata* /*response*/) override {
    const auto shown = CertificatesOf(*context);
    if (shown.ok()) watch_.Began(shown->leaf_pem, absl::Now());
    return grpc::Status::OK;  // Whose it is is for the call.
  }

 private:
  StreamWatch& watch_;
};

}  // namespace

void StreamWatch::Began(absl::string_view leaf_pem, absl::Time now) {
  int64_t open = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (streams_.size() >= kCertificatesMax) ForgetOld(now);
    Streams& streams = streams_[leaf_pem];
    if (now - streams.since > kWindow) streams = {now, 0};
    open = ++streams.open;
    if (open % kStreamsWithoutCallMax != 0) return;
  }
  close_(leaf_pem, open);
}

void StreamWatch::BecameCall(absl::string_view leaf_pem) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = streams_.find(leaf_pem);
  if (found != streams_.end() && found->second.open > 0) --found->second.open;
}

void StreamWatch::ForgetOld(absl::Time now) {
  absl::erase_if(streams_, [now](const auto& entry) {
    return now - entry.second.since > kWindow;
  });
}

std::shared_ptr<grpc::AuthMetadataProcessor> NewStreamProcessor(
    StreamWatch& watch) {
  return std::make_shared<Processor>(watch);
}

}  // namespace panvault::server
