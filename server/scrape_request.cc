#include "server/scrape_request.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::server {
namespace {

constexpr absl::string_view kEndOfHead = "\r\n\r\n";

std::string Response(absl::string_view status, absl::string_view more_headers,
                     absl::string_view body) {
  return absl::StrCat(
      "HTTP/1.1 ", status, "\r\nConnection: close\r\n", more_headers,
      "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
      "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n",
      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

std::string Refusal(absl::string_view status,
                    absl::string_view more_headers = "") {
  return Response(status, more_headers, absl::StrCat(status, "\n"));
}

}  // namespace

bool IsCompleteHead(absl::string_view head, size_t bytes_max) {
  return head.size() > bytes_max || absl::StrContains(head, kEndOfHead);
}

std::string AnswerScrape(absl::string_view head, size_t bytes_max,
                         const std::function<std::string()>& text) {
  const size_t end = head.find(kEndOfHead);
  if (end == absl::string_view::npos || end > bytes_max) {
    return Refusal("431 Request Header Fields Too Large");
  }
  const std::vector<absl::string_view> line =
      absl::StrSplit(head.substr(0, head.find("\r\n")), ' ');
  if (line.size() != 3 || (line[2] != "HTTP/1.1" && line[2] != "HTTP/1.0")) {
    return Refusal("400 Bad Request");
  }
  // Scrapers may be told to add parameters, of which there are none here.
  const absl::string_view path = line[1].substr(0, line[1].find('?'));
  if (path != "/metrics") return Refusal("404 Not Found");
  if (line[0] != "GET") {
    return Refusal("405 Method Not Allowed", "Allow: GET\r\n");
  }
  return Response("200 OK", "", text());
}

}  // namespace panvault::server
