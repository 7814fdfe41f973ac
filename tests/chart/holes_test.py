"""What this shows: fifty holes, put one at a time into what the chart renders, are
found by panvault-segcheck, each by the rule that is about it; and twenty changes
that open and close nothing raise no alarm. (tests/segmentation has the same on a
shortened release, without Helm.)"""

import copy
import json
import unittest

import helm
import segmentation_test

DNS = {"k8s-app": "kube-dns"}
WORDS = {"justification": "Needed.", "owner": "team", "approvedBy": "board",
         "reviewBy": "2027-03-31", "pci": ["1.2.5"]}
FLOWS = {"flows": [
    {"name": "vault-db", "kind": "postgres", "cidr": "10.20.0.5/32", **WORDS},
    {"name": "dns", "kind": "dns", "namespace": "kube-system", "podLabels": DNS, **WORDS}]}
RENDERED = helm.objects(helm.CHART / "ci/callers-values.yaml", FLOWS)
RBAC = "rbac.authorization.k8s.io"
NAME = "kubernetes.io/metadata.name"
OURS = {"app.kubernetes.io/name": "panvault", "app.kubernetes.io/instance": "panvault"}


def policy(rendered, name):
    return helm.named(rendered, "NetworkPolicy", f"panvault-{name}")["spec"]


def rule(rendered):
    """The first rule of the callers' policy: that of checkout-api."""
    return policy(rendered, "callers")["ingress"][0]


def peer(rendered):
    return rule(rendered)["from"][0]


def dns(rendered):
    return policy(rendered, "flow-dns")["egress"][0]


def database(rendered):
    return policy(rendered, "flow-vault-db")["egress"][0]


def pod(rendered):
    return helm.named(rendered, "Deployment", "panvault")["spec"]["template"]["spec"]


def container(rendered):
    return pod(rendered)["containers"][0]


def space(name):
    return {"namespaceSelector": {"matchLabels": {NAME: name}}}


def block(cidr, *excepts):
    return {"ipBlock": {"cidr": cidr, **({"except": list(excepts)} if excepts else {})}}


def expression(key, operator, *values):
    return {"matchExpressions": [{"key": key, "operator": operator,
                                  **({"values": list(values)} if values else {})}]}


def more(rendered, kind, name="more", namespace="panvault",
         api="networking.k8s.io/v1", **rest):
    rendered.append({"apiVersion": api, "kind": kind,
                     "metadata": {"name": name, "namespace": namespace}, **rest})


def opens(*rules, selects=None, namespace="panvault"):
    """A further ingress policy."""
    return lambda r: more(r, "NetworkPolicy", namespace=namespace, spec={
        "podSelector": selects or {}, "policyTypes": ["Ingress"], "ingress": list(rules)})


def lets_out(*rules, selects=None, namespace="panvault"):
    return lambda r: more(r, "NetworkPolicy", namespace=namespace, spec={
        "podSelector": selects or {}, "policyTypes": ["Egress"], "egress": list(rules)})


def admits(*peers, **rest):
    return opens({"from": list(peers), **rest})


def allows(role, rules, subject):
    def hole(rendered):
        if rules:
            more(rendered, "Role", role, api=f"{RBAC}/v1", rules=rules)
        more(rendered, "RoleBinding", "bound", api=f"{RBAC}/v1", subjects=[subject], roleRef={
            "apiGroup": RBAC, "kind": "Role" if rules else "ClusterRole", "name": role})
    return hole


def runs(namespace, labels, **spec):
    return lambda r: r.append({
        "apiVersion": "v1", "kind": "Pod", "spec": {"containers": [], **spec},
        "metadata": {"name": "p", "namespace": namespace, "labels": labels}})


DEVS = {"apiGroup": RBAC, "kind": "Group", "name": "devs"}

