"""What this shows: panvault-segcheck proves of every set of values that the chart
opens what it declares and nothing else, as rendered by Helm 3 and 4; and the proof
fails where a render is changed."""

import json
import os
import subprocess
import unittest

import yaml

import helm

SEGCHECK = os.environ["PANVAULT_SEGCHECK"]
PRODUCTION = helm.CHART / "values-production.yaml"
TODAY = "2026-12-01"  # Within every reviewBy of our values.

# For each set of values: the verdict, and the rules of all findings.
EXPECTED = {
    "callers-values.yaml": ("PASS", []),
    "cert-manager-values.yaml": ("PASS", []),
    "cloudnativepg-values.yaml": ("PASS", []),
    "database-in-cluster-values.yaml": ("PASS", []),
    "metrics-values.yaml": ("PASS", []),
    "nobody-values.yaml": ("PASS", []),
    "pkcs11-values.yaml": ("PASS", []),
    "production-values.yaml": ("PASS", []),
    "scaling-values.yaml": ("PASS", []),
    "spiffe-csi-values.yaml": ("PASS", []),
    # Their database's volume has whatever class the cluster gives it.
    "bundled-values.yaml": ("PASS", ["storage-encryption"]),
    "values-evaluation.yaml": ("PASS", ["storage-encryption"]),
}
EXIT_CODES = {"PASS": 0, "FAIL": 1, "UNKNOWN": 2}


def verify(rendered, *more):
    """The report on what was rendered, text or objects."""
    if not isinstance(rendered, str):
        rendered = yaml.safe_dump_all(rendered)
    done = subprocess.run(
        [SEGCHECK, "verify", "--manifests", "-", "--today", TODAY, "--report", "json", *more],
        input=rendered, capture_output=True, text=True, timeout=60)
    if not done.stdout:
        raise AssertionError(done.stderr)
    report = json.loads(done.stdout)
    if done.returncode != EXIT_CODES[report["verdict"]]:
        raise AssertionError(f"{report['verdict']} with exit code {done.returncode}")
    return report


def rules(report):
    return [finding["rule"] for finding in report["findings"]]


