"""What this shows: values that contradict each other, leave something out or are
not known are refused, each with a message that names the place."""

import copy
import unittest

import yaml

import helm

PRODUCTION = yaml.safe_load((helm.CHART / "ci/production-values.yaml").read_text())
EVALUATION = yaml.safe_load((helm.CHART / "values-evaluation.yaml").read_text())
OPERATED = yaml.safe_load((helm.CHART / "ci/cloudnativepg-values.yaml").read_text())
CSI = yaml.safe_load((helm.CHART / "ci/spiffe-csi-values.yaml").read_text())
METRICS = yaml.safe_load((helm.CHART / "ci/metrics-values.yaml").read_text())
PKCS11 = yaml.safe_load((helm.CHART / "ci/pkcs11-values.yaml").read_text())
CALLERS = yaml.safe_load((helm.CHART / "ci/callers-values.yaml").read_text())


def changed(values, path, value):
    """A copy with values[path] set, or taken out if `value` is None."""
    values = copy.deepcopy(values)
    place = values
    *parents, last = path
    for key in parents:
        if isinstance(place, dict):
            place = place.setdefault(key, {})
        else:
            place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return values


class Case(unittest.TestCase):
    def assert_refused(self, values, *words, **options):
        for version in helm.VERSIONS:
            done = helm.template(values, version=version, **options)
            self.assertNotEqual(done.returncode, 0, "rendered")
            for word in words:
                self.assertIn(word, done.stderr)


