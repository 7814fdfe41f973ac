// Checks of a refusal: its reason, the code that belongs to it, and that it
// quotes nothing of what was sent.

#ifndef PANVAULT_TESTS_SERVER_EXPECT_REFUSED_H_
#define PANVAULT_TESTS_SERVER_EXPECT_REFUSED_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "panvault/v1/token_vault.pb.h"
#include "server/status.h"
#include "vault/errors.h"

namespace panvault::testing {

// Whether four neighbouring bytes of `secret` stand in `text`.
inline bool Leaks(absl::string_view text, absl::string_view secret) {
  for (size_t i = 0; i + 4 <= secret.size(); ++i) {
    if (text.find(secret.substr(i, 4)) != absl::string_view::npos) return true;
  }
  return false;
}

// What was wrong, for the message of a test that fails, and what was sent.
struct Sent {
  absl::string_view what;
  absl::string_view secret = "";
};

inline void ExpectRefused(const absl::Status& status, v1::ErrorReason reason,
                          const Sent& sent) {
  const auto expected = static_cast<vault::Reason>(reason);
  ASSERT_FALSE(status.ok()) << sent.what;
  EXPECT_EQ(vault::NameOf(vault::FactsOf(status).reason),
            vault::NameOf(expected))
      << sent.what;
  EXPECT_EQ(status.code(), vault::CodeOf(expected)) << sent.what;
  const grpc::Status answer = server::ToGrpcStatus(status);
  EXPECT_FALSE(Leaks(answer.error_message(), sent.secret)) << sent.what;
  EXPECT_FALSE(Leaks(answer.error_details(), sent.secret)) << sent.what;
}

inline void ExpectRefused(const v1::ItemError& error, v1::ErrorReason reason,
                          const Sent& sent) {
  const auto expected = static_cast<vault::Reason>(reason);
  EXPECT_EQ(v1::ErrorReason_Name(error.detail().reason()),
            v1::ErrorReason_Name(reason))
      << sent.what;
  EXPECT_EQ(error.code(), static_cast<int>(vault::CodeOf(expected)))
      << sent.what;
  EXPECT_FALSE(Leaks(error.SerializeAsString(), sent.secret)) << sent.what;
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_SERVER_EXPECT_REFUSED_H_
