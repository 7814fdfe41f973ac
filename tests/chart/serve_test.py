"""What this shows: the evaluation as it is rendered runs. The Secrets are those of
files/evaluation-secrets, the database is the bundled one's, the programs run from
the image's root file system as the pods' user; and helm test's own scripts pass. The
server's strict loader takes the files of every other set of values as well. With
spiffeCsi a SPIFFE agent of the tests' own answers behind the CSI driver's volume."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

import yaml

import helm
import image_test
import pod
import postgres
import random_values
import softhsm
import workload_api

ADDRESS = "127.0.0.1"
EVALUATION_ID = "spiffe://eval.panvault.example/ns/panvault/sa/panvault"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for item in sockets:
        item.bind((ADDRESS, 0))
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def template_of(rendered, component):
    return next(item for item in helm.pod_templates(rendered)
                if item[1]["labels"]["app.kubernetes.io/component"] == component)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Under /tmp: the pods' user has to pass through it.
        cls.scratch = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="pvchart-", dir="/tmp")))
        cls.scratch.chmod(0o755)
        cls.image, cls.client = (image_test.lay_out(name, cls.scratch)
                                 for name in ("server", "client"))
        made = subprocess.run([helm.CHART / "files/evaluation-secrets"], check=True,
                              capture_output=True, text=True).stdout
        cls.secrets = helm.load_all(made)
        cls.server_port, cls.health_port, cls.postgres_port, cls.metrics_port = free_ports(4)
        cls.ports = {"server": {"port": cls.server_port, "healthPort": cls.health_port},
                     "postgres": {"port": cls.postgres_port},
                     "metrics": {"port": cls.metrics_port}}

    def agent(self, files, hint="", driver="csi.spiffe.io", socketName="spire-agent.sock"):
        """The node's SPIFFE agent, which knows the server as the evaluation does; its
        socket is where the CSI driver looks for it."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        folder.chmod(0o755)
        secret = pod.files_of([], self.secrets)["Secret", "panvault-eval-server"]
        agent = workload_api.Agent(folder / socketName, EVALUATION_ID, secret, hint)
        self.addCleanup(agent.stop)
        files["CSI", driver] = folder
        return agent

    def hsm(self, rendered, files, wanted):
        """An HSM as `wanted`, the values kek.pkcs11, names it, and the client that the
        server's pod copies from. What the pod's volumes hold of it, by file."""
        folder = tempfile.mkdtemp(dir=self.scratch)
        os.chmod(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder)
        hsm = softhsm.SoftHsm(f"{folder}/hsm", wanted["tokenLabel"], wanted["keyLabel"])
        spec = template_of(rendered, "server")[2]
        (image,) = [item["image"] for item in spec["initContainers"]
                    if item["name"] == "pkcs11-client"]
        files["Image", image] = hsm.client_image(wanted["client"]["folder"], wanted["module"])
        files["Secret", wanted["configSecretName"]] = {
            "softhsm2.conf": hsm.configuration("/run/panvault/pkcs11")}
        return {"pin": softhsm.PIN + b"\n"}

    def make_pod(self, template, files):
        folder = tempfile.mkdtemp(dir=self.scratch)
        os.chmod(folder, 0o755)
        made = pod.Pod(template, files, self.image, folder)
        made.hosts(f"{ADDRESS} localhost panvault-postgres\n")
        self.addCleanup(shutil.rmtree, folder)
        made.run_init()
        return made

    def start(self, made):
        log_path = made.root / "log"
        with open(log_path, "wb") as log:
            process = made.start(log)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.terminate)
        return process, log_path

    def wait_for(self, event, process, log_path):
        for _ in range(1200):
            for line in log_path.read_text().splitlines():
                if line.startswith("{") and json.loads(line)["event"] == event:
                    return json.loads(line)
            self.assertIsNone(process.poll(), log_path.read_text())
            time.sleep(0.05)
        raise AssertionError(log_path.read_text())


