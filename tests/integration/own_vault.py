"""A panvaultd in production's own mode, `serve`, whose CAs, callers and lists are
the test's: beside a `panvaultd dev`, whose PostgreSQL and profiles it uses."""

import os
import pathlib

import daemon
import pki

ACCESS_HEAD = "callers:\n"
# Methods about the server, which have a grant without profiles.
SERVER_METHODS = {"ListConnections"}
CALLER = """  - name: {name}
    spiffe_id: {spiffe_id}
    grants:
      - methods: [{methods}]
        profiles: [{profiles}]
        reveal: FULL
      - methods: [{server_methods}]
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2099-12-31"
"""


def replace_file(path, text):
    """As deployments do: at once, and not readable by others."""
    draft = f"{path}.new"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w",
              encoding="utf-8") as file:
        file.write(text)
    os.rename(draft, path)


class OwnVault:
    """The files, in the state folder of `dev`, and the daemons that serve by
    them. `anchors` are the CAs of our trust domain, `allies` those of others."""

    def __init__(self, state, dev, methods, profiles, anchors, allies=None):
        self.state = pathlib.Path(state)
        self.dev = dev
        self.methods, self.profiles = methods, profiles
        self.files = self.state / "own"
        self.files.mkdir()
        self.daemons = []
        self.allies = allies or {}
        server = pki.make(pki.Spec(
            subject="panvaultd", uris=(daemon.SERVER_ID,),
            other_names=((pki.DNS, daemon.SERVER_DNS_NAME.encode()),)), anchors[0])
        replace_file(self.files / "svid.pem", server.pem())
        replace_file(self.files / "key.pem", server.key_pem())
        self.set_anchors(anchors)
        for domain, ca in self.allies.items():
            replace_file(self.files / f"{domain}.pem", ca.pem())
        self.set_callers({})

    def set_anchors(self, anchors):
        replace_file(self.files / "bundle.pem", "".join(ca.pem() for ca in anchors))

    def set_callers(self, callers):
        """`callers`: SPIFFE IDs by name, each with all grants."""
        text = ACCESS_HEAD + "".join(
            CALLER.format(name=name, spiffe_id=spiffe_id,
                          methods=", ".join(
                              m for m in self.methods if m not in SERVER_METHODS),
                          server_methods=", ".join(sorted(SERVER_METHODS)),
                          profiles=", ".join(self.profiles))
            for name, spiffe_id in callers.items())
        replace_file(self.files / "access.yaml", text if callers else "callers: []\n")

    def serve(self, answer_unknown_callers=False, env=None):
        """One more daemon; returns it once it has its keys."""
        number = len(self.daemons)
        federated = "".join(
            f"    - trust_domain: {domain}\n      bundle_file: {domain}.pem\n"
            for domain in self.allies)
        conninfo = daemon.conninfo(self.state).replace("'", "''")
        config = self.files / f"serve{number}.yaml"
        config.write_text(
            "listen: 127.0.0.1:0\n"
            f"health_listen: unix:{self.files}/health{number}.sock\n"
            "tls:\n  svid_file: svid.pem\n  key_file: key.pem\n"
            "  bundle_file: bundle.pem\n"
            f"  answer_unknown_callers: {str(answer_unknown_callers).lower()}\n" +
            (f"  federated_bundles:\n{federated}" if federated else "") +
            f"access_file: access.yaml\npostgres:\n  conninfo: '{conninfo}'\n"
            "  refresh_s: 1\nkek:\n  file: ../kek\n")
        server = daemon.Daemon(["serve", "--config", str(config)], self.state, env)
        self.daemons.append(server)
        return server

    def write_identity(self, name, made):
        """For the command `panvault` (daemon.cli)."""
        folder = self.state / "identities" / name
        folder.mkdir()
        replace_file(folder / "svid.pem", made.pem())
        replace_file(folder / "key.pem", made.key_pem())
        (folder / "bundle.pem").write_text((self.files / "bundle.pem").read_text())

    def stop(self):
        for server in self.daemons:
            server.stop()
