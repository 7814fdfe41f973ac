// Says how far a long run is: "read 41%". Nothing in the first two seconds, and
// nothing at all unless somebody watches or asked for it.

#ifndef PANVAULT_SEGMENTATION_CMD_PROGRESS_H_
#define PANVAULT_SEGMENTATION_CMD_PROGRESS_H_

#include <cstddef>
#include <ostream>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::segmentation {

// Not thread-safe. The stream outlives it.
class Progress final {
 public:
  enum class Form {
    kNone,
    kOneLine,  // Of a terminal, drawn anew, and cleared in the end.
    kLines,    // Of a log, every two seconds.
  };

  Progress(std::ostream& stream, Form form, absl::Time start);

  // `done` of `total` are done at `now`; cheap enough for an inner loop.
  void Update(absl::string_view what, size_t done, size_t total,
              absl::Time now);
  // Clears the line, if there is one.
  void Finish();

 private:
  std::ostream& stream_;
  const Form form_;
  absl::Time next_;
  bool is_drawn_ = false;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CMD_PROGRESS_H_
