// What this shows: the domain's reasons and those of the API are one list, in
// numbers and in names, so that the one can be cast to the other.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

constexpr int kReasonsMax = 1000;  // Far above the last one.

TEST(ErrorReasonTest, EveryReasonOfTheApiIsOneOfTheDomain) {
  const auto& api = *v1::ErrorReason_descriptor();
  ASSERT_GT(api.value_count(), 20);
  for (int i = 0; i < api.value_count(); ++i) {
    const auto& value = *api.value(i);
    if (value.number() == 0) continue;
    EXPECT_EQ(
        absl::StrCat("ERROR_REASON_",
                     vault::NameOf(static_cast<vault::Reason>(value.number()))),
        value.name());
  }
}

TEST(ErrorReasonTest, EveryReasonOfTheDomainIsOneOfTheApi) {
  int known = 0;
  for (int number = 0; number < kReasonsMax; ++number) {
    const std::string name(vault::NameOf(static_cast<vault::Reason>(number)));
    // What NameOf does not know, it takes for INTERNAL.
    if (name == "INTERNAL" &&
        number != static_cast<int>(vault::Reason::kInternal)) {
      continue;
    }
    ++known;
    v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
    ASSERT_TRUE(
        v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", name), &reason))
        << name;
    EXPECT_EQ(reason, number) << name;
  }
  EXPECT_EQ(known, v1::ErrorReason_descriptor()->value_count() - 1);
}

TEST(ErrorReasonTest, OnlyInternalMeansADefect) {
  const auto& api = *v1::ErrorReason_descriptor();
  for (int i = 0; i < api.value_count(); ++i) {
    const int number = api.value(i)->number();
    if (number == 0) continue;
    const absl::StatusCode code =
        vault::CodeOf(static_cast<vault::Reason>(number));
    EXPECT_EQ(code == absl::StatusCode::kInternal,
              number == v1::ERROR_REASON_INTERNAL)
        << api.value(i)->name();
    EXPECT_NE(code, absl::StatusCode::kOk);
  }
}

}  // namespace
}  // namespace panvault::server
