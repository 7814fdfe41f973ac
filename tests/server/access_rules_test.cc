// What this shows: each rule of access.yaml, broken alone, is found, and the
// message says where; nothing else is refused.

#include "server/access_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using ::testing::StartsWith;

v1::Caller GoodCaller(absl::string_view name = "api") {
  v1::Caller caller;
  caller.set_name(std::string(name));
  caller.set_spiffe_id(absl::StrCat("spiffe://example.org/sa/", name));
  caller.set_justification("charges cards");
  caller.set_owner("payments");
  caller.set_approved_by("security");
  caller.set_review_by("2030-06-30");
  caller.add_pci("7.2.5");
  v1::Grant& grant = *caller.add_grants();
  grant.add_methods("Tokenize");
  grant.add_methods("Detokenize");
  grant.add_profiles("cards");
  grant.set_reveal(v1::REVEAL_LEVEL_LAST4);
  return caller;
}

// "" or the message, for one good caller and one that was changed.
std::string Check(const std::function<void(v1::Caller&)>& change) {
  v1::AccessPolicy policy;
  *policy.add_callers() = GoodCaller("good");
  v1::Caller& caller = *policy.add_callers();
  caller = GoodCaller();
  change(caller);
  const absl::Status status = CheckAccessRules("f", policy);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(CheckAccessRulesTest, GoodPoliciesPass) {
  EXPECT_EQ(Check([](v1::Caller&) {}), "");
  EXPECT_EQ(CheckAccessRules("f", v1::AccessPolicy()), absl::OkStatus());
}

TEST(CheckAccessRulesTest, OptionalPartsMayBeMissing) {
  EXPECT_EQ(Check([](v1::Caller& caller) { caller.clear_pci(); }), "");
  // A flow that is declared but granted nothing, yet or no longer.
  EXPECT_EQ(Check([](v1::Caller& caller) { caller.clear_grants(); }), "");
}

TEST(CheckAccessRulesTest, NamesAreShortAndPlain) {
  for (const std::string& name :
       {std::string("a"), std::string("0"), std::string("-"),
        std::string("a-b-9"), std::string(63, 'x')}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) { caller.set_name(name); }), "")
        << name;
  }
  for (const std::string& name :
       {std::string(), std::string(64, 'x'), std::string("A"),
        std::string("a b"), std::string("a_b"), std::string("a.b"),
        std::string("a\n"), std::string("a\0b", 3), std::string("\xc3\xa4"),
        std::string("*")}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) { caller.set_name(name); }),
              "f: callers[1].name: a name is 1 to 63 of a-z, 0-9 and '-'")
        << name;
  }
}

TEST(CheckAccessRulesTest, IdsAreSpiffeIds) {
  for (const char* id : {"", "api", "spiffe://example.org", "spiffe://a/*",
                         "SPIFFE://a/b", "https://a/b", "spiffe://a/b/"}) {
    EXPECT_THAT(Check([&](v1::Caller& caller) { caller.set_spiffe_id(id); }),
                StartsWith("f: callers[1].spiffe_id: not a SPIFFE ID: "))
        << id;
  }
}

TEST(CheckAccessRulesTest, NothingStandsTwice) {
  EXPECT_EQ(Check([](v1::Caller& caller) { caller.set_name("good"); }),
            "f: callers[1].name: another caller has this name");
  EXPECT_EQ(Check([](v1::Caller& caller) {
              caller.set_spiffe_id("spiffe://example.org/sa/good");
            }),
            "f: callers[1].spiffe_id: another caller has this ID");
  EXPECT_EQ(Check([](v1::Caller& caller) {
              caller.mutable_grants(0)->add_methods("Tokenize");
            }),
            "f: callers[1].grants[0].methods[2]: twice");
  EXPECT_EQ(Check([](v1::Caller& caller) {
              caller.mutable_grants(0)->add_profiles("cards");
            }),
            "f: callers[1].grants[0].profiles[1]: twice");
}

