#include "server/grpc_log.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

// As gRPC 1.51 writes it; grpc_log_test.cc fails where another one does not.
constexpr absl::string_view kFailure = "Handshake failed with fatal error ";
// "error:0A000086:SSL routines::certificate verify failed"
constexpr absl::string_view kError = "error:";
// Longer than OpenSSL's longest.
constexpr size_t kWordsBytesMax = 80;

// Held while a line is written, so that it is not written to a log that is
// gone.
std::mutex& Mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}
using Note = std::function<void(const std::string& reason)>;
const Note*& Target() {
  static const Note* target = nullptr;
  return target;
}

// OpenSSL's own words: a reason without them is a number in parentheses.
bool IsWords(absl::string_view text) {
  return !text.empty() && text.size() <= kWordsBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == ' ' || c == '-' || c == '_';
         });
}

void OnGrpcLine(gpr_log_func_args* line) {
  const auto reason = TlsFailureIn(line->message);
  if (!reason.has_value()) return;
  const std::lock_guard<std::mutex> lock(Mutex());
  if (Target() != nullptr) (*Target())(*reason);
}

}  // namespace

void SilenceGrpcLog() {
  gpr_set_log_function(OnGrpcLine);
  google::protobuf::SetLogHandler(nullptr);
}

std::optional<std::string> TlsFailureIn(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kFailure)) return std::nullopt;
  absl::ConsumeSuffix(&line, ".");
  const size_t error = line.find(kError);
  if (error != absl::string_view::npos) {
    line.remove_prefix(error + kError.size());
    // Code, library, function (always empty), reason.
    const std::vector<absl::string_view> parts = absl::StrSplit(line, ':');
    if (parts.size() == 4 && IsWords(parts[1]) && IsWords(parts[3])) {
      return parts[1] == "SSL routines"
                 ? std::string(parts[3])
                 : absl::StrCat(parts[1], ", ", parts[3]);
    }
  }
  return "not TLS as it should be";
}

TlsFailureLog::TlsFailureLog(JsonLog& log, std::function<void()> also)
    : note_([&log, also = std::move(also)](const std::string& reason) {
        log.Write("connection_refused",
                  {{"reason", "TLS_FAILED"},
                   {"message", reason},
                   {"pci", {"4.2.1", "8.3.1", "10.2.1.4"}}})
            .IgnoreError();
        also();
      }) {
  SilenceGrpcLog();
  const std::lock_guard<std::mutex> lock(Mutex());
  Target() = &note_;
}

TlsFailureLog::~TlsFailureLog() {
  const std::lock_guard<std::mutex> lock(Mutex());
  if (Target() == &note_) Target() = nullptr;
}

}  // namespace panvault::server
