"""Attacks of abuse_test.py by who holds a certificate, a function each, as in
abuse_rounds.py: HTTP/2 and gRPC as no client library would speak them."""

import contextlib
import functools
import itertools
import os
import threading
import time
import zlib

import wire
from abuse_target import (BATCH_TOKENIZE, REQUEST_BYTES_MAX, TOKENIZE,
                          batch_request, field, loopback_addresses,
                          tokenize_request)

# The six fields of a request that was sent with `indexed` before.
REPEATED_HEADERS = b"".join(wire.index(67 - i) for i in range(6))

STREAMS = range(1, 1 << 31, 2)  # A client's, in order.


def _authenticated(stack, target, count, network, **start):
    """Connections that are ready for calls, each from an address of its own."""
    return [stack.enter_context(target.peer(source=source).start(**start))
            for source in itertools.islice(loopback_addresses(network), count)]


def reset_storm_frames(streams):
    """HEADERS and RST_STREAM of each of `streams` calls (CVE-2023-44487)."""
    first = wire.request_headers(TOKENIZE, indexed=True)
    return b"".join(
        wire.frame(wire.HEADERS, wire.END_HEADERS, stream,
                   REPEATED_HEADERS if stream > 1 else first) + wire.reset(stream)
        for stream in itertools.islice(STREAMS, streams))


@contextlib.contextmanager
def reset_storm(target, soak, streams=50_000, connections=1, seconds=120):
    """The server may work all of it off, or end the connections."""
    frames = reset_storm_frames(streams)
    shown = {}
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, connections, 31)
        end = time.monotonic() + seconds
        sent = wire.blast({peer: peer.seal(frames) for peer in peers}, seconds)
        shown["KiB of frames taken of each connection"] = (
            min(sent.values()) >> 10, min(streams, 1000) * 29 >> 10)
        for peer in peers:
            # Frames are read in their order: the answer to this one is the end.
            peer.send(wire.frame(wire.PING, 0, 0, b"resets  "), 5)
            pongs = peer.seen[wire.PING]
            peer.receive(end - time.monotonic(),
                         lambda p=peer, n=pongs: p.seen[wire.PING] > n)
        shown["connections that were worked off or ended"] = (
            sum(bool(peer.closed or peer.seen[wire.PING]) for peer in peers),
            connections)
        yield shown


@contextlib.contextmanager
def slow_senders(target, soak):
    """A byte a second: of a ClientHello, of headers, of a message."""
    with contextlib.ExitStack() as stack:
        plain = [stack.enter_context(target.peer(source=source))
                 for source in itertools.islice(loopback_addresses(37), 16)]
        hello = plain[0].hello()
        slow = {peer: [hello[i:i + 1] for i in range(64)] for peer in plain}
        for number, peer in enumerate(_authenticated(stack, target, 16, 38)):
            head = wire.frame(wire.HEADERS, wire.END_HEADERS, 1,
                              wire.request_headers(TOKENIZE))
            # Half of them stop within the headers, half within the message.
            rest = head if number % 2 else wire.frame(
                wire.DATA, 0, 1, wire.message(tokenize_request()))
            if not number % 2:
                peer.send(head)
            slow[peer] = [peer.seal(rest[i:i + 1]) for i in range(64)]
        bytes_taken = 0
        # Beyond the deadline of a handshake, 5 s.
        for second in range(7):
            for peer, parts in slow.items():
                if not peer.closed:
                    bytes_taken += wire.blast({peer: parts[second]}, 1)[peer] > 0
            time.sleep(1)
        for peer in plain:
            peer.receive(0.01)
        yield {"slow bytes": (bytes_taken, 5 * len(slow)),
               "handshakes that the server ended": (
                   sum(bool(peer.closed) for peer in plain), len(plain))}


