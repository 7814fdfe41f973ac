"""Attacks of abuse_test.py that need no certificate, a function each.

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
from abuse_target import DESCRIPTORS, loopback_addresses

# Of a flood, beyond which the server may refuse.
TAKEN_IN_LEAST = 50
# What dropped connections of an earlier attack are told with.
LEFT_EARLY = "left before it was accepted"


def _open_many(sources, address):
    """TCP connections, one of each of `sources`, begun without waiting, and how
    many the kernel has made: on loopback it does so at once, or not soon, if the
    server's queue is full."""
    host, port = address.rsplit(":", 1)
    socks = []
    made = 0
    for source in sources:
        sock = socket.socket()
        socks.append(sock)
        sock.setblocking(False)
        sock.bind((source, 0))
        sock.connect_ex((host, int(port)))
        made += bool(select.select([], [sock], [], 0)[1])
    return socks, made


def _ended(sock):
    """The server has closed it, or reset it."""
    try:
        while sock.recv(1 << 16):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def _flood(target, sources, shown):
    """Connections of the list `sources`, all open, until the end; all reset
    then."""
    end = target.log_end()
    socks, made = _open_many(sources, target.address)
    try:
        shown["connections"] = (made, min(len(socks), DESCRIPTORS))
        # As fast as the ration of handshakes lets it.
        taken_in, give_up = 0, time.monotonic() + 3
        while taken_in < TAKEN_IN_LEAST and time.monotonic() < give_up:
            time.sleep(0.1)
            lines = target.log_since(end, "connection_opened", "connections_dropped")
            # Those of one address are dropped, after a while, and counted.
            taken_in = sum(line["count"] if "count" in line else
                           line["peer"].split(":")[1] in sources for line in lines
                           if line.get("reason") != LEFT_EARLY)
        shown["taken in or refused by the server"] = (taken_in, TAKEN_IN_LEAST)
        yield socks
    finally:
        for sock in socks:
            wire.drop(sock)


@contextlib.contextmanager
def idle_from_one_address(target, soak):
    """Twice the server's descriptors, and not a byte."""
    shown = {}
    with _flood(target, 2 * DESCRIPTORS * ["127.32.0.1"], shown):
        yield shown


@contextlib.contextmanager
def idle_from_many_addresses(target, soak):
    shown = {}
    sources = list(itertools.islice(loopback_addresses(33), 2 * DESCRIPTORS))
    with _flood(target, sources, shown):
        if soak:
            time.sleep(2)
        yield shown


@contextlib.contextmanager
def connect_and_reset(target, soak):
    """They are dead before the server sees them."""
    count = 3000 if soak else 1000
    made = 0
    for source in itertools.islice(loopback_addresses(34), count):
        (sock,), connected = _open_many([source], target.address)
        made += connected
        wire.drop(sock)
    yield {"connections that were reset": (made, count // 2)}


@contextlib.contextmanager
def half_handshakes(target, soak):
    """A ClientHello, whole or half of it, then silence."""
    shown = {}
    with target.peer() as peer:
        hello = peer.hello()
    sources = list(itertools.islice(loopback_addresses(35), 120))
    with _flood(target, sources, shown) as socks:
        for number, sock in enumerate(socks):
            try:
                sock.send(hello if number % 2 else hello[:len(hello) // 2])
            except OSError:
                pass  # It made room for another.
        time.sleep(0.3)
        answered = [sock for sock in socks if select.select([sock], [], [], 0)[0]]
        shown["answered or ended"] = (len(answered), len(socks) // 4)
        yield shown


@contextlib.contextmanager
def garbage(target, soak):
    """What is no TLS: noise, HTTP/1.1, HTTP/2 without TLS, other records."""
    shown = {}
    texts = [os.urandom(4096), b"GET / HTTP/1.1\r\nHost: panvaultd\r\n\r\n",
             wire.PREFACE + wire.settings(), b"\x16\x03\x01\xff\xff" + bytes(16000),
             b"\x17\x03\x03\x40\x00" + os.urandom(0x4000)]
    sources = list(itertools.islice(loopback_addresses(36), 100))
    with _flood(target, sources, shown) as socks:
        for sock, text in zip(socks, itertools.cycle(texts)):
            try:
                sock.send(text)
            except OSError:
                pass
        time.sleep(0.5)
        shown["ended by the server"] = (sum(map(_ended, socks)), 60)
        yield shown
