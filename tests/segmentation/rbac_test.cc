// What this shows: which bindings reach around the network, and which do not.

#include "segmentation/rbac.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kApi[] = "apiVersion: rbac.authorization.k8s.io/v1\n";

std::string Role(const std::string& kind, const std::string& rules) {
  return std::string(kApi) + "kind: " + kind +
         "\nmetadata: {name: r, namespace: v}\nrules: [" + rules + "]\n---\n";
}

std::string Binding(const std::string& kind, const std::string& role_kind,
                    const std::string& role, const std::string& space = "v") {
  return std::string(kApi) + "kind: " + kind + "\nmetadata: {name: b, " +
         "namespace: " + space + "}\nroleRef: {kind: " + role_kind +
         ", name: \"" + role + "\"}\nsubjects: [{kind: ServiceAccount, name: " +
         "s, namespace: dev}, {kind: Group, name: \"system:masters\"}]\n";
}

std::vector<std::string> Found(const std::string& text) {
  std::vector<std::string> shown;
  for (const Finding& one : CheckRbac(ReadCluster(text), "v")) {
    shown.push_back(one.subject + ": " + one.message);
  }
  return shown;
}

std::vector<std::string> FoundWith(const std::string& rule) {
  return Found(Role("Role", rule) + Binding("RoleBinding", "Role", "r"));
}

TEST(RbacTest, WhatReaches) {
  EXPECT_THAT(
      FoundWith("{apiGroups: [\"\"], resources: [secrets], verbs: [list]}"),
      ElementsAre("RoleBinding v/b: Role r lets ServiceAccount dev/s read "
                  "secrets"));
  for (const char* const rule :
       {"{resources: [pods/exec], verbs: [create]}",
        "{resources: [pods/ephemeralcontainers], verbs: [patch]}",
        "{resources: [pods], verbs: [create]}",
        "{resources: [deployments], verbs: [update]}",
        "{resources: [serviceaccounts/token], verbs: [create]}",
        "{resources: [networkpolicies], verbs: [delete]}",
        "{resources: [roles], verbs: [escalate]}",
        "{resources: [users], verbs: [impersonate]}",
        "{resources: [\"*\"], verbs: [get]}",
        "{resources: [secrets], verbs: [\"*\"]}"}) {
    EXPECT_FALSE(FoundWith(rule).empty()) << rule;
  }
}

TEST(RbacTest, WhatDoesNot) {
  for (const char* const rule :
       {"{resources: [secrets], verbs: [create]}",
        "{resources: [pods, configmaps], verbs: [get, list, watch]}",
        "{resources: [pods/log], verbs: [get]}",
        "{resources: [networkpolicies], verbs: [get]}"}) {
    EXPECT_THAT(FoundWith(rule), IsEmpty()) << rule;
  }
}

TEST(RbacTest, WhereItCounts) {
  const std::string rule = "{resources: [secrets], verbs: [get]}";
  EXPECT_THAT(Found(Role("Role", rule)), IsEmpty());
  EXPECT_THAT(Found(Role("ClusterRole", rule) +
                    Binding("RoleBinding", "ClusterRole", "r", "other")),
              IsEmpty());
  EXPECT_FALSE(Found(Role("ClusterRole", rule) +
                     Binding("RoleBinding", "ClusterRole", "r"))
                   .empty());
  EXPECT_FALSE(Found(Role("ClusterRole", rule) +
                     Binding("ClusterRoleBinding", "ClusterRole", "r"))
                   .empty());
}

TEST(RbacTest, RolesThatTheInputDoesNotHold) {
  EXPECT_THAT(Found(Binding("RoleBinding", "ClusterRole", "view")), IsEmpty());
  EXPECT_FALSE(Found(Binding("RoleBinding", "ClusterRole", "edit")).empty());
  EXPECT_THAT(Found(Binding("RoleBinding", "ClusterRole", "gone")),
              ElementsAre("RoleBinding v/b: binds ServiceAccount dev/s to "
                          "ClusterRole gone, which the input does not hold"));
}

TEST(RbacTest, TheControlPlaneIsLeftOut) {
  EXPECT_THAT(
      Found(std::string(kApi) +
            "kind: ClusterRoleBinding\nmetadata: {name: cluster-admin}\n"
            "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: "
            "[{kind: Group, name: \"system:masters\"}]\n---\n" +
            kApi +
            "kind: ClusterRoleBinding\nmetadata: {name: \"system:x\"}\n"
            "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: "
            "[{kind: User, name: \"system:x\"}]\n"),
      IsEmpty());
}

}  // namespace
}  // namespace panvault::segmentation
