#include "bench/authorize_floor.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "bench/null_service.h"
#include "grpcpp/grpcpp.h"

namespace panvault::bench {
namespace {

using Clock = std::chrono::steady_clock;

void CheckOk(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "benchmark: the null handler: %s\n", what);
  std::abort();
}

// The child: serves until it is killed, which it is when its parent ends.
[[noreturn]] void Serve(int port_fd, pid_t parent,
                        const Identities* identities) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // It has ended already.
  NullService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0",
                           identities != nullptr
                               ? ServerEnd(*identities)
                               : grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) _exit(1);
  if (write(port_fd, &port, sizeof(port)) != sizeof(port)) _exit(1);
  close(port_fd);
  server->Wait();
  _exit(0);
}

// Of all its threads, those that have ended too. /proc/PID/stat has it in ticks
// of 10 ms only.
double CpuNs(pid_t pid) {
  clockid_t clock = 0;
  timespec now = {};
  CheckOk(clock_getcpuclockid(pid, &clock) == 0, "no such process");
  CheckOk(clock_gettime(clock, &now) == 0, "its CPU time cannot be read");
  return static_cast<double>(now.tv_sec) * 1e9 +
         static_cast<double>(now.tv_nsec);
}

int64_t CallUntil(Clock::time_point end, v1::NullService::Stub& stub) {
  panvault::v1::TokenizeRequest request;
  request.set_profile("cards-eu");
  request.set_pan("0000000000000000");
  int64_t calls = 0;
  for (; Clock::now() < end; ++calls) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(10));
    panvault::v1::TokenizeResponse response;
    const grpc::Status status = stub.Tokenize(&context, request, &response);
    CheckOk(status.ok() && response.token() == request.pan(), "a call failed");
  }
  return calls;
}

}  // namespace

NullProcess::NullProcess(const Identities* identities)
    : identities_(identities) {
  int pipe_fds[2] = {};
  CheckOk(pipe(pipe_fds) == 0, "no pipe");
  const pid_t parent = getpid();
  pid_ = fork();
  CheckOk(pid_ >= 0, "no process");
  if (pid_ == 0) {
    close(pipe_fds[0]);
    Serve(pipe_fds[1], parent, identities);
  }
  close(pipe_fds[1]);
  const ssize_t got = read(pipe_fds[0], &port_, sizeof(port_));
  close(pipe_fds[0]);
  CheckOk(got == sizeof(port_), "it did not start");
}

NullProcess::~NullProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void NullProcess::Connect() {
  for (int i = 0; i < kCallers; ++i) {
    // Channels that are alike would share a connection.
    grpc::ChannelArguments arguments;
    arguments.SetInt("panvault.bench.caller", i);
    ExpectServer(arguments);
    stubs_.push_back(v1::NullService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", port_),
        identities_ != nullptr ? CallingEnd(*identities_)
                               : grpc::InsecureChannelCredentials(),
        arguments)));
  }
}

double NullProcess::CpuNsOfACall(std::chrono::milliseconds duration) {
  if (stubs_.empty()) Connect();
  std::atomic<int64_t> calls = 0;
  const double before = CpuNs(pid_);
  std::vector<std::thread> callers;
  callers.reserve(stubs_.size());
  for (const auto& stub : stubs_) {
    callers.emplace_back([&calls, &stub, end = Clock::now() + duration] {
      calls += CallUntil(end, *stub);
    });
  }
  for (std::thread& caller : callers) caller.join();
  const double spent = CpuNs(pid_) - before;
  CheckOk(calls > 0, "no call ended in time");
  return spent / static_cast<double>(calls);
}

}  // namespace panvault::bench
