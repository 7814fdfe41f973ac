// The teaching part of `panvault-load --help`: what the options alone do not
// say.

#ifndef PANVAULT_BENCH_LOAD_HELP_H_
#define PANVAULT_BENCH_LOAD_HELP_H_

namespace panvault::bench {

inline constexpr char kLoadAbout[] =
    "panvault-load puts a panvaultd server under load over mutual TLS and\n"
    "measures rates and latencies, with card numbers of its own making.";

inline constexpr char kLoadFooter[] =
    R"(Closed loop (no --rate): --in-flight calls are kept out. Finds what the server
can sustain. Its latencies say little: a slow server is asked less often.
Open loop (--rate R): R calls are due each second whatever the server does, and
latency counts from when a call was due. So a stall shows in every call that it
held up. Use a rate well under what the closed loop found.

Prints a table: name, value, unit, floor (the same figure of a server that does
nothing), ratio of the two, goal. --json FILE writes the same as a list of
{name, value, unit, floor, ratio, goal, at_most}. Larger is better unless at_most.

Where to connect, and as whom (options win):
  --address HOST:PORT   or PANVAULT_ADDRESS
  --server-id ID        or PANVAULT_SERVER_ID: the one server identity accepted
  --identity DIR        or PANVAULT_IDENTITY: svid.pem, key.pem, bundle.pem

Exit codes:
  0  measured
  1  a call or an item failed (by code and reason on stderr; the figures are then
     void), a goal was missed with --gate, or the report could not be written
  2  the command line is wrong

Examples:
  panvault-load unary --profile cards
  panvault-load unary --profile cards --rate 2000 --duration 30s
  panvault-load bulk --profile cards --items 10000 --lengths 16
  panvault-load compare --profile cards --json load.json --gate
)";

inline constexpr char kCompareFooter[] =
    R"(Needs panvaultd-bench: the server with a second service that does nothing, the
null handler. Each round runs one after the other, in alternate order; a ratio is
the median of the rounds' ratios, so that other load on the machine meets both.

  unary_tokenize           calls per second, 64 out. Goal: 0.90 of the null handler
  unary_server_cpu         server CPU time of a call (with --server-pid)
  unary_p50, p99, p99.9    open loop at 30 % of that rate
  batch_tokenize_1000      items per second, 4 calls out
  bulk_tokenize_10000      likewise, in the compact form

Batches have a floor but no ratio: echoing an item costs so little that the ratio
would only say how much work FF1 is.
)";

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_LOAD_HELP_H_