TEST(CheckAccessRulesTest, GrantsNameMethodsAndProfiles) {
  EXPECT_EQ(Check([](v1::Caller& caller) {
              caller.mutable_grants(0)->clear_methods();
            }),
            "f: callers[1].grants[0].methods: missing");
  EXPECT_EQ(Check([](v1::Caller& caller) {
              caller.mutable_grants(0)->clear_profiles();
            }),
            "f: callers[1].grants[0].profiles: missing");
  for (const char* method : {"", "*", "tokenize", "Tokenize*", "Tokenize ",
                             "TokenVaultService/Tokenize", "Check"}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) {
                caller.mutable_grants(0)->add_methods(method);
              }),
              "f: callers[1].grants[0].methods[2]: no method of panvault has "
              "this name")
        << method;
  }
  for (const char* profile : {"", "*", "Cards", "cards*", "-cards", "cards-"}) {
    EXPECT_THAT(Check([&](v1::Caller& caller) {
                  caller.mutable_grants(0)->add_profiles(profile);
                }),
                StartsWith("f: callers[1].grants[0].profiles[1]: "))
        << profile;
  }
}

// A grant that stands beside the good one.
std::string CheckGrant(const std::vector<const char*>& methods,
                       const std::vector<const char*>& profiles,
                       v1::RevealLevel reveal = v1::REVEAL_LEVEL_UNSPECIFIED) {
  return Check([&](v1::Caller& caller) {
    v1::Grant& grant = *caller.add_grants();
    for (const char* method : methods) grant.add_methods(method);
    for (const char* profile : profiles) grant.add_profiles(profile);
    grant.set_reveal(reveal);
  });
}

TEST(CheckAccessRulesTest, GrantsOfMethodsAboutTheServerNameNoProfiles) {
  EXPECT_EQ(CheckGrant({"ListConnections"}, {}), "");
  EXPECT_EQ(CheckGrant({"ListConnections"}, {"cards"}),
            "f: callers[1].grants[1].profiles: the methods of this grant are "
            "about the server: want none");
  EXPECT_EQ(
      CheckGrant({"ListConnections"}, {}, v1::REVEAL_LEVEL_FULL),
      "f: callers[1].grants[1].reveal: no method of this grant shows card "
      "numbers");
  EXPECT_EQ(CheckGrant({"ListConnections", "ListConnections"}, {}),
            "f: callers[1].grants[1].methods[1]: twice");
}

TEST(CheckAccessRulesTest, GrantsAreAboutTheServerOrAboutProfiles) {
  constexpr const char* kMixed =
      ": methods about the server and methods about profiles do not share a "
      "grant: want two";
  // With profiles and without: what is wrong is the mixture.
  for (const std::vector<const char*>& profiles :
       {std::vector<const char*>{}, {"cards"}}) {
    EXPECT_EQ(
        CheckGrant({"Tokenize", "ValidateToken", "ListConnections"}, profiles),
        absl::StrCat("f: callers[1].grants[1].methods[2]", kMixed));
    EXPECT_EQ(CheckGrant({"ListConnections", "ListTokenProfiles"}, profiles),
              absl::StrCat("f: callers[1].grants[1].methods[1]", kMixed));
  }
}

struct RevealCase {
  const char* method;
  v1::RevealLevel reveal;
  const char* why;  // "": fine.
};

TEST(CheckAccessRulesTest, RevealGoesWithTheMethods) {
  constexpr const char* kMissing =
      "missing: a method of this grant shows card numbers";
  constexpr const char* kNeedless =
      "no method of this grant shows card numbers";
  constexpr const char* kWhole =
      "BulkDetokenize shows whole card numbers: want FULL";
  const RevealCase cases[] = {
      {"Tokenize", v1::REVEAL_LEVEL_UNSPECIFIED, ""},
      {"Tokenize", v1::REVEAL_LEVEL_LAST4, kNeedless},
      {"ValidateToken", v1::REVEAL_LEVEL_FULL, kNeedless},
      {"ListTokenProfiles", v1::REVEAL_LEVEL_FULL, kNeedless},
      {"Detokenize", v1::REVEAL_LEVEL_UNSPECIFIED, kMissing},
      {"Detokenize", v1::REVEAL_LEVEL_LAST4, ""},
      {"Detokenize", v1::REVEAL_LEVEL_BIN_LAST4, ""},
      {"Detokenize", v1::REVEAL_LEVEL_FULL, ""},
      {"BatchDetokenize", v1::REVEAL_LEVEL_UNSPECIFIED, kMissing},
      {"BatchDetokenize", v1::REVEAL_LEVEL_LAST4, ""},
      {"BulkDetokenize", v1::REVEAL_LEVEL_UNSPECIFIED, kMissing},
      {"BulkDetokenize", v1::REVEAL_LEVEL_LAST4, kWhole},
      {"BulkDetokenize", v1::REVEAL_LEVEL_BIN_LAST4, kWhole},
      {"BulkDetokenize", v1::REVEAL_LEVEL_FULL, ""},
  };
  for (const RevealCase& c : cases) {
    const std::string message = Check([&](v1::Caller& caller) {
      v1::Grant& grant = *caller.mutable_grants(0);
      grant.clear_methods();
      grant.add_methods(c.method);
      grant.set_reveal(c.reveal);
    });
    EXPECT_EQ(message,
              *c.why == '\0'
                  ? ""
                  : absl::StrCat("f: callers[1].grants[0].reveal: ", c.why))
        << c.method << " " << c.reveal;
  }
}

