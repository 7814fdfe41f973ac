"""What this shows: whatever comes in through the listener, with a certificate or
without, a good caller is served within a second after it, by the same process,
which has given its memory back; and what is refused stands in the log.

PANVAULT_SOAK=1: more rounds, of larger attacks. A case alone:
PANVAULTD=... PANVAULT=... /usr/bin/python3 abuse_test.py Abuse.test_reset_storm
"""

import os
import resource
import time
import unittest

import abuse_rounds
import abuse_target
import daemon
import wire
from abuse_target import TOKENIZE, tokenize_request

SOAK = os.environ.get("PANVAULT_SOAK") == "1"
ROUNDS = 20 if SOAK else 2
# A sanitizer's memory is its own, and so is its time.
SANITIZED = os.environ.get("PANVAULT_SANITIZED") == "1"

CALL_S = 5 if SANITIZED else 1
# Time to end connections, to free what was theirs and to give it back.
SETTLE_S = 3
# Beyond 5 %: what malloc's arenas (up to 8 a core) keep at their ends, and log
# buffers; not a page for each thing of an attack, of which there are hundreds
# at least.
ALLOWANCE_BYTES = 8 << 20
# Half of what the chart grants.
STORM_PEAK_BYTES = 256 << 20


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


class Case(unittest.TestCase):
    """Each class has a process of its own to attack."""

    @classmethod
    def setUpClass(cls):
        cls.target = TARGET
        TARGET.start()
        cls.addClassCleanup(cls.end)
        TARGET.warm_up()
        TARGET.good_call()

    @classmethod
    def end(cls):
        code = TARGET.server.stop()
        assert code == 0, code


class Abuse(Case):
    def setUp(self):
        time.sleep(0.2)
        # One attack's leftovers are not the next one's.
        self.before = self.target.rss()

    def rounds(self, attack, **sizes):
        for number in range(1, ROUNDS + 1):
            with self.subTest(round=number):
                start = time.monotonic()
                with self.target.rss_peak() as peak:
                    with attack(self.target, SOAK, **sizes) as shown:
                        attacked = time.monotonic() - start
                    took = self.target.good_call()
                settled = self.settle()
                self.report(attack, number, attacked=f"{attacked:.1f} s",
                            call=f"{took:.3f} s", peak=f"{peak[0] >> 20} MiB",
                            settled=f"{settled >> 20} MiB",
                            before=f"{self.before >> 20} MiB", **shown)
                for what, (seen, least) in shown.items():
                    self.assertGreaterEqual(seen, least, f"no attack: {what}")
                self.assertLess(took, CALL_S, "a good caller waits")
                self.assertIsNone(self.target.server.process.poll())
                if not SANITIZED:
                    self.assertLessEqual(settled, self.memory_bound(),
                                         "memory is not given back")

    def memory_bound(self):
        return self.before * 105 // 100 + ALLOWANCE_BYTES

    def settle(self):
        """Memory, as soon as it is what it may be, or after SETTLE_S."""
        end = time.monotonic() + SETTLE_S
        while (rss := self.target.rss()) > self.memory_bound():
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        return rss

    def report(self, attack, number, **facts):
        print(f"{attack.__name__} {number}:", *(
            f"{name} {value}" for name, value in facts.items()), sep="  ",
              flush=True)

    def test_reset_storm(self):
        self.rounds(abuse_rounds.reset_storm)

    def test_idle_from_one_address(self):
        self.rounds(abuse_rounds.idle_from_one_address)

    def test_idle_from_many_addresses(self):
        self.rounds(abuse_rounds.idle_from_many_addresses)

    def test_connect_and_reset(self):
        self.rounds(abuse_rounds.connect_and_reset)

    def test_half_handshakes(self):
        self.rounds(abuse_rounds.half_handshakes)

    def test_garbage(self):
        self.rounds(abuse_rounds.garbage)

    def test_slow_senders(self):
        self.rounds(abuse_rounds.slow_senders)

    def test_ping_storm(self):
        self.rounds(abuse_rounds.ping_storm)

    def test_settings_storm(self):
        self.rounds(abuse_rounds.settings_storm)

    def test_compression_bombs(self):
        self.rounds(abuse_rounds.compression_bombs)

    def test_header_bombs(self):
        self.rounds(abuse_rounds.header_bombs)

    def test_header_bombs_without_ack(self):
        self.rounds(abuse_rounds.header_bombs_without_ack)

    def test_continuation_flood(self):
        self.rounds(abuse_rounds.continuation_flood)

    def test_oversize_messages(self):
        self.rounds(abuse_rounds.oversize_messages)

    def test_unparsable_messages(self):
        self.rounds(abuse_rounds.unparsable_messages)

    def test_readers_of_nothing(self):
        self.rounds(abuse_rounds.readers_of_nothing)


class StormPeak(Case):
    """Apart from Abuse: memory that is there already hides a peak."""

    def test_reset_storm_on_ten_connections(self):
        with self.target.rss_peak() as peak:
            with abuse_rounds.reset_storm(self.target, SOAK, connections=10,
                                          streams=50_000 if SOAK else 5_000) as shown:
                pass
            took = self.target.good_call()
        print(f"peak {peak[0] >> 20} MiB, call {took:.3f} s", shown, flush=True)
        for what, (seen, least) in shown.items():
            self.assertGreaterEqual(seen, least, f"no attack: {what}")
        self.assertLess(took, CALL_S)
        if not SANITIZED:
            self.assertLess(peak[0], STORM_PEAK_BYTES)


class Record(Case):
    """What is refused before any code of a call runs is on record as well."""

    def refused_handshakes(self, identity, count):
        """Tries `count` connections; returns the lines of the log about them."""
        end = self.target.log_end()
        for _ in range(count):
            with self.target.peer(identity) as peer:
                try:
                    # In TLS 1.3 a client is through before the server looks.
                    status, _ = peer.start().call(TOKENIZE, tokenize_request())
                except ConnectionError:
                    status = None
                self.assertIsNone(status, "served")
                self.assertTrue(peer.closed)

        def lines():
            found = self.target.log_since(end, "connection_refused")
            return found if counted(found) >= count else None
        try:
            return daemon.wait_until(lines, "a line for each refusal", seconds=3)
        except AssertionError:
            return self.target.log_since(end, "connection_refused")

    def test_each_refused_handshake_is_counted_in_the_log(self):
        stranger = abuse_target.PrivateCa(f"{self.target.state}/unknown-ca")
        good = self.target.ca.issue("good")
        with self.target.peer(good) as peer:
            self.assertEqual(
                peer.start().call(TOKENIZE, tokenize_request())[0], 0)
        for what, identity in (
                ("expired", self.target.ca.issue("expired", days=-1)),
                ("unknown CA", stranger.issue("svid")),
                ("wrong EKU", self.target.ca.issue("eku", usage="serverAuth")),
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
                end = self.target.log_end()
                with self.target.peer("stranger") as peer:
                    status, _ = peer.start().call(TOKENIZE, body)
                    self.assertTrue(peer.closed or status == 7, f"status {status}")

                def recorded():
                    return [line for line in self.target.log_since(end)
                            if line.get("caller", "").endswith("/stranger") and
                            (line.get("reason") or line.get("code", "OK") != "OK")]
                daemon.wait_until(recorded, "a record of the refusal", seconds=3)

    def test_unparsable_message_of_a_caller_is_refused(self):
        with self.target.peer() as peer:
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
