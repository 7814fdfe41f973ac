#include "server/workload_api_client.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/identity_reload.h"
#include "spiffe/workload.grpc.pb.h"

namespace panvault::server {
namespace {

// An agent's words, for the log; more of them help nobody.
constexpr size_t kMessageBytesMax = 200;

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kUpdateBytesMax);
  // When to come back is decided here, by what went wrong.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // No TLS: the agent knows its callers by what the kernel says of them.
  return grpc::CreateCustomChannel(absl::StrCat("unix:", socket),
                                   grpc::InsecureChannelCredentials(),
                                   arguments);
}

absl::Status StatusOf(const grpc::Status& ended) {
  if (ended.ok()) {
    return absl::UnavailableError("Workload API: the agent ended the stream");
  }
  return absl::Status(
      static_cast<absl::StatusCode>(ended.error_code()),
      absl::StrCat("Workload API: ",
                   ended.error_message().substr(0, kMessageBytesMax)));
}

bool SameTrust(const TrustBundles& a, const TrustBundles& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) {
                      const auto ones = one.second.certificates();
                      const auto others = other.second.certificates();
                      return one.first == other.first &&
                             std::equal(ones.begin(), ones.end(),
                                        others.begin(), others.end(),
                                        [](const auto& x, const auto& y) {
                                          return x.der() == y.der();
                                        });
                    });
}

}  // namespace

WorkloadApiClient::WorkloadApiClient(Options options, LiveIdentity& identity,
                                     SourceAlarm& alarm)
    : options_(std::move(options)),
      identity_(identity),
      alarm_(alarm),
      choice_{options_.hint, ""},
      thread_([this] { Run(); }) {}

WorkloadApiClient::~WorkloadApiClient() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  changed_.notify_all();
  thread_.join();
}

absl::Status WorkloadApiClient::WaitForIdentity(
    absl::Duration at_most, const std::function<bool()>& stop_asked) {
  const absl::Time end = absl::Now() + at_most;
  std::unique_lock lock(mutex_);
  // A signal that is held back wakes nobody.
  while (!changed_.wait_for(lock, absl::ToChronoMilliseconds(kStopAskedPoll),
                            [this] { return loaded_ || gave_up_; })) {
    if (stop_asked()) return absl::CancelledError("told to stop");
    if (absl::Now() >= end) break;
  }
  if (loaded_) return absl::OkStatus();
  const absl::string_view why = reason_.ok() ? "no answer" : reason_.message();
  const std::string text =
      absl::StrCat(options_.socket, ": no identity: ", why);
  if (gave_up_) return absl::FailedPreconditionError(text);
  return absl::DeadlineExceededError(
      absl::StrCat(text, "; waited ", absl::FormatDuration(at_most)));
}

void WorkloadApiClient::Tick(absl::Time now) {
  const std::scoped_lock lock(mutex_);
  if (now >= first_update_by_ && context_ != nullptr) context_->TryCancel();
}

void WorkloadApiClient::Run() {
  // Not for secrets: only spreads the retries.
  std::minstd_rand jitter(std::random_device{}());
  std::uniform_real_distribution<double> up_to_a_quarter(1.0, 1.25);
  absl::Duration backoff = options_.backoff_first;
  absl::Duration wait;
  do {
    bool updated = false;
    const absl::Status ended = Follow(updated);
    if (absl::IsPermissionDenied(ended)) Withdraw();
    if (updated) backoff = options_.backoff_first;
    wait = backoff * up_to_a_quarter(jitter);
    backoff = std::min(2 * backoff, options_.backoff_max);
    Fail(ended);
    // The agent does not understand us, and will not the next time.
    if (absl::IsInvalidArgument(ended)) {
      const std::scoped_lock lock(mutex_);
      gave_up_ = true;
      changed_.notify_all();
      return;
    }
  } while (WaitFor(wait));
}

absl::Status WorkloadApiClient::Follow(bool& updated) {
  const auto agent = SpiffeWorkloadAPI::NewStub(OpenChannel(options_.socket));
  grpc::ClientContext context;
  context.AddMetadata("workload.spiffe.io", "true");
  if (!Open(context)) return absl::CancelledError("stopping");
  const auto stream = agent->FetchX509SVID(&context, X509SVIDRequest());
  X509SVIDResponse update;
  while (stream->Read(&update)) {
    const absl::Status taken = Take(update);
    WipeKeys(update);
    {
      const std::scoped_lock lock(mutex_);
      first_update_by_ = absl::InfiniteFuture();
    }
    if (taken.ok()) {
      updated = true;
    } else {
      Fail(taken);
    }
  }
  const grpc::Status ended = stream->Finish();
  Close();
  return StatusOf(ended);
}

bool WorkloadApiClient::Open(grpc::ClientContext& context) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return false;
  context_ = &context;
  first_update_by_ = absl::Now() + kFirstUpdateMax;
  return true;
}

void WorkloadApiClient::Close() {
  const std::scoped_lock lock(mutex_);
  context_ = nullptr;
  first_update_by_ = absl::InfiniteFuture();
}

absl::Status WorkloadApiClient::Take(const X509SVIDResponse& update) {
  const absl::Time now = absl::Now();
  absl::StatusOr<ServerTls> tls = ReadUpdate(update, choice_, now);
  if (absl::IsNotFound(tls.status())) Withdraw();
  if (!tls.ok()) return tls.status();
  if (tls->svid_pem == svid_pem_ && SameTrust(*tls->bundles, *bundles_)) {
    alarm_.Unchanged(now);
    return absl::OkStatus();
  }
  const std::string id = tls->id.text();
  std::string svid_pem = tls->svid_pem;
  std::shared_ptr<const TrustBundles> bundles = tls->bundles;
  absl::Status swapped = SwapAndTell(identity_, alarm_, *std::move(tls), now);
  if (!swapped.ok()) return swapped;
  choice_.spiffe_id = id;
  svid_pem_ = std::move(svid_pem);
  bundles_ = std::move(bundles);
  const std::scoped_lock lock(mutex_);
  loaded_ = true;
  changed_.notify_all();
  return absl::OkStatus();
}

void WorkloadApiClient::Withdraw() {
  if (svid_pem_.empty()) return;
  svid_pem_.clear();
  identity_.Withdraw();
}

void WorkloadApiClient::Fail(const absl::Status& reason) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    reason_ = reason;
  }
  alarm_.Failed(absl::Now(), reason);
}

bool WorkloadApiClient::WaitFor(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, absl::ToChronoMilliseconds(duration),
                            [this] { return stopping_; });
}

}  // namespace panvault::server
