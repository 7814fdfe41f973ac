#include "segmentation/cmd/progress.h"

#include <algorithm>

namespace panvault::segmentation {
namespace {

constexpr absl::Duration kQuiet = absl::Seconds(2);
constexpr absl::Duration kRedraw = absl::Milliseconds(200);
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::ostream& stream, bool enabled, absl::Time start)
    : stream_(stream), enabled_(enabled), next_(start + kQuiet) {}

void Progress::Update(absl::string_view what, size_t done, size_t total,
                      absl::Time now) {
  if (!enabled_ || now < next_) return;
  next_ = now + kRedraw;
  is_drawn_ = true;
  stream_ << kClearLine << what << " "
          << 100 * done / std::max<size_t>(total, 1) << "%" << std::flush;
}

void Progress::Finish() {
  if (is_drawn_) stream_ << kClearLine << std::flush;
  is_drawn_ = false;
}

}  // namespace panvault::segmentation
