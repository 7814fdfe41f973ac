"""A TLS server that does resume sessions: `openssl s_server` with the test's own
CA. The control of whoever says that another server does not. It answers a line
with that line reversed."""

import os
import socket
import subprocess

import daemon
import own_vault


class SessionGiver:
    """Requires a client certificate; but not of who resumes. `folder` is its own."""

    def __init__(self, folder, identity, anchor):
        for name, text in (("svid", identity.pem()), ("key", identity.key_pem()),
                           ("bundle", anchor.pem())):
            own_vault.replace_file(f"{folder}/{name}.pem", text)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        self._log = os.path.join(folder, "s_server.log")
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                ["openssl", "s_server", "-accept", self.address, "-quiet", "-rev",
                 "-cert", f"{folder}/svid.pem", "-key", f"{folder}/key.pem",
                 "-CAfile", f"{folder}/bundle.pem", "-Verify", "2",
                 "-verify_return_error", "-alpn", "h2"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        daemon.wait_until(self._listens, "s_server listens")

    def _listens(self):
        assert self.process.poll() is None, open(self._log, encoding="utf-8").read()
        host, port = self.address.split(":")
        try:
            socket.create_connection((host, int(port)), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()
