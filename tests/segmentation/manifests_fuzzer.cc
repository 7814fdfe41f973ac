// A libFuzzer target for manifests. scripts/test --fuzz builds and runs it.

#include <cstddef>
#include <cstdint>

#include "tests/segmentation/fuzz_inputs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  panvault::segmentation::TryManifests(
      {reinterpret_cast<const char*>(data), size});
  return 0;
}
