"""What this shows: the program panvaultd, with a real PostgreSQL and real TLS,
through bad days: the database is away, a key is corrupt, it is asked to stop, it
starts again; and that nothing it writes holds a card number."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

import grpc

import daemon

PAN = "4111111111111111"


def health(address):
    """True for SERVING, False for NOT_SERVING, by the standard protocol."""
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check",
                                    request_serializer=bytes,
                                    response_deserializer=bytes)
        return {b"\x08\x01": True, b"\x08\x02": False}[
            check(b"", timeout=30, wait_for_ready=True)]


class Case(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())

    def start_dev(self, *more, env=None):
        server = daemon.dev(self.state, *more, env=env)
        self.addCleanup(server.stop)
        server.wait_for("keys_loaded")
        return server

    def tokenize(self, server, profile="cards-demo", stdin=PAN):
        done = daemon.cli(server, "tokenize", "--profile", profile, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()


class DevTest(Case):
    def test_tokens_survive_a_restart_and_nothing_holds_a_card_number(self):
        environment = dict(os.environ, GRPC_TRACE="all", GRPC_VERBOSITY="DEBUG",
                           SSLKEYLOGFILE=f"{self.state}/keylog")
        first = self.start_dev(env=environment)
        made = daemon.cli(first, "profile", "create", "cards-demo", "--keep", "none")
        self.assertEqual(made.returncode, 0, made.stderr)
        token = self.tokenize(first)
        refused = daemon.cli(first, "tokenize", "--profile", "cards-demo",
                             stdin=PAN[:-1] + "2\n" + PAN + "x\n")
        self.assertEqual(refused.returncode, 1)
        # Where a profile name belongs, and in place of it.
        daemon.cli(first, "tokenize", "--profile", "p" + PAN, stdin=PAN)
        denied = daemon.cli(first, "tokenize", "--profile", "cards-demo",
                            identity="stranger", stdin=PAN)
        self.assertEqual(denied.returncode, 4)
        self.assertEqual(first.stop(), 0)

        second = self.start_dev()
        self.assertEqual(self.tokenize(second), token)
        back = daemon.cli(second, "detokenize", "--profile", "cards-demo",
                          "--reveal", "full", stdin=token)
        self.assertEqual(back.stdout.strip(), PAN)
        self.assertEqual(second.stop(signal.SIGINT), 0)

        self.assertFalse(pathlib.Path(f"{self.state}/keylog").exists())
        scrubbed = first.events("environment_scrubbed")[0]["names"]
        self.assertLessEqual({"GRPC_TRACE", "GRPC_VERBOSITY", "SSLKEYLOGFILE"},
                             set(scrubbed))
        self.assert_no_card_number_under(self.state)

    def assert_no_card_number_under(self, folder):
        forms = (PAN.encode(), PAN.encode().hex().encode(), bytes.fromhex(PAN))
        files = 0
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file():
                files += 1
                # `dev` says to its user what to type.
                content = path.read_bytes().replace(b"echo %s |" % PAN.encode(), b"")
                for form in forms:
                    self.assertNotIn(form, content, path)
        self.assertGreater(files, 500, "PostgreSQL's files and WAL are among them")

    def test_every_line_of_the_log_is_json(self):
        server = self.start_dev()
        self.tokenize_unknown(server)
        server.stop()
        lines = server.log_path.read_text().splitlines()
        self.assertEqual(len(lines), len(server.log()))
        self.assertEqual([line["event"] for line in server.log()][-2:],
                         ["drain", "stop"])

    def tokenize_unknown(self, server):
        done = daemon.cli(server, "tokenize", "--profile", "cards-demo", stdin=PAN)
        self.assertEqual(done.returncode, 5, done.stderr)

    def test_edited_access_file_is_kept_and_obeyed(self):
        self.start_dev().stop()
        access = pathlib.Path(self.state) / "access.yaml"
        access.write_text("callers: []\n")
        server = self.start_dev()
        self.assertEqual(access.read_text(), "callers: []\n")
        done = daemon.cli(server, "profile", "list")
        self.assertEqual(done.returncode, 4, done.stderr)

    def test_lists_who_is_connected_to_whom_it_is_granted(self):
        server = self.start_dev()
        host, _, port = server.address().rpartition(":")
        with socket.create_connection((host, int(port))) as quiet:
            done = daemon.cli(server, "connections", "list", "--output", "json")
            self.assertEqual(done.returncode, 0, done.stderr)
            here = "ipv4:%s:%d" % quiet.getsockname()
            listed = {c["peer"]: c for c in json.loads(done.stdout)}
            self.assertEqual(len(listed), 2, done.stdout)
            self.assertEqual(listed[here]["spiffe_id"], "")
            self.assertEqual(listed[here]["calls"], 0)
            del listed[here]
            (own,) = listed.values()
            self.assertRegex(own["spiffe_id"], "^spiffe://.*/payment-api$")
            self.assertEqual(own["calls"], 1)
        call = server.events("call")[-1]
        self.assertEqual((call["method"], call["peer"]),
                         ("ListConnections", own["peer"]))
        table = daemon.cli(server, "connections", "list")
        self.assertRegex(table.stdout, "^ID +PEER +SINCE +CALLS +SERIAL +CALLER\n")
        self.assertIn(own["serial"], table.stdout)
        denied = daemon.cli(server, "connections", "list", identity="stranger")
        self.assertEqual(denied.returncode, 4)
        self.assertEqual(denied.stdout, "")

        access = pathlib.Path(self.state) / "access.yaml"
        text = access.read_text()
        self.assertIn("      - methods: [ListConnections]\n", text)
        server.stop()
        access.write_text(text.replace("      - methods: [ListConnections]\n", ""))
        server = self.start_dev()
        refused = daemon.cli(server, "connections", "list")
        self.assertEqual(refused.returncode, 4)
        self.assertIn("NOT_GRANTED", refused.stderr)

    def test_second_panvaultd_on_the_same_state_is_refused(self):
        server = self.start_dev()
        second = daemon.dev(self.state)
        self.assertEqual(second.process.wait(daemon.START_S), 1)
        self.assertIn("panvaultd: ", second.log_path.read_text())
        done = daemon.cli(server, "profile", "list")
        self.assertEqual(done.returncode, 0, done.stderr)


class ServeTest(Case):
    def setUp(self):
        super().setUp()
        self.dev = self.start_dev()
        for name, keep in (("cards-demo", "none"), ("cards-last4", "last4")):
            made = daemon.cli(self.dev, "profile", "create", name, "--keep", keep)
            self.assertEqual(made.returncode, 0, made.stderr)

    def serve(self, change=lambda text: text):
        """A second panvaultd, by `serve`, on the same database."""
        text = (pathlib.Path(self.state) / "panvault.yaml").read_text()
        text = text.replace("health.sock", "health2.sock")
        text = text.replace("refresh_s: 5", "refresh_s: 1")
        config = pathlib.Path(self.state) / "second.yaml"
        config.write_text(change(text))
        server = daemon.Daemon(["serve", "--config", str(config)], self.state)
        self.addCleanup(server.stop)
        return server

    def test_serves_what_dev_wrote_and_tokens_agree(self):
        server = self.serve()
        server.wait_for("keys_loaded")
        self.assertTrue(health(server.health_address()))
        self.assertEqual(self.tokenize(server), self.tokenize(self.dev))

    def test_waits_for_a_database_that_is_away(self):
        missing = f"{self.state}/nowhere"
        real = os.path.dirname(daemon.conninfo(self.state).split("host=")[1].split()[0] + "/")
        server = self.serve(lambda text: text.replace(real, missing))
        failed = server.wait_for("keys_load_failed")
        self.assertEqual(failed["reason"], "STORE_UNAVAILABLE")
        self.assertIn("no socket", failed["message"])
        self.assertGreater(failed["retry_in_ms"], 0)
        self.assertFalse(health(server.health_address()))
        done = daemon.cli(server, "tokenize", "--profile", "cards-demo",
                          "--timeout", "1s", stdin=PAN)
        self.assertEqual(done.returncode, 3, done.stderr)
        os.symlink(real, missing)  # And there it is.
        server.wait_for("keys_loaded")
        self.assertTrue(health(server.health_address()))
        self.tokenize(server)

    def test_corrupt_key_costs_its_profile_only(self):
        server = self.serve()
        server.wait_for("keys_loaded")
        daemon.sql(self.state, "UPDATE key_versions SET wrapped_dek = set_byte("
            "wrapped_dek, 30, get_byte(wrapped_dek, 30) # 1) WHERE profile_id = "
            "(SELECT profile_id FROM token_profiles WHERE name = 'cards-last4')")
        def corrupt():
            done = daemon.cli(server, "tokenize", "--profile", "cards-last4",
                              "--output", "json", stdin=PAN)
            return "KEY_CORRUPT" in done.stdout + done.stderr
        daemon.wait_until(corrupt, "KEY_CORRUPT")
        self.tokenize(server)
        self.assertTrue(health(server.health_address()))

    def test_serves_from_memory_while_the_database_is_away(self):
        server = self.serve()
        server.wait_for("keys_loaded")
        token = self.tokenize(server)
        self.dev.stop()  # And with it PostgreSQL.
        server.wait_for("keys_load_failed")
        self.assertEqual(self.tokenize(server), token)
        self.assertTrue(health(server.health_address()))
        done = daemon.cli(server, "profile", "create", "cards-bin6", "--keep",
                          "bin6-last4", "--timeout", "10s")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(server.stop(), 0)

    def test_stops_while_it_waits_for_its_first_identity(self):
        def from_an_agent(text):
            return re.sub(r"^tls:\n(?:  .*\n)+",
                          f"tls:\n  workload_api_socket: {self.state}/nowhere.sock\n",
                          text, flags=re.M)
        server = self.serve(from_an_agent)
        server.wait_for("identity_reload_failed")
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 20, "it waited on; 60 s are its limit")
        self.assertEqual(len(server.events("stop")), 1)

    def test_migrate_can_be_repeated(self):
        config = str(pathlib.Path(self.state) / "panvault.yaml")
        done = subprocess.run([daemon.PANVAULTD, "migrate", "--config", config],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "the schema is at version 1\n")

    def ask(self, *more):
        """`panvaultd health`, of the server that serves by second.yaml."""
        return subprocess.run([daemon.PANVAULTD, "health", "--config",
                               str(pathlib.Path(self.state) / "second.yaml"), *more],
                              capture_output=True, text=True, timeout=60)

    def test_health_command_tells_ready_from_alive_from_gone(self):
        missing = f"{self.state}/nowhere"
        real = os.path.dirname(daemon.conninfo(self.state).split("host=")[1].split()[0] + "/")
        server = self.serve(lambda text: text.replace(real, missing))
        server.wait_for("keys_load_failed")
        not_ready = self.ask()
        self.assertEqual((not_ready.returncode, not_ready.stdout), (1, "NOT_SERVING\n"))
        self.assertIn("panvaultd: it has no keys", not_ready.stderr)
        self.assertEqual(self.ask("--alive").returncode, 0)
        os.symlink(real, missing)
        server.wait_for("keys_loaded")
        ready = self.ask()
        self.assertEqual((ready.returncode, ready.stdout, ready.stderr), (0, "SERVING\n", ""))
        server.process.send_signal(signal.SIGSTOP)  # Stuck: takes connections, answers none.
        stuck = self.ask("--alive")
        server.process.send_signal(signal.SIGCONT)
        self.assertEqual((stuck.returncode, stuck.stdout), (1, ""))
        self.assertEqual(server.stop(), 0)
        gone = self.ask("--alive")
        self.assertEqual((gone.returncode, gone.stdout), (1, ""))
        self.assertIn("no answer from gRPC health", gone.stderr)

    def test_bad_configuration_is_refused_with_its_place(self):
        server = self.serve(lambda text: text.replace("key_file", "key_fil"))
        self.assertEqual(server.process.wait(daemon.START_S), 1)
        self.assertRegex(server.log_path.read_text(),
                         r"second.yaml:\d+: tls.key_fil: unknown key")


class CommandLineTest(unittest.TestCase):
    def run_panvaultd(self, *arguments):
        return subprocess.run([daemon.PANVAULTD, *arguments], capture_output=True,
                              text=True, timeout=60)

    def test_version(self):
        done = self.run_panvaultd("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^panvaultd \d+\.\d+\.\d+\n$")

    def test_help_teaches(self):
        done = self.run_panvaultd("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("serve", "migrate", "dev", "Exit codes", "access.yaml"):
            self.assertIn(word, done.stdout)

    def test_wrong_command_line(self):
        self.assertEqual(self.run_panvaultd().returncode, 2)
        self.assertEqual(self.run_panvaultd("serve").returncode, 2)
        self.assertEqual(self.run_panvaultd("serve", "--config", "/nowhere").returncode, 1)


if __name__ == "__main__":
    unittest.main()
