#include "vault/token_profile.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/random.h"
#include "vault/errors.h"
#include "vault/pan.h"
#include "vault/token_layout.h"

namespace panvault::vault {
namespace {

constexpr size_t kProfileIdBytes = 16;

bool IsNameCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
}

absl::Status UnknownField(absl::string_view field) {
  return MakeError({Reason::kProfileField, absl::StrCat("profile.", field), ""},
                   absl::StrCat("profile.", field,
                                " is missing or has a value that this server "
                                "does not know"));
}

// An enum may hold any number of its type: callers cast.
bool IsKnown(TokenScheme scheme) { return scheme == TokenScheme::kFf1; }

bool IsKnown(KeptDigits kept) {
  switch (kept) {
    case KeptDigits::kNone:
    case KeptDigits::kLast4:
    case KeptDigits::kBin6Last4:
    case KeptDigits::kBin8Last4:
      return true;
  }
  return false;
}

}  // namespace

absl::Status CheckProfileName(absl::string_view name) {
  const bool fits =
      !name.empty() && name.size() <= kProfileNameBytesMax &&
      std::all_of(name.begin(), name.end(), IsNameCharacter) &&
      absl::ascii_islower(static_cast<unsigned char>(name.front())) &&
      name.back() != '-';
  if (fits) return absl::OkStatus();
  return MakeError(
      {Reason::kProfileName, "profile.name", "1 to 63 of a-z, 0-9, '-'"},
      "a profile name is 1 to 63 of a-z, 0-9 and '-', starts with a letter and "
      "does not end in '-'");
}

absl::StatusOr<TokenProfile> NewTokenProfile(const TokenProfileSpec& spec,
                                             absl::Time now) {
  const absl::Status name = CheckProfileName(spec.name);
  if (!name.ok()) return name;
  if (!IsKnown(spec.scheme)) return UnknownField("scheme");
  if (!IsKnown(spec.kept)) return UnknownField("kept");

  TokenProfile profile;
  profile.name = spec.name;
  profile.scheme = spec.scheme;
  profile.kept = spec.kept;
  profile.allow_floor = spec.allow_floor;
  // What the database can hold, so that a profile reads back as it was made.
  profile.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  if (PanLengthsOf(profile).empty()) {
    return MakeError({Reason::kDomainTooSmall, "profile.kept", ""},
                     "no PAN length leaves enough digits free");
  }

  std::array<uint8_t, kProfileIdBytes> id = {};
  const absl::Status drawn = crypto::FillRandom(absl::MakeSpan(id));
  if (!drawn.ok()) return drawn;
  profile.id = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
  return profile;
}

std::vector<size_t> PanLengthsOf(const TokenProfile& profile) {
  std::vector<size_t> lengths;
  for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
    if (LayoutFor(profile, length).ok()) lengths.push_back(length);
  }
  return lengths;
}

}  // namespace panvault::vault
