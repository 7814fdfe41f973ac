"""What this shows: the allowlist, the server's ingress policy, the admission rule
and the flow matrix are one list. Each is read from the rendered objects by itself
and compared with the others and with the values, for 200 random sets and ours."""

import re
import unittest

import yaml

import helm
import kubernetes_schema
import policies
import random_values

SEEDS = range(200)
ID = re.compile(r"^spiffe://([a-z0-9._-]+)/ns/([^/]+)/sa/([^/]+)$")
# One clause of the admission rule, as CEL.
CLAUSE = re.compile(r"^request\.namespace != '([^']+)' \|\| !\((.+)\) \|\| "
                    r"object\.spec\.serviceAccountName == '([^']+)'$")
TERM = re.compile(r"^'([^']+)' in variables\.labels && variables\.labels\['([^']+)'\] == '([^']*)'$")
ADMISSION = "panvault.panvault.panvault"
CALLER_POLICY = "panvault.panvault.caller-"


def in_configmap(rendered, name, key):
    return yaml.load(helm.named(rendered, "ConfigMap", name)["data"][key], helm.StrictLoader)


def frozen(labels):
    return tuple(sorted(labels.items()))


def server_labels(rendered):
    deployment = helm.of_kind(rendered, "Deployment")[0]
    return deployment["spec"]["template"]["metadata"]["labels"]


def admission_clauses(rendered):
    """{(namespace, labels): service account} that the admission rule demands."""
    out = {}
    for item in helm.named(rendered, "ValidatingAdmissionPolicy", ADMISSION)["spec"]["validations"]:
        namespace, terms, account = CLAUSE.match(item["expression"]).groups()
        parts = terms.split(" && ")
        labels = {}
        for first, second in zip(parts[::2], parts[1::2]):
            key, same_key, value = TERM.match(f"{first} && {second}").groups()
            assert key == same_key
            labels[key] = value
        assert (namespace, frozen(labels)) not in out
        out[namespace, frozen(labels)] = account
    return out


def ingress_peers(rendered, port, metrics_port):
    """(namespace, labels) of each peer that reaches the server, and nothing but
    the gRPC port; what reaches the metrics is check_scrapers' business."""
    out = []
    for peer, reached in policies.allowed(rendered, "panvault", server_labels(rendered), "Ingress"):
        if reached == ("TCP", metrics_port):
            continue
        assert reached == ("TCP", port), reached
        assert set(peer) == {"namespaceSelector", "podSelector"}, peer
        assert set(peer["namespaceSelector"]) == set(peer["podSelector"]) == {"matchLabels"}
        names = peer["namespaceSelector"]["matchLabels"]
        assert set(names) == {"kubernetes.io/metadata.name"}, names
        out.append((names["kubernetes.io/metadata.name"],
                    frozen(peer["podSelector"]["matchLabels"])))
    return out


