#include "server/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "server/handshake_ration.h"

namespace panvault::server {
namespace {

// Connections have ids from 1.
constexpr uint64_t kListener = 0;
constexpr uint64_t kWake = UINT64_MAX;

// Twice within what is promised of a removal, with room for a busy machine.
constexpr absl::Duration kSweepEvery = absl::Milliseconds(200);
// While there are connections: a megabyte of nothing but headers is worked off
// in 0.1 s.
constexpr absl::Duration kTrafficEvery = absl::Milliseconds(20);
// Before accept() is tried again after the kernel had no descriptor.
constexpr absl::Duration kPause = absl::Milliseconds(50);
// Refusals are counted, and told of together: a flood must not flood the log.
constexpr absl::Duration kTellEvery = absl::Seconds(1);
// Accepted in a row before connections that end are looked at.
constexpr int kAcceptedInARow = 64;

constexpr char kNoDescriptorLeft[] = "no file descriptor left";

bool IsShortOf(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM ||
         error == ENOBUFS;
}

// The peer has closed it, or its half: no handshake can come of it. Whoever
// waited in the kernel for long has often given up.
bool HasLeft(int fd) {
  pollfd ask = {.fd = fd, .events = POLLRDHUP, .revents = 0};
  return poll(&ask, 1, 0) == 1;
}

// Closed with a reset, so that nothing of it lingers here.
void Drop(int fd) {
  const linger none = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(fd);
}

// Of the kind that needs no file system.
FileDescriptor OpenSpare() { return FileDescriptor(eventfd(0, EFD_CLOEXEC)); }

}  // namespace

class Acceptor::Loop final {
 public:
  Loop(ListenSocket socket, Connections& connections, const Limits& limits,
       Hooks hooks, JsonLog& log)
      : socket_(std::move(socket)),
        connections_(connections),
        ration_(limits),
        hooks_(std::move(hooks)),
        log_(log),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        spare_(OpenSpare()) {}