class EvaluationCase(Case):
    VALUES = {}

    def setUp(self):
        self.rendered = helm.objects(helm.CHART / "values-evaluation.yaml",
                                     {**self.ports, **self.VALUES})
        self.files = pod.files_of(self.rendered, self.secrets)
        folder = tempfile.mkdtemp(dir=self.scratch)
        self.database = postgres.Postgres(template_of(self.rendered, "postgres"), self.files,
                                          folder, ADDRESS)
        self.addCleanup(self.database.stop)

    def migrate(self):
        """Two at once, as two releases on one database would."""
        pods = [self.make_pod(template_of(self.rendered, "migrate"), self.files)
                for _ in range(2)]
        for process, log_path in [self.start(item) for item in pods]:
            self.assertEqual(process.wait(60), 0, log_path.read_text())
            self.assertRegex(log_path.read_text(), r"the schema is at version \d+")

    def helm_test(self, name):
        """One of the test pods, but for the address of the Service."""
        test = helm.named(self.rendered, "Pod", f"panvault-test-{name}")
        folder = tempfile.mkdtemp(dir=self.scratch)
        os.chmod(folder, 0o755)
        made = pod.Pod((name, test["metadata"], test["spec"]), self.files, self.client, folder)
        self.addCleanup(shutil.rmtree, folder)
        done = made.run({"PANVAULT_ADDRESS": f"{ADDRESS}:{self.server_port}"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def serve_and_test(self):
        server = self.make_pod(template_of(self.rendered, "server"), self.files)
        process, log_path = self.start(server)
        self.wait_for("keys_load_failed", process, log_path)
        self.check_probes(server, ready=False)
        self.migrate()
        self.wait_for("keys_loaded", process, log_path)
        self.check_probes(server, ready=True)
        self.assertIn("round trip: ok", self.helm_test("allowed"))
        self.assertIn("refused: ok", self.helm_test("refused"))
        process.terminate()
        self.assertEqual(process.wait(60), 0, log_path.read_text())
        for name in ("livenessProbe", "readinessProbe"):
            self.assertEqual(server.probe(name).returncode, 1, "nobody answers")

    def check_probes(self, server, ready):
        """While the database is not there yet the pod is alive, and not ready."""
        for name in ("startupProbe", "livenessProbe"):
            done = server.probe(name)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = server.probe("readinessProbe")
        self.assertEqual((done.returncode, done.stdout),
                         (0, "SERVING\n") if ready else (1, "NOT_SERVING\n"), done.stderr)


class AgentTest(EvaluationCase):
    VALUES = {"identity": {"source": "spiffeCsi", "existingSecret": {"name": ""}}}

    def test_with_the_nodes_agent_helm_test_passes(self):
        """The server has its identity from the agent alone; the migration asks for none."""
        agent = self.agent(self.files)
        del self.files["Secret", "panvault-eval-server"]
        self.serve_and_test()
        self.assertEqual(agent.callers, 1)


class HsmTest(EvaluationCase):
    VALUES = {"kek": {**yaml.safe_load((helm.CHART / "ci/pkcs11-values.yaml").read_text())["kek"],
                      "secretName": ""}}

    def test_with_the_key_in_an_hsm_helm_test_passes(self):
        """The profile's key is wrapped by the module that the client's image has."""
        wanted = self.VALUES["kek"]["pkcs11"]
        content = self.hsm(self.rendered, self.files, wanted)
        self.files["Secret", wanted["pinSecretName"]] = {wanted["pinSecretKey"]: content["pin"]}
        del self.files["Secret", "panvault-eval-kek"]
        self.serve_and_test()


class ScraperTest(EvaluationCase):
    """The evaluation's flow to its name server, and one of a scraper's."""
    VALUES = {"flows": yaml.safe_load((helm.CHART / "values-evaluation.yaml").read_text())[
        "flows"] + yaml.safe_load((helm.CHART / "ci/metrics-values.yaml").read_text())["flows"][:1]}

    def test_the_pod_tells_its_numbers_where_the_flow_leads(self):
        server = self.make_pod(template_of(self.rendered, "server"), self.files)
        process, log_path = self.start(server)
        told = self.wait_for("metrics_listening", process, log_path)
        self.assertEqual(told["address"], f"0.0.0.0:{self.metrics_port}")
        (port,) = [item["containerPort"] for item in server.spec["containers"][0]["ports"]
                   if item["name"] == "metrics"]
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}/metrics", timeout=30) as answer:
            self.assertIn("\npanvault_ready 0\n", answer.read().decode())


class EvaluationTest(EvaluationCase):
    def test_server_waits_for_the_migration_and_helm_test_passes(self):
        self.serve_and_test()
        self.check_roles()

    def test_grants_of_an_operated_database(self):
        """What the Cluster runs for its two roles, after the operator's own steps; by
        names that are words of SQL, too."""
        values = yaml.safe_load((helm.CHART / "ci/cloudnativepg-values.yaml").read_text())
        values["postgres"].update(database="null")
        for role, name in (("server", "user"), ("owner", "on")):
            values["postgres"][role]["role"] = name
        spec = helm.of_kind(helm.objects(values), "Cluster")[0]["spec"]
        initdb = spec["bootstrap"]["initdb"]
        run = self.database.superuser
        run("-c", f"CREATE ROLE \"{initdb['owner']}\" LOGIN")
        run("-c", f"CREATE DATABASE \"{initdb['database']}\" OWNER \"{initdb['owner']}\"")
        def as_role(role, statement):
            run("-d", initdb["database"], "-c", f'SET ROLE "{role}"', "-c", statement)
        for statement in initdb["postInitApplicationSQL"]:
            run("-d", initdb["database"], "-c", statement)
        server = spec["managed"]["roles"][0]["name"]
        as_role(initdb["owner"], "CREATE TABLE keys (a int)")
        for statement in ("INSERT INTO keys VALUES (1)", "UPDATE keys SET a = 2",
                          "SELECT a FROM keys"):
            as_role(server, statement)
        for statement in ("DELETE FROM keys", "TRUNCATE keys", "CREATE TABLE mine (a int)"):
            with self.assertRaises(subprocess.CalledProcessError) as failed:
                as_role(server, statement)
            self.assertIn(b"permission denied", failed.exception.stderr)

    def check_roles(self):
        """The server's role can do its work and no more (files/roles.sql)."""
        self.assertEqual(self.database.as_role("server", "SELECT 1 FROM key_versions").returncode, 0)
        for statement in ("DELETE FROM key_versions", "TRUNCATE token_profiles",
                          "CREATE TABLE mine (a int)", "DROP TABLE key_versions",
                          "ALTER TABLE key_versions DISABLE ROW LEVEL SECURITY"):
            done = self.database.as_role("server", statement)
            self.assertNotEqual(done.returncode, 0, statement)
            self.assertRegex(done.stderr, "permission denied|must be owner")


class LoadTest(Case):
    """Configuration, identity, key and allowlist are read before it listens."""

    def load(self, rendered, files):
        server = self.make_pod(template_of(rendered, "server"), files)
        process, log_path = self.start(server)
        started = self.wait_for("start", process, log_path)
        self.wait_for("listening", process, log_path)
        process.terminate()
        self.assertEqual(process.wait(60), 0)
        return started

    def files(self, rendered, values):
        """With the evaluation's content under the names that `values` uses."""
        ours = {name: data for (_, name), data in pod.files_of([], self.secrets).items()}
        everything = ours["panvault-eval-postgres"]
        content = {**ours["panvault-eval-server"], "kek": ours["panvault-eval-kek"]["kek"],
                   "pgpass": everything["server.pgpass"], "ca.crt": everything["ca.crt"]}
        files = pod.files_of(rendered, [])
        if values["kek"].get("source") == "pkcs11":
            content.update(self.hsm(rendered, files, values["kek"]["pkcs11"]))
        identity = values.get("identity", {})
        if identity.get("source") == "spiffeCsi":
            self.agent(files, **{key: value for key, value in identity["spiffeCsi"].items()
                                 if key in ("hint", "driver", "socketName")})
        for volume in template_of(rendered, "server")[2]["volumes"]:
            for item in volume.get("secret", {}).get("items", []):
                files.setdefault(("Secret", volume["secret"]["secretName"]), {})[
                    item["key"]] = content[item["path"]]
        return files

    def test_every_set_of_values(self):
        for path in sorted((helm.CHART / "ci").glob("*.yaml")):
            with self.subTest(path.name):
                values = yaml.safe_load(path.read_text())
                rendered = helm.objects(path, {
                    "server": self.ports["server"], "metrics": self.ports["metrics"],
                    "service": {"port": self.server_port}})
                started = self.load(rendered, self.files(rendered, values))
                self.assertEqual(started["callers"], len(values.get("callers", [])))

    def test_random_values(self):
        for seed in range(0, 200, 10):
            with self.subTest(seed=seed):
                values = random_values.values(seed)
                values.update(server=self.ports["server"], metrics=self.ports["metrics"])
                if "pkcs11" in values["kek"]:  # SoftHSM has to be told where its tokens are.
                    values["kek"]["pkcs11"].update(configSecretName="client", environment={
                        "SOFTHSM2_CONF": "/etc/panvault/pkcs11/softhsm2.conf"})
                rendered = helm.objects(values)
                started = self.load(rendered, self.files(rendered, values))
                self.assertEqual(started["callers"], len(values["callers"]))

    def test_a_mistake_in_the_files_is_found(self):
        """So that the tests above can fail."""
        values = random_values.values(5)
        values.update(server=self.ports["server"], metrics=self.ports["metrics"])
        rendered = helm.objects(values)
        files = self.files(rendered, values)
        for name, file, old, new, message in (
                ("panvault-config", "panvault.yaml", b"pool_size", b"pool_sise", "unknown key"),
                ("panvault-access", "access.yaml", b"owner:", b"ovner:", "unknown key"),
                ("panvault-access", "access.yaml", b"spiffe://", b"spiffe:/", "not a SPIFFE ID")):
            with self.subTest(message):
                content = files["ConfigMap", name]
                self.assertIn(old, content[file])
                spoiled = dict(files)
                spoiled["ConfigMap", name] = {file: content[file].replace(old, new)}
                server = self.make_pod(template_of(rendered, "server"), spoiled)
                process, log_path = self.start(server)
                self.assertEqual(process.wait(60), 1)
                self.assertIn(message, log_path.read_text())


if __name__ == "__main__":
    unittest.main()
