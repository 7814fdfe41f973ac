"""What this shows: no card number stays behind. Calls carry them into every kind
of error and into every field, with all that could print them switched on by the
environment and by PostgreSQL; afterwards none is in any form in a log, in
PostgreSQL's files or its WAL, nor, once the connections are closed, in the
memory of the process, of which a core would be a copy. The memory is looked at
before the calls that have numbers in their metadata: of those, gRPC may leave
one on a thread's stack (docs/threat-model.md, known gaps).

3,000 calls; 100,000 with PANVAULT_SOAK=1."""

import collections
import os
import random
import tempfile
import time
import unittest

import canary_calls
import canary_forms
import daemon
import own_vault
import pki
import rpcs

SEED = 20261126
SOAK = os.environ.get("PANVAULT_SOAK") == "1"
CALLS = 100_000 if SOAK else 3_000
HEAVY = 20 if SOAK else 2
# All that a caller can bring about. Whoever is UNAUTHENTICATED has no connection;
# INTERNAL takes a defect of ours.
STATUSES = {"OK", "CANCELLED", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
            "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION", "UNIMPLEMENTED", "UNAVAILABLE", "DATA_LOSS"}
PROFILES = {"good": "cards-demo", "corrupt": "cards-last4", "small": "cards-bin6",
            "missing": "cards-bin8"}
KEPT = {"cards-demo": "none", "cards-last4": "last4", "cards-bin6": "bin6-last4"}


class SearchTest(unittest.TestCase):
    def setUp(self):
        self.canaries = canary_forms.Canaries(random.Random(SEED))

    def test_finds_each_form_and_nothing_else(self):
        noise = random.Random(1).randbytes(4 << 20) + b"4111111111111111" * 1000
        self.assertEqual(self.canaries.forms_in(noise), set())
        same = {"hex, upper case": "hex", "UTF-16, big-endian": "UTF-16"}
        forms = canary_forms.written(self.canaries.pan())
        self.assertGreaterEqual(len(forms), 15)
        for name, content in forms.items():
            with self.subTest(name):
                found = self.canaries.forms_in(noise + content + noise[:99])
                self.assertIn(same.get(name, name), found)

    def test_finds_each_form_in_files(self):
        with tempfile.TemporaryDirectory() as folder:
            forms = canary_forms.written(self.canaries.pan())
            os.mkdir(f"{folder}/below")
            for i, content in enumerate(forms.values()):
                with open(f"{folder}/below/{i}", "wb") as file:
                    file.write(os.urandom(100_000) + content + os.urandom(1000))
            found, files, _ = self.canaries.in_folder(folder)
            self.assertEqual((len(found), files), (len(forms), len(forms)))