TEST(CheckAccessRulesTest, RevealIsJudgedGrantByGrant) {
  EXPECT_EQ(Check([](v1::Caller& caller) {
              v1::Grant& second = *caller.add_grants();
              second.add_methods("BulkDetokenize");
              second.add_profiles("other");
              second.set_reveal(v1::REVEAL_LEVEL_FULL);
            }),
            "");
  EXPECT_EQ(Check([](v1::Caller& caller) {
              v1::Grant& second = *caller.add_grants();
              second.add_methods("BatchDetokenize");
              second.add_profiles("other");
            }),
            "f: callers[1].grants[1].reveal: missing: a method of this grant "
            "shows card numbers");
}

TEST(CheckAccessRulesTest, EveryFlowIsJustified) {
  const struct {
    const char* field;
    std::string* (v1::Caller::*words)();
  } fields[] = {{"justification", &v1::Caller::mutable_justification},
                {"owner", &v1::Caller::mutable_owner},
                {"approved_by", &v1::Caller::mutable_approved_by}};
  for (const auto& [field, words] : fields) {
    for (const char* empty : {"", " ", "\t\n "}) {
      EXPECT_EQ(Check([&](v1::Caller& caller) { *(caller.*words)() = empty; }),
                absl::StrCat("f: callers[1].", field,
                             ": missing: a flow without it is not served"));
    }
    EXPECT_EQ(Check([&](v1::Caller& caller) {
                *(caller.*words)() = std::string(1000, 'x');
              }),
              "");
    EXPECT_EQ(Check([&](v1::Caller& caller) {
                *(caller.*words)() = std::string(1001, 'x');
              }),
              absl::StrCat("f: callers[1].", field, ": over 1000 bytes"));
  }
}

TEST(CheckAccessRulesTest, EveryFlowHasAReviewDay) {
  for (const char* day : {"", "soon", "2030-6-30", "2030-02-29"}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) { caller.set_review_by(day); }),
              "f: callers[1].review_by: want a day, YYYY-MM-DD")
        << day;
  }
}

TEST(CheckAccessRulesTest, RequirementsLookLikeRequirements) {
  for (const char* pci : {"1", "7.2.5.1", "A3.2.5", "1234567890123456"}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) { caller.add_pci(pci); }), "")
        << pci;
  }
  for (const char* pci : {"", "12345678901234567", "7 2", "7.2,8.6", "7.2\n"}) {
    EXPECT_EQ(Check([&](v1::Caller& caller) { caller.add_pci(pci); }),
              "f: callers[1].pci[1]: want a requirement, e.g. \"7.2.5\"")
        << pci;
  }
}

TEST(ParseReviewDayTest, KnownAnswers) {
  EXPECT_EQ(ParseReviewDay("2026-01-02"), absl::CivilDay(2026, 1, 2));
  EXPECT_EQ(ParseReviewDay("2028-02-29"), absl::CivilDay(2028, 2, 29));
  EXPECT_EQ(ParseReviewDay("9999-12-31"), absl::CivilDay(9999, 12, 31));
}

TEST(ParseReviewDayTest, RefusesAllElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-01",
                           "2026-1-2",
                           "26-01-02",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-01-00",
                           "2026-06-31",
                           "2027-02-29",
                           "2026/01/02",
                           "20260102",
                           " 2026-01-02",
                           "2026-01-02 ",
                           "2026-01-02T00",
                           "+2026-01-02",
                           "-2026-01-02",
                           "-026-01-02",
                           "02026-01-02",
                           "12026-01-02",
                           "123456789-01-02",
                           "2026-01-0x",
                           "tomorrow"}) {
    EXPECT_EQ(ParseReviewDay(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseReviewDay(absl::string_view("2026-01-02\0", 11)),
            std::nullopt);
}

}  // namespace
}  // namespace panvault::server
