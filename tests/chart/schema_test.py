"""What this shows: Helm 3 and 4 lint and render every set of values alike, and
what they render is made of nothing but fields that Kubernetes knows."""

import copy
import itertools
import json
import re
import subprocess
import unittest

import yaml

import helm
import kubernetes_schema
import random_values


class RenderTest(unittest.TestCase):
    def test_both_helms_lint_and_render_alike(self):
        for values in helm.values_files():
            with self.subTest(values.name):
                for version in helm.VERSIONS:
                    done = helm.run(version, "lint", "--strict", helm.CHART, "--namespace",
                                    "panvault", "--values", values)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    self.assertNotIn("[WARNING]", done.stdout)
                three, four = (helm.render(values, version=version)
                               for version in helm.VERSIONS)
                self.assertEqual(three, four)

    def test_helm_versions_are_two(self):
        said = [subprocess.run([helm.TOOLS / version, "version", "--short"], check=True,
                               capture_output=True, text=True).stdout
                for version in helm.VERSIONS]
        self.assertRegex(said[0], r"^v3\.17\.")
        self.assertRegex(said[1], r"^v4\.1\.")

    def test_older_kubernetes_is_refused(self):
        done = helm.template(helm.values_files()[0], more=["--kube-version", "1.29.0"])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("1.30", done.stderr)