class MatchTest(unittest.TestCase):
    def check(self, rendered, values):
        port = values.get("server", {}).get("port", 8443)
        metrics_port = values.get("metrics", {}).get("port", 9464)
        wanted = {caller["name"]: caller for caller in values.get("callers", [])}

        # 1. access.yaml: the callers, each with its own identity.
        access = in_configmap(rendered, "panvault-access", "access.yaml")["callers"]
        identities = []
        for entry in access:
            domain, namespace, account = ID.match(entry["spiffe_id"]).groups()
            caller = wanted[entry["name"]]
            self.assertEqual(domain, values["trustDomain"])
            self.assertEqual((namespace, account), (caller["namespace"], caller["serviceAccount"]))
            self.assertEqual(entry["grants"], caller["grants"])
            self.assertEqual([entry[k] for k in ("justification", "owner", "approved_by",
                                                 "review_by", "pci")],
                             [caller[k] for k in ("justification", "owner", "approvedBy",
                                                  "reviewBy", "pci")])
            identities.append((namespace, account))
        self.assertEqual(len(access), len(wanted))
        self.assertEqual(len(set(identities)), len(identities))

        # 2. The peers that reach the server are the callers' pods, one each.
        peers = ingress_peers(rendered, port, metrics_port)
        self.assertEqual(sorted(peers, key=repr),
                         sorted(((c["namespace"], frozen(c["podLabels"]))
                                 for c in wanted.values()), key=repr))
        self.assertEqual(len(set(peers)), len(peers))

        # 3. The admission rule leads from each peer to one identity of 1.
        own = helm.of_kind(rendered, "Deployment")[0]["spec"]["template"]["spec"]["serviceAccountName"]
        clauses = admission_clauses(rendered)
        self.assertEqual(sorted((peer[0], clauses[peer]) for peer in peers), sorted(identities))
        rest = {account for clause, account in clauses.items() if clause not in peers}
        clusters = [item["metadata"]["name"] for item in helm.of_kind(rendered, "Cluster")]
        self.assertEqual(rest, {own, *clusters})
        watched = helm.named(rendered, "ValidatingAdmissionPolicy", ADMISSION)["spec"][
            "matchConstraints"]["namespaceSelector"]["matchExpressions"]
        self.assertEqual(watched, [{"key": "kubernetes.io/metadata.name", "operator": "In",
                                    "values": sorted({n for n, _ in clauses})}])

        # 4. The flow matrix says the same.
        matrix = in_configmap(rendered, "panvault-flows", "flows.yaml")
        self.assertEqual(sorted(((row["namespace"], frozen(row["pod_labels"]))
                                 for row in matrix["callers"]), key=repr),
                         sorted(peers, key=repr))
        self.assertEqual([(row["name"], row["spiffe_id"]) for row in matrix["callers"]],
                         [(entry["name"], entry["spiffe_id"]) for entry in access])
        self.assertEqual([(row["namespace"], row["service_account"])
                          for row in matrix["callers"]], identities)
        self.check_types(rendered, access, matrix)
        self.assertEqual(matrix["server"]["pod_labels"], server_labels(rendered))
        self.assertEqual({row["port"] for row in matrix["callers"]} | {port}, {port})
        self.check_egress(rendered, matrix, port)
        self.check_scrapers(rendered, values, matrix, metrics_port)
        self.check_hsms(values, matrix)
        self.check_caller_policies(rendered, wanted, port)

    def check_types(self, rendered, access, matrix):
        """A name that YAML could take for a number is text wherever it stands."""
        rows = access + matrix["callers"] + matrix["without_identity"]
        for row in rows:
            for key in ("name", "namespace", "service_account", "cidr", "kind", "owner"):
                self.assertIsInstance(row.get(key, ""), str, key)
        for item in rendered:
            self.assertEqual(kubernetes_schema.check(item), [])

    def check_scrapers(self, rendered, values, matrix, metrics_port):
        """Policies, flow matrix, panvaultd's configuration, the pod's ports and the
        Service say the same of who may scrape, and where; or nothing at all."""
        wanted = [flow for flow in values.get("flows", []) if flow["kind"] == "metrics"]
        rows = [row for row in matrix["without_identity"] if row["kind"] == "metrics"]
        self.assertEqual([row["name"] for row in rows], [flow["name"] for flow in wanted])
        for row, flow in zip(rows, wanted):
            self.assertEqual((row["direction"], row["to_components"], row["ports"],
                              row["protocols"]), ("ingress", ["server"], [metrics_port], ["TCP"]))
            self.assertEqual([row.get(key) for key in ("cidr", "namespace", "pod_labels")],
                             [flow.get(key) for key in ("cidr", "namespace", "podLabels")])
        found = [peer for peer, reached in
                 policies.allowed(rendered, "panvault", server_labels(rendered), "Ingress")
                 if reached == ("TCP", metrics_port)]
        self.assertEqual(sorted(found, key=repr),
                         sorted((self.peer_of(row, matrix) for row in rows), key=repr))
        migrate = dict(server_labels(rendered), **{"app.kubernetes.io/component": "migrate"})
        self.assertEqual(policies.allowed(rendered, "panvault", migrate, "Ingress"), [])

        config = in_configmap(rendered, "panvault-config", "panvault.yaml")
        (container,) = helm.of_kind(rendered, "Deployment")[0]["spec"]["template"]["spec"][
            "containers"]
        ports = {item["name"]: item["containerPort"] for item in container["ports"]}
        services = [item["spec"]["ports"] for item in helm.of_kind(rendered, "Service")
                    if item["metadata"]["name"] == "panvault-metrics"]
        if wanted:
            address = config["metrics_listen"].rpartition(":")
            self.assertEqual((address[0], int(address[2])),
                             (config["listen"].rpartition(":")[0], metrics_port))
            self.assertEqual(ports["metrics"], metrics_port)
            self.assertEqual(services, [[{"name": "metrics", "port": metrics_port,
                                          "targetPort": "metrics", "protocol": "TCP"}]])
        else:
            self.assertNotIn("metrics_listen", config)
            self.assertEqual((set(ports), services), ({"grpc"}, []))

    def check_egress(self, rendered, matrix, port):
        """What server and migration may send is what the second list of the matrix says."""
        for component in ("server", "migrate"):
            declared = []
            for row in matrix["without_identity"]:
                if component not in row.get("from_components", []):
                    continue
                self.assertNotIn(port, row["ports"])
                for protocol in row["protocols"]:
                    declared += [(self.peer_of(row, matrix), (protocol, to))
                                 for to in row["ports"]]
            labels = dict(server_labels(rendered), **{"app.kubernetes.io/component": component})
            self.assertEqual(
                sorted(policies.allowed(rendered, "panvault", labels, "Egress"), key=repr),
                sorted(declared, key=repr))

    def check_hsms(self, values, matrix):
        """The server alone reaches an HSM, on the port of the entry."""
        wanted = [flow for flow in values.get("flows", []) if flow["kind"] == "hsm"]
        rows = [row for row in matrix["without_identity"] if row["kind"] == "hsm"]
        self.assertEqual(
            [[row["name"], row.get("cidr"), row.get("namespace"), row.get("pod_labels"),
              row["ports"], row["protocols"], row["from_components"]] for row in rows],
            [[flow["name"], flow.get("cidr"), flow.get("namespace"), flow.get("podLabels"),
              [flow["port"]], ["TCP"], ["server"]] for flow in wanted])

    @staticmethod
    def peer_of(row, matrix):
        if "cidr" in row:
            return {"ipBlock": {"cidr": row["cidr"]}}
        if row["direction"] == "within":
            (component,) = row["to_components"]
            labels = matrix.get("components", {}).get(component) or {
                **matrix["server"]["pod_labels"], "app.kubernetes.io/component": component}
            return {"podSelector": {"matchLabels": labels}}
        return {"namespaceSelector": {"matchLabels": {
                    "kubernetes.io/metadata.name": row["namespace"]}},
                "podSelector": {"matchLabels": row["pod_labels"]}}

    def check_caller_policies(self, rendered, wanted, port):
        with_policy = {caller["name"] for caller in wanted.values() if caller.get("egressPolicy")}
        found = {}
        for policy in helm.of_kind(rendered, "NetworkPolicy"):
            if policy["metadata"]["name"].startswith(CALLER_POLICY):
                found[policy["metadata"]["name"].removeprefix(CALLER_POLICY)] = policy
        self.assertEqual(set(found), with_policy)
        for name, policy in found.items():
            caller = wanted[name]
            self.assertEqual(policy["metadata"]["namespace"], caller["namespace"])
            self.assertEqual(policy["spec"], {
                "podSelector": {"matchLabels": caller["podLabels"]},
                "policyTypes": ["Egress"],
                "egress": [{
                    "to": [{"namespaceSelector": {"matchLabels": {
                                "kubernetes.io/metadata.name": "panvault"}},
                            "podSelector": {"matchLabels": server_labels(rendered)}}],
                    "ports": [{"protocol": "TCP", "port": port}]}]})

    def test_random_values(self):
        callers = scrapers = hsms = 0
        for seed in SEEDS:
            with self.subTest(seed=seed):
                values = random_values.values(seed)
                # Both Helms have to be right; each gets half.
                version = helm.VERSIONS[seed % 2]
                self.check(helm.objects(values, version=version), values)
                callers += len(values["callers"])
                scrapers += sum(flow["kind"] == "metrics" for flow in values["flows"])
                hsms += sum(flow["kind"] == "hsm" for flow in values["flows"])
        self.assertGreater(callers, 5 * len(SEEDS))
        self.assertGreater(scrapers, len(SEEDS) // 2)
        self.assertGreater(hsms, len(SEEDS) // 4)

    def test_our_values(self):
        for path in helm.values_files():
            values = yaml.safe_load(path.read_text())
            if values.get("fullnameOverride") or not values.get("admission", {}).get("enabled", True):
                continue  # Other names; no admission rule to compare with.
            with self.subTest(path.name):
                self.check(helm.objects(path), values)

    def test_the_evidence_says_who_answers_for_the_storage(self):
        """Also where the database is none of the release's, and no volume says it."""
        modes = set()
        for path in helm.values_files():
            values = yaml.safe_load(path.read_text())["postgres"]
            storage = values.get("storage", {})
            rendered = helm.objects(path)
            (flows,) = [item for item in helm.of_kind(rendered, "ConfigMap")
                        if item["metadata"]["name"].endswith("-flows")]
            with self.subTest(path.name):
                told = yaml.load(flows["data"]["storage.yaml"], helm.StrictLoader)
                self.assertEqual(
                    [told[key] for key in ("postgres_mode", "class_name",
                                           "encryption_acknowledged_by")],
                    [values.get("mode", "external"), storage.get("className", ""),
                     storage.get("encryptionAcknowledgedBy", "")])
                self.assertEqual(told["database"], values.get("host", "panvault-postgres" + (
                    "-rw" if told["postgres_mode"] == "cloudnativepg" else "")))
            modes.add(told["postgres_mode"])
        self.assertEqual(modes, {"external", "cloudnativepg", "bundled"})

    def test_whoever_issues_the_servers_identity_issues_the_one_of_the_matrix(self):
        """To the pods of the Service and no others, with the account of that ID."""
        for release, namespace in (("panvault", "panvault"), ("x" * 53, "cards")):
            for values in ("cert-manager", "spiffe-csi"):
                with self.subTest(f"{values} {release}"):
                    rendered = helm.objects(helm.CHART / f"ci/{values}-values.yaml",
                                            release=release, namespace=namespace)
                    (deployment,) = helm.of_kind(rendered, "Deployment")
                    name = deployment["metadata"]["name"]
                    server = in_configmap(rendered, f"{name}-flows", "flows.yaml")["server"]
                    account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
                    self.assertEqual(ID.match(server["spiffe_id"]).groups(),
                                     ("pay.corp.internal", namespace, account))
                    for certificate in helm.of_kind(rendered, "Certificate"):
                        self.assertEqual(certificate["spec"]["uris"], [server["spiffe_id"]])
                    for item in helm.of_kind(rendered, "ClusterSPIFFEID"):
                        self.check_registration(item["spec"], server, account)

    def check_registration(self, spec, server, account):
        self.assertEqual(spec["spiffeIDTemplate"], server["spiffe_id"])
        self.assertEqual(spec["podSelector"], {"matchLabels": server["pod_labels"]})
        self.assertEqual(spec["namespaceSelector"], {"matchLabels": {
            "kubernetes.io/metadata.name": server["namespace"]}})
        self.assertEqual(spec["workloadSelectorTemplates"],
                         [f"k8s:ns:{server['namespace']}", f"k8s:sa:{account}"])

    def test_seeded_scrapers_are_found(self):
        path = helm.CHART / "ci/metrics-values.yaml"
        def policy(rendered):
            return helm.named(rendered, "NetworkPolicy", "panvault-flow-prometheus")["spec"]
        def config(rendered):
            return helm.named(rendered, "ConfigMap", "panvault-config")["data"]
        seeds = {
            "one peer more": lambda r: policy(r)["ingress"][0]["from"].append(
                {"ipBlock": {"cidr": "10.0.0.0/8"}}),
            "no labels": lambda r: policy(r)["ingress"][0]["from"][0].pop("podSelector"),
            "the gRPC port as well": lambda r: policy(r)["ingress"][0]["ports"].append(
                {"protocol": "TCP", "port": 8443}),
            "the migration's pods as well": lambda r: policy(r)["podSelector"]["matchLabels"].pop(
                "app.kubernetes.io/component"),
            "one policy less": lambda r: r.remove(
                helm.named(r, "NetworkPolicy", "panvault-flow-prometheus-of-the-soc")),
            "another port": lambda r: config(r).update(
                {"panvault.yaml": config(r)["panvault.yaml"].replace(":9999", ":9998")}),
        }
        for what, seed in seeds.items():
            with self.subTest(what):
                rendered = helm.objects(path)
                self.check(rendered, yaml.safe_load(path.read_text()))
                seed(rendered)
                with self.assertRaises((AssertionError, KeyError)):
                    self.check(rendered, yaml.safe_load(path.read_text()))

    def test_seeded_differences_are_found(self):
        """The comparison itself can fail: each list is changed by itself."""
        values = yaml.safe_load((helm.CHART / "ci/callers-values.yaml").read_text())
        def rules(rendered):
            return helm.named(rendered, "NetworkPolicy", "panvault-callers")["spec"]["ingress"]
        seeds = {
            "one peer more": lambda r: rules(r).append(
                {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "x"}},
                           "podSelector": {"matchLabels": {"a": "b"}}}],
                 "ports": [{"protocol": "TCP", "port": 8443}]}),
            "one peer less": lambda r: rules(r).pop(),
            "two items in place of one": lambda r: rules(r)[0]["from"].append(
                {"podSelector": rules(r)[0]["from"][0].pop("podSelector")}),
            "no labels": lambda r: rules(r)[0]["from"][0].update(podSelector={}),
            "another port": lambda r: rules(r)[0]["ports"].append({"protocol": "TCP", "port": 8081}),
            "all ports": lambda r: rules(r)[0].pop("ports"),
            "another policy": lambda r: r.append(
                {"kind": "NetworkPolicy", "metadata": {"name": "more", "namespace": "panvault"},
                 "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
                          "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
                                       "ports": [{"protocol": "TCP", "port": 8443}]}]}}),
            "no policyTypes": lambda r: helm.named(
                r, "NetworkPolicy", "panvault-callers")["spec"].pop("policyTypes"),
            "a clause less": lambda r: helm.named(
                r, "ValidatingAdmissionPolicy", ADMISSION)["spec"]["validations"].pop(0),
            "more egress": lambda r: helm.named(
                r, "NetworkPolicy", "panvault-flow-vault-db")["spec"]["egress"][0]["to"].append(
                    {"ipBlock": {"cidr": "0.0.0.0/0"}}),
        }
        for what, seed in seeds.items():
            with self.subTest(what):
                rendered = helm.objects(helm.CHART / "ci/callers-values.yaml")
                self.check(rendered, values)
                seed(rendered)
                with self.assertRaises((AssertionError, KeyError)):
                    self.check(rendered, values)


if __name__ == "__main__":
    unittest.main()