  absl::Status Begin() {
    if (!epoll_.ok() || !wake_.ok() || !spare_.ok() ||
        !Watch(EPOLL_CTL_ADD, socket_.fd.get(), kListener, EPOLLIN) ||
        !Watch(EPOLL_CTL_ADD, wake_.get(), kWake, EPOLLIN)) {
      return absl::ErrnoToStatus(errno, "cannot watch the listening socket");
    }
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  ~Loop() {
    stop_ = true;
    Wake();
    if (thread_.joinable()) thread_.join();
  }

  void StopAccepting() {
    closing_ = true;
    Wake();
    while (thread_.joinable() && !closed_) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  void SweepNow() {
    sweep_now_ = true;
    Wake();
  }

 private:
  bool Watch(int operation, int fd, uint64_t id, uint32_t events) {
    epoll_event event = {};
    event.events = events;
    event.data.u64 = id;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  void Wake() {
    const uint64_t one = 1;
    // A counter that is full wakes as well.
    static_cast<void>(!write(wake_.get(), &one, sizeof one));
  }

  // gRPC may have the socket open still: closing the handle would not end the
  // watch.
  void Forget(uint64_t id, absl::Time now) {
    const FileDescriptor handle = connections_.Remove(id, now);
    if (handle.ok()) Watch(EPOLL_CTL_DEL, handle.get(), id, 0);
  }

  void Run();
  void AcceptSome(absl::Time now);
  void TakeIn(int fd, const sockaddr_storage& address, absl::Time now);
  void Shed();
  void Refuse(int fd, DropReason reason, absl::string_view why);
  void Tell(absl::Time now);
  void Listen(bool wanted);

  ListenSocket socket_;
  Connections& connections_;
  HandshakeRation ration_;
  const Hooks hooks_;
  JsonLog& log_;
  const FileDescriptor epoll_;
  const FileDescriptor wake_;
  FileDescriptor spare_;  // Given up to accept and close one more.

  // Of the thread alone.
  bool listening_ = true;
  absl::Time resume_ = absl::InfinitePast();
  absl::Time swept_ = absl::InfinitePast();
  absl::Time checked_ = absl::InfinitePast();
  absl::Time told_ = absl::InfinitePast();
  std::map<std::string, int64_t> refused_;  // Since told_, by reason.

  std::atomic<bool> stop_ = false;
  std::atomic<bool> closing_ = false;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> sweep_now_ = false;
  std::thread thread_;
};

void Acceptor::Loop::Run() {
  std::array<epoll_event, 64> events;
  while (!stop_) {
    absl::Time now = absl::Now();
    Listen(now >= resume_);
    const absl::Duration quiet =
        connections_.size() == 0 ? kSweepEvery : kTrafficEvery;
    const absl::Duration wait =
        std::clamp(resume_ - now, absl::Milliseconds(1), quiet);
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                   static_cast<int>(absl::ToInt64Milliseconds(
                       listening_ || !socket_.fd.ok() ? quiet : wait)));
    now = absl::Now();
    bool incoming = false;
    for (int i = 0; i < count; ++i) {
      const uint64_t id = events[static_cast<size_t>(i)].data.u64;
      if (id == kListener) {
        incoming = true;
      } else if (id == kWake) {
        uint64_t ignored = 0;
        static_cast<void>(!read(wake_.get(), &ignored, sizeof ignored));
      } else {
        Forget(id, now);
      }
    }
    if (closing_ && socket_.fd.ok()) {
      socket_.fd.Close();
      closed_ = true;
    } else if (incoming && socket_.fd.ok()) {
      AcceptSome(now);
    }
    if (now - checked_ >= kTrafficEvery) {
      connections_.CheckTraffic(now);
      hooks_.each_check(now);
      checked_ = now;
    }
    if (sweep_now_.exchange(false) || now - swept_ >= kSweepEvery) {
      connections_.Sweep(hooks_.check, now);
      swept_ = now;
    }
    if (now - told_ >= kTellEvery) Tell(now);
  }
  Tell(absl::Now());
}

void Acceptor::Loop::AcceptSome(absl::Time now) {
  for (int i = 0; i < kAcceptedInARow; ++i) {
    const absl::Duration wait = ration_.Wait(now);
    if (wait > absl::ZeroDuration()) {
      resume_ = now + wait;  // The others wait in the kernel, unanswered.
      return;
    }
    sockaddr_storage address = {};
    socklen_t size = sizeof address;
    const int fd =
        accept4(socket_.fd.get(), reinterpret_cast<sockaddr*>(&address), &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      TakeIn(fd, address, now);
    } else if (IsShortOf(errno)) {
      Shed();
      resume_ = now + kPause;
      return;
    } else if (errno == EAGAIN) {
      return;
    }
    // Else the peer has gone again already, or its packet was odd: the next.
  }
}

void Acceptor::Loop::TakeIn(int fd, const sockaddr_storage& address,
                            absl::Time now) {
  if (HasLeft(fd)) {
    return Refuse(fd, DropReason::kLeft, "left before it was accepted");
  }
  const PeerAddress from = DescribePeer(address);
  if (!ration_.Take(from.source, now)) {
    return Refuse(fd, DropReason::kHandshakeRate,
                  "too many handshakes of one address");
  }
  FileDescriptor handle(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!handle.ok()) {
    return Refuse(fd, DropReason::kNoDescriptor, kNoDescriptorLeft);
  }
  const int watched = handle.get();
  const auto id = connections_.Add(std::move(handle), from, now);
  if (!id.ok()) {
    return Refuse(fd, DropReason::kConnectionLimit, id.status().message());
  }
  // No events asked for: the end of a connection is always told.
  if (!Watch(EPOLL_CTL_ADD, watched, *id, 0)) {
    connections_.Remove(*id, now);
    return Refuse(fd, DropReason::kNotWatched, "cannot be watched");
  }
  hooks_.hand_over(fd);
}

// With no descriptor left, what waits in the kernel cannot even be refused, and
// would be reported again and again.
void Acceptor::Loop::Shed() {
  spare_.Close();
  const int fd =
      accept4(socket_.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) Refuse(fd, DropReason::kNoDescriptor, kNoDescriptorLeft);
  spare_ = OpenSpare();
}

void Acceptor::Loop::Refuse(int fd, DropReason reason, absl::string_view why) {
  Drop(fd);
  if (hooks_.dropped) hooks_.dropped(reason);
  ++refused_[std::string(why)];
}

void Acceptor::Loop::Tell(absl::Time now) {
  told_ = now;
  ration_.Forget(now);
  hooks_.each_second();
  for (const auto& [why, count] : refused_) {
    log_.Write(
            "connections_dropped",
            {{"count", count}, {"reason", why}, {"pci", {"6.4.1", "10.2.1.4"}}})
        .IgnoreError();
  }
  refused_.clear();
}

void Acceptor::Loop::Listen(bool wanted) {
  if (!socket_.fd.ok() || wanted == listening_) return;
  const uint32_t events = wanted ? uint32_t{EPOLLIN} : 0;
  if (Watch(EPOLL_CTL_MOD, socket_.fd.get(), kListener, events)) {
    listening_ = wanted;
  }
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Start(
    ListenSocket socket, Connections& connections, const Limits& limits,
    Hooks hooks, JsonLog& log) {
  auto loop = std::make_unique<Loop>(std::move(socket), connections, limits,
                                     std::move(hooks), log);
  if (absl::Status begun = loop->Begin(); !begun.ok()) return begun;
  return std::unique_ptr<Acceptor>(new Acceptor(std::move(loop)));
}

Acceptor::Acceptor(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Acceptor::~Acceptor() = default;

void Acceptor::StopAccepting() { loop_->StopAccepting(); }

void Acceptor::TrustChanged() { loop_->SweepNow(); }

}  // namespace panvault::server
