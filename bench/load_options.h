// The command line of panvault-load.

#ifndef PANVAULT_BENCH_LOAD_OPTIONS_H_
#define PANVAULT_BENCH_LOAD_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bench/pan_source.h"
#include "bench/rpc_call.h"
#include "bench/target.h"
#include "client/channel.h"

namespace panvault::bench {

// A gate on fewer rounds than this would be a gate on noise.
inline constexpr int kGateRoundsMin = 7;

struct LoadOptions {
  client::ChannelOptions channel = {};
  // Connections.
  size_t channels = 4;
  // What the commands unary, batch and bulk call; of compare, the profile.
  CallSpec call = {};
  bool compare = false;
  // Closed loop: calls kept out. Open loop: the most out at once.
  size_t in_flight = 64;
  // Calls per second of an open loop; nothing for a closed one.
  std::optional<double> rate = std::nullopt;
  // Of one run, or of one round of compare.
  Nanoseconds duration = {};
  Nanoseconds warm_up = {};
  Nanoseconds timeout = {};  // Of a call.
  PanSourceOptions pans = {};
  std::string json_file = {};  // Empty: none.

  // Of compare.
  int rounds = kGateRoundsMin;
  bool gate = false;
  std::optional<int> server_pid = std::nullopt;
};

// A command line that ends here: help (code 0), or what is wrong (code 2).
struct LoadAnswer {
  int code = 0;
  std::string text = {};
};

// The value of an environment variable, or empty.
using LoadEnvironment = std::function<std::string(const char* name)>;

// `args` without the program's name.
std::variant<LoadOptions, LoadAnswer> ParseLoadOptions(
    std::vector<std::string> args, const LoadEnvironment& environment);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_LOAD_OPTIONS_H_
