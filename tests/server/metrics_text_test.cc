// What this shows: the text that a scraper gets holds each number under its
// name, leaves out what is not known, and has every series from the start.

#include "server/metrics_text.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

// Series with its labels, as text, to its value.
std::map<std::string, double> Parse(const std::string& text) {
  std::map<std::string, double> series;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    const size_t space = line.rfind(' ');
    double value = -1;
    EXPECT_TRUE(absl::SimpleAtod(line.substr(space + 1), &value)) << line;
    EXPECT_TRUE(
        series.emplace(std::string(line.substr(0, space)), value).second)
        << line << " stands twice";
  }
  return series;
}

std::map<std::string, double> Scrape(const Metrics& metrics,
                                     const Readings& readings = {}) {
  return Parse(MetricsText(metrics, readings));
}

TEST(MetricsText, CallsAreThere) {
  Metrics metrics;
  metrics.CountCall(Rpc::kTokenize, {.duration = absl::Microseconds(40)});
  metrics.CountCall(Rpc::kTokenize, {.duration = absl::Microseconds(400)});
  metrics.CountCall(Rpc::kBatchTokenize,
                    {.code = absl::StatusCode::kPermissionDenied,
                     .duration = absl::Hours(1),
                     .items = 7,
                     .items_refused = 2});
  auto series = Scrape(metrics);
  EXPECT_EQ(series.at("panvault_calls_total{method=\"Tokenize\",code=\"OK\"}"),
            2);
  EXPECT_EQ(series.at("panvault_calls_total{method=\"BatchTokenize\","
                      "code=\"PERMISSION_DENIED\"}"),
            1);
  const std::string durations = "panvault_call_duration_seconds_";
  EXPECT_EQ(series.at(durations + "bucket{method=\"Tokenize\",le=\"2.5e-05\"}"),
            0);
  EXPECT_EQ(series.at(durations + "bucket{method=\"Tokenize\",le=\"0.0001\"}"),
            1);
  EXPECT_EQ(series.at(durations + "bucket{method=\"Tokenize\",le=\"0.0005\"}"),
            2);
  EXPECT_EQ(series.at(durations + "bucket{method=\"Tokenize\",le=\"+Inf\"}"),
            2);
  EXPECT_EQ(series.at(durations + "count{method=\"Tokenize\"}"), 2);
  EXPECT_DOUBLE_EQ(series.at(durations + "sum{method=\"Tokenize\"}"), 440e-6);
  EXPECT_EQ(series.at(durations + "bucket{method=\"BatchTokenize\",le=\"20\"}"),
            0);
  EXPECT_EQ(
      series.at(durations + "bucket{method=\"BatchTokenize\",le=\"+Inf\"}"), 1);
  EXPECT_EQ(series.at("panvault_batch_items_total{method=\"BatchTokenize\","
                      "outcome=\"served\"}"),
            5);
  EXPECT_EQ(series.at("panvault_batch_items_total{method=\"BatchTokenize\","
                      "outcome=\"refused\"}"),
            2);
}

TEST(MetricsText, RefusalsAreThere) {
  Metrics metrics;
  metrics.CountError(vault::Reason::kNotGranted);
  metrics.CountRefusedHandshake(vault::Reason::kSvidExpired);
  metrics.CountDrop(DropReason::kConnectionLimit);
  metrics.CountKeysetFailure();
  auto series = Scrape(metrics);
  EXPECT_EQ(series.at("panvault_call_errors_total{reason=\"NOT_GRANTED\"}"), 1);
  EXPECT_EQ(series.at("panvault_call_errors_total{reason=\"PAN_LUHN\"}"), 0);
  EXPECT_EQ(
      series.at("panvault_handshakes_refused_total{reason=\"SVID_EXPIRED\"}"),
      1);
  EXPECT_EQ(
      series.at("panvault_handshakes_refused_total{reason=\"CALLER_UNKNOWN\"}"),
      0);
  EXPECT_EQ(series.at("panvault_connections_dropped_total{reason=\"connection_"
                      "limit\"}"),
            1);
  EXPECT_EQ(series.at("panvault_keysets_refresh_failures_total"), 1);
}

TEST(MetricsText, KekIsAvailableUnlessItIsSaidNotToBe) {
  Metrics metrics;
  for (const bool available : {true, false, true}) {
    EXPECT_EQ(Scrape(metrics).at("panvault_kek_available"), available);
    metrics.SetKekAvailable(!available);
  }
}

