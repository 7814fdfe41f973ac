"""As much of HTTP/2 (RFC 9113) and gRPC as it takes to put any bytes into a call,
and to see which calls were answered with a message."""

from dataclasses import dataclass, field

FRAME_DATA, FRAME_HEADERS, FRAME_RESET = 0, 1, 3
FRAME_SETTINGS, FRAME_PING, FRAME_GOAWAY = 4, 6, 7
END_STREAM, END_HEADERS = 1, 4
FRAME_BYTES_MAX = 16384


def frame(kind, flags, stream, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) +
            stream.to_bytes(4, "big") + payload)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(FRAME_SETTINGS, 0, 0)


def _hpack_text(text):
    """A string literal without Huffman coding (RFC 7541 section 5.2)."""
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, coded = len(text) - 127, b"\x7f"
    while rest >= 128:
        coded += bytes([rest % 128 + 128])
        rest //= 128
    return coded + bytes([rest]) + text


def headers(path, more=()):
    """The header block of a gRPC call; `more` are further (name, value)."""
    fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", path),
              (b":authority", b"panvaultd"), (b"te", b"trailers"),
              (b"content-type", b"application/grpc"), *more]
    return b"".join(b"\0" + _hpack_text(name) + _hpack_text(value)
                    for name, value in fields)


def begin(stream, path, more=()):
    return frame(FRAME_HEADERS, END_HEADERS, stream, headers(path, more))


def data(stream, content, flags=END_STREAM):
    """`content` in as many frames as it takes; the last one has `flags`."""
    parts = [content[at:at + FRAME_BYTES_MAX]
             for at in range(0, len(content), FRAME_BYTES_MAX)] or [b""]
    last = len(parts) - 1
    return b"".join(frame(FRAME_DATA, flags if i == last else 0, stream, part)
                    for i, part in enumerate(parts))


def message(content):
    """A gRPC message as it stands in DATA frames."""
    return b"\0" + len(content).to_bytes(4, "big") + content


def call(stream, path, content, more=()):
    """A whole unary call, or one of a server's stream."""
    return begin(stream, path, more) + data(stream, message(content))


@dataclass
class Answers:
    """What came back: `messages` by stream, the streams that ended, and whether
    the whole connection is to end."""
    bytes_seen: int = 0
    messages: dict = field(default_factory=dict)
    ended: set = field(default_factory=set)
    going_away: bool = False
    _rest: bytes = b""
    _bodies: dict = field(default_factory=dict)

    def feed(self, content):
        self.bytes_seen += len(content)
        self._rest += content
        while len(self._rest) >= 9:
            size = int.from_bytes(self._rest[:3], "big")
            if len(self._rest) < 9 + size:
                return
            kind, flags = self._rest[3], self._rest[4]
            stream = int.from_bytes(self._rest[5:9], "big")
            self._frame(kind, flags, stream, self._rest[9:9 + size])
            self._rest = self._rest[9 + size:]

    def _frame(self, kind, flags, stream, payload):
        if kind == FRAME_DATA:
            body = self._bodies.get(stream, b"") + payload
            while len(body) >= 5 and len(body) >= 5 + int.from_bytes(body[1:5], "big"):
                end = 5 + int.from_bytes(body[1:5], "big")
                self.messages.setdefault(stream, []).append(body[5:end])
                body = body[end:]
            self._bodies[stream] = body
        if kind == FRAME_GOAWAY:
            self.going_away = True
        if kind == FRAME_RESET or (kind in (FRAME_DATA, FRAME_HEADERS)
                                   and flags & END_STREAM):
            self.ended.add(stream)