HOLES = {
    "leak-ingress": {
        "wide CIDR": admits(block("0.0.0.0/0")),
        "IPv6 only": admits(block("::/0")),
        "one address": admits(block("192.0.2.7/32")),
        "except leaves a rest": admits(block("10.0.0.0/8", "10.0.0.0/9")),
        "every peer": opens({}),
        "empty from": opens({"from": [], "ports": [{"port": 8443}]}),
        "every namespace": admits({"namespaceSelector": {}}),
        "own namespace": admits({"podSelector": {}}),
        "future namespaces": admits(
            {"namespaceSelector": expression("env", "NotIn", "dev")}),
        "a label that is absent": admits(
            {"podSelector": expression("quarantine", "DoesNotExist")}),
        "another port of the server": opens({"ports": [{"port": 8081}]}),
        "named port": admits({"podSelector": {}}, ports=[{"port": "grpc"}]),
        "SCTP only": opens({"ports": [{"protocol": "SCTP"}]}),
        "port range": lambda r: rule(r)["ports"][0].update(endPort=8444),
        "lower port range": lambda r: rule(r)["ports"][0].update(port=8080, endPort=8443),
        "UDP as well": lambda r: rule(r)["ports"].append({"protocol": "UDP", "port": 8443}),
        "ports left out": lambda r: rule(r).pop("ports"),
        "two items in place of and": lambda r: rule(r)["from"].append(
            {"podSelector": peer(r).pop("podSelector")}),
        "pod selector lost": lambda r: peer(r).pop("podSelector"),
        "namespace selector lost": lambda r: peer(r).pop("namespaceSelector"),
        "a label that anyone can set": lambda r: peer(r).update(
            namespaceSelector={"matchLabels": {"team": "checkout"}}),
        "a value too many": lambda r: peer(r).update(podSelector=expression(
            "app.kubernetes.io/name", "In", "checkout-api", "checkout-web")),
        "a key without value": lambda r: peer(r).update(podSelector=expression(
            "app.kubernetes.io/name", "Exists")),
        "a caller that is not declared": lambda r: rule(r)["from"].append(
            {**space("billing"), "podSelector": {"matchLabels": {"app": "invoices"}}}),
        "ingress is not isolated": lambda r: [
            policy(r, "deny-all").update(policyTypes=["Egress"]),
            r.remove(helm.named(r, "NetworkPolicy", "panvault-callers"))],
        "deny-all selects nothing": lambda r: policy(r, "deny-all").update(
            podSelector={"matchLabels": {"app.kubernetes.io/instance": "old"}}),
    },
    "leak-egress": {
        "missing policyTypes": lambda r: [
            policy(r, "deny-all").pop("policyTypes"),
            *(r.remove(helm.named(r, "NetworkPolicy", f"panvault-flow-{name}"))
              for name in ("vault-db", "dns"))],
        "egress to all": lets_out({}),
        "database network too wide": lambda r: database(r)["to"][0]["ipBlock"].update(
            cidr="10.20.0.5/31"),
        "database on every port": lambda r: database(r).pop("ports"),
        "metadata service": lets_out({"to": [block("169.254.169.254/32")],
                                      "ports": [{"port": 80}]}),
        "name server anywhere": lambda r: dns(r)["to"][0].update(namespaceSelector={}),
        "every pod of kube-system": lambda r: dns(r)["to"][0].pop("podSelector"),
        "the migration may call": lets_out(
            {"to": [{"namespaceSelector": {}}], "ports": [{"port": 443}]},
            selects={"matchLabels": {"app.kubernetes.io/component": "migrate"}}),
        "a port by the peer's name": lambda r: dns(r)["ports"][0].update(port="dns"),
    },
    "blocked-flow": {
        "wrong port": lambda r: rule(r)["ports"][0].update(port=8444),
        "wrong namespace": lambda r: peer(r).update(space("check-out")),
        "DNS over TCP lost": lambda r: dns(r)["ports"].pop(),
        "the caller cannot send": lambda r: helm.named(
            r, "NetworkPolicy", "panvault.panvault.caller-checkout-api")["spec"].update(egress=[]),
    },
    "unreadable-input": {
        "misspelt field": lambda r: rule(r)["ports"][0].update(protcol="TCP"),
        "port in quotes": lambda r: rule(r)["ports"][0].update(port="8443"),
    },
    "foreign-policy": {
        "Cilium": lambda r: more(r, "CiliumNetworkPolicy", api="cilium.io/v2", spec={}),
        "admin policy": lambda r: more(r, "AdminNetworkPolicy", spec={},
                                       api="policy.networking.k8s.io/v1alpha1"),
    },
    "host-network": {"host network": lambda r: pod(r).update(hostNetwork=True)},
    "untied-labels": {"admission does not deny": lambda r: helm.of_kind(
        r, "ValidatingAdmissionPolicyBinding")[0]["spec"].update(validationActions=["Audit"])},
    "wrong-service-account": {"another service account": runs(
        "checkout", {"app.kubernetes.io/name": "checkout-api"}, serviceAccountName="default")},
    "rbac-reach": {"a role reads secrets": allows(
        "reader", [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}], DEVS)},
    "secret-in-environment": {"a Secret in the environment": lambda r: container(r).update(
        env=[{"name": "KEK", "valueFrom": {"secretKeyRef": {"name": "k", "key": "k"}}}])},
    "secret-elsewhere": {"a neighbour with the key": runs(
        "panvault", {}, volumes=[{"name": "k", "secret": {"secretName": "panvault-kek"}}])},
    "pod-security": {"privilege escalation": lambda r: container(r)[
        "securityContext"].update(allowPrivilegeEscalation=True)},
}

