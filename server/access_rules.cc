#include "server/access_rules.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/rpc_table.h"
#include "server/spiffe_id.h"
#include "vault/token_profile.h"

namespace panvault::server {
namespace {

constexpr size_t kCallerNameBytesMax = 63;
// People's words, for evidence; a screen full of them.
constexpr size_t kWordsBytesMax = 1000;
constexpr size_t kPciBytesMax = 16;
constexpr size_t kDayBytes = sizeof("YYYY-MM-DD") - 1;

bool IsNameByte(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
}

bool IsPciByte(char c) { return absl::ascii_isalnum(c) || c == '.'; }

// Where in the file, and what.
class Place final {
 public:
  Place(absl::string_view file, std::string path)
      : file_(file), path_(std::move(path)) {}

  Place Field(absl::string_view name) const {
    return Place(file_, absl::StrCat(path_, ".", name));
  }
  Place Item(absl::string_view name, int index) const {
    return Place(file_, absl::StrCat(path_, path_.empty() ? "" : ".", name, "[",
                                     index, "]"));
  }
  absl::Status Error(absl::string_view why) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": ", path_, ": ", why));
  }

 private:
  absl::string_view file_;
  std::string path_;
};

absl::Status CheckWords(const Place& place, const std::string& words) {
  if (absl::StripAsciiWhitespace(words).empty()) {
    return place.Error("missing: a flow without it is not served");
  }
  if (words.size() > kWordsBytesMax) {
    return place.Error(absl::StrCat("over ", kWordsBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckReveal(const Place& place, const v1::Grant& grant) {
  bool is_needed = false;
  bool is_bulk = false;
  for (const std::string& method : grant.methods()) {
    const std::optional<Rpc> rpc = RpcNamed(method);
    is_needed = is_needed || (rpc.has_value() && RowOf(*rpc).needs_reveal);
    is_bulk = is_bulk || rpc == Rpc::kBulkDetokenize;
  }
  const bool is_given = grant.reveal() != v1::REVEAL_LEVEL_UNSPECIFIED;
  if (is_needed && !is_given) {
    return place.Error("missing: a method of this grant shows card numbers");
  }
  if (!is_needed && is_given) {
    return place.Error("no method of this grant shows card numbers");
  }
  if (is_bulk && grant.reveal() != v1::REVEAL_LEVEL_FULL) {
    return place.Error("BulkDetokenize shows whole card numbers: want FULL");
  }
  return absl::OkStatus();
}

bool IsAboutServer(const std::string& method) {
  const std::optional<Rpc> rpc = RpcNamed(method);
  return rpc.has_value() && RowOf(*rpc).scope == RpcScope::kServer;
}

absl::Status CheckMethods(const Place& place, const v1::Grant& grant) {
  if (grant.methods().empty()) return place.Field("methods").Error("missing");
  std::set<absl::string_view> methods;
  for (int i = 0; i < grant.methods_size(); ++i) {
    const Place method = place.Item("methods", i);
    if (!RpcNamed(grant.methods(i)).has_value()) {
      return method.Error("no method of panvault has this name");
    }
    if (!methods.insert(grant.methods(i)).second) return method.Error("twice");
    if (IsAboutServer(grant.methods(i)) != IsAboutServer(grant.methods(0))) {
      return method.Error(
          "methods about the server and methods about profiles do not share a "
          "grant: want two");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckProfiles(const Place& place, const v1::Grant& grant) {
  if (IsAboutServer(grant.methods(0))) {
    if (grant.profiles().empty()) return absl::OkStatus();
    return place.Field("profiles")
        .Error("the methods of this grant are about the server: want none");
  }
  if (grant.profiles().empty()) return place.Field("profiles").Error("missing");
  std::set<absl::string_view> profiles;
  for (int i = 0; i < grant.profiles_size(); ++i) {
    const Place profile = place.Item("profiles", i);
    const absl::Status name = vault::CheckProfileName(grant.profiles(i));
    if (!name.ok()) return profile.Error(name.message());
    if (!profiles.insert(grant.profiles(i)).second) {
      return profile.Error("twice");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckGrant(const Place& place, const v1::Grant& grant) {
  if (absl::Status methods = CheckMethods(place, grant); !methods.ok()) {
    return methods;
  }
  if (absl::Status profiles = CheckProfiles(place, grant); !profiles.ok()) {
    return profiles;
  }
  return CheckReveal(place.Field("reveal"), grant);
}

absl::Status CheckCaller(const Place& place, const v1::Caller& caller) {
  const std::string& name = caller.name();
  if (name.empty() || name.size() > kCallerNameBytesMax ||
      !std::all_of(name.begin(), name.end(), IsNameByte)) {
    return place.Field("name").Error(absl::StrCat(
        "a name is 1 to ", kCallerNameBytesMax, " of a-z, 0-9 and '-'"));
  }
  const auto id = SpiffeId::Parse(caller.spiffe_id());
  if (!id.ok()) return place.Field("spiffe_id").Error(id.status().message());
  for (int i = 0; i < caller.grants_size(); ++i) {
    const absl::Status grant =
        CheckGrant(place.Item("grants", i), caller.grants(i));
    if (!grant.ok()) return grant;
  }
  const struct {
    absl::string_view field;
    const std::string& words;
  } all_words[] = {{"justification", caller.justification()},
                   {"owner", caller.owner()},
                   {"approved_by", caller.approved_by()}};
  for (const auto& [field, words] : all_words) {
    const absl::Status checked = CheckWords(place.Field(field), words);
    if (!checked.ok()) return checked;
  }
  if (!ParseReviewDay(caller.review_by()).has_value()) {
    return place.Field("review_by").Error("want a day, YYYY-MM-DD");
  }
  for (int i = 0; i < caller.pci_size(); ++i) {
    const std::string& pci = caller.pci(i);
    if (pci.empty() || pci.size() > kPciBytesMax ||
        !std::all_of(pci.begin(), pci.end(), IsPciByte)) {
      return place.Item("pci", i).Error("want a requirement, e.g. \"7.2.5\"");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAccessRules(absl::string_view file,
                              const v1::AccessPolicy& policy) {
  const Place root(file, "");
  std::set<absl::string_view> names;
  std::set<absl::string_view> ids;
  for (int i = 0; i < policy.callers_size(); ++i) {
    const v1::Caller& caller = policy.callers(i);
    const Place place = root.Item("callers", i);
    const absl::Status checked = CheckCaller(place, caller);
    if (!checked.ok()) return checked;
    if (!names.insert(caller.name()).second) {
      return place.Field("name").Error("another caller has this name");
    }
    if (!ids.insert(caller.spiffe_id()).second) {
      return place.Field("spiffe_id").Error("another caller has this ID");
    }
  }
  return absl::OkStatus();
}

std::optional<absl::CivilDay> ParseReviewDay(absl::string_view text) {
  // Other years are mistypes: the year 20260 would be a review that never
  // comes.
  if (text.size() != kDayBytes || !absl::ascii_isdigit(text.front())) {
    return std::nullopt;
  }
  absl::CivilDay day;
  // The comparison refuses what the parser is lenient about: spaces, missing
  // zeros, the 31st of June.
  if (!absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != text) {
    return std::nullopt;
  }
  return day;
}

}  // namespace panvault::server
