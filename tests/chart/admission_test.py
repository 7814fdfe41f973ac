"""What this shows: the admission policies, evaluated, let nobody borrow a caller's labels.
Of every pod that the server's ingress policy admits, the service account is that of the
entry in access.yaml; all other pods are left alone; and the test fails where a rule is
changed."""

import copy
import itertools
import unittest

import yaml

import cel
import helm
import match_test
import policies
import random_values

NAME = "kubernetes.io/metadata.name"
CALLERS = helm.CHART / "ci/callers-values.yaml"


def pod(namespace, labels, account):
    """As an API server has it by the time of validation; `labels` None: no such key."""
    meta = {"name": "p", "namespace": namespace}
    spec = {"containers": [{"name": "c", "image": "i"}]}
    if labels is not None:
        meta["labels"] = labels
    if account is not None:
        spec["serviceAccountName"] = account
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def review(item, old=None, **more):
    return {"request": {
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "operation": "UPDATE" if old else "CREATE", "name": "p",
        "namespace": item["metadata"]["namespace"], "object": item, "oldObject": old, **more}}


def status(item, old):
    return review(item, old, subResource="status")


def admits(rendered, namespace, labels):
    """Whether the server's own policies let such a pod in, read from them alone."""
    for peer, _ in policies.allowed(rendered, "panvault", match_test.server_labels(rendered),
                                    "Ingress"):
        if ("ipBlock" not in peer
                and policies.selects(peer["namespaceSelector"], {NAME: namespace})
                and policies.selects(peer["podSelector"], labels)):
            return True
    return False


def own_accounts(rendered):
    """{(namespace, labels): account} of the release's pods that reach the database, and
    of the instances that an operator makes of a Cluster."""
    pods = {("panvault", match_test.frozen(meta["labels"])): spec["serviceAccountName"]
            for _, meta, spec in helm.pod_templates(rendered)
            if meta["labels"]["app.kubernetes.io/component"] in ("server", "migrate")}
    clusters = [item["metadata"]["name"] for item in helm.of_kind(rendered, "Cluster")]
    return pods | {("panvault", match_test.frozen({"cnpg.io/cluster": name})): name
                   for name in clusters}


class Pods:
    """Pods about the callers: theirs, and each with something changed."""

    def __init__(self, rendered, callers):
        self.rendered = rendered
        self.cases = []  # (review, whether it may pass)
        identities = {(c["namespace"], match_test.frozen(c["podLabels"])): c["serviceAccount"]
                      for c in callers}
        self.wanted = {**identities, **own_accounts(rendered)}
        accounts = sorted({"default", *self.wanted.values()})[:4]
        for (namespace, frozen), account in self.wanted.items():
            labels = dict(frozen)
            for used in {account, *accounts}:
                for carried in self.variants(labels):
                    for where in (namespace, "elsewhere"):
                        self.add(where, carried, used)

    @staticmethod
    def variants(labels):
        yield labels
        yield {**labels, "extra": "label"}
        for key in labels:
            yield {name: value for name, value in labels.items() if name != key}
            yield {**labels, key: "other"}

    def add(self, namespace, labels, account):
        item = pod(namespace, labels, account)
        demanded = {who for (where, frozen), who in self.wanted.items()
                    if where == namespace and set(frozen) <= set(labels.items())}
        may = demanded <= {account}
        self.cases.append((review(item), may))
        # As a label of a pod that runs already.
        self.cases.append((review(item, pod(namespace, {}, account)), may))