class SchemaTest(Case):
    """What values.schema.json refuses: (path, value, words of both Helms)."""

    def test_each_required_field_of_a_caller(self):
        for field in ("name", "namespace", "serviceAccount", "podLabels", "grants",
                      "justification", "owner", "approvedBy", "reviewBy", "pci"):
            with self.subTest(field):
                self.assert_refused(changed(PRODUCTION, ("callers", 0, field), None),
                                    "callers", field)

    def test_each_required_field_of_a_flow(self):
        for field in ("name", "kind", "justification", "owner", "approvedBy",
                      "reviewBy", "pci"):
            with self.subTest(field):
                self.assert_refused(changed(PRODUCTION, ("flows", 0, field), None),
                                    "flows", field)

    def test_unknown_keys_at_every_level(self):
        for path in (("extraRules",), ("networkPolicy",), ("server", "hostNetwork"),
                     ("server", "securityContext"), ("image", "sha"),
                     ("postgres", "password"), ("postgres", "server", "password"),
                     ("postgres", "bundled", "enabled"), ("kek", "value"),
                     ("kek", "pkcs11", "pin"), ("kek", "pkcs11", "client", "command"),
                     ("callers", 0, "ingress"), ("callers", 0, "namespaceSelector"),
                     ("callers", 0, "grants", 0, "method"), ("flows", 0, "ports"),
                     ("flows", 0, "egress"), ("identity", "spiffeId"),
                     ("identity", "spiffeCsi", "clusterSpiffeId", "spiffeIDTemplate"),
                     ("tests", "command"), ("service", "type"), ("metrics", "enabled"),
                     ("metrics", "serviceMonitor", "namespaceSelector"),
                     ("metrics", "rules", "groups"), ("metrics", "dashboard", "json"),
                     ("server", "resources", "claims"), ("service", "nodePort")):
            with self.subTest(".".join(map(str, path))):
                self.assert_refused(changed(PRODUCTION, path, "x"), path[-1])

    def test_global_is_open_for_parent_charts(self):
        helm.render(changed(PRODUCTION, ("global", "anything"), {"of": "theirs"}))

    def test_malformed_values(self):
        rows = [
            (("callers", 0, "justification"), "   "),
            (("callers", 0, "owner"), ""),
            (("callers", 0, "reviewBy"), "2026-13-01"),
            (("callers", 0, "reviewBy"), "soon"),
            (("callers", 0, "pci"), []),
            (("callers", 0, "pci"), ["all of it"]),
            (("callers", 0, "name"), "Checkout"),
            (("callers", 0, "namespace"), "*"),
            (("callers", 0, "serviceAccount"), "*"),
            (("callers", 0, "podLabels"), {}),
            (("callers", 0, "podLabels"), {"app": ""}),
            (("callers", 0, "podLabels"), {"app": "a' || true || 'b"}),
            (("callers", 0, "podLabels"), {"app": "a\\"}),
            (("callers", 0, "namespace"), "a' || true || 'b"),
            (("callers", 0, "serviceAccount"), "a' || true || 'b"),
            (("callers", 0, "grants"), []),
            (("callers", 0, "grants", 0, "methods"), ["*"]),
            (("callers", 0, "grants", 0, "profiles"), ["*"]),
            (("callers", 0, "grants", 0, "profiles"), []),
            (("callers", 0, "grants", 0, "profiles"), ["4cards"]),
            (("callers", 0, "grants", 0, "profiles"), ["cards-"]),
            (("callers", 0, "grants", 0, "profiles"), None),
            # About the server, with methods or names of profiles.
            (("callers", 0, "grants", 0), {"methods": ["ListConnections"], "profiles": ["p"]}),
            (("callers", 0, "grants", 0), {"methods": ["ListConnections", "Tokenize"]}),
            (("callers", 0, "grants", 0),
             {"methods": ["Tokenize", "ListConnections"], "profiles": ["p"]}),
            (("callers", 0, "grants", 0), {"methods": ["ListConnections"], "reveal": "FULL"}),
            (("callers", 0, "name"), "-"),
            # A reveal level without a method that shows card numbers, and back.
            (("callers", 0, "grants", 0, "reveal"), "FULL"),
            (("callers", 0, "grants", 0, "methods"), ["Detokenize"]),
            (("flows", 0, "kind"), "scrape"),
            (("metrics",), {"port": 80}),
            (("metrics",), {"serviceMonitor": {"interval": "often"}}),
            (("metrics",), {"rules": {"labels": {"a": ""}}}),
            (("flows", 0, "cidr"), "0.0.0.0/0"),
            (("flows", 0, "cidr"), "10.0.0.0/8"),
            (("flows", 0, "cidr"), "::/0"),
            (("flows", 0, "cidr"), "10.20.0.5"),
            (("flows", 0, "port"), 22),
            (("flows", 0, "kind"), "kubernetes-api"),
            (("flows", 0, "kind"), "cnpg-operator"),
            (("flows", 0, "namespace"), "databases"),
            (("flows", 0, "cidr"), None),
            (("trustDomain",), "Pay.Corp"),
            (("image", "digest"), "sha256:short"),
            (("profile",), "prod"),
            (("server", "replicas"), 0),
            (("server", "port"), 443),
            (("postgres", "host"), "db' sslmode=disable"),
            (("postgres", "hostAddress"), "db.corp.internal"),
            (("postgres", "database"), "cards sslmode=disable"),
            (("fullnameOverride",), "-x"),
            (("kek", "source"), "file"),
            (("kek", "pkcs11"), {"module": "/usr/lib/module.so"}),
            (("kek", "pkcs11"), {"module": "lib/../../module.so"}),
            (("kek", "pkcs11"), {"module": "lib//module.so"}),
            (("kek", "pkcs11"), {"client": {"folder": "opt"}}),
            (("kek", "pkcs11"), {"client": {"folder": "/"}}),
            (("kek", "pkcs11"), {"client": {"folder": "/opt/../etc"}}),
            (("kek", "pkcs11"), {"tokenLabel": "t" * 33}),
            (("kek", "pkcs11"), {"keyLabel": "two\nlines"}),
            (("kek", "pkcs11"), {"environment": {"A": "b c"}}),
            (("kek", "pkcs11"), {"environment": {"A": {"valueFrom": "b"}}}),
            (("flows", 0, "kind"), "hsm"),
            (("identity", "spiffeCsi"), {"socketName": "../agent.sock"}),
            (("identity", "spiffeCsi"), {"socketName": "run/agent.sock"}),
            (("identity", "spiffeCsi"), {"socketName": "/run/agent.sock"}),
            (("identity", "spiffeCsi"), {"socketName": ".."}),
            (("identity", "spiffeCsi"), {"socketName": ""}),
            (("identity", "spiffeCsi"), {"driver": ""}),
            (("identity", "spiffeCsi"), {"driver": "csi spiffe"}),
            (("identity", "spiffeCsi"), {"hint": "two\nlines"}),
            (("identity", "spiffeCsi"), {"clusterSpiffeId": {"className": "{{ . }}"}}),
            (("identity", "spiffeCsi"),
             {"clusterSpiffeId": {"dnsNames": ["{{ .PodMeta.Name }}"]}}),
        ]
        for path, value in rows:
            with self.subTest(f"{path} {value}"):
                self.assert_refused(changed(PRODUCTION, path, value), str(path[0]))

    def test_malformed_label_key(self):
        self.assert_refused(changed(PRODUCTION, ("callers", 0, "podLabels"),
                                    {"app'": "a"}), "app")

    def test_variables_of_the_loader_and_of_libraries(self):
        """They would change what panvaultd is, not where a module finds its files."""
        for name in ("LD_PRELOAD", "LD_LIBRARY_PATH", "OPENSSL_CONF", "SSLKEYLOGFILE",
                     "GRPC_TRACE", "PGSSLMODE", "PATH", "PKCS11SPY_OUTPUT",
                     "P11_KIT_DEBUG", "A B"):
            with self.subTest(name):
                self.assert_refused(changed(PKCS11, ("kek", "pkcs11", "environment"),
                                            {name: "/run/panvault/pkcs11/a.so"}), name)

    def test_annotations_that_undo_what_the_chart_does(self):
        for name in ("container.apparmor.security.beta.kubernetes.io/panvaultd",
                     "container.seccomp.security.alpha.kubernetes.io/panvaultd",
                     "seccomp.security.alpha.kubernetes.io/pod", "k8s.v1.cni.cncf.io/networks",
                     "cni.cncf.io/networks", "multus.corp.internal/networks",
                     "checksum/config"):
            with self.subTest(name):
                self.assert_refused(changed(PRODUCTION, ("server", "podAnnotations"),
                                            {name: "unconfined"}), name)
        helm.render(changed(PRODUCTION, ("server", "podAnnotations"), {"corp.internal/a": "b"}))

    def test_bulk_detokenize_shows_whole_numbers(self):
        grants = [{"methods": ["BulkDetokenize"], "profiles": ["p"], "reveal": "LAST4"}]
        self.assert_refused(changed(PRODUCTION, ("callers", 0, "grants"), grants), "reveal")


