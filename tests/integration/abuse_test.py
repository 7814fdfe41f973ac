"""What this shows: whatever comes in through the listener, with a certificate or
without, a good caller is served meanwhile, and within a second after it, by the
same process, which has given its memory back; and what is refused stands in the
log.

PANVAULT_SOAK=1: more rounds, of larger attacks. A case alone:
PANVAULTD=... PANVAULT=... /usr/bin/python3 abuse_test.py Abuse.test_reset_storm
"""

import os
import resource
import statistics
import time
import unittest

import abuse_rounds
import abuse_streams
import abuse_target
import daemon
from abuse_target import TOKENIZE, tokenize_request

SOAK = os.environ.get("PANVAULT_SOAK") == "1"
ROUNDS = 20 if SOAK else 2
# A sanitizer's memory is its own, and so is its time.
SANITIZED = os.environ.get("PANVAULT_SANITIZED") == "1"

# To the answer, during an attack and from its end on: TCP, TLS and the call.
CALL_S = 5 if SANITIZED else 1
# Behind 768 connections in the kernel's queue, of which 100 a second are taken.
FLOODED_CALL_S = 20
# Time to end connections, to free what was theirs and to give it back.
SETTLE_S = 10
# Half of what the chart grants.
PEAK_BYTES = 256 << 20
# What the chart grants: past it, the process is killed.
CHART_BYTES = 512 << 20

UNPARSABLE = b"\x0a\x7f"  # A field that is longer than what follows.

TARGET = None


def setUpModule():
    global TARGET
    # The attacker has hundreds of sockets more than the server.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    state = unittest.enterModuleContext(daemon.state_folder())
    TARGET = abuse_target.Target(state)
    unittest.addModuleCleanup(TARGET.stop)
    TARGET.prepare()


def end_well(server=None):
    code = (server or TARGET.server).stop()
    assert code == 0, code


def report(attack, number, **facts):
    print(f"{attack.__name__} {number}:", *(
        f"{name} {value}" for name, value in facts.items()), sep="  ", flush=True)


class Case(unittest.TestCase):
    def assert_attacked(self, shown):
        for what, (seen, least) in shown.items():
            self.assertGreaterEqual(seen, least, f"no attack: {what}")


class Abuse(Case):
    """All attacks on one process, so that it grows old with them."""

    @classmethod
    def setUpClass(cls):
        TARGET.start()
        cls.addClassCleanup(end_well)
        # The server that good callers have used, not a new one or one that has
        # just given its memory back.
        TARGET.warm_up()
        cls.warm = TARGET.rss()

    def setUp(self):
        TARGET.good_call()
        time.sleep(0.1)
        # What another attack has left, test_what_is_left_of_it_all finds.
        self.before = max(self.warm, TARGET.rss())

    def rounds(self, attack, meanwhile_s=CALL_S):
        for number in range(1, ROUNDS + 1):
            took = None
            with self.subTest(round=number):
                start = time.monotonic()
                with TARGET.rss_peak() as peak:
                    with attack(TARGET, SOAK) as shown:
                        attacked = time.monotonic() - start
                        meanwhile = TARGET.good_call(meanwhile_s)
                    took = TARGET.good_call()
                settled = self.settle()
                report(attack, number, attacked=f"{attacked:.1f} s",
                       call=f"{meanwhile:.3f} s, then {took:.3f} s",
                       before=f"{self.before >> 20} MiB",
                       peak=f"{peak[0] >> 20} MiB",
                       settled=f"{settled >> 20} MiB", **shown)
                self.assert_attacked(shown)
                self.assertLess(took, CALL_S, "a good caller waits")
                self.assertIsNone(TARGET.server.process.poll())
                if not SANITIZED:
                    self.assertLessEqual(settled, self.memory_bound(),
                                         "memory is not given back")
            if took is None:
                break  # Nobody is served any more, or nobody was attacked.

    def memory_bound(self):
        return self.before * 105 // 100

    def settle(self):
        """Memory, as soon as it is what it may be, or after SETTLE_S."""
        end = time.monotonic() + SETTLE_S
        while (rss := TARGET.rss()) > self.memory_bound():
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        return rss

    def test_idle_from_one_address(self):
        self.rounds(abuse_rounds.idle_from_one_address, FLOODED_CALL_S)

    def test_idle_from_many_addresses(self):
        self.rounds(abuse_rounds.idle_from_many_addresses, FLOODED_CALL_S)

    def test_connect_and_reset(self):
        self.rounds(abuse_rounds.connect_and_reset)

    def test_half_handshakes(self):
        self.rounds(abuse_rounds.half_handshakes)

    def test_garbage(self):
        self.rounds(abuse_rounds.garbage)

    def test_slow_senders(self):
        self.rounds(abuse_streams.slow_senders)

    def test_reset_storm(self):
        self.rounds(abuse_streams.reset_storm)

    def test_ping_storm(self):
        self.rounds(abuse_streams.ping_storm)

    def test_settings_storm(self):
        self.rounds(abuse_streams.settings_storm)

    def test_compression_bombs(self):
        self.rounds(abuse_streams.compression_bombs)

    def test_header_bombs(self):
        self.rounds(abuse_streams.header_bombs)

    def test_header_bombs_without_ack(self):
        self.rounds(abuse_streams.header_bombs_without_ack)

    def test_continuation_flood(self):
        self.rounds(abuse_streams.continuation_flood)

    def test_oversize_messages(self):
        self.rounds(abuse_streams.oversize_messages)

    def test_unparsable_messages(self):
        self.rounds(abuse_streams.unparsable_messages)

    def test_readers_of_nothing(self):
        self.rounds(abuse_streams.readers_of_nothing)

    def test_what_is_left_of_it_all(self):
        """The last by its name: nothing has added up."""
        self.before = self.warm
        settled = self.settle()
        print(f"warm {self.warm >> 20} MiB, in the end {settled >> 20} MiB")
        if not SANITIZED:
            self.assertLessEqual(settled, self.memory_bound())


