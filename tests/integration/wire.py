"""A raw HTTP/2 over TLS client for tests: frames as an attacker writes them, and
what comes back, without a library that would refuse to send nonsense.

RFC 9113 (HTTP/2), RFC 7541 (HPACK). One thread; every wait has an end. Not
promised: Huffman strings are not decoded (they come back as None), and windows
are never opened but by hand.
"""

import collections
import select
import socket
import ssl
import struct
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE = 1, 4
CANCEL = 8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_BYTES_MAX = 16384  # Without SETTINGS_MAX_FRAME_SIZE.

# RFC 7541 appendix A, as far as an answer of gRPC needs it.
_STATIC_COUNT = 61
_STATIC = {8: (b":status", b"200"), 9: (b":status", b"204"),
           10: (b":status", b"206"), 11: (b":status", b"304"),
           12: (b":status", b"400"), 13: (b":status", b"404"),
           14: (b":status", b"500"), 31: (b"content-type", b"")}


def frame(kind, flags, stream, payload=b"", length=None):
    """`length` other than the payload's makes a frame that lies."""
    length = len(payload) if length is None else length
    return struct.pack(">BHBBI", length >> 16, length & 0xffff, kind, flags,
                       stream) + payload


def settings(pairs=(), flags=0):
    return frame(SETTINGS, flags, 0,
                 b"".join(struct.pack(">HI", *pair) for pair in pairs))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def window_update(stream, bytes_more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", bytes_more))


def _integer(value, prefix_bits, high=0):
    """RFC 7541 5.1."""
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes([high | value])
    out = bytearray([high | most])
    value -= most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    out.append(value)
    return bytes(out)


def literal(name, value, indexed=False):
    """RFC 7541 6.2.1 and 6.2.2, with a new name; no Huffman."""
    return (bytes([0x40 if indexed else 0]) + _integer(len(name), 7) + name +
            _integer(len(value), 7) + value)


def index(number):
    """RFC 7541 6.1. The newest entry of the dynamic table is 62."""
    return _integer(number, 7, 0x80)


def request_headers(path, more=(), indexed=False):
    """The fields of a gRPC request, in gRPC's order."""
    fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", path),
              (b":authority", b"panvaultd"), (b"te", b"trailers"),
              (b"content-type", b"application/grpc"), *more]
    return b"".join(literal(*field, indexed=indexed) for field in fields)


def message(body, compressed=0, length=None):
    """gRPC's five bytes before a message; `length` may lie."""
    return struct.pack(">BI", compressed,
                       len(body) if length is None else length) + body


