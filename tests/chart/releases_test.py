"""What this shows: two releases share a namespace without touching each other,
names of any length work, the chart can be a part of another, and an upgrade changes
nothing that Kubernetes forbids to change."""

import pathlib
import shutil
import tempfile
import unittest

import yaml

import helm
import kube_api
import policies

VALUES = helm.CHART / "ci/production-values.yaml"
CHART = yaml.safe_load((helm.CHART / "Chart.yaml").read_text())
LONGEST = "r" * 53  # What Helm allows.


def key(item):
    return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]


def assert_apart(test, first, second):
    """No selector of the one takes in a pod of the other."""
    for rendered, others in ((first, second), (second, first)):
        selectors = [item["spec"]["podSelector"]
                     for item in helm.of_kind(rendered, "NetworkPolicy")]
        selectors += [{"matchLabels": item["spec"]["selector"]}
                      for item in helm.of_kind(rendered, "Service")]
        selectors += [item["spec"]["selector"] for kind in ("Deployment", "PodDisruptionBudget")
                      for item in helm.of_kind(rendered, kind)]
        test.assertGreater(len(selectors), 4)
        for _, meta, _ in helm.pod_templates(others):
            for selector in selectors:
                test.assertFalse(policies.selects(selector, meta["labels"]))


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
        assert_apart(self, *(helm.objects(VALUES, release=name) for name in ("one", "two")))

    def test_same_name_in_two_namespaces(self):
        """Objects without a namespace could meet, and those in a caller's."""
        for values in helm.values_files():
            if yaml.safe_load(values.read_text()).get("tests"):
                continue
            with self.subTest(values.name):
                first, second = (
                    {key(item) for item in helm.objects(values, release="vault",
                                                        namespace=namespace)}
                    for namespace in ("one", "two"))
                self.assertFalse(first & second)

    def test_two_releases_of_one_full_name_are_refused(self):
        """By Helm, before it changes anything; the README says which names those are."""
        readme = (helm.CHART / "README.md").read_text()
        self.assertTrue("releases `vault` and `vault-panvault`" in readme)
        for version in helm.VERSIONS:
            with self.subTest(version):
                api = kube_api.KubeApi()
                self.addCleanup(api.close)
                first = api.helm(version, "install", helm.CHART, VALUES, release="vault")
                self.assertEqual(first.returncode, 0, first.stderr)
                api.log.clear()
                second = api.helm(version, "install", helm.CHART, VALUES,
                                  release="vault-panvault")
                self.assertNotEqual(second.returncode, 0)
                self.assertIn("invalid ownership metadata", second.stderr)
                self.assertEqual(api.log, [])


class PartTest(unittest.TestCase):
    """As a part of another chart, which may have a condition and values of its own."""

    def parent(self, *dependencies):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "parent"
        shutil.copytree(helm.CHART, folder / "charts/panvault")
        (folder / "Chart.yaml").write_text(yaml.safe_dump({
            "apiVersion": "v2", "name": "parent", "version": "1.0.0", "dependencies": [
                {"name": "panvault", "version": CHART["version"], **more}
                for more in dependencies]}))
        return folder

    def test_renders_as_it_does_alone(self):
        """But for the instance in its labels."""
        folder = self.parent({"condition": "panvault.enabled"})
        values = yaml.safe_load(VALUES.read_text())
        as_part = "app.kubernetes.io/instance: \"panvault_panvault\""
        for version in helm.VERSIONS:
            alone = helm.objects(VALUES, version=version)
            for enabled in (True, False):
                with self.subTest(version, enabled=enabled):
                    part = helm.render({"global": {"region": "eu"},
                                        "panvault": {**values, "enabled": enabled}},
                                       chart=folder, version=version)
                    self.assertEqual(as_part in part, enabled)
                    part = self.without_job_names(helm.load_all(part.replace(
                        "panvault_panvault", "panvault")))
                    self.assertEqual(part, self.without_job_names(alone) if enabled else [])

    @staticmethod
    def without_job_names(rendered):
        """A Job's name has a hash of what it does."""
        for item in helm.of_kind(rendered, "Job"):
            item["metadata"].pop("name")
        return rendered

    def test_two_parts_of_one_release_do_not_touch_each_other(self):
        folder = self.parent({"alias": "eu"}, {"alias": "us"})
        values = yaml.safe_load((helm.CHART / "ci/callers-values.yaml").read_text())
        named = {alias: {**values, "fullnameOverride": f"vault-{alias}"}
                 for alias in ("eu", "us")}
        for version in helm.VERSIONS:
            with self.subTest(version):
                rendered = helm.objects(named, chart=folder, version=version)
                self.assertEqual(len({key(item) for item in rendered}), len(rendered))
                parts = [[item for item in rendered if name in item["metadata"]["name"]]
                         for name in ("vault-eu", "vault-us")]
                self.assertEqual(sum(map(len, parts)), len(rendered))
                assert_apart(self, *parts)

    def test_an_alias_has_a_name(self):
        """Two without one would be one set of objects."""
        folder = self.parent({"alias": "eu"})
        for version in helm.VERSIONS:
            with self.subTest(version):
                done = helm.template({"eu": yaml.safe_load(VALUES.read_text())}, chart=folder,
                                     version=version)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn('fullnameOverride: name what the alias "eu"', done.stderr)


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
        (self.next / "Chart.yaml").write_text(yaml.safe_dump(
            {**CHART, "version": "0.9.0", "appVersion": "0.9.0"}))

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
