#include "segmentation/read_object.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "segmentation/container_security.h"
#include "segmentation/fields.h"
#include "segmentation/object_kind.h"
#include "segmentation/read_pod.h"
#include "segmentation/read_policy.h"
#include "segmentation/read_selector.h"

namespace panvault::segmentation {
namespace {

struct Metadata {
  std::string namespace_name;
  std::string name;
  Labels labels;
  std::string owner_kind;
  std::string owner_name;
  bool has_second_network = false;
  std::vector<std::string> weaknesses;  // Of a pod, by annotation.
};

void ReadOwner(Fields& metadata, Metadata& result) {
  const std::vector<TreeNode>& owners = metadata.List("ownerReferences");
  for (const TreeNode& owner : owners) {
    const TreeNode* const name = owner.Find("name");
    const TreeNode* const kind = owner.Find("kind");
    const TreeNode* const controller = owner.Find("controller");
    const bool is_controller = controller != nullptr && controller->boolean;
    if (name == nullptr || (owners.size() > 1 && !is_controller)) continue;
    result.owner_name = name->text;
    result.owner_kind = kind == nullptr ? "" : kind->text;
  }
}

// The annotations of the Network Plumbing Working Group, by which a pod asks
// for interfaces beside the one that policies are about, or for another one.
bool HasSecondNetwork(const Labels& annotations) {
  return annotations.count("k8s.v1.cni.cncf.io/networks") > 0 ||
         annotations.count("v1.multus-cni.io/default-network") > 0;
}

Metadata ReadMetadata(Fields metadata, bool is_template) {
  Metadata result;
  result.name = metadata.String("name").value_or("");
  const bool may_be_nameless =
      is_template || metadata.Get("generateName") != nullptr;
  if (result.name.empty() && !may_be_nameless) {
    metadata.Report("name", "is needed");
  }
  result.namespace_name = metadata.String("namespace").value_or("");
  if (result.namespace_name.empty()) result.namespace_name = "default";
  if (!IsDnsLabel(result.namespace_name)) {
    metadata.Report("namespace", "is no name of a namespace");
  }
  result.labels = ReadLabels(metadata, "labels");
  const Labels annotations =
      metadata.StringMap("annotations").value_or(Labels());
  result.has_second_network = HasSecondNetwork(annotations);
  result.weaknesses = AnnotationWeaknesses(annotations);
  ReadOwner(metadata, result);
  metadata.Ignore({"generateName", "selfLink", "uid", "resourceVersion",
                   "generation", "creationTimestamp", "deletionTimestamp",
                   "deletionGracePeriodSeconds", "finalizers", "managedFields",
                   "clusterName", "initializers"});
  metadata.Finish();
  return result;
}

const TreeNode& EmptyMap() {
  static const TreeNode* const empty = [] {
    auto* const node = new TreeNode;
    node->kind = TreeNode::Kind::kMap;
    return node;
  }();
  return *empty;
}

Fields MapOrEmpty(Fields& parent, absl::string_view key) {
  std::optional<Fields> map = parent.Map(key);
  if (map) return *std::move(map);
  return Fields(EmptyMap(), FieldPath(parent.path(), key), parent.context());
}

// Reads the objects of one document.
class ObjectReader {
 public:
  ObjectReader(const Source& source, Cluster& cluster)
      : cluster_(cluster), source_(source) {}

  // `expected` is the type that a typed list gives to items without one.
  void Read(const TreeNode& root, const TypeName& expected) {
    ReadContext context{source_, "", &cluster_.problems};
    context.source.line = root.line;
    Fields fields(root, "", context);
    if (root.kind != TreeNode::Kind::kMap) return;
    TypeName type{fields.String("apiVersion").value_or(expected.api_version),
                  fields.String("kind").value_or(expected.kind)};
    if (type.api_version.empty() || type.kind.empty()) {
      return fields.Report("", "an object needs apiVersion and kind");
    }
    if (const std::optional<TypeName> items = ItemsOf(type)) {
      for (const TreeNode& item : fields.List("items")) Read(item, *items);
      fields.Ignore({"metadata"});
      return fields.Finish();
    }
    ReadOne(root, type, context);
  }

 private:
  void ReadOne(const TreeNode& root, const TypeName& type,
               ReadContext context) {
    const ObjectKind kind = KindOf(type);
    if (kind == ObjectKind::kUnrelated) {
      ++cluster_.not_examined[type.kind];
      return;
    }
    context.object = type.kind;
    if (const TreeNode* const metadata = root.Find("metadata")) {
      const TreeNode* const space = metadata->Find("namespace");
      const TreeNode* const name = metadata->Find("name");
      absl::StrAppend(&context.object, " ", space ? space->text : "",
                      space ? "/" : "", name ? name->text : "");
    }
    Fields fields(root, "", context);
    fields.Ignore({"apiVersion", "kind"});
    const Metadata metadata =
        ReadMetadata(MapOrEmpty(fields, "metadata"), false);
    switch (kind) {
      case ObjectKind::kNamespace:
        return ReadNamespace(metadata);
      case ObjectKind::kPod:
        return ReadPod(fields, type, metadata);
      case ObjectKind::kController:
      case ObjectKind::kCronJob:
        return ReadController(fields, type, metadata);
      case ObjectKind::kNetworkPolicy:
        return ReadPolicy(fields, metadata);
      case ObjectKind::kForeignPolicy:
        cluster_.foreign.push_back({type.api_version, type.kind,
                                    metadata.namespace_name, metadata.name,
                                    context.source});
        return;
      case ObjectKind::kOther:
        return ReadOther(root, type, metadata, context.source);
      case ObjectKind::kUnrelated:
        return;
      case ObjectKind::kUnknown:
        return fields.Report(
            "", absl::StrCat("unknown kind in ", type.api_version));
    }
  }

