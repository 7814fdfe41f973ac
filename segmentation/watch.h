// Watch: told now and then how far a long run is.

#ifndef PANVAULT_SEGMENTATION_WATCH_H_
#define PANVAULT_SEGMENTATION_WATCH_H_

#include <cstddef>
#include <functional>

namespace panvault::segmentation {

// `done` does not shrink within one piece of work, and is at most `total`. May
// be empty.
using Watch = std::function<void(size_t done, size_t total)>;

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_WATCH_H_