class SegmentationTest(unittest.TestCase):
    def check(self, report, expected):
        verdict, findings = expected
        self.assertEqual(rules(report), findings, json.dumps(report["findings"], indent=1))
        self.assertEqual(report["verdict"], verdict)

    def test_every_set_of_values(self):
        self.assertEqual({path.name for path in helm.values_files()}, set(EXPECTED))
        for path in helm.values_files():
            for version in helm.VERSIONS:
                with self.subTest(path.name, version=version):
                    self.check(verify(helm.render(path, version=version)),
                               EXPECTED[path.name])

    def test_production_sizes(self):
        """values-production.yaml is completed by a file of one's own."""
        own = helm.CHART / "ci/production-values.yaml"
        self.check(verify(helm.render(PRODUCTION, own)), ("PASS", []))

    def test_another_name_and_namespace(self):
        for path in helm.values_files():
            if path.name in ("bundled-values.yaml", "values-evaluation.yaml"):
                continue  # Their caller has the release's name for a label.
            with self.subTest(path.name):
                self.check(verify(helm.render(path, release="rel", namespace="cards")),
                           EXPECTED[path.name])

    def test_flows_are_all_declared_flows(self):
        """A matrix without rows would be a proof of nothing."""
        for path in helm.values_files():
            values = yaml.safe_load(path.read_text())
            wanted = {item["name"] for key in ("callers", "flows")
                      for item in values.get(key, [])}
            with self.subTest(path.name):
                report = verify(helm.render(path))
                self.assertLessEqual(wanted, {flow["name"] for flow in report["flows"]})
                self.assertIn("panvault", report["checked"][0])

    def test_what_an_operator_makes_is_judged_by_its_labels(self):
        report = verify(helm.render(helm.CHART / "ci/cloudnativepg-values.yaml"))
        self.assertIn("component panvault/postgres, by its labels: no pod of it is in "
                      "the input", report["checked"])

    def test_seeded_holes_are_found(self):
        def policy(rendered, name):
            return helm.named(rendered, "NetworkPolicy", f"panvault-{name}")["spec"]
        holes = {
            ("ci/callers-values.yaml", "leak-ingress"): lambda r: policy(
                r, "callers")["ingress"][0]["from"][0].pop("podSelector"),
            ("ci/callers-values.yaml", "leak-egress"): lambda r: policy(
                r, "flow-vault-db").update(egress=[{}]),
            ("ci/callers-values.yaml", "blocked-flow"): lambda r: helm.named(
                r, "NetworkPolicy", "panvault.panvault.caller-checkout-api")["spec"].update(
                    egress=[]),
            ("ci/metrics-values.yaml", "leak-ingress"): lambda r: policy(
                r, "flow-prometheus")["ingress"][0]["from"][0].pop("podSelector"),
            ("ci/metrics-values.yaml", "blocked-flow"): lambda r: policy(
                r, "flow-prometheus-of-the-soc").update(ingress=[]),
            ("ci/cloudnativepg-values.yaml", "leak-egress"): lambda r: [
                policy(r, name).update(policyTypes=["Ingress"])
                for name in ("postgres-deny-all", "postgres", "database-flow-cluster-dns",
                             "database-flow-api-server")],
            ("ci/cloudnativepg-values.yaml", "blocked-flow"): lambda r: policy(
                r, "postgres")["ingress"].pop(),
            ("ci/cloudnativepg-values.yaml", "leak-ingress"): lambda r: policy(
                r, "database-flow-operator")["ingress"][0].pop("ports"),
            ("ci/pkcs11-values.yaml", "leak-egress"): lambda r: policy(
                r, "flow-hsm-a")["podSelector"]["matchLabels"].pop("app.kubernetes.io/component"),
            ("ci/pkcs11-values.yaml", "blocked-flow"): lambda r: policy(
                r, "flow-hsm-b").update(egress=[]),
            ("values-evaluation.yaml", "leak-ingress"): lambda r: policy(
                r, "postgres").update(ingress=[{}]),
            ("values-evaluation.yaml", "leak-egress"): lambda r: policy(
                r, "test")["egress"][0].pop("to"),
        }
        for (values, rule), hole in holes.items():
            with self.subTest(values, rule=rule):
                rendered = helm.objects(helm.CHART / values)
                hole(rendered)
                report = verify(rendered)
                self.assertIn(rule, rules(report))
                self.assertEqual(report["verdict"], "FAIL")


class AppArmorTest(unittest.TestCase):
    ANNOTATION = "container.apparmor.security.beta.kubernetes.io/panvaultd"

    def judged(self, change):
        rendered = helm.objects(helm.CHART / "ci/callers-values.yaml")
        template = helm.named(rendered, "Deployment", "panvault")["spec"]["template"]
        change(template)
        report = verify(rendered)
        return report["verdict"], rules(report)

    def test_off_is_found_by_field_and_by_annotation(self):
        def field(at):
            return lambda t: at(t["spec"]).setdefault("securityContext", {}).update(
                appArmorProfile={"type": "Unconfined"})
        for what, change in {
                "pod": field(lambda spec: spec),
                "container": field(lambda spec: spec["containers"][0]),
                "annotation": lambda t: t["metadata"]["annotations"].update(
                    {self.ANNOTATION: "unconfined"})}.items():
            with self.subTest(what):
                self.assertEqual(self.judged(change), ("FAIL", ["pod-security"]))

    def test_a_profile_is_no_finding(self):
        for value in ("runtime/default", "localhost/panvault"):
            self.assertEqual(self.judged(lambda t: t["metadata"]["annotations"].update(
                {self.ANNOTATION: value})), ("PASS", []))


if __name__ == "__main__":
    unittest.main()
