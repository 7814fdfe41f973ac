"""What this shows: panvaultd with its key-encryption key on a real token (SoftHSM2),
made as docs/pkcs11.md says: through a restart, a token that is pulled and comes
back, a module that hangs, a wrong PIN, another key; and that the PIN is in nothing
that it writes."""

import os
import pathlib
import secrets
import shutil
import subprocess
import time
import unittest

import daemon
from metrics_test import scrape, series

PAN = "4111111111111111"
MODULE = os.environ["PANVAULT_SOFTHSM_MODULE"]
SHIM = os.environ["PANVAULT_PKCS11_SHIM"]
# How long panvaultd waits for a module.
CALL_LIMIT_S = 10


class Token:
    """A token `panvault` with the key `kek`, in a folder of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir()
        self.conf = self.folder / "softhsm2.conf"
        self.conf.write_text(f"directories.tokendir = {self.tokens}\n"
                             "objectstore.backend = file\n")
        self.pin = str(10**15 + secrets.randbelow(10**15))
        self.pin_file = self.write_pin("pin", self.pin)
        self.env = dict(os.environ, SOFTHSM2_CONF=str(self.conf))
        self.run("softhsm2-util", "--init-token", "--free", "--label", "panvault",
                 "--so-pin", "13572468", "--pin", self.pin)
        self.make_key("kek")

    def run(self, *command):
        subprocess.run(command, env=self.env, check=True, capture_output=True)

    def make_key(self, label):
        self.run("pkcs11-tool", "--module", MODULE, "--token-label", "panvault",
                 "--login", "--pin", self.pin, "--keygen", "--key-type", "AES:32",
                 "--label", label, "--sensitive", "--private", "--usage-decrypt")

    def write_pin(self, name, pin):
        path = self.folder / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o400), "w",
                  encoding="ascii") as file:
            file.write(pin + "\n")
        return path

    def pull(self):
        self.tokens.rename(self.folder / "away")

    def put_back(self):
        (self.folder / "away").rename(self.tokens)


class Pkcs11Test(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        self.dev = daemon.dev(self.state)
        self.addCleanup(self.dev.stop)
        self.dev.wait_for("keys_loaded")
        self.token = Token(self.enterContext(daemon.state_folder()))

    def start(self, module=MODULE, key="kek", pin_file=None, env=None):
        """A panvaultd with its KEK on the token, on the database of `dev`."""
        text = (pathlib.Path(self.state) / "panvault.yaml").read_text()
        text = text.replace("health.sock", "health2.sock")
        text = text.replace("refresh_s: 5", "refresh_s: 1")
        text = text.replace("  file: kek\n", "  pkcs11:\n"
                            f"    module: {module}\n    token_label: panvault\n"
                            f"    key_label: {key}\n"
                            f"    pin_file: {pin_file or self.token.pin_file}\n")
        config = pathlib.Path(self.state) / "token.yaml"
        config.write_text(text + 'metrics_listen: "127.0.0.1:0"\n')
        server = daemon.Daemon(["serve", "--config", str(config)], self.state,
                               env=dict(self.token.env, **(env or {})))
        self.addCleanup(server.stop)
        return server

    def serve(self, **how):
        server = self.start(**how)
        server.wait_for("keys_loaded")
        return server

    def shim(self):
        """The module that does harm, and what it is told by."""
        module = self.token.folder / "shim.so"
        shutil.copy(SHIM, module)
        module.chmod(0o755)
        self.fault = self.token.folder / "fault"
        self.fault.write_text("")
        self.logins = self.token.folder / "logins"
        self.logins.write_text("")
        return {"module": module, "env": {"PANVAULT_SHIM_FAULT": str(self.fault),
                                          "PANVAULT_SHIM_LOGINS": str(self.logins)}}

    def create(self, server, name):
        done = daemon.cli(server, "profile", "create", name, "--keep", "none",
                          "--timeout", "30s")
        return done.returncode, done.stdout + done.stderr

    def assert_made(self, server, name):
        code, said = self.create(server, name)
        self.assertEqual(code, 0, said)

    def assert_unavailable(self, server, name):
        code, said = self.create(server, name)
        self.assertEqual(code, 3, said)
        self.assertIn("KEK_UNAVAILABLE", said)
        # Which token and why is not the callers' business.
        self.assertNotIn("CKR", said)

    def tokenize(self, server, profile="cards-demo"):
        done = daemon.cli(server, "tokenize", "--profile", profile, stdin=PAN)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def assert_detokenizes(self, server, token):
        back = daemon.cli(server, "detokenize", "--profile", "cards-demo",
                          "--reveal", "full", stdin=token)
        self.assertEqual(back.stdout.strip(), PAN, back.stderr)

    def kek_available(self, server):
        _, text = scrape(server.wait_for("metrics_listening")["address"])
        return series(text)["panvault_kek_available", ""]

    def assert_pin_is_nowhere(self, *pins):
        for pin in (self.token.pin, *pins):
            for path in pathlib.Path(self.state).rglob("*"):
                if path.is_file():
                    self.assertNotIn(pin.encode(), path.read_bytes(), path)

    def test_restart_finds_the_key_and_the_pin_is_nowhere(self):
        first = self.serve()
        kek_id = first.events("start")[0]["kek_id"]
        self.assertRegex(kek_id, "^pkcs11:[0-9a-f]{16}$")
        self.assert_made(first, "cards-demo")
        token = self.tokenize(first)
        self.assert_detokenizes(first, token)
        self.assertEqual(daemon.sql(self.state, "SELECT DISTINCT kek_id FROM "
                                    "key_versions"), kek_id)
        self.assertEqual(first.stop(), 0)

        second = self.serve(env={"PKCS11SPY": "/none", "PKCS11SPY_OUTPUT": "/none"})
        self.assertEqual(second.events("start")[0]["kek_id"], kek_id)
        self.assertLessEqual({"PKCS11SPY", "PKCS11SPY_OUTPUT"},
                             set(second.events("environment_scrubbed")[0]["names"]))
        self.assertEqual(self.tokenize(second), token)
        self.assert_detokenizes(second, token)
        # Whoever has the KEK of the file does not open it.
        daemon.wait_until(lambda: "KEY_CORRUPT" in daemon.cli(
            self.dev, "tokenize", "--profile", "cards-demo", stdin=PAN).stderr,
            "KEY_CORRUPT under another KEK")
        self.assertEqual(second.stop(), 0)
        self.assert_pin_is_nowhere()

    def test_token_is_pulled_and_comes_back(self):
        server = self.serve()
        self.assert_made(server, "cards-demo")
        token = self.tokenize(server)
        self.assertEqual(self.kek_available(server), 1)
        self.token.pull()
        self.assert_unavailable(server, "cards-last4")
        gone = server.wait_for("kek_unavailable")
        self.assertIn("message", gone)
        self.assertEqual(self.kek_available(server), 0)
        # What is in memory serves, after a look at the database too.
        time.sleep(2.5)
        self.assertEqual(self.tokenize(server), token)
        self.assert_detokenizes(server, token)

        self.token.put_back()
        daemon.wait_until(lambda: self.create(server, "cards-last4")[0] == 0,
                          "the token is back")
        self.tokenize(server, "cards-last4")
        server.wait_for("kek_available")
        self.assertEqual(self.kek_available(server), 1)
        self.assertEqual(server.stop(), 0)
        self.assert_pin_is_nowhere()

    def test_token_that_is_gone_is_noticed_while_nobody_asks(self):
        server = self.serve()
        self.token.pull()
        server.wait_for("kek_unavailable")
        self.token.put_back()
        server.wait_for("kek_available")
        self.assertEqual(server.stop(), 0)

    def test_start_needs_the_token(self):
        self.token.pull()
        server = self.start()
        self.assertEqual(server.process.wait(daemon.START_S), 1)
        self.assertEqual(server.events("listening"), [])

    def test_module_that_hangs_holds_up_nobody_else(self):
        server = self.serve(**self.shim())
        self.assert_made(server, "cards-demo")
        token = self.tokenize(server)
        self.fault.write_text("stall")
        begin = time.monotonic()
        self.assert_unavailable(server, "cards-last4")
        self.assertLess(time.monotonic() - begin, CALL_LIMIT_S + 10)
        begin = time.monotonic()
        self.assert_unavailable(server, "cards-last4")
        self.assertLess(time.monotonic() - begin, CALL_LIMIT_S / 2, "at once")
        self.assertEqual(self.tokenize(server), token)
        self.fault.write_text("")
        daemon.wait_until(lambda: self.create(server, "cards-last4")[0] == 0,
                          "the module is back")
        self.fault.write_text("stall")
        self.assertEqual(server.stop(), 0, "it ends while the module hangs")

    def test_wrong_pin_is_tried_once(self):
        wrong = "918273645546372819"
        shim = self.shim()
        server = self.start(**shim, pin_file=self.token.write_pin("wrong", wrong))
        self.assertEqual(server.process.wait(daemon.START_S), 1)
        said = server.log_path.read_text()
        self.assertIn("C_Login: CKR_PIN_INCORRECT", said)
        self.assertEqual(server.events("listening"), [])
        self.assertEqual(self.logins.read_text(), "login\n")
        self.assert_pin_is_nowhere(wrong)
        self.serve(**shim)
        self.assertEqual(self.logins.read_text(), "login\nlogin\n")

    def test_other_key_opens_nothing_of_the_first(self):
        self.token.make_key("other")
        first = self.serve()
        self.assert_made(first, "cards-demo")
        self.assertEqual(first.stop(), 0)
        second = self.serve(key="other")
        done = daemon.cli(second, "tokenize", "--profile", "cards-demo", stdin=PAN)
        self.assertIn("KEY_CORRUPT", done.stdout + done.stderr)
        self.assert_made(second, "cards-last4")

    def test_module_that_others_may_change_is_not_loaded(self):
        shim = self.shim()
        shim["module"].chmod(0o777)
        server = self.start(**shim)
        self.assertEqual(server.process.wait(daemon.START_S), 1)
        self.assertIn("can change it", server.log_path.read_text())
        self.assertEqual(self.logins.read_text(), "")


if __name__ == "__main__":
    unittest.main()
