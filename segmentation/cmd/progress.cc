#include "segmentation/cmd/progress.h"

#include <algorithm>

namespace panvault::segmentation {
namespace {

constexpr absl::Duration kQuiet = absl::Seconds(2);
constexpr absl::Duration kRedraw = absl::Milliseconds(200);
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::ostream& stream, Form form, absl::Time start)
    : stream_(stream), form_(form), next_(start + kQuiet) {}

void Progress::Update(absl::string_view what, size_t done, size_t total,
                      absl::Time now) {
  if (form_ == Form::kNone || now < next_) return;
  const size_t percent = 100 * done / std::max<size_t>(total, 1);
  if (form_ == Form::kLines) {
    next_ = now + kQuiet;
    stream_ << what << " " << percent << "%" << std::endl;
    return;
  }
  next_ = now + kRedraw;
  is_drawn_ = true;
  stream_ << kClearLine << what << " " << percent << "%" << std::flush;
}

void Progress::Finish() {
  if (is_drawn_) stream_ << kClearLine << std::flush;
  is_drawn_ = false;
}

}  // namespace panvault::segmentation
