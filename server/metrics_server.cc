#include "server/metrics_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "server/listen_socket.h"
#include "server/scrape_request.h"

namespace panvault::server {
namespace {

// Deadlines are looked at this often; nobody waits for them.
constexpr int kTickMs = 500;
// Before accept() is tried again after the kernel had no descriptor.
constexpr absl::Duration kPause = absl::Milliseconds(50);

// One connection: a head comes in, an answer goes out, the peer closes.
struct Scraper {
  FileDescriptor fd;
  absl::Time deadline;
  std::string in;
  std::string out;
  size_t sent = 0;

  bool answering() const { return !out.empty(); }
  bool answered() const { return answering() && sent == out.size(); }
};

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

// False: the connection has ended.
bool Receive(Scraper& scraper) {
  std::array<char, 1024> bytes;
  const ssize_t got = recv(scraper.fd.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return WouldBlock();
  // What comes after the head is read, so that closing does not reset the
  // connection before the answer has arrived, and thrown away.
  if (got > 0 && !scraper.answering()) {
    scraper.in.append(bytes.data(), static_cast<size_t>(got));
  }
  return got > 0;
}

// False: the connection has ended.
bool Send(Scraper& scraper) {
  const ssize_t sent = send(scraper.fd.get(), scraper.out.data() + scraper.sent,
                            scraper.out.size() - scraper.sent, MSG_NOSIGNAL);
  if (sent < 0) return WouldBlock();
  scraper.sent += static_cast<size_t>(sent);
  if (scraper.answered()) shutdown(scraper.fd.get(), SHUT_WR);
  return true;
}

}  // namespace

class MetricsServer::Loop final {
 public:
  Loop(ListenSocket socket, absl::Duration scrape_max,
       std::function<std::string()> text)
      : socket_(std::move(socket)),
        scrape_max_(scrape_max),
        text_(std::move(text)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  absl::Status Begin() {
    if (!wake_.ok()) {
      return absl::ErrnoToStatus(errno, "cannot watch the metrics' socket");
    }
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  ~Loop() {
    stop_ = true;
    const uint64_t one = 1;
    static_cast<void>(!write(wake_.get(), &one, sizeof one));
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    std::vector<pollfd> watched;
    while (!stop_) {
      watched = {{wake_.get(), POLLIN, 0}, {socket_.fd.get(), POLLIN, 0}};
      for (const Scraper& scraper : scrapers_) {
        const bool to_send = scraper.answering() && !scraper.answered();
        watched.push_back({scraper.fd.get(),
                           static_cast<short>(to_send ? POLLOUT : POLLIN), 0});
      }
      if (poll(watched.data(), watched.size(), kTickMs) < 0) continue;
      const absl::Time now = absl::Now();
      size_t i = 2;
      for (auto at = scrapers_.begin(); at != scrapers_.end(); ++i) {
        const bool goes_on =
            now < at->deadline && (watched[i].revents == 0 || GoOn(*at));
        at = goes_on ? std::next(at) : scrapers_.erase(at);
      }
      if (watched[1].revents != 0) Accept(now);
    }
  }

  bool GoOn(Scraper& scraper) {
    if (scraper.answering() && !scraper.answered()) return Send(scraper);
    if (!Receive(scraper)) return false;
    if (!scraper.answering() && IsCompleteHead(scraper.in, kScrapeBytesMax)) {
      scraper.out = AnswerScrape(scraper.in, kScrapeBytesMax, text_);
      scraper.in.clear();
    }
    return true;
  }

  void Accept(absl::Time now) {
    FileDescriptor fd(accept4(socket_.fd.get(), nullptr, nullptr,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.ok()) {
      if (!WouldBlock()) absl::SleepFor(kPause);
      return;
    }
    if (scrapers_.size() == kScrapersMax) scrapers_.pop_front();
    scrapers_.push_back({std::move(fd), now + scrape_max_, "", "", 0});
  }

  const ListenSocket socket_;
  const absl::Duration scrape_max_;
  const std::function<std::string()> text_;
  const FileDescriptor wake_;

  std::list<Scraper> scrapers_;  // Of the thread alone; oldest first.

  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const Options& options, std::function<std::string()> text) {
  auto socket = Listen(options.listen);
  if (!socket.ok()) return socket.status();
  std::string address = socket->address;
  auto loop = std::make_unique<Loop>(*std::move(socket), options.scrape_max,
                                     std::move(text));
  if (absl::Status begun = loop->Begin(); !begun.ok()) return begun;
  return std::unique_ptr<MetricsServer>(
      new MetricsServer(std::move(loop), std::move(address)));
}

MetricsServer::MetricsServer(std::unique_ptr<Loop> loop, std::string address)
    : loop_(std::move(loop)), address_(std::move(address)) {}

MetricsServer::~MetricsServer() = default;

}  // namespace panvault::server
