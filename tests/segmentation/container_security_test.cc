// What this shows: what the standard "restricted" asks of a container is found
// missing, one thing at a time.

#include "segmentation/container_security.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Weaknesses(const std::string& json,
                                    const PodSecurity& pod = {}) {
  const TreeNode node = *ParseJson(json);
  return ContainerWeaknesses(&node, pod);
}

std::string Context(const std::string& more) {
  return R"({"allowPrivilegeEscalation": false,
             "capabilities": {"drop": ["ALL"]})" +
         more + "}";
}

constexpr PodSecurity kGoodPod = {true, true};

TEST(ContainerSecurityTest, RestrictedHasNoWeakness) {
  EXPECT_THAT(Weaknesses(Context(""), kGoodPod), IsEmpty());
  EXPECT_THAT(Weaknesses(Context(R"(, "runAsNonRoot": true,
                            "seccompProfile": {"type": "RuntimeDefault"})")),
              IsEmpty());
}

TEST(ContainerSecurityTest, NothingSaidMeansMuch) {
  EXPECT_THAT(ContainerWeaknesses(nullptr, {}),
              ElementsAre("may run as root", "has no seccomp profile",
                          "may gain privileges", "keeps capabilities"));
}

TEST(ContainerSecurityTest, AContainerCanUndoWhatThePodSays) {
  EXPECT_THAT(Weaknesses(Context(R"(, "runAsNonRoot": false)"), kGoodPod),
              ElementsAre("may run as root"));
  EXPECT_THAT(Weaknesses(Context(R"(, "runAsUser": 0)"), kGoodPod),
              ElementsAre("runs as user 0"));
  EXPECT_THAT(
      Weaknesses(Context(R"(, "seccompProfile": {"type": "Unconfined"})"),
                 kGoodPod),
      ElementsAre("has no seccomp profile"));
  EXPECT_THAT(Weaknesses(Context(R"(, "privileged": true)"), kGoodPod),
              ElementsAre("is privileged"));
}

TEST(ContainerSecurityTest, Capabilities) {
  EXPECT_THAT(Weaknesses(R"({"allowPrivilegeEscalation": false,
          "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}})",
                         kGoodPod),
              IsEmpty());
  EXPECT_THAT(Weaknesses(R"({"allowPrivilegeEscalation": false,
          "capabilities": {"drop": ["NET_RAW"], "add": ["SYS_ADMIN"]}})",
                         kGoodPod),
              ElementsAre("keeps capabilities", "adds capabilities"));
}

// The rest of the baseline and restricted standards, for a container; and for a
// pod, where it may say the same.
TEST(ContainerSecurityTest, TheRestOfTheStandard) {
  struct Case {
    const char* json;
    const char* weakness;
    bool is_of_pods;
  };
  for (const Case& one : std::vector<Case>{
           {R"("runAsUser": 0)", "runs as user 0", true},
           {R"("appArmorProfile": {"type": "Unconfined"})",
            "switches AppArmor off", true},
           {R"("seLinuxOptions": {"type": "spc_t"})",
            "chooses its SELinux label", true},
           {R"("seLinuxOptions": {"user": "system_u"})",
            "chooses its SELinux label", true},
           {R"("windowsOptions": {"hostProcess": true})",
            "is a process of the node", true},
           {R"("procMount": "Unmasked")", "sees all of /proc", false}}) {
    EXPECT_THAT(Weaknesses(Context(std::string(", ") + one.json), kGoodPod),
                ElementsAre(one.weakness));
    const TreeNode pod = *ParseJson(std::string("{") + one.json + "}");
    EXPECT_EQ(PodWeaknesses(&pod).size(), one.is_of_pods ? 1U : 0U) << one.json;
  }
  EXPECT_THAT(Weaknesses(Context(R"(, "runAsUser": 1, "procMount": "Default",
                            "appArmorProfile": {"type": "RuntimeDefault"},
                            "seLinuxOptions": {"type": "container_t",
                                               "level": "s0"})"),
                         kGoodPod),
              IsEmpty());
}

TEST(ContainerSecurityTest, Sysctls) {
  const auto of = [](const std::string& name) {
    const TreeNode pod = *ParseJson(R"({"sysctls": [{"name": ")" + name +
                                    R"(", "value": "1"}]})");
    return PodWeaknesses(&pod);
  };
  EXPECT_THAT(of("net.ipv4.tcp_syncookies"), IsEmpty());
  EXPECT_THAT(of("kernel.msgmax"),
              ElementsAre("sets a sysctl that is not safe"));
  EXPECT_THAT(PodWeaknesses(nullptr), IsEmpty());
}

TEST(ContainerSecurityTest, AppArmorByAnnotation) {
  const auto of = [](const std::string& value) {
    return AnnotationWeaknesses(
        {{"container.apparmor.security.beta.kubernetes.io/c", value},
         {"corp.internal/apparmor", "unconfined"}});
  };
  EXPECT_THAT(of("unconfined"),
              ElementsAre("container c: switches AppArmor off"));
  EXPECT_THAT(of("off"), ElementsAre("container c: switches AppArmor off"));
  for (const char* const good : {"", "runtime/default", "localhost/panvault"}) {
    EXPECT_THAT(of(good), IsEmpty()) << good;
  }
  EXPECT_THAT(AnnotationWeaknesses({}), IsEmpty());
}

TEST(ContainerSecurityTest, PodLevel) {
  const TreeNode good = *ParseJson(
      R"({"runAsNonRoot": true, "seccompProfile": {"type": "Localhost"}})");
  EXPECT_TRUE(ReadPodSecurity(&good).runs_as_non_root);
  EXPECT_TRUE(ReadPodSecurity(&good).has_seccomp);
  EXPECT_FALSE(ReadPodSecurity(nullptr).runs_as_non_root);
  EXPECT_FALSE(ReadPodSecurity(nullptr).has_seccomp);
}

}  // namespace
}  // namespace panvault::segmentation
