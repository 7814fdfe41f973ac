#include "segmentation/manifests.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "segmentation/node.h"
#include "segmentation/read_object.h"
#include "segmentation/sha256.h"

namespace panvault::segmentation {
namespace {

using Path = std::filesystem::path;

bool IsManifest(const Path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(folder, error);
  while (!error && it != std::filesystem::end(it)) {
    if (it->is_regular_file(error) && IsManifest(it->path())) {
      files.push_back(it->path().string());
    }
    it.increment(error);
  }
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": ", error.message()));
  }
  if (files.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, ": holds no .yaml, .yml or .json file"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::string> ReadStream(std::istream& stream,
                                       const std::string& name) {
  std::string text;
  std::vector<char> block(1 << 16);
  do {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<size_t>(stream.gcount()));
    if (text.size() > kManifestBytesMax) {
      return absl::FailedPreconditionError(
          absl::StrCat(name, ": over ", kManifestBytesMax, " bytes"));
    }
  } while (stream);
  if (stream.bad()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, ": cannot be read"));
  }
  return text;
}

// Applying the same object twice leaves the last; which one a check should
// judge is not for us to guess.
template <typename T, typename Describe>
void ReportDuplicates(const std::vector<T>& objects, Describe describe,
                      std::vector<Problem>& problems) {
  std::set<std::string> seen;
  for (const T& object : objects) {
    const std::string name = describe(object);
    if (!seen.insert(name).second) {
      problems.push_back({object.source, name, "appears twice"});
    }
  }
}

void ReportDuplicates(Cluster& cluster) {
  ReportDuplicates(
      cluster.policies,
      [](const NetworkPolicy& policy) {
        return absl::StrCat("NetworkPolicy ", policy.namespace_name, "/",
                            policy.name);
      },
      cluster.problems);
  ReportDuplicates(
      cluster.workloads,
      [](const Workload& workload) {
        return absl::StrCat(workload.kind, " ", workload.namespace_name, "/",
                            workload.name);
      },
      cluster.problems);
}

absl::StatusOr<std::vector<std::string>> Expand(
    const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    absl::StatusOr<std::vector<std::string>> below = FilesBelow(path);
    if (!below.ok()) return below.status();
    files.insert(files.end(), below->begin(), below->end());
  }
  return files;
}

// Parts count alike, however large they are: sizes are known once read.
Watch WatchOfPart(const Watch& watch, size_t part, size_t parts) {
  constexpr size_t kShares = 1000;
  if (!watch) return {};
  return [&watch, part, parts](size_t done, size_t total) {
    watch(part * kShares + done * kShares / std::max<size_t>(total, 1),
          parts * kShares);
  };
}

}  // namespace

void AddManifest(absl::string_view file, absl::string_view text,
                 Cluster& cluster, const Watch& watch) {
  Source source;
  source.file = std::string(file);
  const absl::StatusOr<std::vector<Document>> documents =
      ParseDocuments(text, watch);
  if (!documents.ok()) {
    cluster.problems.push_back(
        {source, "", std::string(documents.status().message())});
    return;
  }
  for (const Document& document : *documents) {
    source.document = document.number;
    ReadObject(document.root, source, cluster);
  }
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  if (path == "-") return ReadStream(std::cin, "standard input");
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": is a folder"));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  }
  return ReadStream(stream, path);
}

absl::StatusOr<Manifests> LoadManifests(const std::vector<std::string>& paths,
                                        const Watch& watch) {
  const absl::StatusOr<std::vector<std::string>> files = Expand(paths);
  if (!files.ok()) return files.status();
  Manifests manifests;
  for (size_t i = 0; i < files->size(); ++i) {
    const std::string& file = (*files)[i];
    const absl::StatusOr<std::string> text = ReadWholeFile(file);
    if (!text.ok()) return text.status();
    AddManifest(file, *text, manifests.cluster,
                WatchOfPart(watch, i, files->size()));
    manifests.files.push_back({file, Sha256Hex(*text)});
  }
  ReportDuplicates(manifests.cluster);
  return manifests;
}

}  // namespace panvault::segmentation