class ContradictionTest(Case):
    """What the templates refuse, in the words of _validate.tpl."""

    def test_each_contradiction(self):
        second = dict(CALLERS["callers"][1])
        rows = [
            (PRODUCTION, ("trustDomain",), "", "trustDomain: name the SPIFFE"),
            (PRODUCTION, ("kek", "secretName"), "", "kek.secretName: name"),
            (PRODUCTION, ("kek", "source"), "pkcs11",
             "kek.secretName: is for kek.source existingSecret, not pkcs11"),
            (PKCS11, ("kek", "secretName"), "panvault-kek",
             "kek.secretName: is for kek.source existingSecret, not pkcs11"),
            *((PKCS11, ("kek", "source"), "existingSecret",
               f"kek.pkcs11.{key}: is for kek.source pkcs11, not existingSecret")
              for key in ("client.image.repository", "module", "tokenLabel", "keyLabel",
                          "pinSecretName", "configSecretName", "environment")),
            *((PKCS11, ("kek", "pkcs11", key), "", f"kek.pkcs11.{key}: name")
              for key in ("module", "tokenLabel", "keyLabel", "pinSecretName")),
            (PKCS11, ("kek", "pkcs11", "client", "image", "repository"), "",
             "kek.pkcs11.client.image: name"),
            (PKCS11, ("kek", "pkcs11", "client", "image"), {"repository": "hsm-client"},
             "kek.pkcs11.client.image: name"),
            (PRODUCTION, ("flows",), PRODUCTION["flows"] + PKCS11["flows"][1:],
             "flows: of kind hsm are for kek.source pkcs11"),
            (PKCS11, ("flows", 1, "port"), 8443,
             'flows: the port of "hsm-a" is the gRPC port'),
            (PRODUCTION, ("identity", "existingSecret", "name"), "",
             "identity.existingSecret.name: name"),
            (PRODUCTION, ("identity", "source"), "certManager",
             "identity.certManager.issuerName: name"),
            (PRODUCTION, ("identity", "source"), "spiffeCsi",
             "identity.existingSecret.name: is for identity.source existingSecret, not spiffeCsi"),
            (CSI, ("identity", "certManager"), {"issuerName": "pay"},
             "identity.certManager.issuerName: is for identity.source certManager"),
            (CSI, ("identity", "certManager"), {"dnsNames": ["panvault.vault.svc"]},
             "identity.certManager.dnsNames: is for identity.source certManager"),
            (PRODUCTION, ("identity", "certManager"), {"issuerName": "pay"},
             "identity.certManager.issuerName: is for identity.source certManager"),
            (PRODUCTION, ("identity", "spiffeCsi"), {"clusterSpiffeId": {"enabled": True}},
             "identity.spiffeCsi.clusterSpiffeId.enabled: is for identity.source spiffeCsi"),
            (PRODUCTION, ("identity", "spiffeCsi"), {"hint": "vault"},
             "identity.spiffeCsi.hint: is for identity.source spiffeCsi, not existingSecret"),
            (CSI, ("identity", "spiffeCsi", "clusterSpiffeId", "enabled"), False,
             "identity.spiffeCsi.clusterSpiffeId.className: does nothing without"),
            (CSI, ("identity", "spiffeCsi", "clusterSpiffeId", "enabled"), False,
             "identity.spiffeCsi.clusterSpiffeId.dnsNames: does nothing without"),
            (PRODUCTION, ("image", "repository"), "", "image.repository: name"),
            (PRODUCTION, ("server", "port"), 8081, "server.healthPort: is the same"),
            (METRICS, ("metrics", "port"), 8443, "metrics.port: is the gRPC port"),
            (METRICS, ("metrics", "port"), 8081, "metrics.port: is the same as server.healthPort"),
            (METRICS, ("flows",), METRICS["flows"][2:],
             "metrics.serviceMonitor.enabled: without a flow of kind metrics"),
            (METRICS, ("flows",), METRICS["flows"][2:],
             "metrics.rules.enabled: without a flow of kind metrics"),
            (METRICS, ("flows",), METRICS["flows"][2:],
             "metrics.dashboard.enabled: without a flow of kind metrics"),
            (METRICS, ("metrics", "rules", "enabled"), False,
             "metrics.rules.labels: does nothing without metrics.rules.enabled"),
            (METRICS, ("flows", 0), dict(METRICS["flows"][0], namespace="panvault",
                                         podLabels={"tier": "monitoring"}),
             "the podLabels of \"prometheus\" could also be on this release's server pods"),
            (PRODUCTION, ("postgres", "port"), 8443, "postgres.port: is the gRPC port"),
            (PRODUCTION, ("server", "autoscaling"),
             {"enabled": True, "minReplicas": 9, "maxReplicas": 3}, "is over maxReplicas"),
            (PRODUCTION, ("postgres", "server", "passfileSecretName"), "",
             "postgres.server.passfileSecretName"),
            (PRODUCTION, ("postgres", "owner", "passfileSecretName"), "",
             "postgres.owner.passfileSecretName"),
            (PRODUCTION, ("postgres", "caSecretName"), "", "postgres.caSecretName"),
            (PRODUCTION, ("postgres", "host"), "", "postgres.host: name"),
            (PRODUCTION, ("postgres", "hostAddress"), "", "postgres.hostAddress: give"),
            (PRODUCTION, ("postgres", "hostAddress"), "10.20.0.9",
             "no flow of kind postgres opens 10.20.0.9"),
            (PRODUCTION, ("flows",), [], "flows: none of kind postgres"),
            (PRODUCTION, ("flows",), PRODUCTION["flows"] * 2,
             'flows: two are named "vault-db"'),
            (PRODUCTION, ("flows", 0, "name"), "checkout-api",
             'flows: two are named "checkout-api", callers counted'),
            *((PRODUCTION, (part, 0, "name"), name, f'{part}: "{name}" is the name of a flow')
              for part in ("callers", "flows")
              for name in ("to-postgres", "within-postgres", "bundled-postgres",
                           "tests-to-server")),
            (PRODUCTION, ("service",), {"headless": True, "port": 443},
             "service.port: a headless Service leads to the pods' own port; want that of "
             "server.port, 8443"),
            (OPERATED, ("flows", 1, "port"), 8443,
             'flows: the port of "api-server" is the gRPC port, which only callers[] opens'),
            (OPERATED, ("server", "port"), 8000, "server.port: 8000 is a port of the operator"),
            *((METRICS, ("metrics", part, "labels", "app.kubernetes.io/instance"), "x",
               f"metrics.{part}.labels: app.kubernetes.io/instance is a label of the chart")
              for part in ("serviceMonitor", "rules", "dashboard")),
            (EVALUATION, ("flows",), [], "is found by name; declare a flow of kind dns"),
            (EVALUATION, ("flows",), EVALUATION["flows"] + PRODUCTION["flows"],
             "bundled has its own"),
            (EVALUATION, ("postgres", "bundled", "secretName"), "",
             "postgres.bundled.secretName"),
            *((EVALUATION, ("postgres", *path), "other",
               f"postgres.{'.'.join(path)}: the bundled PostgreSQL has panvault")
              for path in (("database",), ("server", "role"), ("owner", "role"))),
            (EVALUATION, ("postgres", "hostAddress"), "10.20.0.5",
             "are for postgres.mode external, not bundled"),
            (PRODUCTION, ("flows",), PRODUCTION["flows"] + OPERATED["flows"],
             "flows: of kind kubernetes-api are for postgres.mode cloudnativepg"),
            (OPERATED, ("flows",), OPERATED["flows"][:1], "flows: none of kind cnpg-operator"),
            (OPERATED, ("postgres", "port"), 6432, "clusters listen on 5432"),
            (OPERATED, ("postgres", "cloudnativepg", "ownerSecretName"), "",
             "postgres.cloudnativepg.ownerSecretName"),
            (OPERATED, ("postgres", "cloudnativepg", "serverSecretName"), "",
             "postgres.cloudnativepg.serverSecretName"),
            (PRODUCTION, ("callers",), PRODUCTION["callers"] * 2,
             'callers: two are named "checkout-api"'),
            (PRODUCTION, ("callers",), PRODUCTION["callers"] * 2, "are one service account"),
            (PRODUCTION, ("callers",),
             PRODUCTION["callers"] + [dict(second, namespace="checkout",
                                           podLabels={"tier": "batch"})],
             'could carry the podLabels of both "checkout-api" and "settlement"'),
            (PRODUCTION, ("callers", 0), dict(second, namespace="panvault",
                                              podLabels={"tier": "batch"}),
             "could also be on this release's server pods"),
            (PRODUCTION, ("callers", 0), dict(second, namespace="panvault",
                                              serviceAccount="panvault"),
             "is the server's own service account"),
            (PRODUCTION, ("callers", 0, "owner"), "Ü" * 501, "owner of \"checkout-api\": over"),
            (PRODUCTION, ("callers", 0, "reviewBy"), "2027-02-29", "is no day of the calendar"),
            (PRODUCTION, ("flows", 0, "reviewBy"), "2027-06-31", "is no day of the calendar"),
            (EVALUATION, ("tests", "caller"), "nobody", 'tests.caller: "nobody" is none'),
            (EVALUATION, ("callers", 0, "podLabels"),
             {"app.kubernetes.io/component": "smoke"}, "do not carry its label"),
            (EVALUATION, ("tests", "identitySecretName"), "", "tests.identitySecretName"),
            (EVALUATION, ("tests", "strangerSecretName"), "", "tests.strangerSecretName"),
            (EVALUATION, ("tests", "image", "repository"), "", "tests.image: name"),
            (EVALUATION, ("service", "headless"), True, "which a headless one lacks"),
            (OPERATED, ("callers", 0), dict(OPERATED["callers"][0], namespace="panvault",
                                            serviceAccount="panvault-postgres"),
             "is the database itself"),
            (OPERATED, ("callers", 0), dict(OPERATED["callers"][0], namespace="panvault",
                                            podLabels={"cnpg.io/cluster": "panvault-postgres",
                                                       "app.kubernetes.io/name": "x"}),
             "is the database itself"),
            (PRODUCTION, ("postgres", "owner", "role"), "panvault_server",
             "postgres.owner.role: is the role that serves"),
            (PRODUCTION, ("postgres", "owner", "passfileSecretName"),
             PRODUCTION["postgres"]["server"]["passfileSecretName"],
             "postgres.owner: the server would be given its password"),
        ]
        for values, path, value, word in rows:
            with self.subTest(word):
                self.assert_refused(changed(values, path, value), word)


