#include "bench/load_run.h"

#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/compare.h"
#include "bench/driver.h"
#include "bench/load_progress.h"
#include "bench/load_rows.h"
#include "bench/report.h"
#include "bench/rpc_target.h"
#include "client/channel.h"

namespace panvault::bench {
namespace {

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

absl::StatusOr<Channels> OpenChannels(const LoadOptions& options) {
  Channels channels;
  for (size_t i = 0; i < options.channels; ++i) {
    auto channel = client::OpenChannel(options.channel);
    if (!channel.ok()) return channel.status();
    channels.push_back(*std::move(channel));
  }
  return channels;
}

Comparison RunAlone(const CompareInput& input) {
  const LoadOptions& options = input.options;
  const auto target =
      NewRpcTarget({.call = options.call,
                    .slots = options.in_flight,
                    .timeout = options.timeout,
                    .harvest = options.rate.has_value() ? Harvest::kInThread
                                                        : Harvest::kInWait},
                   input.channels, input.pans);
  const LoadResult result = RunLoad(*target,
                                    {.rate = options.rate,
                                     .warm_up = options.warm_up,
                                     .duration = options.duration},
                                    [&](const LoadProgress& progress) {
                                      input.progress.Show(RenderLoadProgress(
                                          FigureName(options.call), progress));
                                    });
  return {.rows = RunRows(options.call, result), .errors = result.errors};
}

int Fail(const LoadIo& io, absl::string_view text) {
  io.err << "panvault-load: " << text << "\n";
  return 1;
}

// Prints the table and writes the file.
int Publish(const LoadOptions& options, const std::vector<ReportRow>& rows,
            const LoadIo& io) {
  io.out << ReportTable(rows) << std::flush;
  if (!io.out) return Fail(io, "cannot write the table");
  if (!options.json_file.empty()) {
    const absl::Status written = WriteReport(options.json_file, rows);
    if (!written.ok()) return Fail(io, written.message());
  }
  return options.gate && !MeetsGoals(rows) ? 1 : 0;
}

}  // namespace

int RunPanvaultLoad(const LoadOptions& options, const LoadIo& io) {
  const absl::StatusOr<PanSource> pans = PanSource::Create(options.pans);
  if (!pans.ok()) return Fail(io, pans.status().message());
  const absl::StatusOr<Channels> channels = OpenChannels(options);
  if (!channels.ok()) return Fail(io, channels.status().message());

  Comparison found;
  {
    ProgressLine progress({.enabled = io.terminal});
    const CompareInput input = {options, *channels, *pans, progress};
    found = options.compare ? Compare(input) : RunAlone(input);
  }
  if (!found.errors.empty()) {
    io.err << "panvault-load: no figures, because there were errors:\n"
           << ErrorText(found.errors);
    return 1;
  }
  return Publish(options, found.rows, io);
}

}  // namespace panvault::bench
