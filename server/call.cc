#include "server/call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/limits.h"
#include "server/peer_identity.h"
#include "server/status.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status Overloaded() {
  return vault::MakeError({.reason = vault::Reason::kOverloaded},
                          "the server's queue is full; try again later");
}

absl::Status TooManyAnswers() {
  return vault::MakeError(
      {.reason = vault::Reason::kOverloaded,
       .limit = absl::StrCat(kLargeAnswersPerCallerMax)},
      "too many of the caller's batches are under way or were not read");
}

absl::Status LogUnavailable() {
  return vault::MakeError({.reason = vault::Reason::kLogUnavailable},
                          "the call could not be recorded");
}

absl::Status AnswerFromMemory(const vault::KeysetCache& keysets,
                              absl::string_view profile, ItemCounts& counts,
                              Answer& answer) {
  const auto keyset = keysets.Find(profile);
  return keyset.ok() ? answer(**keyset, counts) : keyset.status();
}

// The answer from what is in memory, and from what is in the store if that may
// be newer. Blocks.
absl::Status AnswerWithStore(vault::KeysetCache& keysets,
                             absl::string_view profile, ItemCounts& counts,
                             Answer& answer) {
  auto keyset = keysets.FindOrLoad(profile);
  if (!keyset.ok()) return keyset.status();
  absl::Status status = answer(**keyset, counts);
  if (!StoreMayKnowMore(status) && counts.unknown == 0) return status;
  const auto newer = keysets.FindOrLoad(profile, /*reload=*/true);
  if (!newer.ok()) return newer.status();
  if (*newer == *keyset) return status;
  counts = ItemCounts();
  return answer(**newer, counts);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PeerSvid>> IdentifyCaller(
    const CallEnvironment& environment, grpc::ServerContextBase& context,
    absl::string_view peer, absl::Time now) {
  const auto shown = CertificatesOf(context);
  if (!shown.ok()) return shown.status();
  auto svid =
      environment.svids.Identify(shown->leaf_pem, shown->chain_pem, now);
  environment.connections.NoteCall(peer, shown->leaf_pem, shown->chain_pem,
                                   svid.ok() ? *svid : nullptr);
  return svid;
}

void WriteCaller(const Admission& admission, CallRecord& record) {
  if (admission.svid != nullptr) record.caller = admission.svid->id.text();
  if (admission.caller != nullptr) {
    record.flow = admission.caller->name();
    record.pci = admission.caller->pci();
  }
}

void ItemCounts::Count(const absl::Status& status) {
  ++items;
  if (status.ok()) return;
  ++refused;
  if (StoreMayKnowMore(status)) ++unknown;
}

bool StoreMayKnowMore(const absl::Status& status) {
  if (status.ok()) return false;
  const vault::Reason reason = vault::FactsOf(status).reason;
  return reason == vault::Reason::kProfileUnknown ||
         reason == vault::Reason::kTokenUnknown ||
         reason == vault::Reason::kKeyVersionUnknown;
}

// Lasts as long as gRPC has the answer, and keeps a share for as long.
class Call::HoldingReactor final : public grpc::ServerUnaryReactor {
 public:
  void Hold(std::shared_ptr<const void> share) { share_ = std::move(share); }
  void OnDone() override { delete this; }

 private:
  std::shared_ptr<const void> share_;
};

Call::Call(const CallEnvironment& environment,
           grpc::CallbackServerContext& context, Rpc rpc, Where where)
    : environment_(&environment),
      context_(&context),
      holding_(where == Where::kWorker ? new HoldingReactor : nullptr),
      reactor_(holding_ != nullptr ? holding_ : context.DefaultReactor()),
      rpc_(rpc),
      start_(absl::Now()),
      peer_(context.peer()) {}

absl::Status Call::Admit(const AccessQuestion& question) {
  policy_ = environment_->access.Get();
  const absl::Status status =
      server::Admit(IdentifyCaller(*environment_, *context_, peer_, start_),
                    *policy_, question, admission_);
  // A name that no grant has may be anything, a card number included.
  if (admission_.profile_granted) profile_ = std::string(question.profile);
  return status;
}

bool Call::TakeShare() {
  std::shared_ptr<const void> share =
      environment_->answers.Take(caller().name());
  if (share == nullptr) return false;
  holding_->Hold(std::move(share));
  return true;
}

void Call::Finish(const absl::Status& status) {
  CallRecord record;
  record.rpc = rpc_;
  WriteCaller(admission_, record);
  record.profile = profile_;
  record.peer = peer_;
  record.duration = absl::Now() - start_;
  record.items = counts_.items;
  record.items_refused = counts_.refused;
  const absl::Status written = WriteCall(record, status, environment_->log);
  const absl::Status answer =
      written.ok() || !status.ok() ? status : LogUnavailable();
  Count(answer, record.duration);
  reactor_->Finish(ToGrpcStatus(answer));
}

void Call::Count(const absl::Status& status, absl::Duration duration) {
  const absl::StatusCode code = AnsweredCode(status);
  environment_->metrics.CountCall(rpc_, {.code = code,
                                         .duration = duration,
                                         .items = counts_.items,
                                         .items_refused = counts_.refused});
  if (HasReason(code)) {
    environment_->metrics.CountError(vault::FactsOf(status).reason);
  }
}

grpc::ServerUnaryReactor* ServeFromKeyset(const CallEnvironment& environment,
                                          grpc::CallbackServerContext& context,
                                          const AccessQuestion& question,
                                          Where where, Answer answer) {
  Call call(environment, context, question.rpc, where);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  absl::Status status = call.Admit(question);
  if (status.ok() && where == Where::kWorker && !call.TakeShare()) {
    status = TooManyAnswers();
  }
  bool needs_worker = status.ok() && where == Where::kWorker;
  if (status.ok() && where == Where::kHere) {
    status = AnswerFromMemory(environment.keysets, question.profile,
                              call.counts(), answer);
    needs_worker = StoreMayKnowMore(status);
  }
  if (!needs_worker) {
    call.Finish(status);
    return reactor;
  }
  call.counts() = ItemCounts();
  RunOnWorker(
      environment, std::move(call),
      [&keysets = environment.keysets, profile = std::string(question.profile),
       answer = std::move(answer)](Call& running) mutable {
        return AnswerWithStore(keysets, profile, running.counts(), answer);
      });
  return reactor;
}

void RunOnWorker(const CallEnvironment& environment, Call call,
                 absl::AnyInvocable<absl::Status(Call&)> work) {
  // Shared with the job, so that a refused one can still be finished.
  auto running = std::make_shared<Call>(std::move(call));
  const bool taken = environment.workers.Submit(
      running->caller().name(), [running, work = std::move(work)]() mutable {
        running->Finish(running->cancelled() ? absl::CancelledError()
                                             : work(*running));
      });
  if (!taken) running->Finish(Overloaded());
}

}  // namespace panvault::server
