// panvault_bench_authorize: what deciding a call costs, beside what a call
// costs its server when nothing is decided.

#include <time.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bench/authorize_floor.h"
#include "bench/authorize_peer.h"
#include "bench/authorize_work.h"
#include "bench/paired.h"
#include "bench/report.h"

namespace panvault::bench {
namespace {

constexpr char kUsage[] =
    "panvault_bench_authorize [--json PATH] [--gate]\n"
    "\n"
    "  --json PATH    write the figures to PATH\n"
    "  --gate         exit with 1 if a ratio misses its goal\n";

constexpr int kRounds = 21;
constexpr std::chrono::milliseconds kNullRound{200};
// Decisions in a round: some 10 ms.
constexpr int kDecisions = 20'000;
constexpr double kGoal = 0.01;

struct Options {
  std::string json;
  bool gate = false;
};

bool ParseOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    if (arg == "--json" && i + 1 < argc) {
      options.json = argv[++i];
    } else if (arg == "--gate") {
      options.gate = true;
    } else {
      return false;
    }
  }
  return true;
}

double ThreadCpuNs() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 +
         static_cast<double>(now.tv_nsec);
}

enum class Floor { kPlain, kTls };

struct Subject {
  const char* name;
  std::function<void()> run;
  Floor floor = Floor::kPlain;
  // Nothing: a figure without a goal.
  std::optional<double> goal = {};
  PairedSamples samples = {};
};

double NsOfOne(const std::function<void()>& run) {
  const double start = ThreadCpuNs();
  for (int i = 0; i < kDecisions; ++i) run();
  return (ThreadCpuNs() - start) / kDecisions;
}

// A round is the two floors, then each subject.
void Measure(NullProcess& plain, NullProcess& tls,
             std::vector<Subject>& subjects) {
  plain.CpuNsOfACall(kNullRound);  // Warm, as the first round of each subject.
  tls.CpuNsOfACall(kNullRound);
  for (Subject& subject : subjects) NsOfOne(subject.run);
  for (int round = 0; round < kRounds; ++round) {
    const double plain_ns = plain.CpuNsOfACall(kNullRound);
    const double tls_ns = tls.CpuNsOfACall(kNullRound);
    for (Subject& subject : subjects) {
      subject.samples.Add(
          {.subject = NsOfOne(subject.run),
           .floor = subject.floor == Floor::kTls ? tls_ns : plain_ns});
    }
  }
}

ReportRow RowOf(const Subject& subject) {
  return {.name = subject.name,
          .value = subject.samples.subject(),
          .unit = "ns",
          .floor = subject.samples.floor(),
          .ratio = subject.samples.ratio(),
          .goal = subject.goal,
          .at_most = true,
          .slack = 0};  // The usual one is larger than the goal.
}

std::vector<Subject> SubjectsOf(AuthorizeWork& work) {
  const auto tokenize = [&work] { work.Decide(server::Rpc::kTokenize); };
  const auto detokenize = [&work] { work.Decide(server::Rpc::kDetokenize); };
  return {
      {"authorize_tokenize", tokenize, Floor::kTls, kGoal},
      {"authorize_detokenize", detokenize, Floor::kTls, kGoal},
      {"authorize_tokenize_no_tls", tokenize, Floor::kPlain, kGoal},
      {"authorize_detokenize_no_tls", detokenize, Floor::kPlain, kGoal},
      {"part_read_certificates", [&work] { work.ReadCertificates(); }},
      {"part_identify", [&work] { work.Identify(); }},
      {"part_admit_tokenize", [&work] { work.Admit(server::Rpc::kTokenize); }},
      {"part_admit_detokenize",
       [&work] { work.Admit(server::Rpc::kDetokenize); }},
      {"stream_watch", [&work] { work.WatchStream(); }}};
}

int Main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const Identities identities = IssueIdentities();
  NullProcess plain(nullptr);  // Both fork, so they come before gRPC.
  NullProcess tls(&identities);
  AuthorizeWork work(identities);
  std::vector<Subject> subjects = SubjectsOf(work);
  Measure(plain, tls, subjects);

  std::vector<ReportRow> rows;
  rows.reserve(subjects.size());
  for (const Subject& subject : subjects) rows.push_back(RowOf(subject));
  std::fputs(ReportTable(rows).c_str(), stdout);
  std::fflush(stdout);
  if (!options.json.empty()) {
    const absl::Status status = WriteReport(options.json, rows);
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return 1;
    }
  }
  return options.gate && !MeetsGoals(rows) ? 1 : 0;
}

}  // namespace
}  // namespace panvault::bench

int main(int argc, char** argv) { return panvault::bench::Main(argc, argv); }
