"""The server that abuse_test.py attacks, and what is measured of it: a real
panvaultd with few descriptors, its memory, its log, and how long a good caller
that has nothing to do with the attack waits."""

import contextlib
import json
import os
import pathlib
import subprocess
import threading
import time

import daemon
import wire

CONNECTIONS = 64
# What panvaultd asks for with so many connections, and not one more.
DESCRIPTORS = 2 * CONNECTIONS + 256
# What the chart grants; a sanitizer needs more to begin with.
MEMORY_MIB = 4096 if os.environ.get("PANVAULT_SANITIZED") == "1" else 512

# Who attacks, if a certificate is needed, and who has nothing to do with it.
ATTACKER = "spiffe://dev.panvault.internal/ns/payments/sa/payment-api"
BYSTANDER = "spiffe://dev.panvault.internal/ns/refunds/sa/refund-api"
TOKENIZE = b"/panvault.v1.TokenVaultService/Tokenize"
BATCH_TOKENIZE = b"/panvault.v1.TokenVaultService/BatchTokenize"
PAN = b"4111111111111111"
REQUEST_BYTES_MAX = 2 << 20


def field(number, value):
    """A length-delimited protobuf field."""
    length = bytearray()
    left = len(value)
    while left >= 128:
        length.append(left % 128 | 128)
        left //= 128
    return bytes([number << 3 | 2, *length, left]) + value


def tokenize_request():
    return field(1, b"cards-demo") + field(2, PAN)


def batch_request(items):
    return field(1, b"cards-demo") + items * field(2, field(1, PAN))


def loopback_addresses(network):
    """127.<network>.x.y, some 62,000 of them."""
    for high in range(1, 250):
        for low in range(1, 250):
            yield f"127.{network}.{high}.{low}"


class PrivateCa:
    """A CA in `folder` that makes good and bad certificates."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                      "-out", "bundle.pem", "-days", "2", "-subj", "/O=panvault",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                      "-addext", "subjectAltName=URI:spiffe://dev.panvault.internal")

    def issue(self, name, usage="serverAuth,clientAuth", days=1,
              spiffe_id=BYSTANDER):
        """A folder with svid.pem and key.pem; expired if `days` is negative."""
        target = self.folder / name
        target.mkdir()
        (target / "extensions").write_text(
            "basicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage={usage}\nsubjectAltName=critical,URI:{spiffe_id}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-subj", "/",
                      "-keyout", f"{name}/key.pem", "-out", f"{name}/request")
        self._openssl("x509", "-req", "-in", f"{name}/request", "-CA",
                      "bundle.pem", "-CAkey", "ca.key", "-days", str(days),
                      "-extfile", f"{name}/extensions",
                      "-out", f"{name}/svid.pem")
        return str(target)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True,
                       capture_output=True)


class Target:
    """`panvaultd serve` on the database of a `panvaultd dev`."""

    def __init__(self, state):
        self.state = state
        self.dev = daemon.dev(state)
        self.server = None
        self._callers = loopback_addresses(250)
        self._contexts = {}

    def prepare(self):
        self.dev.wait_for("keys_loaded")
        made = daemon.cli(self.dev, "profile", "create", "cards-demo",
                          "--keep", "none")
        assert made.returncode == 0, made.stderr
        folder = pathlib.Path(self.state)
        self.ca = PrivateCa(folder / "private-ca")
        bundle = folder / "two-cas.pem"
        bundle.write_text((folder / "ca/bundle.pem").read_text() +
                          (folder / "private-ca/bundle.pem").read_text())
        self._bystander = self.ca.issue("bystander")
        # Granted the same.
        access = (folder / "access.yaml").read_text()
        row = access[access.index("  - name: payment-api"):]
        assert ATTACKER in row
        (folder / "two-callers.yaml").write_text(access + row.replace(
            "payment-api", "refund-api", 1).replace(ATTACKER, BYSTANDER))
        text = (folder / "panvault.yaml").read_text()
        text = text.replace("access.yaml", "two-callers.yaml")
        text = text.replace("health.sock", "health2.sock")
        text = text.replace("ca/bundle.pem", "two-cas.pem")
        (folder / "attacked.yaml").write_text(
            f"{text}limits:\n  connections: {CONNECTIONS}\n"
            f"  memory_mib: {MEMORY_MIB}\n")

    def start(self):
        """A new process; stop the one before first."""
        config = f"{self.state}/attacked.yaml"
        self.server = daemon.Daemon(["serve", "--config", config], self.state,
                                    under=["prlimit", f"--nofile={DESCRIPTORS}"])
        self.server.wait_for("keys_loaded")
        self.pid = self.server.process.pid
        self.address = self.server.address()

    def stop(self):
        for process in (self.server, self.dev):
            if process:
                process.stop()

    def peer(self, identity="payment-api", source=None, seconds=10):
        """A TLS connection that has not begun, as a workload of the dev trust
        domain, as the folder `identity`, or without a certificate."""
        if identity not in self._contexts:
            folder = identity
            if identity and not identity.startswith("/"):
                folder = f"{self.state}/identities/{identity}"
            self._contexts[identity] = wire.tls_context(
                folder, f"{self.state}/ca/bundle.pem")
        return wire.Peer(self.address, self._contexts[identity],
                         daemon.SERVER_DNS_NAME, source, seconds)

    def good_call(self, seconds=10):
        """Seconds that a call of the bystander takes, from an address that was
        never used before and with a connection of its own."""
        start = time.monotonic()

        def left():
            return max(start + seconds - time.monotonic(), 0.01)
        with self.peer(self._bystander, next(self._callers), seconds) as peer:
            status, body = peer.start(seconds=left()).call(
                TOKENIZE, tokenize_request(), seconds=left())
        took = time.monotonic() - start
        assert status == 0 and body.startswith(b"\x0a\x10"), (
            f"no answer after {took:.1f} s: status {status}, {peer.closed}")
        return took

    def warm_up(self):
        """As many connections and as large batches as good callers may have, so
        that what the server keeps for those is not laid at an attack's door."""
        body = wire.message(batch_request(10_000))
        for network in (251, 252):
            with contextlib.ExitStack() as stack:
                peers = [stack.enter_context(self.peer(source=source))
                         for source, _ in zip(loopback_addresses(network),
                                              range(CONNECTIONS - 2))]
                # All at once, as after a restart.
                wire.blast({peer: peer.hello() for peer in peers}, 10)
                for peer in peers:
                    peer.start()
                for stream in range(1, 21, 2):
                    for peer in peers:
                        peer.call(TOKENIZE, tokenize_request(), stream)
                for peer in peers[:4]:
                    peer.send(wire.frame(wire.HEADERS, wire.END_HEADERS, 99,
                                         wire.request_headers(BATCH_TOKENIZE)))
                    peer.upload(99, body)

    def rss(self):
        """Bytes."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @contextlib.contextmanager
    def rss_peak(self):
        """A list whose only item is the most that rss() has been, looked at
        every 5 ms."""
        peak, done = [self.rss()], threading.Event()

        def watch():
            while not done.wait(0.005):
                peak[0] = max(peak[0], self.rss())
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield peak
        finally:
            done.set()
            watcher.join()

    def log_end(self):
        return self.server.log_path.stat().st_size

    def log_since(self, end, *events):
        """The lines after log_end(), of these events or all."""
        with open(self.server.log_path, "rb") as file:
            file.seek(end)
            text = file.read()
        lines = map(json.loads, text[:text.rfind(b"\n") + 1].splitlines())
        return [line for line in lines if not events or line["event"] in events]