TEST(MetricsText, ReadingsAreThere) {
  Metrics metrics;
  metrics.SetReady(true);
  Readings readings;
  readings.connections_open = 3;
  readings.connections_opened = 8;
  readings.identity = {.loads = 2,
                       .failures = 5,
                       .failing = true,
                       .loaded_at = absl::FromUnixSeconds(1'700'000'000)};
  readings.svid_not_after = absl::FromUnixSeconds(1'700'003'600);
  readings.callers = 4;
  readings.reviews_overdue = 1;
  readings.keysets_age = absl::Milliseconds(1500);
  readings.keysets_age_max = absl::Hours(1);
  readings.batches_waiting = 6;
  readings.batch_queue_max = 64;
  auto series = Scrape(metrics, readings);
  EXPECT_EQ(series.at("panvault_ready"), 1);
  EXPECT_EQ(series.at("panvault_connections_open"), 3);
  EXPECT_EQ(series.at("panvault_connections_opened_total"), 8);
  EXPECT_EQ(series.at("panvault_source_failing{source=\"identity\"}"), 1);
  EXPECT_EQ(series.at("panvault_source_failing{source=\"access\"}"), 0);
  EXPECT_EQ(series.at("panvault_source_loads_total{source=\"identity\"}"), 2);
  EXPECT_EQ(series.at("panvault_source_failures_total{source=\"identity\"}"),
            5);
  EXPECT_EQ(
      series.at(
          "panvault_source_loaded_timestamp_seconds{source=\"identity\"}"),
      1'700'000'000);
  EXPECT_EQ(series.at("panvault_svid_not_after_timestamp_seconds"),
            1'700'003'600);
  EXPECT_EQ(series.at("panvault_callers"), 4);
  EXPECT_EQ(series.at("panvault_reviews_overdue"), 1);
  EXPECT_EQ(series.at("panvault_keysets_age_seconds"), 1.5);
  EXPECT_EQ(series.at("panvault_keysets_age_max_seconds"), 3600);
  EXPECT_EQ(series.at("panvault_batch_queue_waiting"), 6);
  EXPECT_EQ(series.at("panvault_batch_queue_max"), 64);
}

TEST(MetricsText, WhatIsNotKnownIsLeftOut) {
  const auto series = Scrape(Metrics());
  EXPECT_EQ(series.count("panvault_svid_not_after_timestamp_seconds"), 0u);
  EXPECT_EQ(series.count("panvault_keysets_age_seconds"), 0u);
  for (const auto& [name, value] : series) {
    EXPECT_FALSE(absl::StartsWith(name, "panvault_source_loaded_timestamp"));
  }
  EXPECT_EQ(series.at("panvault_ready"), 0);
}

// Else the first refusal of a kind would be no increase, and no alarm; and a
// server would have more to tell the longer it is asked.
TEST(MetricsText, AllSeriesAreThereFromTheStart) {
  Metrics metrics;
  const auto before = Scrape(metrics);
  for (const RpcRow& row : RpcTable()) {
    for (int code = 0; code < 40; ++code) {
      metrics.CountCall(row.rpc, {.code = static_cast<absl::StatusCode>(code),
                                  .duration = absl::Milliseconds(code),
                                  .items = 2,
                                  .items_refused = 1});
    }
  }
  for (const vault::Reason reason : vault::AllReasons()) {
    metrics.CountError(reason);
    metrics.CountRefusedHandshake(reason);
  }
  const auto after = Scrape(metrics);
  std::set<std::string> names_before;
  std::set<std::string> names_after;
  for (const auto& [name, value] : before) names_before.insert(name);
  for (const auto& [name, value] : after) names_after.insert(name);
  EXPECT_EQ(names_before, names_after);
  EXPECT_LT(names_after.size(), 1000u);
}

TEST(MetricsText, EachFamilyHasHelpAndType) {
  const std::string text = MetricsText(Metrics(), Readings());
  std::set<std::string> helped;
  std::set<std::string> typed;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (absl::StartsWith(line, "# HELP ")) helped.insert(words[2]);
    if (absl::StartsWith(line, "# TYPE ")) typed.insert(words[2]);
  }
  EXPECT_EQ(helped, typed);
  EXPECT_GE(typed.size(), 18u);
}

}  // namespace
}  // namespace panvault::server