HARMLESS = {
    "a second deny-all": opens(),
    "the same by expression": lambda r: peer(r).update(podSelector=expression(
        "app.kubernetes.io/name", "In", "checkout-api")),
    "a redundant expression": lambda r: peer(r)["podSelector"].update(
        expression("app.kubernetes.io/name", "Exists")),
    "a port as range of one": lambda r: rule(r)["ports"][0].update(endPort=8443),
    "a port by name": lambda r: rule(r)["ports"][0].update(port="grpc"),
    "the same port twice": lambda r: rule(r)["ports"].append({"port": 8443}),
    "the protocol by default": lambda r: rule(r)["ports"][0].pop("protocol"),
    "a DNS port as range of one": lambda r: dns(r)["ports"][0].update(endPort=53),
    "a rule for another pod": opens({}, selects={"matchLabels": {"app": "other"}}),
    "an open policy elsewhere": opens({}, namespace="dev"),
    "no rules, said twice": lambda r: policy(r, "deny-all").update(ingress=[], egress=None),
    "a rule that admits nothing": opens({"ports": [{"port": "nobody-has-it"}]}),
    "a selector that nothing meets": admits({"podSelector": {
        "matchLabels": {"a": "b"}, **expression("a", "DoesNotExist")}}),
    "the caller may send more": lets_out({"to": [{"namespaceSelector": {}}]},
                                         namespace="checkout"),
    "a pod of the caller": runs(
        "checkout", {"app.kubernetes.io/name": "checkout-api", "extra": "label"},
        serviceAccountName="checkout-api"),
    "another label on the server": lambda r: helm.named(r, "Deployment", "panvault")[
        "spec"]["template"]["metadata"]["labels"].update(version="v2"),
    "rules in another order": lambda r: policy(r, "callers")["ingress"].reverse(),
    "a viewer of the namespace": allows("view", None, DEVS),
    "an object of a plugin": lambda r: more(r, "CiliumNode", api="cilium.io/v2"),
    "a neighbour with a Secret of its own": runs(
        "panvault", {}, volumes=[{"name": "k", "secret": {"secretName": "own"}}]),
}


def judged(change):
    rendered = copy.deepcopy(RENDERED)
    change(rendered)
    if rendered == RENDERED:
        raise AssertionError("nothing was changed")
    return segmentation_test.verify(json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": rendered}))


class HolesTest(unittest.TestCase):
    def test_the_render_itself_passes(self):
        report = segmentation_test.verify(RENDERED)
        self.assertEqual((report["verdict"], report["findings"]), ("PASS", []))

    def test_fifty_holes_are_found(self):
        self.assertEqual(sum(map(len, HOLES.values())), 50)
        for wanted, holes in HOLES.items():
            for name, hole in holes.items():
                with self.subTest(name, rule=wanted):
                    report = judged(hole)
                    self.assertIn(wanted, segmentation_test.rules(report))
                    self.assertNotEqual(report["verdict"], "PASS")

    def test_twenty_harmless_changes_raise_no_alarm(self):
        self.assertEqual(len(HARMLESS), 20)
        for name, change in HARMLESS.items():
            with self.subTest(name):
                report = judged(change)
                self.assertEqual((report["verdict"], report["findings"]), ("PASS", []))


if __name__ == "__main__":
    unittest.main()