class Peak(Case):
    """Each on a process of its own: memory that is there already hides a peak."""

    def peak(self, attack, **sizes):
        TARGET.start()
        # This one: a test may start several.
        self.addCleanup(end_well, TARGET.server)
        TARGET.good_call()
        with TARGET.rss_peak() as peak:
            with attack(TARGET, SOAK, **sizes) as shown:
                meanwhile = TARGET.good_call()
            took = TARGET.good_call()
        report(attack, "at most", call=f"{meanwhile:.3f} s, then {took:.3f} s",
               peak=f"{peak[0] >> 20} MiB", **shown)
        self.assert_attacked(shown)
        self.assertLess(took, CALL_S)
        if not SANITIZED:
            self.assertLess(peak[0], CHART_BYTES)
        return peak[0]

    def test_reset_storm_on_ten_connections(self):
        """How soon it is found out depends on how gRPC's threads take turns."""
        peaks = [self.peak(abuse_streams.reset_storm, connections=10,
                           streams=50_000 if SOAK else 5_000) for _ in range(5)]
        if not SANITIZED:
            self.assertLess(statistics.median(peaks), PEAK_BYTES)

    def peak_below_the_bound(self, attack, **sizes):
        peak = self.peak(attack, **sizes)
        if not SANITIZED:
            self.assertLess(peak, PEAK_BYTES)

    def test_header_references(self):
        self.peak_below_the_bound(abuse_streams.header_references)

    def test_header_references_behind_calls(self):
        """On each of these a client could send a message of a megabyte."""
        self.peak(abuse_streams.header_references, megabytes=6, connections=4,
                  calls=16)

    def test_continuation_flood(self):
        self.peak_below_the_bound(abuse_streams.continuation_flood,
                                  count=1_000_000)

    @unittest.skipIf(SANITIZED, "its memory is the sanitizer's")
    def test_endless_messages(self):
        peak = self.peak(abuse_streams.endless_messages)
        self.assertGreater(peak, PEAK_BYTES, "no attack")

    def test_readers_of_nothing(self):
        self.peak_below_the_bound(abuse_streams.readers_of_nothing, connections=40,
                                  items=3000)


class Record(Case):
    """What is refused before any code of a call runs is on record as well."""

    @classmethod
    def setUpClass(cls):
        TARGET.start()
        cls.addClassCleanup(end_well)

    def refused_handshakes(self, identity, count):
        """Tries `count` connections; returns the lines of the log about them."""
        end = TARGET.log_end()
        for _ in range(count):
            with TARGET.peer(identity) as peer:
                try:
                    # In TLS 1.3 a client is through before the server looks.
                    status, _ = peer.start().call(TOKENIZE, tokenize_request())
                except ConnectionError:
                    status = None
                self.assertIsNone(status, "served")
                self.assertTrue(peer.closed)

        def lines():
            found = TARGET.log_since(end, "connection_refused")
            return found if counted(found) >= count else None
        try:
            return daemon.wait_until(lines, "a line for each refusal", seconds=3)
        except AssertionError:
            return TARGET.log_since(end, "connection_refused")

    def test_each_refused_handshake_is_counted_in_the_log(self):
        stranger = abuse_target.PrivateCa(f"{TARGET.state}/unknown-ca")
        good = TARGET.ca.issue("good")
        with TARGET.peer(good) as peer:
            self.assertEqual(
                peer.start().call(TOKENIZE, tokenize_request())[0], 0)
        for what, identity in (
                ("expired", TARGET.ca.issue("expired", days=-1)),
                ("unknown CA", stranger.issue("svid")),
                ("wrong EKU", TARGET.ca.issue("eku", usage="serverAuth")),
                ("no certificate", None)):
            with self.subTest(what):
                lines = self.refused_handshakes(identity, count=5)
                self.assertEqual(counted(lines), 5)
                for line in lines:
                    self.assertTrue(line["reason"], line)

    def test_unparsable_message_of_a_stranger_is_refused_and_recorded(self):
        for what, body in (("good", tokenize_request()),
                           ("unparsable", UNPARSABLE)):
            with self.subTest(what):
                end = TARGET.log_end()
                with TARGET.peer("stranger") as peer:
                    status, _ = peer.start().call(TOKENIZE, body)
                    self.assertTrue(peer.closed or status == 7, f"status {status}")

                def recorded():
                    return [line for line in TARGET.log_since(end)
                            if line.get("caller", "").endswith("/stranger") and
                            (line.get("reason") or line.get("code", "OK") != "OK")]
                daemon.wait_until(recorded, "a record of the refusal", seconds=3)

    def test_unparsable_message_of_a_caller_is_refused(self):
        with TARGET.peer() as peer:
            status, body = peer.start().call(TOKENIZE, UNPARSABLE)
            self.assertNotEqual(status, 0)
            self.assertEqual(body, b"")
            # And costs nothing else.
            if not peer.closed:
                self.assertEqual(
                    peer.call(TOKENIZE, tokenize_request(), stream=3)[0], 0)


def counted(lines):
    """A flood of refusals may be told of together, with a count."""
    return sum(line.get("count", 1) for line in lines)


if __name__ == "__main__":
    unittest.main()
