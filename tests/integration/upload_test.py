"""What this shows: large requests are served whatever the processor is busy with,
and not taken for the storms that Connections ends (docs/adr/0021)."""

import collections
import os
import subprocess
import threading
import time
import unittest

import grpc

import daemon
import python_client_test  # Loads the stubs.
from panvault.v1 import key_admin_pb2, key_admin_pb2_grpc
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


class UploadTest(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        self.server = daemon.dev(self.state)
        self.addCleanup(self.server.stop)
        self.server.wait_for("keys_loaded")
        with self.channel() as channel:
            key_admin_pb2_grpc.KeyAdminServiceStub(channel).CreateTokenProfile(
                key_admin_pb2.CreateTokenProfileRequest(
                    profile=key_admin_pb2.TokenProfile(
                        name=PROFILE, scheme=key_admin_pb2.TOKEN_SCHEME_FF1,
                        kept=key_admin_pb2.KEPT_DIGITS_LAST4)), timeout=CALL_S)

    def channel(self):
        return python_client_test.channel(self.state, self.server.address(),
                                          "payment-api")

    def test_batches_are_served_while_the_processor_is_busy(self):
        request = batch()
        results = collections.Counter()
        end = time.monotonic() + SECONDS

        def upload():
            while time.monotonic() < end:
                with self.channel() as channel:
                    vault = token_vault_pb2_grpc.TokenVaultServiceStub(channel)
                    try:
                        answer = vault.BatchTokenize(request, timeout=CALL_S)
                        results["served"] += len(answer.results) == ITEMS
                    except grpc.RpcError as error:
                        results[error.code(), error.details()] += 1
        busy = f"import time\nend = time.time() + {SECONDS}\nwhile time.time() < end: pass"
        others = [subprocess.Popen(["/usr/bin/python3", "-c", busy])
                  for _ in range(os.cpu_count())]
        clients = [threading.Thread(target=upload) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        for other in others:
            other.wait(SECONDS + 60)
        print(dict(results))
        self.assertGreaterEqual(results["served"], CLIENTS)
        # A server may say that it has too much to do.
        cut = {what: count for what, count in results.items()
               if what != "served" and what[0] != grpc.StatusCode.RESOURCE_EXHAUSTED}
        self.assertEqual(cut, {})
        self.assertEqual([line for line in self.server.events("connection_closed")
                          if line["closed_by"] != "peer or age"], [])


if __name__ == "__main__":
    unittest.main()