class ProductionTest(Case):
    def test_nothing_set_lists_all_that_is_open(self):
        self.assert_refused({}, "profile: production", "trustDomain: ", "kek.secretName: ",
                            "image.digest: ", "callers: none", "flows: none",
                            "postgres.storage.encryptionAcknowledgedBy: ")

    def test_the_profile_file_alone_is_not_enough(self):
        done = helm.template(helm.CHART / "values-production.yaml")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("trustDomain: ", done.stderr)

    def test_the_profile_file_with_the_required_values(self):
        rendered = helm.objects(helm.CHART / "values-production.yaml", PRODUCTION)
        self.assertEqual(
            helm.named(rendered, "Deployment", "panvault")["spec"]["replicas"], 3)

    def test_each_rule_of_production(self):
        rows = [
            (("postgres", "storage", "className"), "", "postgres.storage.className"),
            (("postgres", "storage", "encryptionAcknowledgedBy"), "",
             "postgres.storage.encryptionAcknowledgedBy"),
            (("postgres", "storage", "encryptionAcknowledgedBy"), " ",
             "encryptionAcknowledgedBy"),
            (("image",), {"repository": "r", "tag": "1"}, "a tag can be moved"),
            (("callers",), [], "callers: none is declared"),
            (("trustDomain",), "pay.example.org", 'trustDomain: "pay.example.org"'),
            (("trustDomain",), "eval.panvault.example", "is an example"),
            (("server", "replicas"), 1, "server.replicas: want at least 2"),
            (("server", "podDisruptionBudget"), {"enabled": False},
             "server.podDisruptionBudget.enabled"),
            (("admission",), {"enabled": False}, "admission.enabled"),
            (("server", "answerUnknownCallers"), True, "server.answerUnknownCallers: is for"),
        ]
        for path, value, word in rows:
            with self.subTest(word):
                self.assert_refused(changed(PRODUCTION, path, value), word)
        for path, value, word in (
                (("postgres", "cloudnativepg", "instances"), 1, "want at least 2"),
                (("postgres", "cloudnativepg", "imageName"), "postgresql:16.4",
                 "postgres.cloudnativepg.imageName: a tag can be moved")):
            with self.subTest(word):
                self.assert_refused(changed(OPERATED, path, value), word)
        self.assert_refused(changed(PKCS11, ("kek", "pkcs11", "client", "image", "digest"), ""),
                            "kek.pkcs11.client.image.digest: a tag can be moved")

    def test_the_evaluation_is_not_for_production(self):
        self.assert_refused(changed(EVALUATION, ("profile",), "production"),
                            "postgres.mode: bundled", "tests.enabled: ",
                            "image.digest: a tag", "is an example")


if __name__ == "__main__":
    unittest.main()
