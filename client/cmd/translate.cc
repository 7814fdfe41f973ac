#include "client/cmd/translate.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/client.h"
#include "client/cmd/line_reader.h"
#include "client/cmd/output.h"
#include "client/cmd/stream.h"
#include "client/model.h"
#include "client/wipe.h"

namespace panvault::cli {
namespace {

// A refusal of our own, in the form of the server's.
struct LocalRefusal {
  absl::string_view reason;
  absl::string_view message;
};

constexpr LocalRefusal kAccepted = {};
constexpr LocalRefusal kLineLength = {"LINE_LENGTH",
                                      "a line has at most 64 bytes"};
constexpr LocalRefusal kKeyVersionFormat = {
    "KEY_VERSION_FORMAT", "a token may be followed by a tab and a key version"};

// Writes the lines of a batch in order, refused ones between served ones.
class LineWriter {
 public:
  LineWriter(const TranslateOptions& options, const LineBatch& batch,
             BatchOutput& output)
      : options_(options), next_(batch.first_line()), output_(output) {
    // Growing in steps would leave copies of PANs behind.
    const size_t line_bytes = options.format == Format::kText ? 32 : 96;
    output_.text.reserve(batch.size() * line_bytes);
  }

  void Served(const client::Tokenized& tokenized) {
    AppendTokenized(options_.format, NextPosition(), tokenized, output_.text);
  }
  void Served(const std::string& pan) {
    AppendPan(options_.format, NextPosition(), pan, output_.text);
  }
  void Refused(const absl::Status& why) {
    AppendRefusal(options_.format, NextPosition(), why, output_.text);
    ++output_.refused[ReasonOf(why)];
  }
  void Refused(const LocalRefusal& why) {
    AppendLocalRefusal(options_.format, NextPosition(), why);
    ++output_.refused[std::string(why.reason)];
  }

 private:
  Position NextPosition() { return {options_.unit, next_++}; }

  void AppendLocalRefusal(Format format, Position position,
                          const LocalRefusal& why) {
    if (format == Format::kText) {
      absl::StrAppend(&output_.text, "!", why.reason, "\n");
      return;
    }
    absl::StrAppend(&output_.text, "{\"", position.unit, "\":", position.number,
                    ",\"error\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":\"",
                    why.reason, "\",\"message\":\"", why.message, "\"}}\n");
  }

  const TranslateOptions& options_;
  uint64_t next_;
  BatchOutput& output_;
};

// Interleaves local refusals (by line) with the results of what was sent.
template <typename Result>
void WriteLines(const std::vector<LocalRefusal>& local,
                std::vector<absl::StatusOr<Result>>& results,
                LineWriter& writer) {
  size_t sent = 0;
  for (const LocalRefusal& refusal : local) {
    if (!refusal.reason.empty()) {
      writer.Refused(refusal);
    } else if (absl::StatusOr<Result>& result = results[sent++]; result.ok()) {
      writer.Served(*result);
    } else {
      writer.Refused(result.status());
    }
  }
}

// Splits "token<TAB>version". False if the version is not a number from 1.
bool ParseTokenLine(absl::string_view line, client::TokenItem& item) {
  const size_t tab = line.find('\t');
  item.token = line.substr(0, tab);
  if (tab == absl::string_view::npos) return true;
  const absl::string_view version = line.substr(tab + 1);
  // SimpleAtoi alone would also take a sign and spaces.
  return version.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(version, &item.key_version) && item.key_version > 0;
}

}  // namespace

absl::Status TokenizeLines(const client::Client& client,
                           const TranslateOptions& options,
                           const LineBatch& batch, BatchOutput& output) {
  std::vector<LocalRefusal> local(batch.size(), kAccepted);
  std::vector<client::PanItem> items;
  items.reserve(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    if (batch.too_long(i)) {
      local[i] = kLineLength;
    } else {
      items.push_back({batch.line(i), options.context});
    }
  }
  std::vector<absl::StatusOr<client::Tokenized>> results;
  if (!items.empty()) {
    auto answer = client.BatchTokenize(options.profile, items);
    if (!answer.ok()) return answer.status();
    results = std::move(*answer);
  }
  LineWriter writer(options, batch, output);
  WriteLines(local, results, writer);
  return absl::OkStatus();
}

absl::Status DetokenizeLines(const client::Client& client,
                             const TranslateOptions& options,
                             const LineBatch& batch, BatchOutput& output) {
  std::vector<LocalRefusal> local(batch.size(), kAccepted);
  std::vector<client::TokenItem> items;
  items.reserve(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    client::TokenItem item{{}, options.context, options.key_version};
    if (batch.too_long(i)) {
      local[i] = kLineLength;
    } else if (!ParseTokenLine(batch.line(i), item)) {
      local[i] = kKeyVersionFormat;
    } else {
      items.push_back(item);
    }
  }
  std::vector<absl::StatusOr<std::string>> results;
  if (!items.empty()) {
    auto answer =
        client.BatchDetokenize(options.profile, options.reveal, items);
    if (!answer.ok()) return answer.status();
    results = std::move(*answer);
  }
  LineWriter writer(options, batch, output);
  WriteLines(local, results, writer);
  for (absl::StatusOr<std::string>& pan : results) {
    if (pan.ok()) client::Wipe(*pan);
  }
  return absl::OkStatus();
}

}  // namespace panvault::cli