SCHEMA = json.loads((helm.CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((helm.CHART / "values.yaml").read_text())


def merged(values, more):
    if not isinstance(values, dict) or not isinstance(more, dict):
        return more
    return {**values, **{key: merged(values.get(key), value) for key, value in more.items()}}


def with_odd_names(schema, value, words):
    """`value` with another of `words` in the place of each text whose pattern allows one;
    images that are named by digest stay."""
    while "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
    if "allOf" in schema and "$ref" in schema["allOf"][0]:
        return with_odd_names(schema["allOf"][0], value, words)
    if "anyOf" in schema:  # Nothing, or a name.
        return with_odd_names(schema["anyOf"][1], value, words)
    if isinstance(value, list):
        return [with_odd_names(schema.get("items", {}), item, words) for item in value]
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        return {key: with_odd_names(known.get(key, rest or {}), item, words)
                for key, item in value.items()}
    if isinstance(value, str) and value and "@" not in value and "pattern" in schema:
        for word in itertools.islice(words, len(random_values.ODD_NAMES)):
            for written in (word, word.title()):
                if re.search(schema["pattern"], written):
                    return written
    return value


class OddNamesTest(unittest.TestCase):
    """Of all but callers and flows, which match_test compares with each other as well."""

    def test_each_text_may_be_a_word_that_yaml_takes_for_something_else(self):
        odd = random_values.ODD_NAMES
        for path in helm.values_files():
            values = merged(DEFAULTS, yaml.safe_load(path.read_text()))
            for start in range(len(odd)):
                words = itertools.cycle(odd[start:] + odd[:start])
                changed = {**with_odd_names(SCHEMA, values, words),
                           "callers": values["callers"], "flows": values["flows"]}
                changed["fullnameOverride"] = ["on", "null", ""][start % 3]
                release, namespace = next(words), next(words)
                if values["postgres"]["mode"] == "bundled":  # Its names are fixed.
                    changed["postgres"]["database"] = values["postgres"]["database"]
                    for role in ("server", "owner"):
                        changed["postgres"][role]["role"] = values["postgres"][role]["role"]
                if values["tests"]["enabled"]:
                    changed["tests"]["caller"] = values["tests"]["caller"]
                    changed["callers"] = [dict(
                        caller, namespace=namespace, serviceAccount=next(words), podLabels={
                            "app.kubernetes.io/instance": release,
                            "app.kubernetes.io/component": "test"})
                        for caller in values["callers"]]
                with self.subTest(path.name, start=start):
                    rendered = helm.objects(changed, release=release, namespace=namespace,
                                            version=helm.VERSIONS[start % 2])
                    problems = [problem for item in rendered
                                for problem in kubernetes_schema.check(item)]
                    self.assertEqual(problems, [])
                    (storage,) = [item["data"]["storage.yaml"]
                                  for item in helm.of_kind(rendered, "ConfigMap")
                                  if item["metadata"]["name"].endswith("-flows")]
                    for told in yaml.load(storage, helm.StrictLoader).values():
                        self.assertIsInstance(told, str)


class SchemaTest(unittest.TestCase):
    def test_every_object_has_known_fields_only(self):
        kinds = set()
        for values in helm.values_files():
            for item in helm.objects(values):
                with self.subTest(f"{values.name} {item['kind']} {item['metadata']['name']}"):
                    self.assertEqual(kubernetes_schema.check(item), [])
                kinds.add(item["kind"])
        self.assertLessEqual({"Deployment", "Job", "StatefulSet", "NetworkPolicy", "Pod",
                              "Certificate", "ClusterSPIFFEID", "ServiceMonitor",
                              "PrometheusRule", "HorizontalPodAutoscaler",
                              "PodDisruptionBudget", "ValidatingAdmissionPolicy"}, kinds)

    def test_seeded_mistakes_are_found(self):
        rendered = helm.objects(helm.CHART / "ci/cert-manager-values.yaml")
        for values, kind in (("spiffe-csi", "ClusterSPIFFEID"), ("metrics", "ServiceMonitor"),
                             ("metrics", "PrometheusRule")):
            rendered += helm.of_kind(helm.objects(helm.CHART / f"ci/{values}-values.yaml"), kind)
        seeds = [
            ("NetworkPolicy", "panvault-callers",
             lambda o: _rename(o["spec"]["ingress"][0]["ports"][0], "protocol", "protcol"),
             "NetworkPolicy.spec.ingress[0].ports[0].protcol: unknown field"),
            ("NetworkPolicy", "panvault-callers",
             lambda o: _rename(o["spec"], "policyTypes", "policytypes"),
             "NetworkPolicy.spec.policytypes: unknown field"),
            ("NetworkPolicy", "panvault-callers",
             lambda o: o["spec"]["ingress"][0].update({"from": {"podSelector": {}}}),
             "NetworkPolicy.spec.ingress[0].from: want a list"),
            ("Deployment", "panvault",
             lambda o: o["spec"].pop("selector"), "Deployment.spec.selector: missing"),
            ("Deployment", "panvault",
             lambda o: o["spec"].update(replicas="3"),
             "Deployment.spec.replicas: want number, not '3'"),
            ("Deployment", "panvault",
             lambda o: _rename(_container(o)["securityContext"], "readOnlyRootFilesystem",
                               "readOnlyRootFileSystem"),
             "Deployment.spec.template.spec.containers[0].securityContext."
             "readOnlyRootFileSystem: unknown field"),
            ("Deployment", "panvault",
             lambda o: _container(o)["resources"]["limits"].update(memory="512MB"),
             "Deployment.spec.template.spec.containers[0].resources.limits.memory: "
             "not a quantity"),
            ("Certificate", "panvault-identity",
             lambda o: _rename(o["spec"], "uris", "uriSANs"),
             "Certificate.spec.uriSANs: unknown field"),
            ("Certificate", "panvault-identity",
             lambda o: o["spec"].pop("issuerRef"), "Certificate.spec.issuerRef: missing"),
            ("ClusterSPIFFEID", "panvault.panvault.panvault",
             lambda o: _rename(o["spec"], "spiffeIDTemplate", "spiffeIdTemplate"),
             "ClusterSPIFFEID.spec.spiffeIdTemplate: unknown field",
             "ClusterSPIFFEID.spec.spiffeIDTemplate: missing"),
            ("ClusterSPIFFEID", "panvault.panvault.panvault",
             lambda o: _rename(o["spec"]["podSelector"], "matchLabels", "matchLabel"),
             "ClusterSPIFFEID.spec.podSelector.matchLabel: unknown field"),
            ("ClusterSPIFFEID", "panvault.panvault.panvault",
             lambda o: o["spec"].update(workloadSelectorTemplates="k8s:ns:panvault"),
             "ClusterSPIFFEID.spec.workloadSelectorTemplates: want a list"),
            ("ServiceMonitor", "panvault",
             lambda o: _rename(o["spec"]["endpoints"][0], "port", "targetport"),
             "ServiceMonitor.spec.endpoints[0].targetport: unknown field"),
            ("ServiceMonitor", "panvault",
             lambda o: o["spec"].pop("selector"), "ServiceMonitor.spec.selector: missing"),
            ("PrometheusRule", "panvault",
             lambda o: _rename(o["spec"]["groups"][0]["rules"][0], "expr", "expression"),
             "PrometheusRule.spec.groups[0].rules[0].expression: unknown field",
             "PrometheusRule.spec.groups[0].rules[0].expr: missing"),
            ("NetworkPolicy", "panvault-callers",
             lambda o: o.update(apiVersion="networking.k8s.io/v1beta9"),
             "NetworkPolicy: no such type in networking.k8s.io/v1beta9"),
            ("NetworkPolicy", "panvault-callers",
             lambda o: o.update(apiVersion="network.k8s.io/v1"),
             "NetworkPolicy: no such type in network.k8s.io/v1"),
        ]
        for kind, name, seed, *expected in seeds:
            with self.subTest(expected[0]):
                item = copy.deepcopy(helm.named(rendered, kind, name))
                self.assertEqual(kubernetes_schema.check(item), [])
                seed(item)
                self.assertEqual(kubernetes_schema.check(item), expected)


def _rename(mapping, old, new):
    mapping[new] = mapping.pop(old)


def _container(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]


if __name__ == "__main__":
    unittest.main()
