"""A client of TLS 1.3 (RFC 8446) that does what libraries refuse to do: it shows
any bytes as its certificate, offers any session, and says what came back.

One suite, TLS_AES_128_GCM_SHA256, and one group, P-256. It does not look at who
the server is."""

import hashlib
import hmac
import os
import socket
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
SERVER_HELLO, NEW_SESSION_TICKET, CERTIFICATE_REQUEST, FINISHED = 2, 4, 13, 20
PRE_SHARED_KEY = 41
RECORD_MAX = 16000
# RFC 8446 section 4.1.3: the random of a HelloRetryRequest.
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


def vector(size, content):
    """`content` behind its length in `size` bytes."""
    return len(content).to_bytes(size, "big") + content


def _extension(kind, content):
    return kind.to_bytes(2, "big") + vector(2, content)


def _message(kind, content):
    return bytes([kind]) + vector(3, content)


def expand_label(secret, label, context, length):
    """HKDF-Expand-Label with SHA-256, section 7.1; at most 32 bytes."""
    info = (length.to_bytes(2, "big") + vector(1, b"tls13 " + label) +
            vector(1, context))
    return hmac.digest(secret, info + b"\1", "sha256")[:length]


def _derive(secret, label, transcript):
    return expand_label(secret, label, hashlib.sha256(transcript).digest(), 32)


class Ended(Exception):
    """The connection is over. `alert` is the server's, or None: it just closed."""

    def __init__(self, alert=None):
        super().__init__(f"alert {alert}" if alert is not None else "closed")
        self.alert = alert


@dataclass
class Identity:
    """What a client shows: DER of the leaf and of what follows it, and the key
    that signs. No certificate: an empty list."""
    chain: list
    key: object = None


@dataclass
class Session:
    """A session to offer: the ticket's bytes, and the secret that goes with it."""
    ticket: bytes
    secret: bytes
    age: int = 0


class _Keys:
    """One direction's traffic keys, section 7.3."""

    def __init__(self, secret):
        self._aead = AESGCM(expand_label(secret, b"key", b"", 16))
        self._iv = int.from_bytes(expand_label(secret, b"iv", b"", 12), "big")
        self._sequence = 0

    def _nonce(self):
        nonce = self._iv ^ self._sequence
        self._sequence += 1
        return nonce.to_bytes(12, "big")

    def seal(self, kind, content):
        head = bytes([DATA, 3, 3]) + (len(content) + 17).to_bytes(2, "big")
        return head + self._aead.encrypt(self._nonce(), content + bytes([kind]),
                                         head)

    def open(self, head, body):
        inner = self._aead.decrypt(self._nonce(), body, head).rstrip(b"\0")
        return inner[-1], inner[:-1]


