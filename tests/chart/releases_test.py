"""What this shows: two releases share a namespace without touching each other,
names of any length work, the chart can be a part of another, and an upgrade changes
nothing that Kubernetes forbids to change."""

import pathlib
import shutil
import tempfile
import unittest

import yaml

import helm
import policies

VALUES = helm.CHART / "ci/production-values.yaml"
LONGEST = "r" * 53  # What Helm allows.


def key(item):
    return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]


class TwoReleasesTest(unittest.TestCase):
    def test_no_object_is_in_both(self):
        for values in helm.values_files():
            text = yaml.safe_load(values.read_text())
            if text.get("fullnameOverride") or text.get("tests"):
                continue  # One name for all; a caller of one release's name.
            with self.subTest(values.name):
                first, second = (
                    {key(item) for item in helm.objects(values, release=release)}
                    for release in ("one", "two"))
                self.assertFalse(first & second)
                self.assertEqual(len(first), len(second))

    def test_neither_policy_selects_the_others_pods(self):
        first, second = (helm.objects(VALUES, release=name) for name in ("one", "two"))
        for rendered, others in ((first, second), (second, first)):
            for _, meta, _ in helm.pod_templates(others):
                for policy in helm.of_kind(rendered, "NetworkPolicy"):
                    self.assertFalse(policies.selects(policy["spec"]["podSelector"],
                                                      meta["labels"]))
                for service in helm.of_kind(rendered, "Service"):
                    self.assertFalse(policies.selects(
                        {"matchLabels": service["spec"]["selector"]}, meta["labels"]))

    def test_same_name_in_two_namespaces(self):
        """Objects without a namespace are the ones that could meet."""
        first, second = (
            {key(item) for item in helm.objects(VALUES, release="vault", namespace=namespace)}
            for namespace in ("one", "two"))
        self.assertFalse(first & second)


class PartTest(unittest.TestCase):
    """As a part of another chart, which may have a condition and values of its own."""

    def test_renders_as_it_does_alone(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "parent"
        shutil.copytree(helm.CHART, folder / "charts/panvault")
        version = yaml.safe_load((helm.CHART / "Chart.yaml").read_text())["version"]
        (folder / "Chart.yaml").write_text(yaml.safe_dump({
            "apiVersion": "v2", "name": "parent", "version": "1.0.0", "dependencies": [
                {"name": "panvault", "version": version, "condition": "panvault.enabled"}]}))
        values = yaml.safe_load(VALUES.read_text())
        for helm_version in helm.VERSIONS:
            alone = helm.objects(VALUES, version=helm_version)
            for enabled in (True, False):
                with self.subTest(helm_version, enabled=enabled):
                    part = helm.objects({"global": {"region": "eu"},
                                         "panvault": {**values, "enabled": enabled}},
                                        chart=folder, version=helm_version)
                    self.assertEqual(part, alone if enabled else [])


class NamesTest(unittest.TestCase):
    def test_every_name_fits(self):
        for release in ("a", "panvault", "my-panvault", LONGEST, "9-numbers", "dotted.name"):
            for values in helm.values_files():
                text = yaml.safe_load(values.read_text())
                if text.get("tests"):
                    continue
                with self.subTest(f"{release} {values.name}"):
                    for item in helm.objects(values, release=release):
                        self.check_names(item)

    def check_names(self, item):
        name = item["metadata"]["name"]
        # Names of pods, and of what pods and Services are named by, are labels.
        limit = 253 if item["kind"] in ("NetworkPolicy", "ValidatingAdmissionPolicy",
                                        "ValidatingAdmissionPolicyBinding",
                                        "ClusterSPIFFEID") else 63
        self.assertLessEqual(len(name), limit, name)
        self.assertRegex(name, r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        if item["kind"] in ("Service", "Deployment", "StatefulSet", "Job", "Pod"):
            self.assertRegex(name, r"^[a-z]([-a-z0-9]*[a-z0-9])?$")
        for value in item["metadata"]["labels"].values():
            self.assertLessEqual(len(value), 63)

    def test_long_names_that_begin_alike_stay_apart(self):
        names = {helm.of_kind(helm.objects(VALUES, release=LONGEST[:-1] + last),
                              "Deployment")[0]["metadata"]["name"] for last in "ab"}
        self.assertEqual(len(names), 2)


class UpgradeTest(unittest.TestCase):
    """Between versions of the chart: here this one and the next number."""

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.next = shutil.copytree(helm.CHART, folder / "panvault")
        chart = yaml.safe_load((self.next / "Chart.yaml").read_text())
        chart.update(version="0.2.0", appVersion="0.2.0")
        (self.next / "Chart.yaml").write_text(yaml.safe_dump(chart))

    def test_what_cannot_be_changed_is_unchanged(self):
        for values in helm.values_files():
            with self.subTest(values.name):
                old = {key(item): item for item in helm.objects(values)}
                new = {key(item): item for item in
                       helm.objects(values, chart=self.next, more=["--is-upgrade"])}
                self.assertEqual(set(old), set(new))
                for name, item in old.items():
                    if item["kind"] in ("Deployment", "StatefulSet"):
                        for field in ("selector", "serviceName", "volumeClaimTemplates"):
                            self.assertEqual(item["spec"].get(field),
                                             new[name]["spec"].get(field))
                    if item["kind"] == "Job":  # No field of it can be changed.
                        self.assertEqual(item["spec"], new[name]["spec"])

    def test_a_job_that_does_something_else_has_another_name(self):
        def job(values):
            return helm.of_kind(helm.objects(values), "Job")[0]["metadata"]["name"]
        values = yaml.safe_load(VALUES.read_text())
        names = {job(values)}
        values["image"]["digest"] = "sha256:" + "f" * 64
        names.add(job(values))
        values["postgres"]["database"] = "cards"
        names.add(job(values))
        self.assertEqual(len(names), 3)

    def test_a_change_of_config_or_callers_starts_new_pods(self):
        def annotations(values):
            return helm.named(helm.objects(values), "Deployment", "panvault")[
                "spec"]["template"]["metadata"]["annotations"]
        values = yaml.safe_load(VALUES.read_text())
        first = annotations(values)
        values["callers"][0]["grants"][0]["profiles"] = ["cards-other"]
        second = annotations(values)
        self.assertNotEqual(first["checksum/access"], second["checksum/access"])
        self.assertEqual(first["checksum/config"], second["checksum/config"])
        values.setdefault("server", {})["batchQueue"] = 65
        third = annotations(values)
        self.assertNotEqual(second["checksum/config"], third["checksum/config"])


if __name__ == "__main__":
    unittest.main()
