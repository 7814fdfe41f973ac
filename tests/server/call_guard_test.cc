// What this shows: a call is decided by six questions in their documented
// order, each with its own answer, and who is not on the allowlist is told
// nothing else.

#include "server/call_guard.h"

#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using vault::Reason;
using vault::Reveal;

constexpr char kPolicy[] = R"(
callers:
  - name: payments
    spiffe_id: spiffe://example.org/payment-api
    grants:
      - methods: [Tokenize, BatchTokenize]
        profiles: [cards, stable]
      - methods: [Detokenize]
        profiles: [cards]
        reveal: BIN_LAST4
      - methods: [Detokenize]
        profiles: [stable]
        reveal: FULL
      - methods: [ListTokenProfiles]
        profiles: [cards]
    justification: Card numbers do not leave this service.
    owner: payments
    approved_by: security
    review_by: "2099-12-31"
  - name: operations
    spiffe_id: spiffe://example.org/operations
    grants:
      - methods: [ListConnections]
    justification: Watches over who is connected.
    owner: platform
    approved_by: security
    review_by: "2099-12-31"
  - name: idle
    spiffe_id: spiffe://example.org/idle
    justification: Has no grants yet.
    owner: payments
    approved_by: security
    review_by: "2099-12-31"
)";

using Svid = absl::StatusOr<std::shared_ptr<const PeerSvid>>;

Svid Id(absl::string_view path, const std::string& domain = "example.org") {
  const auto id = SpiffeId::Parse("spiffe://" + domain + std::string(path));
  if (!id.ok()) return id.status();
  return std::make_shared<const PeerSvid>(
      PeerSvid{*id, absl::InfiniteFuture(), "01"});
}

class CallGuard : public ::testing::Test {
 protected:
  CallGuard() {
    auto policy = AccessPolicy::Parse("access.yaml", kPolicy);
    EXPECT_THAT(policy, IsOk());
    if (policy.ok()) policy_ = *policy;
  }

  // The reason of the refusal; nothing if the call was admitted.
  std::optional<Reason> Refusal(const Svid& id,
                                const AccessQuestion& question) {
    admission_ = Admission();
    status_ = Admit(id, *policy_, question, admission_);
    if (status_.ok()) return std::nullopt;
    EXPECT_EQ(status_.code(), vault::CodeOf(vault::FactsOf(status_).reason));
    return vault::FactsOf(status_).reason;
  }

  // As Refusal, of a call that cannot be understood.
  std::optional<Reason> CallerRefusal(const Svid& id) {
    admission_ = Admission();
    status_ = AdmitCaller(id, *policy_, admission_);
    if (status_.ok()) return std::nullopt;
    return vault::FactsOf(status_).reason;
  }

  std::shared_ptr<const AccessPolicy> policy_;
  Admission admission_;
  absl::Status status_;
};

TEST_F(CallGuard, AdmitsWhatIsGranted) {
  EXPECT_EQ(Refusal(Id("/payment-api"), {Rpc::kTokenize, "cards", {}}),
            std::nullopt);
  ASSERT_TRUE(admission_.svid != nullptr);
  EXPECT_EQ(admission_.svid->id.text(), "spiffe://example.org/payment-api");
  ASSERT_NE(admission_.caller, nullptr);
  EXPECT_EQ(admission_.caller->name(), "payments");
  EXPECT_TRUE(admission_.profile_granted);

  for (const Reveal level : {Reveal::kLast4, Reveal::kBinLast4}) {
    EXPECT_EQ(Refusal(Id("/payment-api"), {Rpc::kDetokenize, "cards", level}),
              std::nullopt);
  }
  EXPECT_EQ(
      Refusal(Id("/payment-api"), {Rpc::kDetokenize, "stable", Reveal::kFull}),
      std::nullopt);
}

TEST_F(CallGuard, AdmitsACallWithoutAProfileIfAnyGrantHasTheMethod) {
  EXPECT_EQ(Refusal(Id("/payment-api"), {Rpc::kListTokenProfiles, "", {}}),
            std::nullopt);
  EXPECT_EQ(Refusal(Id("/idle"), {Rpc::kListTokenProfiles, "", {}}),
            Reason::kNotGranted);
}

TEST_F(CallGuard, AdmitsACallAboutTheServerByAGrantForIt) {
  EXPECT_EQ(Refusal(Id("/operations"), {Rpc::kListConnections, "", {}}),
            std::nullopt);
  // A grant for profiles is none for the server, and the other way round.
  EXPECT_EQ(Refusal(Id("/payment-api"), {Rpc::kListConnections, "", {}}),
            Reason::kNotGranted);
  EXPECT_EQ(Refusal(Id("/operations"), {Rpc::kListTokenProfiles, "", {}}),
            Reason::kNotGranted);
  EXPECT_EQ(Refusal(Id("/operations"), {Rpc::kTokenize, "cards", {}}),
            Reason::kNotGranted);
}

TEST_F(CallGuard, AsksFirstForAnIdentity) {
  const absl::Status why = vault::MakeError({.reason = Reason::kSvidInvalid},
                                            "what PeerIdentity said");
  // All else is wrong as well.
  EXPECT_EQ(Refusal(why, {Rpc::kDetokenize, "NO NAME", std::nullopt}),
            Reason::kSvidInvalid);
  EXPECT_EQ(status_, why);
  EXPECT_FALSE(admission_.svid != nullptr);
  EXPECT_EQ(admission_.caller, nullptr);
  EXPECT_FALSE(admission_.profile_granted);
}

