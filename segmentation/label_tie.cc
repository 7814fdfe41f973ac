#include "segmentation/label_tie.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "segmentation/fields.h"
#include "segmentation/namespaces.h"
#include "segmentation/peer_box.h"
#include "segmentation/read_selector.h"

namespace panvault::segmentation {
namespace {

constexpr char kLabelsVariable[] =
    "has(object.metadata.labels) ? object.metadata.labels : {}";

std::string Squeezed(absl::string_view text) {
  std::string squeezed(text);
  absl::RemoveExtraAsciiWhitespace(&squeezed);
  return squeezed;
}

const TreeNode* At(const TreeNode* node, absl::string_view key) {
  const TreeNode* const found = node == nullptr ? nullptr : node->Find(key);
  return found == nullptr || found->kind == TreeNode::Kind::kNull ? nullptr
                                                                  : found;
}

std::string TextAt(const TreeNode* node, absl::string_view key) {
  const TreeNode* const found = At(node, key);
  return found == nullptr ? "" : found->text;
}

bool IsEmptyAt(const TreeNode* node, absl::string_view key) {
  const TreeNode* const found = At(node, key);
  return found == nullptr || (found->items.empty() && found->text.empty());
}

bool Lists(const TreeNode* node, absl::string_view key,
           absl::string_view item) {
  const TreeNode* const list = At(node, key);
  return list != nullptr && std::any_of(list->items.begin(), list->items.end(),
                                        [item](const TreeNode& one) {
                                          return one.text == item ||
                                                 one.text == "*";
                                        });
}

bool CoversPods(const TreeNode& rule) {
  return Lists(&rule, "apiGroups", "") && Lists(&rule, "apiVersions", "v1") &&
         Lists(&rule, "resources", "pods") &&
         Lists(&rule, "operations", "CREATE") &&
         Lists(&rule, "operations", "UPDATE") &&
         IsEmptyAt(&rule, "resourceNames") && IsEmptyAt(&rule, "scope");
}

bool SelectsNamespace(const TreeNode* constraints, const Labels& labels) {
  const TreeNode* const selector = At(constraints, "namespaceSelector");
  if (selector == nullptr) return true;
  std::vector<Problem> problems;
  const ReadContext context{{}, "", &problems};
  const Selector read = ReadSelector(Fields(*selector, "", context));
  return problems.empty() && Matches(read, labels);
}

bool AppliesTo(const TreeNode* spec, const Labels& namespace_labels) {
  const std::string failure = TextAt(spec, "failurePolicy");
  const TreeNode* const constraints = At(spec, "matchConstraints");
  const TreeNode* const rules = At(constraints, "resourceRules");
  return (failure.empty() || failure == "Fail") &&
         IsEmptyAt(spec, "matchConditions") && IsEmptyAt(spec, "paramKind") &&
         IsEmptyAt(constraints, "objectSelector") &&
         IsEmptyAt(constraints, "excludeResourceRules") &&
         SelectsNamespace(constraints, namespace_labels) && rules != nullptr &&
         std::any_of(rules->items.begin(), rules->items.end(), CoversPods);
}

// An entry of `list` with this text at `key`.
bool HasEntry(const TreeNode* list, absl::string_view key,
              const std::string& text) {
  return list != nullptr &&
         std::any_of(list->items.begin(), list->items.end(),
                     [&](const TreeNode& one) {
                       return Squeezed(TextAt(&one, key)) == text;
                     });
}

bool DefinesLabels(const TreeNode* spec) {
  const TreeNode* const variables = At(spec, "variables");
  return variables != nullptr &&
         std::any_of(variables->items.begin(), variables->items.end(),
                     [](const TreeNode& one) {
                       return TextAt(&one, "name") == "labels" &&
                              Squeezed(TextAt(&one, "expression")) ==
                                  kLabelsVariable;
                     });
}

bool IsBound(const Cluster& cluster, const std::string& policy) {
  return std::any_of(cluster.others.begin(), cluster.others.end(),
                     [&policy](const OtherObject& other) {
                       if (other.kind != "ValidatingAdmissionPolicyBinding")
                         return false;
                       const TreeNode* const spec = At(&other.root, "spec");
                       return TextAt(spec, "policyName") == policy &&
                              Lists(spec, "validationActions", "Deny") &&
                              IsEmptyAt(spec, "matchResources") &&
                              IsEmptyAt(spec, "paramRef");
                     });
}

}  // namespace

std::string TieExpression(const CallerFlow& caller) {
  std::vector<std::string> terms;
  for (const auto& [key, value] : caller.pod_labels) {
    terms.push_back(absl::StrCat("'", key, "' in variables.labels && ",
                                 "variables.labels['", key, "'] == '", value,
                                 "'"));
  }
  return absl::StrCat("request.namespace != '", caller.namespace_name,
                      "' || !(", absl::StrJoin(terms, " && "),
                      ") || object.spec.serviceAccountName == '",
                      caller.service_account, "'");
}

bool IsTied(const Cluster& cluster, const CallerFlow& caller) {
  const NamespaceIndex namespaces(cluster);
  Labels labels = namespaces.LabelsOf(caller.namespace_name);
  labels[kNamespaceNameLabel] = caller.namespace_name;
  const std::string expression = TieExpression(caller);
  return std::any_of(cluster.others.begin(), cluster.others.end(),
                     [&](const OtherObject& other) {
                       if (other.kind != "ValidatingAdmissionPolicy")
                         return false;
                       const TreeNode* const spec = At(&other.root, "spec");
                       return AppliesTo(spec, labels) && DefinesLabels(spec) &&
                              HasEntry(At(spec, "validations"), "expression",
                                       expression) &&
                              IsBound(cluster, other.name);
                     });
}

}  // namespace panvault::segmentation