@contextlib.contextmanager
def ping_storm(target, soak):
    """Each wants an answer; every other peer never reads one."""
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 10, 39)
        count = 50_000 if soak else 10_000
        pings = b"".join(wire.frame(wire.PING, 0, 0, number.to_bytes(8, "big"))
                         for number in range(count))
        taken = sum(wire.blast({peer: peer.seal(pings) for peer in peers[::2]},
                               10).values())
        taken += sum(wire.blast({peer: peer.seal(pings) for peer in peers[1::2]},
                                1, read=False).values())
        for peer in peers[::2]:
            peer.receive(5, lambda p=peer: p.seen[wire.PING] >= count)
        yield {"KiB of PING": (taken >> 10, 800),
               "answered, or ended": (
                   sum(bool(peer.closed) or peer.seen[wire.PING] >= count
                       for peer in peers[::2]), 5)}


@contextlib.contextmanager
def settings_storm(target, soak):
    """Each wants an answer; every other peer never reads one."""
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 8, 40, acks=False)
        storm = wire.settings([(wire.HEADER_TABLE_SIZE, 4096)]) * (
            100_000 if soak else 20_000)
        taken = sum(wire.blast({peer: peer.seal(storm) for peer in peers[::2]},
                               10).values())
        taken += sum(wire.blast({peer: peer.seal(storm) for peer in peers[1::2]},
                                1, read=False).values())
        for peer in peers[::2]:
            peer.receive(1, lambda p=peer: p.seen[wire.SETTINGS] >= 20_000)
        yield {"KiB of SETTINGS": (taken >> 10, 1000),
               "answers or ends": (sum(
                   bool(peer.closed) * 1000 + peer.seen[wire.SETTINGS]
                   for peer in peers[::2]), 4000)}


@functools.cache
def _zeros(method, megabytes):
    """A gigabyte of nothing is a megabyte of this."""
    packer = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15}[method])
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


@contextlib.contextmanager
def compression_bombs(target, soak):
    """100 MB each when unpacked, four at a time on each connection."""
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 4, 41)
        statuses = []
        for peer, method in zip(peers, ("gzip", "deflate") * 2):
            body = wire.message(_zeros(method, 100), compressed=1)
            for stream in range(1, 9, 2):
                peer.send(wire.frame(
                    wire.HEADERS, wire.END_HEADERS, stream, wire.request_headers(
                        TOKENIZE, [(b"grpc-encoding", method.encode())])))
                # All that the window lets through at once, then the rest.
                peer.send(wire.frame(wire.DATA, 0, stream, body[:8192]))
                peer.window.subtract({0: 8192, stream: 8192})
            for stream in range(1, 9, 2):
                peer.upload(stream, body[8192:], 2)
                peer.receive(2, lambda p=peer, s=stream: s in p.ended)
                statuses.append(peer.status(stream))
        yield {"bombs refused": (sum(status in (8, 12) for status in statuses), 16)}


def _header_block(kilobytes):
    return b"".join(wire.literal(b"x-%d" % i, b"v" * 1000) for i in range(kilobytes))


def header_frames(stream, block, end=True):
    """HEADERS, and CONTINUATION as many as it takes."""
    parts = [block[at:at + wire.FRAME_BYTES_MAX]
             for at in range(0, len(block), wire.FRAME_BYTES_MAX)]
    return b"".join(
        wire.frame(wire.CONTINUATION if number else wire.HEADERS,
                   wire.END_HEADERS * (end and number == len(parts) - 1), stream, part)
        for number, part in enumerate(parts))


@contextlib.contextmanager
def header_bombs(target, soak):
    """Six times the limit, by a client that has agreed to the limit."""
    with contextlib.ExitStack() as stack:
        refused = 0
        for peer in _authenticated(stack, target, 10, 42):
            peer.receive(1, lambda p=peer: p.seen[wire.SETTINGS] > 1)
            peer.send(header_frames(
                1, wire.request_headers(TOKENIZE) + _header_block(48)))
            peer.receive(1, lambda p=peer: 1 in p.ended)
            refused += bool(peer.closed or peer.resets or peer.status(1))
        yield {"refused": (refused, 10)}