TEST_F(CallGuard, AsksTheSameTwoOfACallThatCannotBeUnderstood) {
  const absl::Status why = vault::MakeError({.reason = Reason::kSvidExpired},
                                            "what PeerIdentity said");
  EXPECT_EQ(CallerRefusal(why), Reason::kSvidExpired);
  EXPECT_EQ(CallerRefusal(Id("/stranger")), Reason::kCallerUnknown);
  EXPECT_TRUE(admission_.svid != nullptr);
  EXPECT_EQ(CallerRefusal(Id("/idle")), std::nullopt);
  EXPECT_EQ(admission_.caller->name(), "idle");
  EXPECT_FALSE(admission_.profile_granted);
}

TEST_F(CallGuard, AsksSecondForTheAllowlist) {
  EXPECT_EQ(
      Refusal(Id("/stranger"), {Rpc::kDetokenize, "NO NAME", std::nullopt}),
      Reason::kCallerUnknown);
  ASSERT_TRUE(admission_.svid != nullptr);
  EXPECT_EQ(admission_.svid->id.text(), "spiffe://example.org/stranger");
  EXPECT_EQ(admission_.caller, nullptr);
  EXPECT_FALSE(admission_.profile_granted);
}

TEST_F(CallGuard, AsksThirdForAProfileName) {
  for (const char* name :
       {"", "NO NAME", "Cards", "4111111111111111", "cards-", "cards\n"}) {
    EXPECT_EQ(
        Refusal(Id("/payment-api"), {Rpc::kDetokenize, name, std::nullopt}),
        Reason::kProfileName)
        << name;
    EXPECT_NE(admission_.caller, nullptr);
    EXPECT_FALSE(admission_.profile_granted);
  }
}

TEST_F(CallGuard, AsksFourthForMethodAndProfile) {
  const AccessQuestion not_granted[] = {
      // A profile that nobody has, one granted for another method, and a level
      // that is missing besides.
      {Rpc::kTokenize, "elsewhere", {}},
      {Rpc::kValidateToken, "cards", {}},
      {Rpc::kBatchDetokenize, "cards", Reveal::kLast4},
      {Rpc::kDetokenize, "elsewhere", std::nullopt},
      {Rpc::kBatchDetokenize, "cards", std::nullopt},
      {Rpc::kListKeyVersions, "cards", {}},
  };
  for (const AccessQuestion& question : not_granted) {
    EXPECT_EQ(Refusal(Id("/payment-api"), question), Reason::kNotGranted)
        << RowOf(question.rpc).name << " " << question.profile;
    EXPECT_NE(admission_.caller, nullptr);
    EXPECT_FALSE(admission_.profile_granted)
        << "a name that no grant has is not for the log";
  }
}

TEST_F(CallGuard, AsksFifthForARevealLevel) {
  EXPECT_EQ(
      Refusal(Id("/payment-api"), {Rpc::kDetokenize, "cards", std::nullopt}),
      Reason::kRevealLevel);
  EXPECT_EQ(vault::FactsOf(status_).field, "reveal");
  EXPECT_TRUE(admission_.profile_granted);
}

TEST_F(CallGuard, AsksSixthWhetherTheLevelIsGranted) {
  EXPECT_EQ(
      Refusal(Id("/payment-api"), {Rpc::kDetokenize, "cards", Reveal::kFull}),
      Reason::kNotGranted);
  EXPECT_TRUE(admission_.profile_granted);
  EXPECT_NE(admission_.caller, nullptr);
}

TEST_F(CallGuard, IgnoresALevelWhereNoneIsNeeded) {
  EXPECT_EQ(
      Refusal(Id("/payment-api"), {Rpc::kTokenize, "cards", Reveal::kFull}),
      std::nullopt);
}

TEST_F(CallGuard, TellsAStrangerTheSameWhateverItAsks) {
  ASSERT_EQ(Refusal(Id("/stranger"), {Rpc::kTokenize, "cards", {}}),
            Reason::kCallerUnknown);
  const absl::Status told = status_;
  for (const RpcRow& row : RpcTable()) {
    for (const char* profile : {"cards", "elsewhere", "", "NO NAME"}) {
      for (const std::optional<Reveal> reveal :
           {std::optional<Reveal>(), std::optional(Reveal::kFull)}) {
        Refusal(Id("/stranger"), {row.rpc, profile, reveal});
        EXPECT_EQ(status_, told) << row.name << " " << profile;
      }
    }
  }
}

TEST_F(CallGuard, TellsWhoHasNoGrantsTheSameOfEveryProfile) {
  ASSERT_EQ(Refusal(Id("/idle"), {Rpc::kTokenize, "cards", {}}),
            Reason::kNotGranted);
  const absl::Status told = status_;
  Refusal(Id("/idle"), {Rpc::kTokenize, "elsewhere", {}});
  EXPECT_EQ(status_, told);
}

TEST_F(CallGuard, RefusesIdsThatOnlyLookAlike) {
  for (const char* path :
       {"/payment-apis", "/payment-ap", "/payment-API", "/payment-api/x"}) {
    EXPECT_EQ(Refusal(Id(path), {Rpc::kTokenize, "cards", {}}),
              Reason::kCallerUnknown)
        << path;
  }
  EXPECT_EQ(
      Refusal(Id("/payment-api", "example.com"), {Rpc::kTokenize, "cards", {}}),
      Reason::kCallerUnknown);
}

}  // namespace
}  // namespace panvault::server
