"""What this shows: a client in another language works from the .proto alone:
Debian's python3-grpcio against the real panvaultd, with real TLS and a real
PostgreSQL."""

import pathlib
import random
import tempfile
import unittest

import grpc

import daemon

_stubs = tempfile.TemporaryDirectory()
daemon.load_stubs(_stubs.name)
from panvault.v1 import (error_pb2, key_admin_pb2, key_admin_pb2_grpc,  # noqa: E402
                         token_vault_pb2, token_vault_pb2_grpc)

PAN = b"4111111111111111"


def luhn_valid(digits):
    total = 0
    for place, digit in enumerate(reversed(digits.decode())):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def made_up_pan(rng, length):
    body = bytes(rng.choice(b"0123456789") for _ in range(length - 1))
    return next(body + b"%d" % d for d in range(10) if luhn_valid(body + b"%d" % d))


def channel(state, address, name):
    """Mutual TLS as workload `name`."""
    folder = f"{state}/identities/{name}"
    pem = {f: pathlib.Path(folder, f"{f}.pem").read_bytes()
           for f in ("svid", "key", "bundle")}
    return grpc.secure_channel(
        address,
        grpc.ssl_channel_credentials(pem["bundle"], pem["key"], pem["svid"]),
        options=[("grpc.ssl_target_name_override", daemon.SERVER_DNS_NAME)])


def reason_of(error):
    """The ErrorDetail of a failed call."""
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = error_pb2.RpcStatus.FromString(details)
    assert status.code == error.code().value[0]
    detail = error_pb2.ErrorDetail()
    assert status.details[0].Unpack(detail)
    return error_pb2.ErrorReason.Name(detail.reason)


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = daemon.state_folder()
        cls.state = cls.folder.__enter__()
        cls.server = daemon.dev(cls.state)
        cls.server.wait_for("keys_loaded")
        cls.channel = channel(cls.state, cls.server.address(), "payment-api")
        cls.vault = token_vault_pb2_grpc.TokenVaultServiceStub(cls.channel)
        admin = key_admin_pb2_grpc.KeyAdminServiceStub(cls.channel)
        admin.CreateTokenProfile(key_admin_pb2.CreateTokenProfileRequest(
            profile=key_admin_pb2.TokenProfile(
                name="cards-last4", scheme=key_admin_pb2.TOKEN_SCHEME_FF1,
                kept=key_admin_pb2.KEPT_DIGITS_LAST4)), timeout=30)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        code = cls.server.stop()
        cls.folder.__exit__(None, None, None)
        assert code == 0, code

    def tokenize(self, pan):
        return self.vault.Tokenize(token_vault_pb2.TokenizeRequest(
            profile="cards-last4", pan=pan), timeout=30).token

    def test_round_trip_of_every_length(self):
        rng = random.Random(1)
        for length in range(12, 20):
            pan = made_up_pan(rng, length)
            token = self.tokenize(pan)
            self.assertEqual(len(token), length)
            self.assertEqual(token[-4:], pan[-4:])
            self.assertFalse(luhn_valid(token))
            back = self.vault.Detokenize(token_vault_pb2.DetokenizeRequest(
                profile="cards-last4", token=token,
                reveal=token_vault_pb2.REVEAL_LEVEL_FULL), timeout=30)
            self.assertEqual(back.pan, pan)

    def test_reveal_masks(self):
        back = self.vault.Detokenize(token_vault_pb2.DetokenizeRequest(
            profile="cards-last4", token=self.tokenize(PAN),
            reveal=token_vault_pb2.REVEAL_LEVEL_BIN_LAST4), timeout=30)
        self.assertEqual(back.pan, b"411111******1111")

    def test_batch_of_ten_thousand_with_one_bad_item(self):
        rng = random.Random(2)
        pans = [made_up_pan(rng, 13 + i % 7) for i in range(10000)]
        items = [token_vault_pb2.BatchTokenizeItem(pan=pan, reference=b"%d" % i)
                 for i, pan in enumerate(pans)]
        items[4711].pan = b"4111 1111 1111 1111"
        answer = self.vault.BatchTokenize(token_vault_pb2.BatchTokenizeRequest(
            profile="cards-last4", items=items), timeout=60)
        self.assertEqual(len(answer.results), 10000)
        bad = answer.results[4711]
        self.assertEqual(bad.WhichOneof("outcome"), "error")
        self.assertEqual(bad.error.detail.reason,
                         error_pb2.ERROR_REASON_PAN_DIGITS)
        back = self.vault.BatchDetokenize(token_vault_pb2.BatchDetokenizeRequest(
            profile="cards-last4", reveal=token_vault_pb2.REVEAL_LEVEL_FULL,
            items=[token_vault_pb2.BatchDetokenizeItem(token=r.tokenized.token)
                   for i, r in enumerate(answer.results) if i != 4711]),
            timeout=60)
        del pans[4711]
        self.assertEqual([r.detokenized.pan for r in back.results], pans)

    def test_bad_input_names_its_rule_and_no_digit(self):
        for pan, reason in ((b"", "PAN_LENGTH"), (b"41111111111", "PAN_LENGTH"),
                            (b"4" * 20, "PAN_LENGTH"),
                            (b"4111-1111-1111", "PAN_DIGITS"),
                            ("４１１１".encode(), "PAN_DIGITS"),
                            (b"411111111111\0", "PAN_DIGITS"),
                            (b"4111111111111112", "PAN_LUHN")):
            with self.subTest(pan=pan), self.assertRaises(grpc.RpcError) as raised:
                self.tokenize(pan)
            error = raised.exception
            self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertEqual(reason_of(error), "ERROR_REASON_" + reason)
            self.assertNotIn("4111", error.details())

    def test_caller_off_the_allowlist_is_refused(self):
        with channel(self.state, self.server.address(), "stranger") as other:
            vault = token_vault_pb2_grpc.TokenVaultServiceStub(other)
            with self.assertRaises(grpc.RpcError) as raised:
                vault.Tokenize(token_vault_pb2.TokenizeRequest(
                    profile="cards-last4", pan=PAN), timeout=30)
        self.assertEqual(raised.exception.code(),
                         grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(reason_of(raised.exception),
                         "ERROR_REASON_CALLER_UNKNOWN")

    def test_caller_without_certificate_gets_no_connection(self):
        bundle = pathlib.Path(self.state, "ca/bundle.pem").read_bytes()
        with grpc.secure_channel(
                self.server.address(), grpc.ssl_channel_credentials(bundle),
                options=[("grpc.ssl_target_name_override",
                          daemon.SERVER_DNS_NAME)]) as anonymous:
            vault = token_vault_pb2_grpc.TokenVaultServiceStub(anonymous)
            with self.assertRaises(grpc.RpcError) as raised:
                vault.Tokenize(token_vault_pb2.TokenizeRequest(
                    profile="cards-last4", pan=PAN), timeout=30)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
