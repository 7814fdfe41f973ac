#include "client/cmd/exit_code.h"

#include "absl/status/status.h"

namespace panvault::cli {

const char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  some items were refused, the others served\n"
    "  2  usage: the command line or the request is wrong in form\n"
    "  3  the server is unavailable or overloaded, or the time is up\n"
    "  4  denied: no usable identity, no grant, or the TLS handshake failed\n"
    "  5  not found, exists already, or not possible in this state\n"
    "  6  data loss, a defect, or reading or writing failed\n"
    "  141  whoever reads the output went away\n";

ExitCode ExitCodeFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return ExitCode::kUnavailable;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kDenied;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kNotFound;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnimplemented:
    default:  // absl reserves the right to add codes.
      return ExitCode::kInternal;
  }
}

}  // namespace panvault::cli
