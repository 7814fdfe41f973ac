"""What this shows: every pod that a release starts is closed in both directions
before it can start, and runs under the restricted Pod Security Standard without
any right in the cluster; no rendered object holds a secret."""

import unittest

import helm
import policies

RELEASE = {"app.kubernetes.io/name": "panvault", "app.kubernetes.io/instance": "panvault"}
# Kinds that Helm creates before all that is not listed here; those that start
# pods come later in its order (and in Argo CD's).
EARLY = ["NetworkPolicy", "ServiceAccount", "ConfigMap"]
STARTS_PODS = {"Deployment", "StatefulSet", "Job", "Pod", "Cluster"}


class IsolationTest(unittest.TestCase):
    def each(self):
        for values in helm.values_files():
            rendered = helm.objects(values)
            for name, meta, spec in helm.pod_templates(rendered):
                with self.subTest(f"{values.name} {name}"):
                    yield rendered, meta, spec

    def test_every_pod_is_closed_in_both_directions(self):
        seen = set()
        for rendered, meta, _ in self.each():
            labels = meta["labels"]
            for direction in ("Ingress", "Egress"):
                closing = [policy for policy in
                           policies.policies_of(rendered, "panvault", labels, direction)
                           if policy["spec"]["podSelector"] == {"matchLabels": RELEASE}]
                self.assertEqual(len(closing), 1)
                self.assertEqual(set(closing[0]["spec"]), {"podSelector", "policyTypes"})
                self.assertEqual(closing[0]["spec"]["policyTypes"], ["Ingress", "Egress"])
            seen.add(labels["app.kubernetes.io/component"])
        self.assertEqual(seen, {"server", "migrate", "postgres", "test"})

    def test_what_each_component_may_do(self):
        """Ingress and egress of the components beside the server (match_test.py)."""
        rendered = helm.objects(helm.CHART / "values-evaluation.yaml")
        def of(component, direction):
            return policies.allowed(rendered, "panvault",
                                    dict(RELEASE, **{"app.kubernetes.io/component": component}),
                                    direction)
        for component in ("migrate", "test"):
            self.assertEqual(of(component, "Ingress"), [])
        self.assertEqual(of("postgres", "Egress"), [])
        self.assertEqual([port for _, port in of("postgres", "Ingress")], [("TCP", 5432)])
        self.assertEqual([port for _, port in of("test", "Egress")], [("TCP", 8443)])
        self.assertEqual([port for _, port in of("migrate", "Egress")],
                         [("UDP", 53), ("TCP", 53), ("TCP", 5432)])

    def test_what_an_operated_database_may_do(self):
        """Its pods are the operator's and carry the operator's labels."""
        rendered = helm.objects(helm.CHART / "ci/cloudnativepg-values.yaml")
        labels = {"cnpg.io/cluster": "panvault-postgres"}
        self.assertEqual(helm.of_kind(rendered, "Cluster")[0]["metadata"]["name"],
                         labels["cnpg.io/cluster"])
        peers = {"Ingress": [], "Egress": []}
        for direction, found in peers.items():
            self.assertTrue(policies.policies_of(rendered, "panvault", labels, direction))
            for peer, (protocol, port) in policies.allowed(rendered, "panvault", labels,
                                                           direction):
                found.append((sorted(peer)[-1], protocol, port))
        self.assertEqual(sorted(peers["Ingress"]), sorted([
            ("podSelector", "TCP", 5432),  # Server and migration.
            ("podSelector", "TCP", 5432), ("podSelector", "TCP", 8000),  # Instances.
            ("podSelector", "TCP", 5432), ("podSelector", "TCP", 8000)]))  # Operator.
        self.assertEqual(sorted(peers["Egress"]), sorted([
            ("podSelector", "TCP", 5432), ("podSelector", "TCP", 8000),
            ("podSelector", "UDP", 53), ("podSelector", "TCP", 53),
            ("ipBlock", "TCP", 6443)]))
        for labels_of_others in ("server", "migrate"):
            reached = policies.allowed(rendered, "panvault", dict(
                RELEASE, **{"app.kubernetes.io/component": labels_of_others}), "Egress")
            self.assertEqual([port for _, port in reached],
                             [("UDP", 53), ("TCP", 53), ("TCP", 5432)])

    def test_policies_are_there_before_any_pod(self):
        for values in helm.values_files():
            with self.subTest(values.name):
                order = [item["kind"] for item in helm.objects(values)]
                first_pod = min(order.index(kind) for kind in STARTS_PODS if kind in order)
                for kind in EARLY:
                    last = len(order) - 1 - order[::-1].index(kind)
                    self.assertLess(last, first_pod, kind)

    def test_only_the_test_pods_are_hooks(self):
        """A hook of install or upgrade would start before the policies; test pods
        run when asked, in a release that is complete."""
        hooks = 0
        for values in helm.values_files():
            for item in helm.objects(values):
                hook = item["metadata"].get("annotations", {}).get("helm.sh/hook")
                if hook is not None:
                    hooks += 1
                    self.assertEqual((item["kind"], hook), ("Pod", "test"))
        self.assertEqual(hooks, 4)

    def test_selectors_of_components_never_overlap(self):
        for values in helm.values_files():
            rendered = helm.objects(values)
            pods = [meta["labels"] for _, meta, _ in helm.pod_templates(rendered)]
            for service in helm.of_kind(rendered, "Service"):
                matched = {labels["app.kubernetes.io/component"] for labels in pods
                           if policies.selects({"matchLabels": service["spec"]["selector"]}, labels)}
                self.assertEqual(matched,
                                 {service["metadata"]["labels"]["app.kubernetes.io/component"]})

    def test_restricted_pod_security(self):
        for _, _, spec in self.each():
            for field in ("hostNetwork", "hostPID", "hostIPC", "hostUsers"):
                self.assertNotIn(field, spec)
            pod = spec["securityContext"]
            self.assertIs(pod["runAsNonRoot"], True)
            self.assertGreater(pod["runAsUser"], 0)
            self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
            for container in spec["containers"] + spec.get("initContainers", []):
                self.assertEqual(container["securityContext"], {
                    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]}})
                self.assertIn("memory", container["resources"]["limits"])
                self.assertEqual(set(container["resources"]["requests"]), {"cpu", "memory"})
                for port in container.get("ports", []):
                    self.assertNotIn("hostPort", port)
            for volume in spec["volumes"]:
                kinds = set(volume) - {"name"}
                self.assertLessEqual(kinds, {"configMap", "secret", "emptyDir", "csi"})

    def test_only_the_server_sees_the_agents_socket(self):
        """Through the driver's volume, which has no other content and no writer."""
        seen = 0
        for _, meta, spec in self.each():
            names = [volume["name"] for volume in spec["volumes"] if "csi" in volume]
            if not names:
                continue
            seen += 1
            self.assertEqual(meta["labels"]["app.kubernetes.io/component"], "server")
            (volume,) = [item for item in spec["volumes"] if item["name"] in names]
            self.assertEqual(volume, {"name": "identity", "csi": {
                "driver": "csi.corp.internal", "readOnly": True}})
            for container in spec["initContainers"]:
                self.assertNotIn("identity", [mount["name"] for mount in
                                              container["volumeMounts"]])
            (mount,) = [item for item in spec["containers"][0]["volumeMounts"]
                        if item["name"] == "identity"]
            self.assertIs(mount["readOnly"], True)
        self.assertEqual(seen, 1)

    def test_no_right_in_the_cluster(self):
        kinds = set()
        for values in helm.values_files():
            for item in helm.objects(values):
                kinds.add(item["kind"])
                if item["kind"] == "ServiceAccount":
                    self.assertIs(item["automountServiceAccountToken"], False)
        self.assertFalse({kind for kind in kinds if "Role" in kind}, kinds)
        for _, _, spec in self.each():
            self.assertIs(spec["automountServiceAccountToken"], False)

    def test_no_secret_is_rendered_and_none_is_in_the_environment(self):
        for values in helm.values_files():
            for item in helm.objects(values):
                self.assertNotEqual(item["kind"], "Secret")
        for _, _, spec in self.each():
            for container in spec["containers"] + spec.get("initContainers", []):
                self.assertNotIn("envFrom", container)
                for variable in container.get("env", []):
                    self.assertEqual(set(variable), {"name", "value"})

    def test_one_container_mounts_the_kek_and_another_the_password(self):
        for _, meta, spec in self.each():
            if meta["labels"]["app.kubernetes.io/component"] not in ("server", "migrate"):
                continue
            for container in spec["containers"] + spec["initContainers"]:
                mounted = {mount["name"] for mount in container["volumeMounts"]}
                if container["name"] != "panvaultd":
                    self.assertFalse(mounted & {"kek", "pin", "pkcs11-config"})
                self.assertEqual("pgpass" in mounted, container["name"] == "private-files")
            # The owner's password is the migration's, the server's is the server's.
            secrets = {volume["name"]: volume["secret"] for volume in spec["volumes"]
                       if "secret" in volume}
            role = {"server": "server", "migrate": "owner"}[
                meta["labels"]["app.kubernetes.io/component"]]
            said = secrets["pgpass"]["secretName"] + secrets["pgpass"]["items"][0]["key"]
            self.assertIn(role, said)
            # As is the key-encryption key, or the way to it.
            self.assertIn(set(secrets) & {"kek", "pin", "pkcs11-config"},
                          [{"kek"}, {"pin", "pkcs11-config"}] if role == "server" else [set()])

    def test_the_chart_asks_the_cluster_nothing(self):
        for path in (helm.CHART / "templates").rglob("*"):
            if path.is_file():
                self.assertNotRegex(path.read_text(), r"\blookup\b|\bnow\b|rand[A-Z]|genCA")


if __name__ == "__main__":
    unittest.main()
