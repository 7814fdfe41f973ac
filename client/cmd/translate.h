// One batch of input lines through the vault and into output lines.

#ifndef PANVAULT_CLIENT_CMD_TRANSLATE_H_
#define PANVAULT_CLIENT_CMD_TRANSLATE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/client.h"
#include "client/cmd/line_reader.h"
#include "client/cmd/output.h"
#include "client/cmd/stream.h"
#include "client/model.h"

namespace panvault::cli {

struct TranslateOptions {
  std::string profile = {};
  std::string context = {};
  // Of detokenize. A key version on the line wins over this one.
  client::Reveal reveal = client::Reveal::kLast4;
  uint32_t key_version = 0;
  Format format = Format::kText;
  // What positions count: "line" or "item".
  absl::string_view unit = "line";
};

// Lines that are not even sent are refused here: LINE_LENGTH (over
// kLineBytesMax) and, for detokenize, KEY_VERSION_FORMAT ("token<TAB>version"
// with something else than a number). All others are the server's to judge.
// Both fill `output`, one line for each input line. Thread-safe.
absl::Status TokenizeLines(const client::Client& client,
                           const TranslateOptions& options,
                           const LineBatch& batch, BatchOutput& output);
absl::Status DetokenizeLines(const client::Client& client,
                             const TranslateOptions& options,
                             const LineBatch& batch, BatchOutput& output);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_TRANSLATE_H_
