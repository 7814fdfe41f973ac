// What this shows: what access.yaml does not grant is refused, to the byte; the
// example that `panvaultd dev` writes is a good policy; readers see one policy
// or the other while it is swapped, nothing in between.

#include "server/access_policy.h"

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/dev_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::server {
namespace {

using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using vault::Reveal;

constexpr char kApi[] = "spiffe://example.org/ns/payments/sa/api";

// One caller, "api"; its grants as YAML, in one line.
std::string Yaml(absl::string_view grants) {
  return absl::StrCat("callers:\n- {name: api, spiffe_id: '", kApi,
                      "', grants: [", grants,
                      "], justification: j, owner: o, approved_by: a,",
                      " review_by: '2030-06-30', pci: ['7.2.5', '1.2.5']}\n");
}

std::shared_ptr<const AccessPolicy> PolicyOf(absl::string_view text) {
  auto policy = AccessPolicy::Parse("f", text);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *std::move(policy) : nullptr;
}

const Caller* FindCaller(const AccessPolicy& policy, absl::string_view id) {
  const auto parsed = SpiffeId::Parse(id);
  EXPECT_TRUE(parsed.ok()) << id;
  return parsed.ok() ? policy.Find(*parsed) : nullptr;
}

// Whether "api" with these grants may.
bool May(absl::string_view grants, const AccessQuestion& question) {
  const auto policy = PolicyOf(Yaml(grants));
  const Caller* const api = FindCaller(*policy, kApi);
  return api != nullptr && api->MayCall(question);
}

TEST(AccessPolicyTest, KnownAnswers) {
  const auto policy =
      PolicyOf(Yaml("{methods: [Tokenize, Detokenize], profiles: [cards], "
                    "reveal: BIN_LAST4}"));
  EXPECT_EQ(policy->caller_count(), 1u);
  const Caller* const api = FindCaller(*policy, kApi);
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->name(), "api");
  EXPECT_THAT(api->pci(), ElementsAre("7.2.5", "1.2.5"));
  EXPECT_EQ(api->review_by(), absl::CivilDay(2030, 6, 30));
  EXPECT_TRUE(api->MayCall({Rpc::kTokenize, "cards", {}}));
  EXPECT_TRUE(api->MayCall({Rpc::kDetokenize, "cards", Reveal::kLast4}));
  EXPECT_TRUE(api->MayCall({Rpc::kDetokenize, "cards", Reveal::kBinLast4}));
  EXPECT_FALSE(api->MayCall({Rpc::kDetokenize, "cards", Reveal::kFull}));
  EXPECT_FALSE(api->MayCall({Rpc::kBatchTokenize, "cards", {}}));
  EXPECT_FALSE(api->MayCall({Rpc::kTokenize, "other", {}}));
}

TEST(AccessPolicyTest, WithoutCallersNobodyMayAnything) {
  const auto policy = PolicyOf("callers: []\n");
  EXPECT_EQ(policy->caller_count(), 0u);
  EXPECT_EQ(FindCaller(*policy, kApi), nullptr);
}

TEST(AccessPolicyTest, WithoutGrantsACallerMayNothing) {
  for (const RpcRow& row : RpcTable()) {
    for (const char* profile : {"", "cards"}) {
      EXPECT_FALSE(May("", {row.rpc, profile, Reveal::kLast4})) << row.name;
    }
  }
}

// Each RPC granted alone: that one and no other, on that profile and no other.
TEST(AccessPolicyTest, EachMethodIsGrantedAlone) {
  for (const RpcRow& granted : RpcTable()) {
    const auto policy = PolicyOf(Yaml(absl::StrCat(
        "{methods: [", granted.name, "]",
        granted.scope == RpcScope::kServer ? "" : ", profiles: [cards]",
        granted.needs_reveal ? ", reveal: FULL}" : "}")));
    const Caller* const api = FindCaller(*policy, kApi);
    ASSERT_NE(api, nullptr);
    for (const RpcRow& asked : RpcTable()) {
      EXPECT_EQ(api->MayCall({asked.rpc, "cards", Reveal::kFull}),
                asked.rpc == granted.rpc && asked.scope != RpcScope::kServer)
          << granted.name << " " << asked.name;
      EXPECT_FALSE(api->MayCall({asked.rpc, "cards2", Reveal::kFull}))
          << asked.name;
      EXPECT_EQ(
          api->MayCall({asked.rpc, "", Reveal::kFull}),
          asked.rpc == granted.rpc && asked.scope != RpcScope::kOneProfile)
          << granted.name << " " << asked.name;
    }
  }
}

TEST(AccessPolicyTest, EachRevealLevelCoversTheOnesBelow) {
  const char* const names[] = {"LAST4", "BIN_LAST4", "FULL"};
  for (const Rpc rpc : {Rpc::kDetokenize, Rpc::kBatchDetokenize}) {
    for (int granted = 1; granted <= 3; ++granted) {
      const std::string grants = absl::StrCat(
          "{methods: [", RowOf(rpc).name,
          "], profiles: [cards], reveal: ", names[granted - 1], "}");
      for (int asked = 1; asked <= 3; ++asked) {
        EXPECT_EQ(May(grants, {rpc, "cards", static_cast<Reveal>(asked)}),
                  asked <= granted)
            << grants << " " << asked;
      }
      // Who does not say how much is shown nothing.
      EXPECT_FALSE(May(grants, {rpc, "cards", std::nullopt})) << grants;
    }
  }
}

TEST(AccessPolicyTest, RevealOfOneMethodIsNotThatOfAnother) {
  const std::string grants =
      "{methods: [Detokenize], profiles: [cards], reveal: LAST4}, "
      "{methods: [BatchDetokenize], profiles: [cards], reveal: FULL}";
  EXPECT_FALSE(May(grants, {Rpc::kDetokenize, "cards", Reveal::kBinLast4}));
  EXPECT_TRUE(May(grants, {Rpc::kBatchDetokenize, "cards", Reveal::kFull}));
  EXPECT_FALSE(May(grants, {Rpc::kBulkDetokenize, "cards", Reveal::kFull}));
}

TEST(AccessPolicyTest, GrantsAddUpAndDoNotMix) {
  const std::string grants =
      "{methods: [Tokenize], profiles: [a, b]}, "
      "{methods: [Detokenize], profiles: [a], reveal: LAST4}, "
      "{methods: [Detokenize], profiles: [b], reveal: FULL}, "
      "{methods: [Detokenize], profiles: [a], reveal: BIN_LAST4}, "
      "{methods: [Detokenize], profiles: [b], reveal: LAST4}, "
      "{methods: [ValidateToken], profiles: [c]}";
  for (const char* profile : {"a", "b"}) {
    EXPECT_TRUE(May(grants, {Rpc::kTokenize, profile, {}}));
    EXPECT_FALSE(May(grants, {Rpc::kValidateToken, profile, {}}));
  }
  EXPECT_FALSE(May(grants, {Rpc::kTokenize, "c", {}}));
  // The highest level that any grant for the profile gives, in any order.
  EXPECT_TRUE(May(grants, {Rpc::kDetokenize, "a", Reveal::kBinLast4}));
  EXPECT_FALSE(May(grants, {Rpc::kDetokenize, "a", Reveal::kFull}));
  EXPECT_TRUE(May(grants, {Rpc::kDetokenize, "b", Reveal::kFull}));
}

TEST(AccessPolicyTest, ProfilesAreExact) {
  const std::string grants = "{methods: [Tokenize], profiles: [cards-1]}";
  EXPECT_TRUE(May(grants, {Rpc::kTokenize, "cards-1", {}}));
  for (const absl::string_view profile :
       {"", "*", "cards", "cards-", "cards-11", "Cards-1", "CARDS-1",
        "cards-1 ", " cards-1", "cards_1"}) {
    EXPECT_FALSE(May(grants, {Rpc::kTokenize, profile, {}})) << profile;
  }
  EXPECT_FALSE(
      May(grants, {Rpc::kTokenize, absl::string_view("cards-1\0", 8), {}}));
}

TEST(AccessPolicyTest, CallersAreExact) {
  const auto policy =
      PolicyOf(Yaml("{methods: [Tokenize], profiles: [cards]}"));
  EXPECT_NE(FindCaller(*policy, kApi), nullptr);
  for (const char* id : {"spiffe://example.org/ns/payments/sa/API",
                         "spiffe://example.org/ns/payments/sa/ap",
                         "spiffe://example.org/ns/payments/sa/api2",
                         "spiffe://example.org/ns/payments/sa/api/x",
                         "spiffe://example.org/ns/payments/sa",
                         "spiffe://example.com/ns/payments/sa/api",
                         "spiffe://example.org.evil/ns/payments/sa/api"}) {
    EXPECT_EQ(FindCaller(*policy, id), nullptr) << id;
  }
}

TEST(AccessPolicyTest, OverdueFlowsAreNamedInOrder) {
  const std::string one = Yaml("");
  std::string text = one;
  for (const auto& [name, day] :
       {std::pair("zeta", "2029-12-31"), std::pair("alpha", "2030-06-29"),
        std::pair("late", "2030-07-01")}) {
    absl::StrAppend(
        &text, absl::StrReplaceAll(one.substr(one.find("- ")),
                                   {{"name: api", absl::StrCat("name: ", name)},
                                    {"sa/api", absl::StrCat("sa/", name)},
                                    {"2030-06-30", day}}));
  }
  const auto policy = PolicyOf(text);
  EXPECT_EQ(policy->caller_count(), 4u);
  // On the day itself there is still time.
  EXPECT_THAT(policy->OverdueOn(absl::CivilDay(2030, 6, 30)),
              ElementsAre("alpha", "zeta"));
  EXPECT_THAT(policy->OverdueOn(absl::CivilDay(2030, 7, 2)),
              ElementsAre("alpha", "api", "late", "zeta"));
  EXPECT_THAT(policy->OverdueOn(absl::CivilDay(2029, 12, 31)), IsEmpty());
}

TEST(AccessPolicyTest, RefusedFilesNameThePlace) {
  const auto unknown = AccessPolicy::Parse("f", "caller: []\n");
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(unknown.status().message(), "f:1: caller: unknown key");
  const auto broken = AccessPolicy::Parse("f", "callers: [{name: a}]\n");
  EXPECT_THAT(broken, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(broken.status().message()),
              StartsWith("f: callers[0].spiffe_id: "));
  // Not an empty policy: that has to be said.
  EXPECT_THAT(AccessPolicy::Parse("f", ""),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(AccessPolicyTest, LoadsWhatPanvaultdDevWrites) {
  const TempFolder folder;
  const std::string path = folder.path() + "/access.yaml";
  EXPECT_THAT(AccessPolicy::Load(path), StatusIs(absl::StatusCode::kNotFound));
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15
  std::ofstream(path) << dev::DevAccessYaml(now);
  ASSERT_OK_AND_ASSIGN(const auto policy, AccessPolicy::Load(path));
  EXPECT_EQ(policy->caller_count(), 1u);
  const Caller* const api = FindCaller(*policy, dev::kDevCallerId);
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->name(), dev::kDevCallerName);
  for (const RpcRow& row : RpcTable()) {
    for (const char* profile :
         {"cards-demo", "cards-last4", "cards-bin6", "cards-bin8"}) {
      const absl::string_view about =
          row.scope == RpcScope::kServer ? "" : profile;
      EXPECT_TRUE(api->MayCall({row.rpc, about, Reveal::kFull})) << row.name;
    }
  }
  EXPECT_EQ(FindCaller(*policy, dev::kDevStrangerId), nullptr);
  EXPECT_EQ(FindCaller(*policy, dev::kDevServerId), nullptr);
  EXPECT_THAT(policy->OverdueOn(absl::CivilDay(2027, 1, 15)), IsEmpty());
  EXPECT_LE(api->review_by(), absl::CivilDay(2027, 7, 15));
}

TEST(AccessPolicyTest, LoadNamesTheFile) {
  const TempFolder folder;
  const std::string path = folder.path() + "/access.yaml";
  std::ofstream(path) << "callers: x\n";
  EXPECT_THAT(std::string(AccessPolicy::Load(path).status().message()),
              HasSubstr(path + ":1: callers: "));
}

TEST(AccessPolicyHolderTest, ReadersSeeOnePolicyOrTheOther) {
  const auto none = PolicyOf("callers: []\n");
  const auto some = PolicyOf(Yaml("{methods: [Tokenize], profiles: [cards]}"));
  ASSERT_OK_AND_ASSIGN(const SpiffeId id, SpiffeId::Parse(kApi));
  AccessPolicyHolder holder(none);
  std::atomic<bool> stop = false;
  std::atomic<int> swaps_seen = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      const AccessPolicy* last = nullptr;
      while (!stop) {
        const auto policy = holder.Get();
        const Caller* const caller = policy->Find(id);
        const bool may =
            caller != nullptr && caller->MayCall({Rpc::kTokenize, "cards", {}});
        if (may != (policy->caller_count() == 1)) ++wrong;
        if (policy.get() != last) ++swaps_seen;
        last = policy.get();
      }
    });
  }
  // Until the readers have seen both often enough, each swap a policy of its
  // own, so that the last reader of the old one frees it.
  for (int i = 0; swaps_seen < 200 && i < 1'000'000; ++i) {
    holder.Swap(i % 2 == 0
                    ? PolicyOf(Yaml("{methods: [Tokenize], profiles: [cards]}"))
                    : PolicyOf("callers: []\n"));
  }
  holder.Swap(some);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(swaps_seen, 200);
  EXPECT_EQ(holder.Get(), some);
}

TEST(AccessPolicyHolderTest, ACallGoesOnWithThePolicyItBeganWith) {
  AccessPolicyHolder holder(
      PolicyOf(Yaml("{methods: [Tokenize], profiles: [cards]}")));
  const auto mine = holder.Get();
  const Caller* const api = FindCaller(*mine, kApi);
  ASSERT_NE(api, nullptr);
  holder.Swap(PolicyOf("callers: []\n"));
  EXPECT_EQ(FindCaller(*holder.Get(), kApi), nullptr);
  EXPECT_TRUE(api->MayCall({Rpc::kTokenize, "cards", {}}));
}

}  // namespace
}  // namespace panvault::server
