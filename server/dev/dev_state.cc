#include "server/dev/dev_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "crypto/random.h"
#include "server/dev/dev_files.h"
#include "server/dev/state_folder.h"

namespace panvault::dev {
namespace {

constexpr size_t kKekBytes = 32;

bool Exists(const std::string& path) {
  struct stat facts = {};
  return lstat(path.c_str(), &facts) == 0;
}

// `used` says that keys wrapped by it may exist already.
absl::Status EnsureKek(const std::string& path, bool used) {
  struct stat facts = {};
  if (lstat(path.c_str(), &facts) == 0) {
    if (S_ISREG(facts.st_mode) && facts.st_size == kKekBytes &&
        facts.st_uid == geteuid() && (facts.st_mode & 0177u) == 0) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(absl::StrCat(
        path, " must be a regular file of 32 bytes, yours, with mode 0400"));
  }
  if (used) {
    return absl::FailedPreconditionError(absl::StrCat(
        path,
        " is gone, and no other key can read what it protected: put it "
        "back, or remove the whole state folder to begin anew"));
  }
  const auto kek = crypto::RandomSecret(kKekBytes);
  if (!kek.ok()) return kek.status();
  const auto bytes = kek->ExposeSecret();
  return WriteFile(
      {.path = path,
       .content = absl::string_view(reinterpret_cast<const char*>(bytes.data()),
                                    bytes.size()),
       .mode = 0400});
}

// Writes `content` unless the user edited what stands there. Returns whether
// the user did.
absl::StatusOr<bool> WriteUnlessEdited(const std::string& path,
                                       const std::string& generated_path,
                                       const std::string& content) {
  const auto current = ReadFile(path);
  if (!current.ok() && !absl::IsNotFound(current.status())) {
    return current.status();
  }
  const auto generated = ReadFile(generated_path);
  if (!generated.ok() && !absl::IsNotFound(generated.status())) {
    return generated.status();
  }
  if (current.ok() && (!generated.ok() || *current != *generated)) {
    return *current != content;
  }
  // The user's file first: after a crash in between it counts as edited, which
  // is safe, instead of the other way round.
  absl::Status status = WriteFile({path, content, 0644});
  if (status.ok()) status = WriteFile({generated_path, content, 0644});
  if (!status.ok()) return status;
  return false;
}

}  // namespace

absl::StatusOr<DevState> PrepareDevState(const DevOptions& options,
                                         absl::Time now) {
  const auto config = DevConfigYaml(options);
  if (!config.ok()) return config.status();
  const auto folder = OpenStateFolder(options.state_dir);
  if (!folder.ok()) return folder.status();

  DevState state;
  state.config_path = *folder + "/panvault.yaml";
  state.access_path = *folder + "/access.yaml";
  state.identities_dir = *folder + "/identities";
  const std::string generated = *folder + "/generated/panvault.yaml";

  absl::Status status = MakeFolder(*folder + "/generated");
  // The key is made before the configuration that names it.
  const bool used = Exists(generated) || Exists(state.config_path);
  if (status.ok()) status = EnsureKek(*folder + "/kek", used);
  if (!status.ok()) return status;
  auto identities = EnsureDevIdentities(*folder, now);
  if (!identities.ok()) return identities.status();
  state.identities = *identities;
  if (!Exists(state.access_path)) {
    status = WriteFile({state.access_path, DevAccessYaml(now), 0644});
    if (!status.ok()) return status;
  }
  const auto kept = WriteUnlessEdited(state.config_path, generated, *config);
  if (!kept.ok()) return kept.status();
  state.config_kept = *kept;
  return state;
}

}  // namespace panvault::dev
