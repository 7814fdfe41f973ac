"""What this shows: large requests are served whatever the processor is busy with
and however slow the line, side by side, and not taken for the storms that
Connections ends (docs/adr/0021)."""

import collections
import contextlib
import os
import socket
import struct
import subprocess
import threading
import time
import unittest

import grpc

import daemon
import python_client_test  # Loads the stubs.
from panvault.v1 import token_vault_pb2, token_vault_pb2_grpc

PROFILE = "cards-last4"
ITEMS = 10_000  # The most; with their contexts, some 800 KB.
SECONDS = 8
CLIENTS = 12
CALL_S = 60


def batch():
    request = token_vault_pb2.BatchTokenizeRequest(profile=PROFILE)
    for _ in range(ITEMS):
        request.items.add(pan=b"4111111111111111", context=b"c" * 60)
    return request


def pump(source, to, bytes_a_second):
    with contextlib.suppress(OSError):
        while data := source.recv(10_000):
            to.sendall(data)
            if bytes_a_second:
                time.sleep(len(data) / bytes_a_second)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)


def slow_line(test, address, bytes_a_second, connections=1):
    """The address of a relay to `address` that takes so much of what is sent. All
    its `connections`, one after the other, come from the same port."""
    host, port = address.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(CALL_S)
    with socket.create_server(("127.0.0.1", 0)) as free:
        source = free.getsockname()

    def relay():
        with listener, contextlib.suppress(TimeoutError):
            for _ in range(connections):
                here, _ = listener.accept()
                with here, socket.socket() as there:
                    there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    # Ends with a reset, which leaves the port free.
                    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack("ii", 1, 0))
                    there.bind(source)
                    there.connect((host, int(port)))
                    back = threading.Thread(target=pump, args=(there, here, None))
                    back.start()
                    pump(here, there, bytes_a_second)
                    back.join()
    relaying = threading.Thread(target=relay)
    relaying.start()
    test.addCleanup(relaying.join)
    return f"127.0.0.1:{listener.getsockname()[1]}"


class UploadTest(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        self.server = daemon.dev(self.state)
        self.addCleanup(self.server.stop)
        self.server.wait_for("keys_loaded")
        made = daemon.cli(self.server, "profile", "create", PROFILE, "--keep", "last4")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.request = batch()
        self.results = collections.Counter()

    def channel(self, address=None):
        return python_client_test.channel(
            self.state, address or self.server.address(), "payment-api")

    def upload(self, channel):
        vault = token_vault_pb2_grpc.TokenVaultServiceStub(channel)
        try:
            answer = vault.BatchTokenize(self.request, timeout=CALL_S)
            self.results["served"] += len(answer.results) == ITEMS
        except grpc.RpcError as error:
            self.results[error.code(), error.details()] += 1

    def assert_all_served(self, least):
        print(self.id(), dict(self.results))
        self.assertGreaterEqual(self.results["served"], least)
        # A server may say that it has too much to do.
        cut = {what: count for what, count in self.results.items()
               if what != "served" and what[0] != grpc.StatusCode.RESOURCE_EXHAUSTED}
        self.assertEqual(cut, {})
        self.assertEqual([line for line in self.server.events("connection_closed")
                          if line["closed_by"] != "peer or age"], [])

    def side_by_side(self, count, work):
        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_while_the_processor_is_busy(self):
        end = time.monotonic() + SECONDS

        def client():
            while time.monotonic() < end:
                with self.channel() as channel:
                    self.upload(channel)
        busy = f"import time\nend = time.time() + {SECONDS}\nwhile time.time() < end: pass"
        others = [subprocess.Popen(["/usr/bin/python3", "-c", busy])
                  for _ in range(os.cpu_count())]
        self.side_by_side(CLIENTS, client)
        for other in others:
            other.wait(SECONDS + 60)
        self.assert_all_served(CLIENTS)

    def test_side_by_side_on_one_connection(self):
        with self.channel() as channel:
            self.side_by_side(8, lambda: [self.upload(channel) for _ in range(4)])
        self.assert_all_served(8)

    def test_on_a_slow_line(self):
        """Such as 8 Mbit/s: a message is under way for a second."""
        address = slow_line(self, self.server.address(), 1_000_000)
        with self.channel(address) as channel:
            for _ in range(2):
                self.upload(channel)
            self.side_by_side(4, lambda: self.upload(channel))
        self.assert_all_served(6)

    def test_again_from_the_same_port(self):
        """Which is another connection than the one that was looked into."""
        address = slow_line(self, self.server.address(), 1_000_000, connections=2)
        for _ in range(2):
            with self.channel(address) as channel:
                self.upload(channel)
        self.assert_all_served(2)


if __name__ == "__main__":
    unittest.main()
