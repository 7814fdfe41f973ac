// What this shows: the progress line says how far a run is, and is drawn and
// cleared only where it is wanted.

#include "bench/load_progress.h"

#include <chrono>
#include <string>

#include "gtest/gtest.h"
#include "tests/client/cmd/pipe.h"

namespace panvault::bench {
namespace {

TEST(RenderLoadProgress, SaysHowFarItIs) {
  LoadProgress progress = {.elapsed = std::chrono::milliseconds(2340),
                           .total = std::chrono::seconds(6),
                           .calls = 24103,
                           .in_flight = 64};
  EXPECT_EQ(RenderLoadProgress("unary_tokenize", progress),
            "unary_tokenize: 2.3 of 6.0 s, 24103 calls, 64 out");
  progress.errors = 3;
  EXPECT_EQ(RenderLoadProgress("x", progress),
            "x: 2.3 of 6.0 s, 24103 calls, 64 out, 3 errors");
}

TEST(ProgressLine, DrawsOverItselfAndIsClearedAtTheEnd) {
  cli::Output terminal;
  {
    ProgressLine line({.fd = terminal.fd(), .enabled = true});
    line.Show("one");
    line.Show("two");
  }
  EXPECT_EQ(terminal.Take(), "\rone\x1b[K\rtwo\x1b[K\r\x1b[K");
}

TEST(ProgressLine, DrawsNothingWhereThereIsNoTerminal) {
  cli::Output file;
  {
    ProgressLine line({.fd = file.fd()});
    line.Show("one");
  }
  EXPECT_EQ(file.Take(), "");
}

}  // namespace
}  // namespace panvault::bench
