#include "server/answer_limit.h"

namespace panvault::server {

std::shared_ptr<const void> AnswerLimit::Take(absl::string_view caller) {
  std::string name(caller);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    size_t& taken = taken_[name];
    if (taken >= caller_max_) return nullptr;
    ++taken;
  }
  return {this, [this, name = std::move(name)](const void* /*self*/) {
            GiveBack(name);
          }};
}

void AnswerLimit::GiveBack(const std::string& caller) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = taken_.find(caller);
  if (--found->second == 0) taken_.erase(found);
}

}  // namespace panvault::server
