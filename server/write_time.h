// Times as protobuf's Timestamp.

#ifndef PANVAULT_SERVER_WRITE_TIME_H_
#define PANVAULT_SERVER_WRITE_TIME_H_

#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace panvault::server {

// To the nanosecond. Thread-safe.
inline void WriteTime(absl::Time time, google::protobuf::Timestamp& message) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  message.set_seconds(seconds);
  message.set_nanos(static_cast<int32_t>(
      (time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WRITE_TIME_H_
