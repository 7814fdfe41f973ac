#include "bench/compare.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/driver.h"
#include "bench/duel.h"
#include "bench/load_rows.h"
#include "bench/process_cpu.h"
#include "bench/rpc_call.h"
#include "bench/rpc_target.h"
#include "client/model.h"

namespace panvault::bench {
namespace {

constexpr size_t kUnarySlots = 64;
// Enough to keep both cores busy; more would only wait in the batch queue.
constexpr size_t kBatchSlots = 4;
constexpr size_t kBatchItems = 1000;

struct Figure {
  Method method = Method::kTokenize;
  size_t items = 1;
  size_t slots = kUnarySlots;
  std::optional<double> rate = std::nullopt;
};

class Comparer {
 public:
  explicit Comparer(const CompareInput& input) : input_(input) {}

  Comparison Run() {
    const DuelResult unary = Measure({}, "unary_tokenize");
    ReportRow row = PairedRow("unary_tokenize", "RPC/s", unary.calls_per_s);
    row.goal = kUnaryGoal;
    Add(std::move(row));
    if (input_.options.server_pid.has_value()) {
      ReportRow cpu = PairedRow("unary_server_cpu", "us", unary.cpu_us);
      cpu.at_most = true;
      Add(std::move(cpu));
    }
    MeasureLatency(unary.calls_per_s.subject() * kOpenLoopShare);
    MeasureBatch({Method::kBatchTokenize, kBatchItems, kBatchSlots});
    MeasureBatch({Method::kBulkTokenize, client::kBatchItemsMax, kBatchSlots});
    return std::move(found_);
  }

 private:
  void MeasureLatency(double rate) {
    const DuelResult open =
        Measure({.rate = std::max(1.0, rate)}, "unary open loop");
    for (ReportRow& row : LatencyRows("unary", open)) Add(std::move(row));
  }

  // Without the ratio: a null handler spends 0.04 to 0.5 us on an item, so FF1
  // alone, were there no overhead at all, would make the ratio small. The floor
  // says how much of an item's time is transport.
  void MeasureBatch(const Figure& figure) {
    const std::string name =
        FigureName({.method = figure.method, .items = figure.items});
    ReportRow row =
        PairedRow(name, "items/s", Measure(figure, name).items_per_s);
    row.ratio.reset();
    Add(std::move(row));
  }

  void Add(ReportRow row) {
    // A round with errors leaves nothing worth a row.
    if (found_.errors.empty()) found_.rows.push_back(std::move(row));
  }

  std::unique_ptr<Target> TargetFor(const Figure& figure, Service service) {
    return NewRpcTarget({.call = {.method = figure.method,
                                  .service = service,
                                  .profile = input_.options.call.profile,
                                  .items = figure.items},
                         .slots = figure.slots,
                         .timeout = input_.options.timeout,
                         .harvest = figure.rate.has_value() ? Harvest::kInThread
                                                            : Harvest::kInWait},
                        input_.channels, input_.pans);
  }

  // Does nothing once there was an error.
  DuelResult Measure(const Figure& figure, absl::string_view what) {
    if (!found_.errors.empty()) return {};
    const LoadOptions& options = input_.options;
    const auto real = TargetFor(figure, Service::kVault);
    const auto null = TargetFor(figure, Service::kNull);
    DuelHooks hooks = {
        .on_progress = [&](int round, const LoadProgress& progress) {
          input_.progress.Show(RenderLoadProgress(
              absl::StrCat(what, ", round ", round, " of ", options.rounds),
              progress));
        }};
    if (const auto pid = options.server_pid; pid.has_value()) {
      hooks.server_cpu = [pid] { return ProcessCpu(*pid); };
    }
    DuelResult result = RunDuel({*real, *null},
                                {.load = {.rate = figure.rate,
                                          .warm_up = options.warm_up,
                                          .duration = options.duration},
                                 .rounds = options.rounds},
                                hooks);
    AddErrors(result.errors, found_.errors);
    return result;
  }

  const CompareInput& input_;
  Comparison found_;
};

}  // namespace

Comparison Compare(const CompareInput& input) { return Comparer(input).Run(); }

}  // namespace panvault::bench