class Hpack:
    """Decodes what one peer sends, in its order."""

    def __init__(self):
        self._table = []  # The newest first.
        self._room = 4096

    def decode(self, block):
        self._block, self._at = block, 0
        fields = []
        while self._at < len(block):
            first = block[self._at]
            if first & 0x80:
                fields.append(self._entry(self._number(7)))
            elif first & 0x40:
                fields.append(self._literal(6))
                self._table.insert(0, fields[-1])
                self._evict()
            elif first & 0x20:
                self._room = self._number(5)
                self._evict()
            else:
                fields.append(self._literal(4))
        return dict(fields)

    def _evict(self):
        def size(field):
            return 32 + sum(len(part or b"") for part in field)
        while sum(map(size, self._table)) > self._room:
            self._table.pop()

    def _entry(self, number):
        if number <= _STATIC_COUNT:
            return _STATIC.get(number, (b"static-%d" % number, b""))
        return self._table[number - _STATIC_COUNT - 1]

    def _literal(self, bits):
        number = self._number(bits)
        name = self._entry(number)[0] if number else self._string()
        return name, self._string()

    def _string(self):
        huffman = self._block[self._at] & 0x80
        length = self._number(7)
        self._at += length
        return None if huffman else self._block[self._at - length:self._at]

    def _number(self, bits):
        most = (1 << bits) - 1
        value = self._block[self._at] & most
        self._at += 1
        shift = 0
        while value >= most:
            byte = self._block[self._at]
            self._at += 1
            value += (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value


def tls_context(identity=None, bundle=None):
    """Of a caller: `identity` is a folder with svid.pem and key.pem, or None for
    one without a certificate. The server is checked against `bundle`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle or f"{identity}/bundle.pem")
    context.set_alpn_protocols(["h2"])
    if identity:
        context.load_cert_chain(f"{identity}/svid.pem", f"{identity}/key.pem")
    return context


def connect(address, source=None, seconds=10):
    """A plain TCP connection, from the address `source`."""
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), seconds,
                                    (source, 0) if source else None)


def drop(sock):
    """Closes with a reset: nothing of it waits in either kernel."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Peer:
    """One TLS connection. After any call, `closed` says why it has ended ("" if
    it has not), `seen` counts frames by kind, `resets` RST_STREAMs by code."""

    def __init__(self, address, context, name, source=None, seconds=10):
        self.sock = connect(address, source, seconds)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._frames = bytearray()
        self._hpack = Hpack()
        self._block = bytearray()
        self.acks = True  # SETTINGS and PINGs are answered.
        self.closed = ""
        self.goaway = None  # Its error code.
        self.seen = collections.Counter()
        self.resets = collections.Counter()
        self.headers = collections.defaultdict(dict)
        self.data = collections.defaultdict(bytes)
        self.ended = set()
        # What DATA may be sent: in all, and on each stream beyond the initial.
        self.initial_window = 65535
        self.window = collections.Counter({0: 65535})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        drop(self.sock)

    def hello(self):
        """The ClientHello, taken but not sent."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self._out.read()

    def handshake(self, seconds=10):
        end = time.monotonic() + seconds
        while not self.closed and time.monotonic() < end:
            try:
                self.tls.do_handshake()
                self._push(self._out.read(), end)
                return self
            except ssl.SSLWantReadError:
                self._push(self._out.read(), end)
                self._pull(end)
        raise ConnectionError(self.closed or "no TLS handshake in time")

    def start(self, pairs=(), acks=True, seconds=10):
        """TLS, the preface and SETTINGS, all that a call needs before it."""
        self.acks = acks
        self.handshake(seconds)
        self.send(PREFACE + settings(pairs), seconds)
        return self

    def send(self, data, seconds=10, read=True):
        """Sends, and reads what comes meanwhile; returns how many bytes the
        kernel took before the end of the connection or of the time."""
        end = time.monotonic() + seconds
        sent = 0
        for at in range(0, len(data), FRAME_BYTES_MAX):
            chunk = data[at:at + FRAME_BYTES_MAX]
            self.tls.write(chunk)
            if not self._push(self._out.read(), end, read):
                break
            sent += len(chunk)
            if read:
                self._parse()
        return sent

    def seal(self, data):
        """What has to be sent, all of it and before anything else, to say `data`."""
        self.tls.write(data)
        return self._out.read()

    def receive(self, seconds, done=lambda: False):
        """Reads until `done`, the end of the connection or of the time."""
        end = time.monotonic() + seconds
        self._parse()
        while not self.closed and not done() and time.monotonic() < end:
            self._pull(end)
            self._parse()

    def call(self, path, body, stream=1, more=(), seconds=10):
        """A unary call from begin to end. Returns its grpc-status, None if the
        connection or the stream ended without one, and the message."""
        self.send(frame(HEADERS, END_HEADERS, stream, request_headers(path, more)) +
                  frame(DATA, END_STREAM, stream, message(body)), seconds)
        self.receive(seconds, lambda: stream in self.ended)
        return self.status(stream), bytes(self.data[stream][5:])

    def upload(self, stream, body, seconds=10):
        """DATA up to the end of the stream, as far as the server's windows let it;
        returns the bytes sent."""
        end = time.monotonic() + seconds
        sent = 0
        while sent < len(body):
            room = min(self.window[0], self.initial_window + self.window[stream],
                       FRAME_BYTES_MAX)
            if room <= 0:
                before = self.seen[WINDOW_UPDATE]
                self.receive(end - time.monotonic(),
                             lambda: self.seen[WINDOW_UPDATE] > before or
                             stream in self.ended)
            if self.closed or stream in self.ended or time.monotonic() >= end:
                break
            if room > 0:
                part = body[sent:sent + room]
                sent += len(part)
                self.window.subtract({0: len(part), stream: len(part)})
                self.send(frame(DATA, END_STREAM * (sent == len(body)), stream,
                                part), end - time.monotonic())
        return sent

    def status(self, stream):
        text = self.headers[stream].get(b"grpc-status")
        return int(text) if text else None

    def _push(self, data, end, read=True):
        blast({self: data}, end - time.monotonic(), read)
        return not self.closed

    def _pull(self, end):
        left = min(max(end - time.monotonic(), 0), 1)
        if select.select([self.sock], [], [], left)[0]:
            self.take()

    def take(self):
        """Reads what is there, for later."""
        try:
            data = self.sock.recv(1 << 18)
            self._in.write(data)
            if not data:
                self.closed = "end of file"
        except BlockingIOError:
            pass
        except OSError as error:
            self.closed = error.strerror

    def _parse(self):
        try:
            while data := self.tls.read(1 << 18):
                self._frames += data
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self.closed = self.closed or error.reason
        buffer, at = self._frames, 0
        while len(buffer) - at >= 9:
            size = int.from_bytes(buffer[at:at + 3], "big")
            if len(buffer) - at < 9 + size:
                break
            stream = int.from_bytes(buffer[at + 5:at + 9], "big")
            self._note(buffer[at + 3], buffer[at + 4], stream,
                       bytes(buffer[at + 9:at + 9 + size]))
            at += 9 + size
        del buffer[:at]

    def _note(self, kind, flags, stream, payload):
        self.seen[kind] += 1
        if kind in (HEADERS, CONTINUATION):
            self._block += payload
            if flags & END_HEADERS:
                self.headers[stream].update(self._hpack.decode(bytes(self._block)))
                self._block.clear()
        elif kind == DATA:
            self.data[stream] += payload
        elif kind == RST_STREAM:
            self.resets[int.from_bytes(payload, "big")] += 1
            self.ended.add(stream)
        elif kind == WINDOW_UPDATE:
            self.window[stream] += int.from_bytes(payload, "big")
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(payload[4:8], "big")
        elif kind == SETTINGS and not flags & ACK:
            pairs = dict(struct.iter_unpack(">HI", payload))
            self.initial_window = pairs.get(INITIAL_WINDOW_SIZE,
                                            self.initial_window)
        if kind in (SETTINGS, PING) and not flags & ACK and self.acks:
            self.tls.write(frame(kind, ACK, 0, payload if kind == PING else b""))
            self._push(self._out.read(), time.monotonic() + 1, read=False)
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.ended.add(stream)


def blast(loads, seconds, read=True):
    """Sends {peer: sealed bytes} side by side, as fast as the server takes them.
    Returns how many bytes the kernel took of each."""
    left = {peer: memoryview(data) for peer, data in loads.items()}
    busy = [peer for peer in left if left[peer]]
    end = time.monotonic() + seconds
    while busy and time.monotonic() < end:
        socks = [peer.sock for peer in busy]
        ready, free, _ = select.select(socks if read else [], socks, [],
                                       max(end - time.monotonic(), 0))
        for peer in busy:
            try:
                if peer.sock in ready:
                    peer.take()
                if peer.sock in free:
                    left[peer] = left[peer][peer.sock.send(left[peer]):]
            except BlockingIOError:
                pass
            except OSError as error:
                peer.closed = error.strerror
        busy = [peer for peer in busy if left[peer] and not peer.closed]
    for peer in busy:
        peer.closed = "the server does not read"  # Half a record is out.
    return {peer: len(loads[peer]) - len(rest) for peer, rest in left.items()}