class CanaryTest(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        stubs = self.enterContext(tempfile.TemporaryDirectory())
        self.rpcs = rpcs.load(stubs)
        self.rng = random.Random(SEED)
        self.canaries = canary_forms.Canaries(self.rng)
        self.start_server()
        self.seen = collections.Counter()
        print(f"seed {SEED}, numbers {self.canaries.prefix}...", flush=True)

    def start_server(self):
        self.dev = daemon.dev(self.state)
        self.addCleanup(self.dev.stop)
        self.dev.wait_for("keys_loaded")
        for profile, kept in KEPT.items():
            made = daemon.cli(self.dev, "profile", "create", profile, "--keep", kept)
            self.assertEqual(made.returncode, 0, made.stderr)
        daemon.sql(self.state, "ALTER SYSTEM SET log_statement = 'all'",
                   "ALTER SYSTEM SET log_min_duration_statement = 0",
                   "ALTER SYSTEM SET log_min_messages = 'debug1'",
                   "SELECT pg_reload_conf()")
        self.root = pki.make(pki.ca_spec("root"))
        self.good = pki.make(pki.Spec(), self.root)
        self.stranger = pki.make(pki.Spec(uris=(pki.CALLER_ID + "-not",)), self.root)
        self.vault = own_vault.OwnVault(
            self.state, self.dev, [rpc.name for rpc in self.rpcs],
            list(PROFILES.values()), [self.root])
        self.vault.set_callers({"payment": pki.CALLER_ID})
        self.addCleanup(self.vault.stop)
        self.keylog = f"{self.state}/keylog"
        self.server = self.vault.serve(answer_unknown_callers=True, env=dict(
            os.environ, GRPC_TRACE="all", GRPC_VERBOSITY="DEBUG",
            GRPC_STACKTRACE_MINLOGLEVEL="DEBUG", SSLKEYLOGFILE=self.keylog,
            PGOPTIONS="-c log_statement=all", PGAPPNAME="canary"))
        self.server.wait_for("keys_loaded")
        self.address = self.server.address()
        self.tokenize = next(r for r in self.rpcs if r.name == "Tokenize").path

    def open_calls(self):
        channels = {
            "good": canary_calls.channel(self.address, self.good, self.root),
            "stranger": canary_calls.channel(self.address, self.stranger, self.root)}
        return channels, canary_calls.Calls(self.rpcs, channels, self.canaries,
                                            self.rng, PROFILES)

    def corrupt_a_key(self):
        daemon.sql(self.state, "UPDATE key_versions SET wrapped_dek = set_byte("
                   "wrapped_dek, 30, get_byte(wrapped_dek, 30) # 1) WHERE profile_id "
                   "= (SELECT profile_id FROM token_profiles WHERE name = "
                   f"'{PROFILES['corrupt']}')")
        time.sleep(2.5)  # It is read once a second.

    def make_calls(self):
        channels, calls = self.open_calls()
        self.corrupt_a_key()
        every = CALLS // HEAVY
        for i, status in zip(range(CALLS), calls.everywhere()):
            self.seen[status] += 1
            if i % every == 0:
                self.seen.update(calls.heavy())
                self.seen.update(canary_calls.ask_health(
                    self.server.health_address(), self.canaries.pan()))
                canary_calls.broken_connections(self.address, self.good,
                                                self.tokenize, self.canaries.pan())
        for one in channels.values():
            one.close()

    def leave_a_control_in_the_database(self):
        """A number of another kind, which is to be found."""
        self.control = canary_forms.Canaries(random.Random(SEED + 1))
        daemon.sql(self.state, "CREATE TABLE control (number text)",
                   f"INSERT INTO control VALUES ('{self.control.pan().decode()}')")

    def assert_control_is_found(self):
        found, _, _ = self.control.in_folder(self.state)
        for place in ("/base/", "/pg_wal/", "log"):
            self.assertTrue([path for path in found if place in
                             path.removeprefix(self.state)], (place, found))

    def call_without_a_database(self):
        daemon.sql(self.state, "CHECKPOINT")  # Which keeps the WAL of now.
        self.assertEqual(self.dev.stop(), 0)
        channels, calls = self.open_calls()
        create = next(r for r in self.rpcs if r.name == "CreateTokenProfile")
        for _ in range(5):
            request = calls.request(create).SerializeToString()
            pan = self.canaries.pan()
            self.seen[calls.send(create, request + b"\xc2\x3e\x10" + pan)] += 1
        for one in channels.values():
            one.close()

    def call_with_metadata(self):
        channels, calls = self.open_calls()
        for _, status in zip(range(CALLS // 20), calls.in_metadata()):
            self.seen[status] += 1
        for one in channels.values():
            one.close()

    def wait_until_closed(self):
        def closed():
            return (len(self.server.events("connection_opened")) ==
                    len(self.server.events("connection_closed")))
        daemon.wait_until(closed, "all connections closed")
        time.sleep(0.5)

    def assert_memory_has_none(self, when):
        found, size = self.canaries.in_memory(self.server.process.pid)
        print(f"memory {when}: {size >> 20} MiB, {len(found)} found", flush=True)
        self.assertEqual(found, [])

    def assert_search_sees_a_call_in_flight(self):
        connection = canary_calls.half_a_call(self.address, self.good, self.tokenize,
                                              self.canaries.pan())
        with connection:
            daemon.wait_until(
                lambda: self.canaries.in_memory(self.server.process.pid)[0],
                "the number of a call that has not ended is in memory")

    def test_no_card_number_stays_behind(self):
        # A sanitizer's free() wipes nothing.
        memory = (canary_forms.may_read_memory(self.server.process.pid) and
                  os.environ.get("PANVAULT_SANITIZED") != "1")
        if memory:
            self.assert_memory_has_none("before")
        self.make_calls()
        if memory:
            self.wait_until_closed()
            self.assert_memory_has_none("after the calls")
            self.assert_search_sees_a_call_in_flight()
        self.leave_a_control_in_the_database()
        self.call_without_a_database()
        if memory:
            self.wait_until_closed()
            self.assert_memory_has_none("at the end")
        self.call_with_metadata()
        print(f"{sum(self.seen.values())} calls: {dict(self.seen)}", flush=True)
        self.assertEqual(STATUSES - set(self.seen), set())
        self.assertEqual(self.server.stop(), 0)

        self.assertFalse(os.path.exists(self.keylog))
        self.assert_control_is_found()
        found, files, size = self.canaries.in_folder(self.state)
        print(f"files: {files}, {size >> 20} MiB, {len(found)} found", flush=True)
        self.assertEqual(found, {})
        self.assertGreater(files, 500, "PostgreSQL's files and WAL are among them")
        if not memory:
            self.skipTest("files hold none; memory could not be looked at")


if __name__ == "__main__":
    unittest.main()
