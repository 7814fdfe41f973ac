"""What this shows: real Helm 3 and 4 upgrade a release of the previous chart, with the
values it had, against an API that refuses what Kubernetes refuses (kube_api.py): nothing
fixed is changed, nothing but the migration's Job comes or goes by another name, and
that Job runs again. NetworkPolicies are there before whatever starts pods."""

import base64
import io
import pathlib
import re
import shutil
import tarfile
import tempfile
import unittest

import yaml

import helm
import kube_api

PREVIOUS = helm.ROOT / "tests/chart/previous"
VERSION = yaml.safe_load((helm.CHART / "Chart.yaml").read_text())["version"]
# What this version has that the previous one had not: (kind, the name's end).
NEW = {("ValidatingAdmissionPolicy", ".status"), ("ValidatingAdmissionPolicyBinding", ".status")}
# By (kind, what the name contained): what has another name since.
RENAMED = {("NetworkPolicy", "-caller-"): ".panvault.caller-"}
# What this version asks to be changed in values that the previous one took.
CHANGED = {"scaling-values.yaml": {"server": {"answerUnknownCallers": False},
                                   "service": {"port": 9443}}}
STARTS_PODS = {"Deployment", "StatefulSet", "Job", "Pod", "Cluster"}
# Values that Kubernetes fixes when the release is made: each another than its default.
FIXED = {"service.headless": {"service": {"headless": True}, "tests": {"enabled": False}},
         "postgres.bundled.storageSize": {"postgres": {"bundled": {"storageSize": "2Gi"}}},
         "postgres.storage.className": {"postgres": {"storage": {"className": "other"}}}}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (packed,) = PREVIOUS.glob("*.tgz.base64")
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed.read_text()))) as archive:
            archive.extractall(cls.scratch)
        cls.old = cls.scratch / "charts/panvault"

    def cluster(self):
        api = kube_api.KubeApi()
        self.addCleanup(api.close)
        return api

    def succeed(self, api, *arguments, **options):
        done = api.helm(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def old_values(self):
        return sorted((self.old / "ci").glob("*-values.yaml")) + [
            self.old / "values-evaluation.yaml"]


class UpgradeTest(Case):
    def check_upgrade(self, version, values, more=()):
        api = self.cluster()
        self.succeed(api, version, "install", self.old, values)
        before = api.of_kinds()
        api.log.clear()
        changed = [CHANGED[values.name]] if values.name in CHANGED else []
        self.succeed(api, version, "upgrade", helm.CHART,
                     *([] if more else [values, *changed]), more=more)
        came, went = api.of_kinds() - before, before - api.of_kinds()
        jobs = [name for kind, name in came if kind == "Job"]
        self.assertEqual(len(jobs), len([name for kind, name in went if kind == "Job"]))
        renamed = {(kind, name.replace(old, RENAMED[kind, old])) for kind, name in went
                   for renamed_kind, old in RENAMED if kind == renamed_kind and old in name}
        self.assertLessEqual({kind for kind, _ in went}, {"Job", "NetworkPolicy"})
        self.assertEqual(len(went), len(jobs) + len(renamed))
        self.assertLessEqual(renamed, came)
        for kind, name in came - renamed:
            self.assertTrue(kind == "Job" or any(kind == new and name.endswith(end)
                                                 for new, end in NEW), (kind, name))
        self.assertFalse({kind for verb, kind, _ in api.log if verb == "PATCH"} & {"Job"})
        # What is renamed is there under its new name before the old one goes.
        verbs = [verb for verb, kind, _ in api.log if kind == "NetworkPolicy"]
        self.assertEqual(verbs, sorted(verbs, key=lambda verb: verb == "DELETE"))

    def test_with_the_values_of_the_previous_chart(self):
        self.assertGreater(len(self.old_values()), 9)
        for version in helm.VERSIONS:
            for values in self.old_values():
                with self.subTest(values.name, version=version):
                    self.check_upgrade(version, values)

    def test_values_that_are_to_be_changed_stop_the_upgrade(self):
        for name in CHANGED:
            api = self.cluster()
            self.succeed(api, "helm4", "install", self.old, self.old / "ci" / name)
            api.log.clear()
            done = api.helm("helm4", "upgrade", helm.CHART, self.old / "ci" / name)
            self.assertNotEqual(done.returncode, 0)
            for word in ("server.answerUnknownCallers: ", "service.port: "):
                self.assertIn(word, done.stderr)
            self.assertEqual(api.log, [])

    def test_with_values_that_helm_kept(self):
        """--reuse-values keeps the previous chart's defaults and knows none of this one's."""
        for version in helm.VERSIONS:
            for flag in ("--reuse-values", "--reset-then-reuse-values"):
                with self.subTest(flag, version=version):
                    self.check_upgrade(version, self.old / "ci/callers-values.yaml", [flag])

    def test_what_is_fixed_stays_fixed(self):
        """So that the tests above can fail: the next chart selects by one label more."""
        spoiled = shutil.copytree(helm.CHART, self.scratch / "spoiled")
        names = spoiled / "templates/_names.tpl"
        names.write_text(names.read_text().replace(
            "app.kubernetes.io/name: panvault\n", "app.kubernetes.io/name: panvault\ntier: cde\n"))
        for version in helm.VERSIONS:
            with self.subTest(version):
                api = self.cluster()
                self.succeed(api, version, "install", self.old, helm.CHART / "ci/callers-values.yaml")
                done = api.helm(version, "upgrade", spoiled,
                                 helm.CHART / "ci/callers-values.yaml")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("Deployment panvault: field is immutable", done.stderr)

    def test_values_that_cannot_change_are_named_in_the_readme(self):
        readme = (helm.CHART / "README.md").read_text()
        upgrade = readme.split("\n## Upgrade\n")[1].split("\n## ")[0]
        evaluation = helm.CHART / "values-evaluation.yaml"
        for name, values in FIXED.items():
            with self.subTest(name):
                self.assertIn(f"`{name}`", upgrade)
                api = self.cluster()
                self.succeed(api, "helm4", "install", helm.CHART, evaluation)
                done = api.helm("helm4", "upgrade", helm.CHART, evaluation, values)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("field is immutable", done.stderr)


class ReleaseTest(Case):
    def test_an_upgrade_to_the_same_runs_the_migration_again_and_nothing_else(self):
        for version in helm.VERSIONS:
            with self.subTest(version):
                api = self.cluster()
                values = helm.CHART / "ci/callers-values.yaml"
                self.succeed(api, version, "install", helm.CHART, values)
                (first,) = [name for kind, name in api.of_kinds() if kind == "Job"]
                api.log.clear()
                self.succeed(api, version, "upgrade", helm.CHART, values)
                (second,) = [name for kind, name in api.of_kinds() if kind == "Job"]
                self.assertNotEqual(first, second)
                self.assertEqual(api.log, [("POST", "Job", second), ("DELETE", "Job", first)])

    def test_policies_are_there_before_any_pod(self):
        for version in helm.VERSIONS:
            for values in helm.values_files():
                with self.subTest(values.name, version=version):
                    api = self.cluster()
                    self.succeed(api, version, "install", helm.CHART, values)
                    kinds = [kind for verb, kind, _ in api.log]
                    starts = min(kinds.index(kind) for kind in STARTS_PODS & set(kinds))
                    self.assertNotIn("NetworkPolicy", kinds[starts:])
                    self.assertIn("NetworkPolicy", kinds[:starts])

    def test_the_previous_chart_is_another_version(self):
        previous = yaml.safe_load((self.old / "Chart.yaml").read_text())["version"]
        def key(version):
            return tuple(map(int, version.split(".")))
        self.assertLess(key(previous), key(VERSION))

    def test_the_changelog_knows_this_version(self):
        changelog = (helm.ROOT / "CHANGELOG.md").read_text()
        self.assertRegex(changelog, rf"(?m)^### Chart {re.escape(VERSION)}$")


if __name__ == "__main__":
    unittest.main()
