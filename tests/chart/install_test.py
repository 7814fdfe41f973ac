"""What this shows: the lines that the READMEs give for an installation run as they stand,
with real Helm; the Secrets that the evaluation's script makes are those that its pods
mount; and the notes that Helm shows then, of every profile, name what is there."""

import base64
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

import helm
import kube_api
import policies

CHART_README = helm.CHART / "README.md"
README = helm.ROOT / "README.md"
# Stands in for the cluster's side: keeps what is applied, and says when asked to wait.
KUBECTL = """#!/bin/sh
echo "$*" >>"$SEEN/asked"
case "$*" in *apply*) cat >>"$SEEN/applied" ;; esac
"""
HELM = """#!/bin/sh
echo "$*" >>"$SEEN/asked"
case "$*" in *"test panvault") exit 0 ;; esac
exec "$HELM_PROGRAM" "$@" --disable-openapi-validation --burst-limit 10000
"""


def block(path, heading):
    """The first block of commands under a heading."""
    text = path.read_text().split(f"\n{heading}\n")[1].split("\n#")[0]
    return "\n".join(line[4:] for line in re.search(r"(?:^    .*\n)+", text, re.M)[0].splitlines())


class Case(unittest.TestCase):
    def cluster(self):
        api = kube_api.KubeApi()
        self.addCleanup(api.close)
        return api


class ReadmeTest(Case):
    def run_block(self, version, commands):
        """(the cluster, what kubectl was given, what was asked of both programs)"""
        api = self.cluster()
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, text in (("kubectl", KUBECTL), ("helm", HELM)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", commands], cwd=helm.ROOT,
            capture_output=True, text=True, timeout=120,
            env={**api.environment(), "PATH": f"{folder}:/usr/bin:/bin", "SEEN": str(folder),
                 "HELM_PROGRAM": str(helm.TOOLS / version)})
        self.assertEqual(done.returncode, 0, done.stderr)
        applied = folder / "applied"
        secrets = helm.load_all(applied.read_text()) if applied.exists() else []
        return api, secrets, (folder / "asked").read_text()

    def check_secrets(self, api, secrets):
        """Each file that a pod's volume wants is there."""
        made = {item["metadata"]["name"]: item for item in secrets}
        mounted = set()
        for _, _, spec in helm.pod_templates(list(api.objects.values())):
            for volume in spec["volumes"]:
                if "secret" in volume:
                    name = volume["secret"]["secretName"]
                    mounted.add(name)
                    for item in volume["secret"].get("items", []):
                        self.assertTrue(base64.b64decode(made[name]["data"][item["key"]]))
        self.assertGreater(len(mounted), 2)
        self.assertLessEqual(mounted, set(made))

    def test_the_evaluation_is_installed_in_ten_lines(self):
        for path, heading in ((README, "### On Kubernetes"),
                              (CHART_README, "## Evaluate, on one node")):
            commands = block(path, heading)
            self.assertLessEqual(len(commands.splitlines()), 10)
            for version in helm.VERSIONS:
                with self.subTest(path.parent.name, version=version):
                    api, secrets, asked = self.run_block(version, commands)
                    self.assertIn(("Deployment", "panvault"), api.of_kinds())
                    self.check_secrets(api, secrets)
                    self.assertIn("create namespace panvault\n", asked)

    def test_production_is_installed_with_a_file_of_ones_own(self):
        commands = block(CHART_README, "## Install")
        self.assertIn("-f yours.yaml", commands)
        own = helm.CHART / "ci/production-values.yaml"
        for version in helm.VERSIONS:
            with self.subTest(version):
                api, _, _ = self.run_block(version, commands.replace("yours.yaml", str(own)))
                self.assertIn(("Deployment", "panvault"), api.of_kinds())


class NotesTest(Case):
    def check(self, notes, values, rendered):
        (deployment,) = helm.of_kind(rendered, "Deployment")
        name = deployment["metadata"]["name"]
        flows = yaml.safe_load(helm.named(rendered, "ConfigMap", f"{name}-flows")["data"]["flows.yaml"])
        service = helm.named(rendered, "Service", name)
        self.assertIn(f"\n  {name}.panvault.svc:{service['spec']['ports'][0]['port']}\n", notes)
        self.assertIn(f"\n  {flows['server']['spiffe_id']}\n", notes)
        told = re.findall(r"(?m)^  (\S+)  (spiffe://\S+)  review by (\S+)$", notes)
        self.assertEqual(told, [(row["name"], row["spiffe_id"], row["review_by"])
                                for row in flows["callers"]])
        self.assertIn(f"Declared callers: {len(told)}\n", notes)
        # What is to be done next is about objects that there are.
        self.assertIn(f"rollout status deployment/{name}\n", notes)
        jobs = helm.of_kind(rendered, "Job")
        logs = re.findall(r"logs -l (\S+)", notes)
        self.assertEqual(len(logs), len(jobs))
        for selector, job in zip(logs, jobs):
            labels = dict(term.split("=") for term in selector.split(","))
            self.assertTrue(policies.selects({"matchLabels": labels},
                                             job["spec"]["template"]["metadata"]["labels"]))
        self.assertEqual("helm -n panvault test panvault" in notes,
                         bool(helm.of_kind(rendered, "Pod")))
        # And what the profile and the sources ask for.
        profile = values.get("profile", "production")
        self.assertIn(f"({profile} profile)", notes)
        self.assertEqual("no real card numbers" in notes, profile != "production")
        source = values.get("identity", {}).get("source", "existingSecret")
        self.assertEqual("SPIFFE agent of its node" in notes, source == "spiffeCsi")
        self.assertEqual("of an HSM" in notes, values["kek"].get("source") == "pkcs11")
        for chapter in re.findall(r'docs/kubernetes\.md, "([^"]+)"', notes):
            self.assertIn(f"\n## {chapter}\n", (helm.ROOT / "docs/kubernetes.md").read_text())
        self.assertIn("What NetworkPolicies cannot do", notes)
        self.assertNotRegex(notes, r"<no value>|%!|\{\{|\n\n\n")

    def test_each_set_of_values(self):
        profiles = set()
        for path in helm.values_files():
            values = yaml.safe_load(path.read_text())
            profiles.add(values.get("profile", "production"))
            rendered = helm.objects(path)
            for version in helm.VERSIONS:
                with self.subTest(path.name, version=version):
                    done = self.cluster().helm(version, "install", helm.CHART, path)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.check("\n" + done.stdout.split("NOTES:\n")[1] + "\n", values, rendered)
        self.assertEqual(profiles, {"evaluation", "production"})


if __name__ == "__main__":
    unittest.main()
