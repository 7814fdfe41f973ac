// Reads Kubernetes manifests, as `helm template` renders them or `kubectl get
// -o yaml` prints them, into a Cluster.

#ifndef PANVAULT_SEGMENTATION_MANIFESTS_H_
#define PANVAULT_SEGMENTATION_MANIFESTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/model.h"
#include "segmentation/watch.h"

namespace panvault::segmentation {

// Some 200,000 pods.
inline constexpr size_t kManifestBytesMax = size_t{1} << 28;

// A file as it was read, for the evidence.
struct InputFile {
  std::string name;
  std::string sha256;  // In hex.
};

struct Manifests {
  Cluster cluster;
  std::vector<InputFile> files;
};

// Adds what `text` holds to `cluster`. Not thread-safe on one cluster.
void AddManifest(absl::string_view file, absl::string_view text,
                 Cluster& cluster, const Watch& watch = {});

// `paths` are files, folders (read with all below them: .yaml, .yml, .json), or
// "-" for standard input. Duplicate objects are problems.
// Errors: kNotFound, kFailedPrecondition if a file cannot be read, if a folder
// holds no manifest, or for one over kManifestBytesMax; what is wrong inside a
// file is in the cluster's problems instead.
absl::StatusOr<Manifests> LoadManifests(const std::vector<std::string>& paths,
                                        const Watch& watch = {});

// The whole file. Errors as above.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_MANIFESTS_H_
