"""What this shows: the key-encryption key has one source, and panvaultd's configuration
names files that the server's pod has: a Secret's, or a PKCS#11 module out of the
vendor's client image with PIN, configuration and environment. No other pod, and no
other container, has any of it. (serve_test.py runs both.)"""

import unittest

import yaml

import helm
import random_values

PKCS11 = helm.CHART / "ci/pkcs11-values.yaml"
PRODUCTION = helm.CHART / "ci/production-values.yaml"
# Volumes that lead to the key.
CLOSED = {"kek", "pin", "pkcs11-client", "pkcs11-config"}


def server_of(rendered):
    return helm.named(rendered, "Deployment", "panvault")["spec"]["template"]["spec"]


def kek_of(rendered, name="panvault-config"):
    config = helm.named(rendered, "ConfigMap", name)["data"]["panvault.yaml"]
    return yaml.load(config, helm.StrictLoader)["kek"]


def init_of(spec, name):
    found = [item for item in spec["initContainers"] if item["name"] == name]
    return found[0] if found else None


def mounts_of(container):
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


class KekTest(unittest.TestCase):
    def check_pkcs11(self, rendered, wanted):
        spec = server_of(rendered)
        server = spec["containers"][0]
        mounts = mounts_of(server)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        self.assertEqual(kek_of(rendered), {"pkcs11": {
            "module": f"{mounts['pkcs11-client']}/{wanted['module']}",
            "token_label": wanted["tokenLabel"], "key_label": wanted["keyLabel"],
            "pin_file": f"{mounts['pin']}/pin"}})
        copy = init_of(spec, "pkcs11-client")
        there = mounts_of(copy)
        self.assertEqual(set(there), {"pkcs11-client"})
        self.assertEqual(copy["command"], [
            "/bin/cp", "-RL", wanted["client"]["folder"] + "/.", there["pkcs11-client"] + "/client"])
        (mount,) = [item for item in server["volumeMounts"] if item["name"] == "pkcs11-client"]
        self.assertEqual(mount["subPath"], "client")
        image = wanted["client"]["image"]
        self.assertEqual(copy["image"], f"{image['repository']}@{image['digest']}"
                         if image.get("digest") else f"{image['repository']}:{image['tag']}")
        self.assertEqual({item["name"]: item["value"] for item in server.get("env", [])},
                         wanted.get("environment", {}))
        self.assertEqual(volumes["pin"]["secret"]["secretName"], wanted["pinSecretName"])
        self.assertEqual(volumes["pin"]["secret"]["items"], [
            {"key": wanted.get("pinSecretKey", "pin"), "path": "pin"}])
        self.assertEqual(volumes.get("pkcs11-config", {}).get("secret", {}).get("secretName"),
                         wanted.get("configSecretName"))
        self.assertEqual("pkcs11-config" in mounts, "configSecretName" in wanted)
        for mount in server["volumeMounts"]:
            self.assertIs(mount["readOnly"], True)
        self.assertNotIn("kek", volumes)

    def check_file(self, rendered, wanted):
        spec = server_of(rendered)
        server = spec["containers"][0]
        self.assertEqual(kek_of(rendered), {"file": mounts_of(server)["kek"] + "/kek"})
        (volume,) = [item for item in spec["volumes"] if item["name"] in CLOSED]
        self.assertEqual(volume, {"name": "kek", "secret": {
            "secretName": wanted["secretName"], "defaultMode": 0o440,
            "items": [{"key": wanted.get("secretKey", "kek"), "path": "kek"}]}})
        self.assertIsNone(init_of(spec, "pkcs11-client"))
        self.assertNotIn("env", server)

    def check(self, rendered, kek):
        if kek.get("source") == "pkcs11":
            self.check_pkcs11(rendered, kek["pkcs11"])
        else:
            self.check_file(rendered, kek)
        for _, meta, spec in helm.pod_templates(rendered):
            if meta["labels"]["app.kubernetes.io/component"] != "server":
                self.assertFalse(CLOSED & {volume["name"] for volume in spec["volumes"]})
        # The migration reads the same configuration, and wants no key.
        self.assertEqual(kek_of(rendered, "panvault-migrate"), kek_of(rendered))

    def test_each_source(self):
        for path in (PKCS11, PRODUCTION):
            self.check(helm.objects(path), yaml.safe_load(path.read_text())["kek"])

    def test_random_values(self):
        sources = set()
        for seed in range(40):
            with self.subTest(seed=seed):
                values = random_values.values(seed)
                sources.add(values["kek"].get("source"))
                self.check(helm.objects(values), values["kek"])
        self.assertEqual(sources, {None, "pkcs11"})

    def test_a_change_of_the_module_starts_new_pods(self):
        def annotations(values):
            return helm.named(helm.objects(values), "Deployment", "panvault")[
                "spec"]["template"]["metadata"]["annotations"]
        values = yaml.safe_load(PKCS11.read_text())
        first = annotations(values)
        values["kek"]["pkcs11"]["keyLabel"] = "panvault-kek-2027"
        self.assertNotEqual(first["checksum/config"], annotations(values)["checksum/config"])


if __name__ == "__main__":
    unittest.main()