@contextlib.contextmanager
def header_bombs_without_ack(target, soak):
    """A client that has not agreed to the limit, which RFC 9113 lets it. Of many
    fields, of one that is large, and of one that is named again and again."""
    kilobytes = 2000 if soak else 500
    bombs = (_header_block(kilobytes),
             wire.literal(b"x", b"v" * kilobytes * 1000),
             wire.literal(b"x", b"") * (kilobytes * 100),
             wire.literal(b"x", b"v" * 4000, indexed=True) + wire.index(62) * 16_000)
    call = wire.frame(wire.DATA, wire.END_STREAM, 1, wire.message(tokenize_request()))
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 4, 43, acks=False)
        sent = sum(wire.blast(
            {peer: peer.seal(header_frames(
                1, wire.request_headers(TOKENIZE) + bomb) + call)
             for peer, bomb in zip(peers, bombs)}, 10).values())
        for peer in peers:
            peer.receive(10, lambda p=peer: 1 in p.ended)
        yield {"KiB of headers": (sent >> 10, kilobytes), "answered or ended": (
            sum(bool(peer.closed) or 1 in peer.ended for peer in peers), len(peers))}


@contextlib.contextmanager
def header_references(target, soak, megabytes=2, connections=1, calls=0):
    """A field of the table that is named again and again, a byte each time, in
    frames each of which is within the limit of a whole call. Behind `calls` that
    have no message, for each of which a client could send one."""
    frames = (megabytes << 20) // 100
    last = 2 * calls + 1
    flood = (wire.frame(wire.HEADERS, 0, last, wire.request_headers(TOKENIZE) +
                        wire.literal(b"x", b"v" * 30, indexed=True)) +
             frames * wire.frame(wire.CONTINUATION, 0, last, wire.index(62) * 100) +
             wire.frame(wire.CONTINUATION, wire.END_HEADERS, last))
    call = wire.frame(wire.DATA, wire.END_STREAM, last,
                      wire.message(tokenize_request()))
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, connections, 48)
        for peer in peers:
            peer.receive(1, lambda p=peer: p.seen[wire.SETTINGS] > 1)
            for stream in range(1, last, 2):
                peer.send(wire.frame(wire.HEADERS, wire.END_HEADERS, stream,
                                     wire.request_headers(TOKENIZE)))
        sent = wire.blast({peer: peer.seal(flood + call) for peer in peers}, 20)
        for peer in peers:
            peer.receive(15, lambda p=peer: last in p.ended)
        yield {"KiB of headers": (sum(sent.values()) >> 10, 64 * connections),
               "answered or ended": (
                   sum(bool(peer.closed) or last in peer.ended for peer in peers),
                   connections)}


@contextlib.contextmanager
def continuation_flood(target, soak, count=None):
    """Headers that never end (CVE-2024-27316 and its kin): some empty, some not."""
    count = count or (100_000 if soak else 20_000)
    first = wire.frame(wire.HEADERS, 0, 1, wire.request_headers(TOKENIZE))
    floods = (first + count * wire.frame(wire.CONTINUATION, 0, 1),
              first + count * wire.frame(wire.CONTINUATION, 0, 1,
                                         wire.literal(b"x", b"v" * 16)))
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 4, 44)
        sent = wire.blast({peer: peer.seal(flood) for peer, flood in
                           zip(peers, itertools.cycle(floods))}, 10)
        for peer in peers:
            peer.receive(2)
        yield {"KiB of frames": (sum(sent.values()) >> 10, 300),
               "ended by the server": (sum(bool(peer.closed) for peer in peers),
                                       len(peers) if count > 100_000 else 0)}


def _padded(body, size):
    """`body`, with a field that nobody knows, `size` bytes in all."""
    padded = body + field(15, bytes(size - len(body) - 4))
    assert len(padded) == size
    return padded


