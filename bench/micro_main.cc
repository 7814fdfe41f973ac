// panvault_bench_micro: FF1 beside its floor, then the Google Benchmark cases.

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/micro_ratio.h"
#include "bench/micro_work.h"
#include "bench/report.h"
#include "benchmark/benchmark.h"

namespace panvault::bench {
namespace {

constexpr char kUsage[] =
    "panvault_bench_micro [--json PATH] [--gate] [--ratios-only] "
    "[--benchmark_...]\n"
    "\n"
    "  --json PATH    write the ratios to PATH\n"
    "  --gate         exit with 1 if a ratio misses its goal by over 0.05\n"
    "  --ratios-only  leave out the Google Benchmark cases\n"
    "\n";

struct Options {
  std::string json;
  bool gate = false;
  bool ratios_only = false;
};

// Takes our options out of the arguments.
bool ParseOptions(std::vector<char*>& args, Options& options) {
  std::vector<char*> rest = {args[0]};
  for (size_t i = 1; i < args.size(); ++i) {
    const absl::string_view arg = args[i];
    if (arg == "--json") {
      if (++i == args.size()) return false;
      options.json = args[i];
    } else if (arg == "--gate") {
      options.gate = true;
    } else if (arg == "--ratios-only") {
      options.ratios_only = true;
    } else {
      rest.push_back(args[i]);
    }
  }
  args = rest;
  return true;
}

constexpr size_t kBatchMessages = 10000;
constexpr PairedOptions kPaired = {.rounds = 21, .sample_ms = 5};

ReportRow BatchRow(size_t length, bool encrypt) {
  Ff1Work work({.length = length, .messages = kBatchMessages});
  AesFloor floor(kBatchMessages);
  const Paired paired =
      MeasurePaired([&] { encrypt ? work.Encrypt() : work.Decrypt(); },
                    [&] { floor.RunBatch(); }, kPaired);
  return {.name = absl::StrCat("ff1_batch_", encrypt ? "encrypt_" : "decrypt_",
                               length, "_digits"),
          .value = kBatchMessages * 1e3 / paired.subject_ns,
          .unit = "M/s",
          .floor = kBatchMessages * 1e3 / paired.floor_ns,
          .ratio = 1 / paired.time_ratio,
          .goal = 0.40};
}

ReportRow UnaryRow(bool encrypt) {
  Ff1Work work({.length = 15, .messages = 1});
  AesFloor floor(1);
  const Paired paired =
      MeasurePaired([&] { encrypt ? work.Encrypt() : work.Decrypt(); },
                    [&] { floor.RunChained(); }, kPaired);
  return {.name = absl::StrCat("ff1_unary_", encrypt ? "encrypt" : "decrypt",
                               "_15_digits"),
          .value = paired.subject_ns,
          .unit = "ns",
          .floor = paired.floor_ns,
          .ratio = paired.time_ratio,
          .goal = 1.45,
          .at_most = true};
}

int Main(int argc, char** argv) {
  std::vector<char*> args(argv, argv + argc);
  Options options;
  if (!ParseOptions(args, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  // Cases are many: short ones, unless asked for longer.
  static char min_time[] = "--benchmark_min_time=0.02";
  args.insert(args.begin() + 1, min_time);
  int rest = static_cast<int>(args.size());
  for (const char* arg : args) {
    if (std::strcmp(arg, "--help") == 0) std::fputs(kUsage, stdout);
  }
  benchmark::Initialize(&rest, args.data());
  if (benchmark::ReportUnrecognizedArguments(rest, args.data())) return 2;

  std::vector<ReportRow> rows;
  for (const size_t length : {11, 15, 18}) {
    for (const bool encrypt : {true, false}) {
      rows.push_back(BatchRow(length, encrypt));
    }
  }
  rows.push_back(UnaryRow(true));
  rows.push_back(UnaryRow(false));
  std::fputs(ReportTable(rows).c_str(), stdout);
  std::fflush(stdout);
  if (!options.json.empty()) {
    const absl::Status status = WriteReport(options.json, rows);
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return 1;
    }
  }
  if (!options.ratios_only) benchmark::RunSpecifiedBenchmarks();
  return options.gate && !MeetsGoals(rows) ? 1 : 0;
}

}  // namespace
}  // namespace panvault::bench

int main(int argc, char** argv) { return panvault::bench::Main(argc, argv); }
