#include "segmentation/read_pod.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "segmentation/container_security.h"
#include "segmentation/port_name.h"

namespace panvault::segmentation {
namespace {

void ReadContainerPort(Fields fields, Workload& workload) {
  ContainerPort port;
  port.name = fields.String("name").value_or("");
  if (!port.name.empty() && !IsPortName(port.name)) {
    fields.Report("name", "is no port name");
  }
  if (const auto name = fields.String("protocol")) {
    const std::optional<Protocol> protocol = ParseProtocol(*name);
    if (!protocol) fields.Report("protocol", "is not TCP, UDP or SCTP");
    port.protocol = protocol.value_or(Protocol::kTcp);
  }
  const std::optional<int64_t> number = fields.Int("containerPort");
  fields.Ignore({"hostPort", "hostIP"});
  fields.Finish();
  if (!number || *number < 1 || *number > kPortMax) {
    return fields.Report("containerPort", "is needed, from 1 to 65535");
  }
  port.number = static_cast<uint32_t>(*number);
  workload.ports.push_back(std::move(port));
}

// The name that a reference to a Secret gives, by any of these keys.
void AddSecret(const TreeNode* reference,
               std::initializer_list<absl::string_view> keys,
               Workload& workload) {
  for (const absl::string_view key : keys) {
    const TreeNode* const name =
        reference == nullptr ? nullptr : reference->Find(key);
    if (name != nullptr && !name->text.empty()) {
      workload.secrets.push_back(name->text);
    }
  }
}

void ReadSecretEnv(Fields container, const std::string& name,
                   Workload& workload) {
  const std::string path = FieldPath(container.path(), "env");
  for (const TreeNode& item : container.List("env")) {
    const TreeNode* const from = item.Find("valueFrom");
    if (from == nullptr || from->Find("secretKeyRef") == nullptr) continue;
    AddSecret(from->Find("secretKeyRef"), {"name"}, workload);
    const TreeNode* const variable = item.Find("name");
    workload.secret_env.push_back(absl::StrCat(
        "container ", name, ": ", variable == nullptr ? "?" : variable->text));
  }
  for (const TreeNode& item : container.List("envFrom")) {
    if (item.Find("secretRef") == nullptr) continue;
    AddSecret(item.Find("secretRef"), {"name"}, workload);
    workload.secret_env.push_back(
        absl::StrCat("container ", name, ": every key of a Secret"));
  }
}

void ReadContainer(Fields fields, const PodSecurity& pod, Workload& workload) {
  const std::string name = fields.String("name").value_or("?");
  const std::vector<TreeNode>& ports = fields.List("ports");
  for (size_t i = 0; i < ports.size(); ++i) {
    ReadContainerPort(
        Fields(ports[i], ItemPath(FieldPath(fields.path(), "ports"), i),
               fields.context()),
        workload);
    const TreeNode* const host_port = ports[i].Find("hostPort");
    if (host_port != nullptr && host_port->integer != 0) {
      workload.weaknesses.push_back(
          absl::StrCat("container ", name, ": takes a port of the node"));
    }
  }
  ReadSecretEnv(fields, name, workload);
  for (std::string& weakness :
       ContainerWeaknesses(fields.node().Find("securityContext"), pod)) {
    workload.weaknesses.push_back(
        absl::StrCat("container ", name, ": ", weakness));
  }
  fields.Ignore({"name",
                 "image",
                 "command",
                 "args",
                 "workingDir",
                 "resources",
                 "resizePolicy",
                 "restartPolicy",
                 "restartPolicyRules",
                 "volumeMounts",
                 "volumeDevices",
                 "livenessProbe",
                 "readinessProbe",
                 "startupProbe",
                 "lifecycle",
                 "terminationMessagePath",
                 "terminationMessagePolicy",
                 "imagePullPolicy",
                 "securityContext",
                 "stdin",
                 "stdinOnce",
                 "tty",
                 "targetContainerName",
                 "env",
                 "envFrom"});
  fields.Finish();
}

// The kinds of volumes that "restricted" allows.
bool IsPlainVolume(absl::string_view kind) {
  static constexpr absl::string_view kKinds[] = {
      "configMap", "csi",   "downwardAPI",           "emptyDir",
      "ephemeral", "image", "persistentVolumeClaim", "projected",
      "secret"};
  return std::find(std::begin(kKinds), std::end(kKinds), kind) !=
         std::end(kKinds);
}

// Through whichever kind of volume.
void ReadSecretVolume(const TreeNode& volume, Workload& workload) {
  for (const TreeNode& kind : volume.items) {
    if (kind.kind != TreeNode::Kind::kMap) continue;
    AddSecret(&kind, {"secretName"}, workload);
    AddSecret(kind.Find("secretRef"), {"name"}, workload);
    AddSecret(kind.Find("nodePublishSecretRef"), {"name"}, workload);
    const TreeNode* const sources = kind.Find("sources");
    if (sources == nullptr) continue;
    for (const TreeNode& source : sources->items) {
      AddSecret(source.Find("secret"), {"name"}, workload);
    }
  }
}

void ReadVolumes(Fields& spec, Workload& workload) {
  for (const TreeNode& volume : spec.List("volumes")) {
    for (const TreeNode& kind : volume.items) {
      if (kind.key == "name" || IsPlainVolume(kind.key)) continue;
      workload.weaknesses.push_back(
          kind.key == "hostPath"
              ? "a volume is a path of the node"
              : absl::StrCat("a volume is of the kind ", kind.key));
    }
    ReadSecretVolume(volume, workload);
    const TreeNode* const claim = volume.Find("persistentVolumeClaim");
    const TreeNode* const name =
        claim == nullptr ? nullptr : claim->Find("claimName");
    if (name != nullptr) workload.claims.push_back({name->text, false, ""});
  }
}

void ReadHostSharing(Fields& spec, Workload& workload) {
  workload.host_network = spec.Bool("hostNetwork").value_or(false);
  for (const char* const key : {"hostNetwork", "hostPID", "hostIPC"}) {
    const TreeNode* const flag = spec.Get(key);
    if (flag != nullptr && flag->boolean) {
      workload.weaknesses.push_back(absl::StrCat(key, " is set"));
    }
  }
}

}  // namespace

void ReadPodSpec(Fields spec, Workload& workload) {
  const TreeNode* const context = spec.Get("securityContext");
  const PodSecurity security = ReadPodSecurity(context);
  for (std::string& weakness : PodWeaknesses(context)) {
    workload.weaknesses.push_back(std::move(weakness));
  }
  ReadHostSharing(spec, workload);
  workload.service_account = spec.String("serviceAccountName").value_or("");
  if (workload.service_account.empty()) workload.service_account = "default";
  for (const char* const key :
       {"initContainers", "containers", "ephemeralContainers"}) {
    const std::vector<TreeNode>& containers = spec.List(key);
    for (size_t i = 0; i < containers.size(); ++i) {
      ReadContainer(
          Fields(containers[i], ItemPath(FieldPath(spec.path(), key), i),
                 spec.context()),
          security, workload);
    }
  }
  ReadVolumes(spec, workload);
  spec.Ignore({"restartPolicy",
               "terminationGracePeriodSeconds",
               "activeDeadlineSeconds",
               "dnsPolicy",
               "nodeSelector",
               "serviceAccount",
               "automountServiceAccountToken",
               "nodeName",
               "shareProcessNamespace",
               "imagePullSecrets",
               "hostname",
               "subdomain",
               "affinity",
               "schedulerName",
               "tolerations",
               "hostAliases",
               "priorityClassName",
               "priority",
               "dnsConfig",
               "readinessGates",
               "runtimeClassName",
               "enableServiceLinks",
               "preemptionPolicy",
               "overhead",
               "topologySpreadConstraints",
               "setHostnameAsFQDN",
               "os",
               "hostUsers",
               "schedulingGates",
               "resourceClaims",
               "resources",
               "hostnameOverride",
               "workloadRef",
               "schedulingGroup"});
  spec.Finish();
}

void ReadPodStatus(Fields status, Workload& workload) {
  const std::string phase = status.String("phase").value_or("");
  workload.is_finished = phase == "Succeeded" || phase == "Failed";
  const auto add = [&](const std::string& address) {
    const absl::StatusOr<AddressSet> parsed = ParseAddress(address);
    if (!parsed.ok()) return status.Report("podIP", parsed.status().message());
    workload.addresses = workload.addresses.Union(*parsed);
  };
  const std::string address = status.String("podIP").value_or("");
  if (!address.empty()) add(address);
  for (const TreeNode& item : status.List("podIPs")) {
    const TreeNode* const ip = item.Find("ip");
    if (ip != nullptr) add(ip->text);
  }
}

}  // namespace panvault::segmentation