  void ReadNamespace(const Metadata& metadata) {
    NamespaceObject space{metadata.name, metadata.labels};
    space.labels[kNamespaceNameLabel] = metadata.name;
    cluster_.namespaces.push_back(std::move(space));
  }

  static Workload NewWorkload(const TypeName& type, const Metadata& metadata,
                              const Source& source) {
    Workload workload;
    workload.namespace_name = metadata.namespace_name;
    workload.kind = type.kind;
    workload.name = metadata.name;
    workload.owner_kind = type.kind;
    workload.owner_name = metadata.name;
    workload.source = source;
    workload.labels = metadata.labels;
    workload.has_second_network = metadata.has_second_network;
    return workload;
  }

  void ReadPod(Fields& fields, const TypeName& type, const Metadata& metadata) {
    Workload pod = NewWorkload(type, metadata, fields.context().source);
    if (!metadata.owner_name.empty()) {
      pod.owner_name = metadata.owner_name;
      if (!metadata.owner_kind.empty()) pod.owner_kind = metadata.owner_kind;
    }
    pod.weaknesses = metadata.weaknesses;
    ReadPodSpec(MapOrEmpty(fields, "spec"), pod);
    if (auto status = fields.Map("status")) ReadPodStatus(*status, pod);
    fields.Finish();
    cluster_.workloads.push_back(std::move(pod));
  }

  void ReadController(Fields& fields, const TypeName& type,
                      const Metadata& metadata) {
    Workload workload = NewWorkload(type, metadata, fields.context().source);
    Fields spec = MapOrEmpty(fields, "spec");
    if (type.kind == "CronJob") {
      Fields job = MapOrEmpty(spec, "jobTemplate");
      job.Ignore({"metadata"});
      Fields job_spec = MapOrEmpty(job, "spec");
      ReadTemplate(job_spec, workload);
      job.Finish();
      IgnoreControllerFields(spec);
    } else {
      ReadTemplate(spec, workload);
    }
    fields.Ignore({"status"});
    fields.Finish();
    cluster_.workloads.push_back(std::move(workload));
  }

  static void IgnoreControllerFields(Fields& spec) {
    spec.Ignore({"replicas",
                 "selector",
                 "strategy",
                 "minReadySeconds",
                 "revisionHistoryLimit",
                 "paused",
                 "progressDeadlineSeconds",
                 "serviceName",
                 "volumeClaimTemplates",
                 "podManagementPolicy",
                 "updateStrategy",
                 "ordinals",
                 "persistentVolumeClaimRetentionPolicy",
                 "parallelism",
                 "completions",
                 "activeDeadlineSeconds",
                 "podFailurePolicy",
                 "successPolicy",
                 "backoffLimit",
                 "backoffLimitPerIndex",
                 "maxFailedIndexes",
                 "manualSelector",
                 "ttlSecondsAfterFinished",
                 "completionMode",
                 "suspend",
                 "podReplacementPolicy",
                 "managedBy",
                 "schedule",
                 "timeZone",
                 "startingDeadlineSeconds",
                 "concurrencyPolicy",
                 "successfulJobsHistoryLimit",
                 "failedJobsHistoryLimit",
                 "templateGeneration",
                 "rollbackTo"});
    spec.Finish();
  }

  static void ReadTemplate(Fields& spec, Workload& workload) {
    Fields pod = MapOrEmpty(spec, "template");
    const Metadata metadata = ReadMetadata(MapOrEmpty(pod, "metadata"), true);
    workload.labels = metadata.labels;
    workload.has_second_network = metadata.has_second_network;
    workload.weaknesses = metadata.weaknesses;
    ReadPodSpec(MapOrEmpty(pod, "spec"), workload);
    pod.Finish();
    ReadClaimTemplates(spec, workload);
    IgnoreControllerFields(spec);
  }

  // A claim that comes from a template replaces the volume of that name.
  static void ReadClaimTemplates(Fields& spec, Workload& workload) {
    for (const TreeNode& claim : spec.List("volumeClaimTemplates")) {
      const TreeNode* const metadata = claim.Find("metadata");
      const TreeNode* const name = metadata ? metadata->Find("name") : nullptr;
      const TreeNode* const claim_spec = claim.Find("spec");
      const TreeNode* const storage_class =
          claim_spec ? claim_spec->Find("storageClassName") : nullptr;
      workload.claims.push_back({name ? name->text : "", true,
                                 storage_class ? storage_class->text : ""});
    }
  }

  void ReadPolicy(Fields& fields, const Metadata& metadata) {
    const size_t problems_before = cluster_.problems.size();
    NetworkPolicy policy = ReadPolicySpec(MapOrEmpty(fields, "spec"));
    fields.Ignore({"status"});
    fields.Finish();
    policy.namespace_name = metadata.namespace_name;
    policy.name = metadata.name;
    policy.source = fields.context().source;
    // The API server would not have taken it; so it is not in force.
    if (cluster_.problems.size() == problems_before) {
      cluster_.policies.push_back(std::move(policy));
    }
  }

  void ReadOther(const TreeNode& root, const TypeName& type,
                 const Metadata& metadata, const Source& source) {
    cluster_.others.push_back(
        {type.api_version, type.kind,
         IsClusterScoped(type.kind) ? "" : metadata.namespace_name,
         metadata.name, source, root});
  }

  Cluster& cluster_;
  Source source_;
};

}  // namespace

void ReadObject(const TreeNode& root, const Source& source, Cluster& cluster) {
  ObjectReader(source, cluster).Read(root, {});
}

}  // namespace panvault::segmentation