@dataclass
class Connection:
    """One connection; see connect(). `reused`: the server took up an offered
    session. `hello_done`: the server's own part of the handshake is complete."""
    socket: socket.socket
    reused: bool = False
    hello_done: bool = False
    asked_for_certificate: bool = False
    sessions: list = field(default_factory=list)
    server_session_id: bytes = b""

    def __post_init__(self):
        self._in = b""
        self._messages = b""
        self._transcript = b""
        self._reading = None
        self._writing = None
        self._resumption = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # Records.

    def _take(self, size):
        while len(self._in) < size:
            try:
                more = self.socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError):
                more = b""
            if not more:
                raise Ended()
            self._in += more
        taken, self._in = self._in[:size], self._in[size:]
        return taken

    def _read_record(self):
        while True:
            head = self._take(5)
            body = self._take(int.from_bytes(head[3:5], "big"))
            kind = head[0]
            if kind == CHANGE_CIPHER_SPEC:
                continue
            if self._reading is not None and kind == DATA:
                kind, body = self._reading.open(head, body)
            if kind == ALERT:
                raise Ended(body[1])
            return kind, body

    def _write(self, content):
        try:
            self.socket.sendall(content)
        except (ConnectionResetError, BrokenPipeError):
            pass  # What the server said before that is read next.

    def _read_message(self):
        while len(self._messages) < 4 or len(self._messages) < 4 + int.from_bytes(
                self._messages[1:4], "big"):
            kind, body = self._read_record()
            assert kind == HANDSHAKE, kind
            self._messages += body
        size = 4 + int.from_bytes(self._messages[1:4], "big")
        message, self._messages = self._messages[:size], self._messages[size:]
        return message

    # The handshake.

    def handshake(self, identity, offers=(), session_id=b"", early=b""):
        """Raises Ended if the server ends it. `offers` are Sessions; `early` is
        sent as 0-RTT data under the first of them."""
        share = ec.generate_private_key(ec.SECP256R1())
        hello = _client_hello(share.public_key(), offers, session_id, bool(early))
        self._transcript = hello
        self._write(bytes([HANDSHAKE, 3, 1]) + vector(2, hello))
        if early:
            secret = hmac.digest(bytes(32), offers[0].secret, "sha256")
            keys = _Keys(_derive(secret, b"c e traffic", hello))
            self._write(keys.seal(DATA, early))
        extensions = self._read_server_hello()
        chosen = extensions.get(PRE_SHARED_KEY)
        self.reused = chosen is not None
        secret = bytes(32)
        if self.reused:
            secret = offers[int.from_bytes(chosen, "big")].secret
        point = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), extensions[51][4:])
        early_secret = hmac.digest(bytes(32), secret, "sha256")
        secret = hmac.digest(_derive(early_secret, b"derived", b""),
                             share.exchange(ec.ECDH(), point), "sha256")
        client = _derive(secret, b"c hs traffic", self._transcript)
        self._reading = _Keys(_derive(secret, b"s hs traffic", self._transcript))
        context = self._read_server_flight()
        main = hmac.digest(_derive(secret, b"derived", b""), bytes(32), "sha256")
        at_server_finished = self._transcript
        self.hello_done = True
        self._writing = _Keys(client)
        self._send_client_flight(identity, context, client)
        self._writing = _Keys(_derive(main, b"c ap traffic", at_server_finished))
        self._reading = _Keys(_derive(main, b"s ap traffic", at_server_finished))
        self._resumption = _derive(main, b"res master", self._transcript)

    def _read_server_hello(self):
        message = self._read_message()
        assert message[0] == SERVER_HELLO and message[6:38] != RETRY
        self._transcript += message
        at = 39 + message[38]
        self.server_session_id = message[39:at]
        return dict(_extensions(message[at + 5:]))

    def _read_server_flight(self):
        """Up to the server's Finished. The context of its request for a
        certificate, or None if it made none."""
        context = None
        while True:
            message = self._read_message()
            self._transcript += message
            if message[0] == CERTIFICATE_REQUEST:
                self.asked_for_certificate = True
                context = message[5:5 + message[4]]
            if message[0] == FINISHED:
                return context

    def _send_client_flight(self, identity, context, secret):
        flight = b""
        if context is not None:
            entries = b"".join(vector(3, der) + vector(2, b"")
                               for der in identity.chain)
            flight = _message(11, vector(1, context) + vector(3, entries))
            if identity.chain:
                flight += _message(15, _proof(identity.key,
                                              self._transcript + flight))
        key = expand_label(secret, b"finished", b"", 32)
        digest = hashlib.sha256(self._transcript + flight).digest()
        flight += _message(FINISHED, hmac.digest(key, digest, "sha256"))
        self._transcript += flight
        for at in range(0, len(flight), RECORD_MAX):
            self._write(self._writing.seal(HANDSHAKE, flight[at:at + RECORD_MAX]))

    # Afterwards.

    def send(self, content):
        for at in range(0, len(content), RECORD_MAX):
            self._write(self._writing.seal(DATA, content[at:at + RECORD_MAX]))

    def receive(self):
        """The next application data. Tickets on the way go to `sessions`."""
        while True:
            kind, body = self._read_record()
            if kind == DATA:
                return body
            self._messages += body
            while self._messages:
                message = self._read_message()
                if message[0] == NEW_SESSION_TICKET:
                    self._keep_session(message)

    def _keep_session(self, message):
        nonce = message[13:13 + message[12]]
        at = 13 + len(nonce)
        size = int.from_bytes(message[at:at + 2], "big")
        self.sessions.append(Session(
            message[at + 2:at + 2 + size],
            expand_label(self._resumption, b"resumption", nonce, 32),
            int.from_bytes(message[8:12], "big")))

    def recorded_session(self, ticket):
        """The session this connection would have, had the server called it
        `ticket` (with the first nonce that OpenSSL uses)."""
        return Session(ticket, expand_label(self._resumption, b"resumption",
                                            bytes(8), 32))


def _extensions(content):
    while content:
        size = int.from_bytes(content[2:4], "big")
        yield int.from_bytes(content[:2], "big"), content[4:4 + size]
        content = content[4 + size:]


def _client_hello(share, offers, session_id, early):
    point = share.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    extensions = b"".join((
        _extension(43, vector(1, b"\3\4")),                  # TLS 1.3
        _extension(10, vector(2, b"\0\x17")),                # P-256
        _extension(51, vector(2, b"\0\x17" + vector(2, point))),
        _extension(13, vector(2, bytes.fromhex("04030804040105030805"))),
        _extension(16, vector(2, vector(1, b"h2")))))
    binders = b""
    if offers:
        extensions += _extension(45, vector(1, b"\1\0"))     # With and without ECDHE.
        extensions += _extension(42, b"") if early else b""
        binders = vector(2, b"".join(vector(1, bytes(32)) for _ in offers))
        names = b"".join(vector(2, offer.ticket) + offer.age.to_bytes(4, "big")
                         for offer in offers)
        extensions += _extension(PRE_SHARED_KEY, vector(2, names) + binders)
    hello = _message(1, b"\3\3" + os.urandom(32) + vector(1, session_id) +
                     vector(2, b"\x13\x01") + b"\1\0" + vector(2, extensions))
    if not offers:
        return hello
    digest = hashlib.sha256(hello[:-len(binders)]).digest()
    return hello[:-len(binders)] + vector(2, b"".join(
        vector(1, _binder(offer.secret, digest)) for offer in offers))


def _binder(secret, digest):
    """Section 4.2.11.2."""
    key = _derive(hmac.digest(bytes(32), secret, "sha256"), b"res binder", b"")
    return hmac.digest(expand_label(key, b"finished", b"", 32), digest, "sha256")


def _proof(key, transcript):
    """CertificateVerify, section 4.4.3."""
    content = (b" " * 64 + b"TLS 1.3, client CertificateVerify\0" +
               hashlib.sha256(transcript).digest())
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(content, padding.PSS(
            padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return b"\x08\x04" + vector(2, signature)
    return b"\x04\x03" + vector(2, key.sign(content, ec.ECDSA(hashes.SHA256())))


def connect(address, source="127.0.0.1", seconds=30):
    """A Connection to "host:port" from the address `source`, without handshake."""
    host, _, port = address.rpartition(":")
    raw = socket.create_connection((host, int(port)), seconds, (source, 0))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(raw)
