// AnswerLimit: how many large answers of one caller may be on their way at
// once.
//
// An answer stays in memory until its caller has read it, and a caller may
// never read: the flow control of HTTP/2 lets it. Batches are up to 2 MB each;
// what is smaller is bounded by the streams of a connection.

#ifndef PANVAULT_SERVER_ANSWER_LIMIT_H_
#define PANVAULT_SERVER_ANSWER_LIMIT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace panvault::server {

// Thread-safe.
class AnswerLimit final {
 public:
  explicit AnswerLimit(size_t caller_max) : caller_max_(caller_max) {}

  // A share of `caller`'s, which is given back when the last copy of it goes;
  // null if all are taken. This outlives all shares.
  std::shared_ptr<const void> Take(absl::string_view caller);

 private:
  void GiveBack(const std::string& caller);

  const size_t caller_max_;
  std::mutex mutex_;
  std::map<std::string, size_t, std::less<>> taken_;  // None is 0.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_ANSWER_LIMIT_H_
