// What to answer to the beginning of an HTTP request, of which one form only is
// served: GET /metrics (RFC 9112, as far as that goes).
//
// Nothing of a request is kept or repeated.

#ifndef PANVAULT_SERVER_SCRAPE_REQUEST_H_
#define PANVAULT_SERVER_SCRAPE_REQUEST_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace panvault::server {

// Whether `head` holds all that will be read: it goes up to the empty line, or
// is over `bytes_max`. Thread-safe, as all here.
bool IsCompleteHead(absl::string_view head, size_t bytes_max);

// The whole answer to a complete head: 200 with what `text` returns; 404 for
// another path, 405 for another method, 431 for a head over `bytes_max`, 400
// for what is no HTTP/1 request.
std::string AnswerScrape(absl::string_view head, size_t bytes_max,
                         const std::function<std::string()>& text);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SCRAPE_REQUEST_H_
