// The state folder of `panvaultd dev`: made safely, its files written
// atomically.

#ifndef PANVAULT_SERVER_DEV_STATE_FOLDER_H_
#define PANVAULT_SERVER_DEV_STATE_FOLDER_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace panvault::dev {

// Makes the folder (mode 0700) and those above it, unless they are there, and
// returns its absolute path without links. kFailedPrecondition if it is a link,
// not a folder, somebody else's, or open for others to write. Thread-safe.
absl::StatusOr<std::string> OpenStateFolder(const std::string& path);

// As OpenStateFolder, for a folder inside a state folder. Thread-safe.
absl::Status MakeFolder(const std::string& path);

struct NewFile {
  std::string path;
  // Borrowed for the call; may be a secret.
  absl::string_view content;
  mode_t mode = 0600;
};

// Writes the file under another name, syncs it, and renames it: a reader, or a
// crash, sees the old content or the new, nothing in between. Replaces what was
// there, even a link (its target stays as it is). Thread-safe, if no two calls
// write the same path.
absl::Status WriteFile(const NewFile& file);

// The content of a regular file (not a link) of at most 1 MiB; kNotFound.
// Thread-safe.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_STATE_FOLDER_H_
