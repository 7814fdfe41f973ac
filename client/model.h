// What the client's calls take and return: plain values, one per concept of
// proto/panvault/v1, whose comments say what the fields mean.
//
// Strings named pan hold card numbers: wipe them after use (client/wipe.h).

#ifndef PANVAULT_CLIENT_MODEL_H_
#define PANVAULT_CLIENT_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::client {

// The most items in one batch or bulk call.
inline constexpr size_t kBatchItemsMax = 10'000;

enum class Reveal {
  kLast4,
  kBinLast4,
  kFull,
};

// One PAN to tokenize. Views must live until the call returns.
struct PanItem {
  absl::string_view pan = {};
  absl::string_view context = {};
};

struct Tokenized {
  std::string token = {};
  uint32_t key_version = 0;
  // If true, Detokenize needs key_version.
  bool key_version_required = false;
};

// One token to detokenize. Views must live until the call returns.
struct TokenItem {
  absl::string_view token = {};
  absl::string_view context = {};
  uint32_t key_version = 0;  // 0: the token says it.
};

struct TokenPlausibility {
  bool plausible = false;
  uint32_t key_version = 0;
};

// Values of one width, one after another.
struct DigitColumn {
  uint32_t width = 0;
  std::string digits = {};
};

struct BulkError {
  size_t column = 0;
  size_t index = 0;
  absl::Status status = {};
};

struct BulkResult {
  // Failed values are all '0'.
  std::vector<DigitColumn> columns = {};
  std::vector<BulkError> errors = {};
  // Of BulkTokenize: the version that made every token.
  uint32_t key_version = 0;
};

enum class Scheme {
  kUnknown,  // Newer than this client.
  kFf1,
};

enum class Kept {
  kUnknown,  // Newer than this client.
  kNone,
  kLast4,
  kBin6Last4,
  kBin8Last4,
};

struct Profile {
  std::string name = {};
  Scheme scheme = Scheme::kFf1;
  Kept kept = Kept::kNone;
  bool allow_floor = false;
  absl::Time create_time = absl::UnixEpoch();
  std::vector<uint32_t> pan_lengths = {};
};

enum class KeyState {
  kUnknown,  // Newer than this client.
  kEnabled,
  kDecryptOnly,
  kDisabled,
  kDestroyScheduled,
  kDestroyed,
};

struct KeyVersion {
  uint32_t version = 0;
  KeyState state = KeyState::kUnknown;
  bool primary = false;
  std::string kek_id = {};
  absl::Time create_time = absl::UnixEpoch();
  bool usable = false;
};

struct Connection {
  uint64_t id = 0;
  std::string peer = {};
  absl::Time since = absl::UnixEpoch();
  std::string spiffe_id = {};  // Empty, as serial, if it is not known whose.
  std::string serial = {};
  uint64_t calls = 0;
};

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_MODEL_H_
