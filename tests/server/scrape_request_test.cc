// What this shows: one form of request is answered, and whatever else comes is
// refused without being repeated.

#include "server/scrape_request.h"

#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc_table.h"

namespace panvault::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr size_t kMax = 256;

std::string Answer(const std::string& head) {
  return AnswerScrape(head, kMax, [] { return std::string("numbers 1\n"); });
}

TEST(AnswerScrape, GetMetricsIsAnswered) {
  for (const char* head :
       {"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.0\r\n\r\n", "GET /metrics?a=b HTTP/1.1\r\n\r\n"}) {
    const std::string answer = Answer(head);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 10\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4;"
                                  " charset=utf-8\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nnumbers 1\n"));
  }
}

TEST(AnswerScrape, ServesItsRowOfTheOpenTableOnly) {
  for (const OpenRow& row : OpenTable()) {
    const std::string answer =
        Answer(absl::StrCat("GET ", row.path, " HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(absl::StartsWith(answer, "HTTP/1.1 200 "),
              row.listener == OpenListener::kMetrics)
        << row.path;
  }
}

TEST(AnswerScrape, EverythingElseIsRefused) {
  const struct {
    std::string head;
    const char* status;
  } rows[] = {
      {"GET / HTTP/1.1\r\n\r\n", "404"},
      {"GET /metrics/ HTTP/1.1\r\n\r\n", "404"},
      {"GET /metrics/../x HTTP/1.1\r\n\r\n", "404"},
      {"GET //metrics HTTP/1.1\r\n\r\n", "404"},
      {"GET /Metrics HTTP/1.1\r\n\r\n", "404"},
      {"GET http://x/metrics HTTP/1.1\r\n\r\n", "404"},
      {"POST /metrics HTTP/1.1\r\n\r\n", "405"},
      {"HEAD /metrics HTTP/1.1\r\n\r\n", "405"},
      {"get /metrics HTTP/1.1\r\n\r\n", "405"},
      {"GET /metrics\r\n\r\n", "400"},
      {"GET /metrics HTTP/2.0\r\n\r\n", "400"},
      {"GET  /metrics HTTP/1.1\r\n\r\n", "400"},
      {"GET /metrics HTTP/1.1 \r\n\r\n", "400"},
      {"GET\t/metrics HTTP/1.1\r\n\r\n", "400"},
      {"\r\n\r\n", "400"},
      {std::string("GET /met\0rics HTTP/1.1\r\n\r\n", 27), "404"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
      {"\x16\x03\x01\x02\r\n\r\n", "400"},
      {absl::StrCat("GET /metrics HTTP/1.1\r\nX: ", std::string(kMax, 'x'),
                    "\r\n\r\n"),
       "431"},
      {std::string(kMax + 1, 'x'), "431"},
  };
  for (const auto& [head, status] : rows) {
    const std::string answer = Answer(head);
    EXPECT_THAT(answer, StartsWith(absl::StrCat("HTTP/1.1 ", status, " ")))
        << head;
    EXPECT_THAT(answer, Not(HasSubstr("numbers"))) << head;
  }
}

TEST(AnswerScrape, NothingOfARequestIsRepeated) {
  const std::string pan = "4111111111111111";
  for (const std::string& head :
       {absl::StrCat("GET /", pan, " HTTP/1.1\r\n\r\n"),
        absl::StrCat(pan, " /metrics HTTP/1.1\r\n\r\n"),
        absl::StrCat("GET /metrics?", pan, " HTTP/1.1\r\nH: ", pan,
                     "\r\n\r\n")}) {
    EXPECT_FALSE(absl::StrContains(Answer(head), pan)) << head;
  }
}

TEST(AnswerScrape, MutatedRequestsAreAnsweredOrRefused) {
  const std::string good = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n";
  std::mt19937 random(1);
  const auto below = [&random](size_t bound) { return random() % bound; };
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string head = good;
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      const size_t at = below(head.size());
      switch (below(3)) {
        case 0:
          head[at] = static_cast<char>(below(256));
          break;
        case 1:
          head.insert(at, head.substr(0, below(head.size())));
          break;
        default:
          head.erase(at, 1 + below(3));
      }
      if (head.empty()) head = "x";
    }
    const std::string answer = Answer(head);
    const bool served = absl::StartsWith(answer, "HTTP/1.1 200 ");
    ASSERT_TRUE(served || absl::StartsWith(answer, "HTTP/1.1 4")) << head;
    ASSERT_EQ(served, absl::StrContains(answer, "numbers")) << head;
    if (served) {
      ASSERT_TRUE(absl::StartsWith(head, "GET /metrics")) << head;
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10'000);
}

TEST(AnswerScrape, RefusedMethodIsToldWhichOneIsServed) {
  EXPECT_THAT(Answer("PUT /metrics HTTP/1.1\r\n\r\n"),
              HasSubstr("\r\nAllow: GET\r\n"));
}

TEST(IsCompleteHead, AtTheEmptyLineOrPastTheLimit) {
  EXPECT_FALSE(IsCompleteHead("", kMax));
  EXPECT_FALSE(IsCompleteHead("GET /metrics HTTP/1.1\r\n", kMax));
  EXPECT_FALSE(IsCompleteHead("GET /metrics HTTP/1.1\r\n\r", kMax));
  EXPECT_TRUE(IsCompleteHead("GET /metrics HTTP/1.1\r\n\r\n", kMax));
  EXPECT_TRUE(IsCompleteHead("GET /metrics HTTP/1.1\r\n\r\nmore", kMax));
  EXPECT_FALSE(IsCompleteHead(std::string(kMax, 'x'), kMax));
  EXPECT_TRUE(IsCompleteHead(std::string(kMax + 1, 'x'), kMax));
}

}  // namespace
}  // namespace panvault::server
