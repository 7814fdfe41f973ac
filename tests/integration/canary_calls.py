"""Calls that carry card numbers into every error that an RPC can end with, in
every field, and where nothing of the kind belongs. Each returns the name of the
gRPC status that it ended with."""

import grpc

import daemon
import http2
import rpcs
import tls13

SECONDS = 60
OVERSIZE = 3 << 20  # Over server/limits.h kRequestBytesMax.


def channel(address, identity, anchor):
    """As workload `identity` (pki.Made)."""
    credentials = grpc.ssl_channel_credentials(
        anchor.pem().encode(), identity.key_pem().encode(), identity.pem().encode())
    return grpc.secure_channel(address, credentials, options=[
        ("grpc.ssl_target_name_override", daemon.SERVER_DNS_NAME),
        ("grpc.max_send_message_length", -1),
        ("grpc.use_local_subchannel_pool", 1)])


class Calls:
    """`callers` are channels: "good" has all grants, "stranger" has none.
    `canaries` gives the numbers."""

    def __init__(self, all_rpcs, callers, canaries, rng, profiles):
        self.rpcs = all_rpcs
        self._callers = callers
        self._canaries = canaries
        self._rng = rng
        self.profiles = profiles

    def pan(self):
        return self._canaries.pan(self._rng.choice((16, 16, 16, 12, 13, 15, 19)))

    def request(self, rpc, profile=None, pan=None):
        pan = pan or self.pan()
        return rpcs.good_request(rpc, rpcs.Values(
            profile or self.profiles["good"], pan, pan, self.profiles["good"]))

    def send(self, rpc_or_path, content, who="good", timeout=SECONDS, metadata=(),
             cancel=False):
        """`content`: bytes, or a message."""
        path = getattr(rpc_or_path, "path", rpc_or_path)
        if not isinstance(content, bytes):
            content = content.SerializeToString()
        streaming = getattr(rpc_or_path, "server_streaming", False)
        start = self._callers[who].unary_stream if streaming else (
            self._callers[who].unary_unary)
        call = start(path, request_serializer=bytes, response_deserializer=bytes)
        try:
            if streaming:
                answers = call(content, timeout=timeout, metadata=metadata)
                if cancel:
                    answers.cancel()
                for _ in answers:
                    pass
            elif cancel:
                future = call.future(content, timeout=timeout, metadata=metadata)
                future.cancel()
                future.code()
                return "CANCELLED"
            else:
                call(content, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    # Of every RPC.

    def everywhere(self):
        """Endless: one call after another, of each RPC in each way."""
        while True:
            for rpc in self.rpcs:
                yield from self._ways(rpc)
            yield from self._of_tokenize()
            yield from self._of_batches()

    def _ways(self, rpc):
        yield self.send(rpc, self.request(rpc))
        yield self.send(rpc, self.request(rpc), "stranger")
        for place in _places(rpc.request()):
            request = self.request(rpc)
            _put(request, place, self.pan())
            yield self.send(rpc, request)
        pan = self.pan()
        # A field that nobody knows: number 1000, of bytes.
        extra = b"\xc2\x3e" + bytes([len(pan)]) + pan
        yield self.send(rpc, self.request(rpc).SerializeToString() + extra)
        yield self.send(rpc, self.request(rpc).SerializeToString() + b"\x0a" + pan)
        yield self.send(rpc, pan)
        yield self.send(rpc, self.request(rpc),
                        timeout=self._rng.choice((0, 0.0005, 0.002)))
        yield self.send(rpc, self.request(rpc), cancel=True)
        text = pan.decode()
        yield self.send(f"{rpc.path}{text}", self.request(rpc))
        yield self.send(f"/{text}/{rpc.name}", pan)

    def in_metadata(self):
        """Endless, as everywhere(): where gRPC itself keeps them."""
        while True:
            for rpc in self.rpcs:
                text = self.pan().decode()
                yield self.send(rpc, self.request(rpc), metadata=(
                    ("x-request-id", text), ("authorization", f"Bearer {text}"),
                    (f"x-{text}", "a"), ("x-pan-bin", text.encode())))

    def _named(self, name):
        return next(rpc for rpc in self.rpcs if rpc.name == name)

    def _of_tokenize(self):
        rpc = self._named("Tokenize")
        pan = self.pan()
        off_by_one = pan[:-1] + b"%d" % ((int(pan[-1:]) + 1) % 10)
        for bad in (off_by_one, pan + b"0" * 8, pan[:11], pan + b" ", b" " + pan,
                    pan[:4] + b"-" + pan[4:], pan + b"\0", pan * 100):
            yield self.send(rpc, rpc.request(profile=self.profiles["good"], pan=bad))
        for profile in self.profiles.values():
            yield self.send(rpc, rpc.request(profile=profile, pan=pan))
        yield self.send(rpc, rpc.request(profile=self.profiles["small"],
                                         pan=self._canaries.pan(12)))

    def _of_batches(self):
        good = self.profiles["good"]
        rpc = self._named("BatchTokenize")
        request = rpc.request(profile=good)
        for i in range(50):
            pan = self.pan()
            request.items.add(pan=pan if i % 2 else pan + b"x", reference=pan,
                              context=pan)
        yield self.send(rpc, request)
        rpc = self._named("BulkTokenize")
        request = rpc.request(profile=good, context=self.pan())
        request.columns.add(width=16, digits=b"".join(
            self._canaries.pan() for _ in range(20)) + b"x" * 16)
        yield self.send(rpc, request)
        request.columns.add(width=16, digits=self._canaries.pan()[:-1])
        yield self.send(rpc, request)

    # Large, or slow: a few times a run.

    def heavy(self):
        """What each of some calls ended with: too large, too many, too many at
        once, given up half way."""
        rpc = self._named("BatchTokenize")
        ended = [self.send(rpc, self.pan() * (OVERSIZE // 16)),
                 self.send(self._named("Tokenize"), b"\x12" * OVERSIZE + self.pan())]
        request = rpc.request(profile=self.profiles["good"])
        for _ in range(10_001):
            request.items.add(pan=self._canaries.pan())
        ended.append(self.send(rpc, request))
        del request.items[3000:]
        call = self._callers["good"].unary_unary(
            rpc.path, request_serializer=bytes, response_deserializer=bytes)
        content = request.SerializeToString()
        futures = [call.future(content, timeout=SECONDS) for _ in range(90)]
        for future in futures[::3]:
            future.cancel()
        return ended + [future.code().name for future in futures]


def _places(message, above=()):
    """Where text or bytes can stand in it: tuples of field names."""
    for field in message.DESCRIPTOR.fields:
        if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            yield (*above, field)
        elif field.type == field.TYPE_MESSAGE and len(above) < 3:
            inner = getattr(message, field.name)
            inner = (inner.add() if field.label == field.LABEL_REPEATED else inner)
            yield from _places(inner, (*above, field))


def _put(message, place, pan):
    *above, last = place
    for field in above:
        message = getattr(message, field.name)
        if field.label == field.LABEL_REPEATED:
            message = message[0] if message else message.add()
    setattr(message, last.name,
            pan.decode() if last.type == last.TYPE_STRING else pan)


def ask_health(address, pan):
    """The health listener has no TLS, and anyone on the host may ask it."""
    with grpc.insecure_channel(address) as health:
        for path in ("/grpc.health.v1.Health/Check", f"/grpc.health.v1.{pan.decode()}"):
            call = health.unary_unary(path, request_serializer=bytes,
                                      response_deserializer=bytes)
            try:
                call(b"\x0a" + bytes([len(pan)]) + pan, timeout=SECONDS)
            except grpc.RpcError as error:
                yield error.code().name


def half_a_call(address, identity, path, pan):
    """A connection with a call that has begun, and whose message, with `pan` in
    it, does not end."""
    connection = tls13.connect(address)
    connection.handshake(tls13.Identity([identity.der], identity.key))
    connection.send(http2.PREFACE + http2.begin(1, path.encode()) + http2.data(
        1, b"\0" + (1000).to_bytes(4, "big") + b"\x12\x10" + pan, flags=0))
    return connection


def broken_connections(address, identity, path, pan):
    """Connections that are cut, or whose bytes are no HTTP/2, no TLS. Numbers in
    the TLS handshake itself are not among them: it is on the network in clear."""
    half_a_call(address, identity, path, pan).close()
    for content in (
            http2.begin(1, path.encode()) + http2.frame(0, 0, 1, pan)[:-3],
            http2.begin(1, path.encode()) + http2.data(1, pan, 0) +
            http2.frame(http2.FRAME_RESET, 0, 1, bytes(4)),
            http2.frame(http2.FRAME_GOAWAY, 0, 0, bytes(8) + pan),
            http2.frame(http2.FRAME_HEADERS, 4, 1, b"\xff\xff\xff\xff" + pan),
            http2.frame(0x42, 0, 1, pan),
            http2.frame(http2.FRAME_PING, 0, 0, pan[:12]),
            http2.call(1, path.encode(), pan),
            pan * 10):
        with tls13.connect(address) as connection:
            connection.handshake(tls13.Identity([identity.der], identity.key))
            connection.send(http2.PREFACE + content)
    with tls13.connect(address) as connection:
        connection.socket.sendall(http2.PREFACE + http2.call(1, path.encode(), pan))
