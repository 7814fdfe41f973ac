// A libFuzzer target for all that reads text from outside: manifests in YAML or
// JSON, and files of flows. Built with -DPANVAULT_FUZZERS=ON and clang:
//
//   scripts/build build/fuzz -DCMAKE_CXX_COMPILER=clang++ -DPANVAULT_FUZZERS=ON
//     -DPANVAULT_CORE_ONLY=ON -- manifests_fuzzer
//   build/fuzz/tests/segmentation/manifests_fuzzer CORPUS
//     tests/segmentation/data

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/connection_list.h"
#include "segmentation/flow_matrix.h"
#include "segmentation/manifests.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace panvault::
      segmentation;  // NOLINT(google-build-using-namespace)
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Cluster cluster;
  AddManifest("fuzzed", text, cluster);
  // Lists grow with the square of the pods; a few are enough.
  if (cluster.workloads.size() < 20) ToText(ListConnections(cluster, {}));
  std::vector<Problem> problems;
  ParseFlowMatrix("fuzzed", text, problems);
  return 0;
}