@contextlib.contextmanager
def oversize_messages(target, soak):
    """One byte over the limit, which alone is served; declared as 4 GiB; and
    frames over their own limit."""
    served, refused, peers = 0, 0, 4 if soak else 2
    with contextlib.ExitStack() as stack:
        for peer in _authenticated(stack, target, peers, 45):
            def status_of(stream, message, peer=peer):
                peer.send(wire.frame(wire.HEADERS, wire.END_HEADERS, stream,
                                     wire.request_headers(TOKENIZE)))
                peer.upload(stream, message)
                peer.receive(2, lambda: stream in peer.ended)
                return peer.status(stream)
            served += status_of(1, wire.message(
                _padded(tokenize_request(), REQUEST_BYTES_MAX))) == 0
            refused += status_of(3, wire.message(
                _padded(tokenize_request(), REQUEST_BYTES_MAX + 1))) == 8
            # Ends early, so that it is no message at all.
            refused += status_of(5, wire.message(
                bytes(8 << 20), length=0xffffffff)) in (3, 8)
            peer.send(wire.frame(wire.DATA, 0, 7, length=0xffffff))
            peer.receive(2, lambda p=peer: p.goaway is not None)
            refused += bool(peer.closed) or peer.goaway is not None
        yield {"served": (served, peers), "refused": (refused, 3 * peers)}


@contextlib.contextmanager
def endless_messages(target, soak, connections=4, megabytes=400):
    """Messages that are declared as 4 GiB, and come at full speed. Good callers
    are served meanwhile."""
    end = target.log_end()
    body = wire.message(bytes(megabytes << 20), length=0xffffffff)
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, connections, 49)
        for peer in peers:
            peer.send(wire.frame(wire.HEADERS, wire.END_HEADERS, 1,
                                 wire.request_headers(TOKENIZE)))
        uploads = [threading.Thread(target=peer.upload, args=(1, body, 90))
                   for peer in peers]
        for upload in uploads:
            upload.start()
        slowest = 0
        while any(upload.is_alive() for upload in uploads):
            slowest = max(slowest, target.good_call())
            time.sleep(0.1)
        closed = [line for line in target.log_since(end, "connection_closed")
                  if line["closed_by"].startswith("memory was short")]
        yield {"seconds of the slowest good call": (slowest, 0),
               # As many as it takes: one may come to its end before.
               "closed since memory was short": (len(closed), connections // 2),
               "told": (len(target.log_since(end, "memory_short")), 1)}


@contextlib.contextmanager
def unparsable_messages(target, soak):
    bodies = (b"\x0a\x7f", b"\xff" * 100, b"\x0f", os.urandom(500),
              b"\x0a\x01\xff")
    end = target.log_end()
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, 5, 46)
        statuses = [peer.call(TOKENIZE, body, stream)[0]
                    for peer, body in zip(peers, bodies)
                    for stream in range(1, 201, 2)]
        recorded = [line for line in target.log_since(end, "call")
                    if line.get("reason") == "REQUEST_UNREADABLE"]
        yield {"refused": (statuses.count(3), 500), "recorded": (len(recorded), 500)}


@contextlib.contextmanager
def readers_of_nothing(target, soak, connections=8, streams=10, items=2000):
    """Batches whose answers have a window of 0, and are never read. Their size
    is such that the server's own first window takes them whole. It makes some
    and refuses the rest, and all are asked for."""
    end = target.log_end()
    with contextlib.ExitStack() as stack:
        peers = _authenticated(stack, target, connections, 47,
                               pairs=[(wire.INITIAL_WINDOW_SIZE, 0)])
        body = wire.message(batch_request(items))
        for stream in itertools.islice(STREAMS, streams * (2 if soak else 1)):
            for peer in peers:
                peer.send(wire.frame(wire.HEADERS, wire.END_HEADERS, stream,
                                     wire.request_headers(BATCH_TOKENIZE)))
                peer.upload(stream, body, 2)
            for peer in peers:
                # HEADERS have no window: with them, the answer is made.
                peer.receive(2, lambda p=peer, s=stream: p.headers[s])
        codes = [line["code"] for line in target.log_since(end, "call")
                 if line["method"] == "BatchTokenize"]
        asked = connections * streams
        yield {"answers made": (codes.count("OK"), min(50, asked // 2)),
               "made or refused": (
                   codes.count("OK") + codes.count("RESOURCE_EXHAUSTED"), asked // 2),
               "peers that read nothing": (
                   sum(peer.seen[wire.DATA] == 0 for peer in peers), len(peers))}