class AdmissionTest(unittest.TestCase):
    def check(self, rendered, callers):
        cases = Pods(rendered, callers).cases
        answers = cel.refusals(rendered, [item for item, _ in cases])
        borrowed = 0
        for (item, may), refused in zip(cases, answers, strict=True):
            self.assertEqual(not refused, may, f"{item} {refused}")
            borrowed += not may
            request = item["request"]
            # Whoever the network lets in is a caller of the list, and under its account.
            if not refused and admits(rendered, request["namespace"],
                                      request["object"]["metadata"]["labels"]):
                self.assertIn((request["namespace"], request["object"]["spec"][
                    "serviceAccountName"]), {(c["namespace"], c["serviceAccount"])
                                             for c in callers})
        return len(cases), borrowed

    def test_our_values(self):
        for path in helm.values_files():
            values = yaml.safe_load(path.read_text())
            if values.get("fullnameOverride") or not values.get("admission", {}).get("enabled", True):
                continue
            with self.subTest(path.name):
                pods, borrowed = self.check(helm.objects(path), values.get("callers", []))
                self.assertGreater(borrowed, 0)
                self.assertGreater(pods, 2 * borrowed)

    def test_random_values(self):
        for seed in range(0, 200, 8):
            with self.subTest(seed=seed):
                values = random_values.values(seed)
                self.check(helm.objects(values), values["callers"])

    def test_refusals_say_why_and_errors_refuse(self):
        rendered = helm.objects(CALLERS)
        caller = yaml.safe_load(CALLERS.read_text())["callers"][0]
        where, labels, account = (caller[key] for key in
                                  ("namespace", "podLabels", "serviceAccount"))
        rows = [
            (review(pod(where, labels, account)), []),
            (review(pod(where, None, "default")), []),
            (review(pod(where, {}, "default")), []),
            (review(pod("panvault", labels, "default")), []),
            (review(pod(where, labels, "default")),
             [f'these labels open the flow "{caller["name"]}" to the card vault; they are '
              f"for the service account {account}"]),
            (review(pod("panvault", match_test.server_labels(rendered), "default")),
             ["these labels are those of the card vault's own server pods"]),
            # No API server leaves it out; if one did, the flow stays closed.
            (review(pod(where, labels, None)), ["error: "]),
        ]
        answers = cel.refusals(rendered, [item for item, _ in rows])
        for (item, expected), refused in zip(rows, answers, strict=True):
            self.assertEqual(len(refused), len(expected), f"{item} {refused}")
            for message, said in zip(expected, refused):
                self.assertTrue(said.startswith(message), said)

    def test_a_pods_status_changes_no_label(self):
        rendered = helm.objects(CALLERS)
        caller = yaml.safe_load(CALLERS.read_text())["callers"][0]
        where, labels = caller["namespace"], caller["podLabels"]
        carried = [None, {}, labels, {**labels, "extra": "label"}]
        cases = [(status(pod(where, new, "default"), pod(where, old, "default")),
                  (new or {}) == (old or {}))
                 for old, new in itertools.product(carried, carried)]
        # A node's reports are not held up, whoever the pod runs as.
        self.assertGreater(sum(may for _, may in cases), len(carried))
        answers = cel.refusals(rendered, [item for item, _ in cases])
        for (item, may), refused in zip(cases, answers, strict=True):
            self.assertEqual(not refused, may, f"{item} {refused}")

    def test_a_changed_rule_is_found(self):
        callers = yaml.safe_load(CALLERS.read_text())["callers"]
        rendered = helm.objects(CALLERS)
        self.check(rendered, callers)
        for what, change in CHANGES.items():
            with self.subTest(what):
                spoiled = copy.deepcopy(rendered)
                (policy,) = [item for item in helm.of_kind(spoiled, "ValidatingAdmissionPolicy")
                             if not item["metadata"]["name"].endswith(".status")]
                change(policy["spec"])
                self.assertNotIn(policy, rendered)
                with self.assertRaises(AssertionError):
                    self.check(spoiled, callers)


def replaced(old, new):
    def change(spec):
        rule = spec["validations"][0]
        assert old in rule["expression"], rule
        rule["expression"] = rule["expression"].replace(old, new, 1)
    return change


CHANGES = {
    "one rule less": lambda spec: spec["validations"].pop(0),
    "none for the server's own": lambda spec: spec["validations"].pop(),
    "namespace turned": replaced("request.namespace !=", "request.namespace =="),
    "namespace of another": replaced("request.namespace != '", "request.namespace != 'x"),
    "no negation": replaced("!(", "("),
    "account turned": replaced("serviceAccountName ==", "serviceAccountName !="),
    "account of another": replaced("serviceAccountName == '", "serviceAccountName == 'x"),
    "any of the labels": replaced("&&", "||"),
    "label turned": replaced("'] == '", "'] != '"),
    "another label": replaced(" in variables.labels", " in object.metadata"),
    "does not parse": replaced("||", "|"),
    "labels left out": lambda spec: spec["variables"][0].update(expression="{}"),
    "labels not defaulted": lambda spec: spec["variables"][0].update(
        expression="object.metadata.annotations"),
    "creation only": lambda spec: spec["matchConstraints"]["resourceRules"][0].update(
        operations=["CREATE"]),
    "updates only": lambda spec: spec["matchConstraints"]["resourceRules"][0].update(
        operations=["UPDATE"]),
    "one namespace less": lambda spec: spec["matchConstraints"]["namespaceSelector"][
        "matchExpressions"][0]["values"].pop(0),
}


class EvaluatorTest(unittest.TestCase):
    """Both implementations know what the rules are made of."""

    def test_known_answers(self):
        bound = {"object": {"metadata": {"name": "p"}, "spec": {"a": "b"}}, "n": "x"}
        rows = [
            ("has(object.metadata.labels)", False), ("has(object.metadata.name)", True),
            ("'a' in object.spec", True), ("'b' in object.spec", False),
            ("object.spec['a'] == 'b'", True), ("object.spec == {'a': 'b'}", True),
            ("object.spec == {'a': 'b', 'c': 'd'}", False),
            ("(has(object.metadata.labels) ? object.metadata.labels : {}) == {}", True),
            # An error is no answer, unless the other side decides.
            ("object.metadata.labels == {}", None), ("object.spec['c'] == 'd'", None),
            ("object.spec['c'] == 'd' || n == 'x'", True),
            ("n == 'x' || object.spec['c'] == 'd'", True),
            ("n != 'x' || object.spec['c'] == 'd'", None),
            ("n != 'x' && object.spec['c'] == 'd'", False),
            ("!(n == 'x')", False), ("n == ", None), ("n + 1 == 2", None),
        ]
        (answers,) = cel.evaluate([{"variables": [], "bound": bound,
                                    "expressions": [text for text, _ in rows]}])
        self.assertEqual([answer.get("value") for answer in answers],
                         [value for _, value in rows])


if __name__ == "__main__":
    unittest.main()
