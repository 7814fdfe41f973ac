"""What this shows: nobody gets past panvaultd's checks by resuming a TLS session:
not after the certificate has expired, its CA was removed, the caller was taken
off the list, or the server was started again. panvaultd gives out no session;
it is tried with those it would have given, with those of another server, by
0-RTT, and with what TLS 1.2 has.

80 attempts or more; 1,000 with PANVAULT_SOAK=1. A server that does resume is
tried first, by the same means: it is seen to serve who shows no certificate."""

import itertools
import os
import random
import socket
import ssl
import tempfile
import time
import types
import unittest

import daemon
import http2
import own_vault
import pki
import rpcs
import session_giver
import tls13

SEED = 20261126
SOAK = os.environ.get("PANVAULT_SOAK") == "1"
ATTEMPTS_PER_EVENT = 250 if SOAK else 24
PROFILE = "cards-demo"
NOBODY = tls13.Identity([])
LIFE_S = 8  # Of the certificate that is to expire.


def shown(made):
    return tls13.Identity([made.der, *made.chain], made.key)


def library_context(folder, version, made=None):
    """Python's own TLS, of `version` only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2"])
    if made is not None:
        path = f"{folder}/client.pem"
        own_vault.replace_file(path, made.pem() + made.key_pem())
        context.load_cert_chain(path)
    return context


def library_connection(context, address, session=None):
    host, port = address.split(":")
    raw = socket.create_connection((host, int(port)), 30)
    try:
        return context.wrap_socket(raw, session=session)
    except Exception:
        raw.close()
        raise


class ResumptionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.state = cls.enterClassContext(daemon.state_folder())
        all_rpcs = rpcs.load(cls.enterClassContext(tempfile.TemporaryDirectory()))
        dev = daemon.dev(cls.state)
        cls.addClassCleanup(dev.stop)
        dev.wait_for("keys_loaded")
        made = daemon.cli(dev, "profile", "create", PROFILE, "--keep", "none")
        assert made.returncode == 0, made.stderr
        cls.root = pki.make(pki.ca_spec("root"))
        cls.old_root = pki.make(pki.ca_spec("old root"))
        cls.vault = own_vault.OwnVault(
            cls.state, dev, [rpc.name for rpc in all_rpcs], [PROFILE],
            [cls.root, cls.old_root])
        cls.addClassCleanup(cls.vault.stop)
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.giver = session_giver.SessionGiver(
            cls.folder, pki.make(pki.Spec(), cls.root), cls.root)
        cls.addClassCleanup(cls.giver.stop)
        tokenize = next(rpc for rpc in all_rpcs if rpc.name == "Tokenize")
        cls.call = http2.PREFACE + http2.call(
            1, tokenize.path.encode(), tokenize.request(
                profile=PROFILE, pan=b"4111111111111111").SerializeToString())
        cls.rng = random.Random(SEED)
        print(f"seed {SEED}", flush=True)

    def setUp(self):
        self.vault.set_anchors([self.root, self.old_root])
        self.vault.set_callers({"payment": pki.CALLER_ID})
        self.server = self.vault.serve()
        self.server.wait_for("keys_loaded")
        self.addCleanup(self.server.stop)

    # One attempt.

    def attempt(self, address, identity, offers=(), early=b""):
        """`reused`, `served` (a message came back), `asked` (for a certificate, as
        in a handshake from the start), and the connection."""
        answers = http2.Answers()
        connection = tls13.connect(address)
        with connection:
            try:
                connection.handshake(identity, offers, self.rng.randbytes(32), early)
                connection.send(self.call)
                while 1 not in answers.ended:
                    answers.feed(connection.receive())
            except tls13.Ended:
                pass
        return types.SimpleNamespace(
            reused=connection.reused, served=bool(answers.messages),
            asked=connection.asked_for_certificate, connection=connection)

    def library_attempt(self, address, context, session):
        """The same by Python's own TLS."""
        answers = http2.Answers()
        reused = False
        try:
            with library_connection(context, address, session) as connection:
                reused = connection.session_reused
                connection.sendall(self.call)
                while 1 not in answers.ended:
                    more = connection.recv(65536)
                    if not more:
                        break
                    answers.feed(more)
        except (ssl.SSLError, ConnectionError):
            pass
        return types.SimpleNamespace(reused=reused, served=bool(answers.messages),
                                     asked=False)  # It does not say.

    # What is offered.

    def sessions_of_another_server(self, identity):
        """Real ones, from a server of the same CA."""
        with tls13.connect(self.giver.address) as connection:
            connection.handshake(identity)
            connection.send(b"ping\n")
            self.assertEqual(connection.receive(), b"gnip\n")
            return connection.sessions

    def library_session(self, context):
        """What Python's TLS keeps of a session with that server."""
        with library_connection(context, self.giver.address) as connection:
            connection.sendall(b"ping\n")
            self.assertEqual(connection.recv(5), b"gnip\n")
            return connection.session

    def ways(self, made, recorded):
        """Endless; each returns the outcome of one attempt on an address. Whoever
        resumes shows the certificate that was good once, or none."""
        good = pki.make(pki.Spec(), self.root)
        foreign = self.sessions_of_another_server(shown(good))
        contexts = [library_context(self.folder, version, good)
                    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)]
        kept = [(context, self.library_session(context)) for context in contexts]
        for context, _ in kept:  # From now on they show what this is about.
            own_vault.replace_file(f"{self.folder}/client.pem",
                                   made.pem() + made.key_pem())
            context.load_cert_chain(f"{self.folder}/client.pem")

        def raw(offers, early=b""):
            return [lambda address, who=who: self.attempt(address, who, offers, early)
                    for who in (NOBODY, shown(made))]
        while True:
            old = self.rng.choice(recorded)
            # OpenSSL's tickets: 16 bytes of the key's name, 16 of IV, then more.
            ticket = tls13.Session(self.rng.randbytes(208), old.secret)
            # And those it keeps a session for: 32 bytes.
            number = tls13.Session(self.rng.randbytes(32), old.secret)
            yield from raw([ticket])
            yield from raw([number])
            yield from raw([old])
            yield from raw([self.rng.choice(foreign)])
            yield from raw([ticket, number, old, *foreign])
            yield from raw([old, number], early=self.call)
            for context, session in kept:
                yield lambda address, c=context, s=session: self.library_attempt(
                    address, c, s)

    def connect_while_good(self, made):
        """Calls that are served. The sessions that were given, if any; and those
        that a server that gives them might have given."""
        recorded, self.given = [], 0
        for _ in range(5):
            outcome = self.attempt(self.server.address(), shown(made))
            self.assertTrue(outcome.served)
            connection = outcome.connection
            self.given += len(connection.sessions)
            recorded += [*connection.sessions, connection.recorded_session(
                connection.server_session_id)]
        return recorded

    def assert_nothing_resumes(self, event, ways):
        outcomes = []
        for way in itertools.islice(ways, ATTEMPTS_PER_EVENT):
            outcomes.append(way(self.server.address()))
        reused, served, asked = (sum(getattr(outcome, what) for outcome in outcomes)
                                 for what in ("reused", "served", "asked"))
        print(f"after {event}: {self.given} sessions given, {len(outcomes)} attempts, "
              f"{reused} reused, {served} served, {asked} asked for a certificate",
              flush=True)
        self.assertEqual((self.given, reused, served), (0, 0, 0))
        # All that are not by the library: the server went on to check.
        self.assertGreaterEqual(asked, len(outcomes) * 12 // 14 - 2)
        # The server is well; others are served.
        other = pki.make(pki.Spec(), self.root)
        self.vault.set_callers({"payment": pki.CALLER_ID})
        daemon.wait_until(lambda: self.attempt(
            self.server.address(), shown(other)).served, "a good caller")

    def wait_for_reload(self, event, change):
        before = len(self.server.events(event))
        change()
        daemon.wait_until(lambda: len(self.server.events(event)) > before, event)

    # The events.

    def test_control_a_server_that_resumes_is_seen_to(self):
        made = pki.make(pki.Spec(ends=4), self.root)
        sessions = self.sessions_of_another_server(shown(made))
        self.assertGreaterEqual(len(sessions), 1)
        time.sleep(5)  # The certificate is over now.
        for who in (NOBODY, shown(made)):
            with tls13.connect(self.giver.address) as connection:
                with self.assertRaises(tls13.Ended):  # Afresh: refused.
                    connection.handshake(who)
                    connection.receive()
        with tls13.connect(self.giver.address) as connection:
            connection.handshake(NOBODY, sessions[:1])
            self.assertTrue(connection.reused)
            self.assertFalse(connection.asked_for_certificate)
            connection.send(b"ping\n")
            self.assertEqual(connection.receive(), b"gnip\n")  # And it is served.
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = library_context(self.folder, version,
                                      pki.make(pki.Spec(), self.root))
            session = self.library_session(context)
            with library_connection(context, self.giver.address,
                                    session) as connection:
                self.assertTrue(connection.session_reused)

    def test_after_expiry(self):
        made = pki.make(pki.Spec(ends=LIFE_S), self.root)
        end = time.time() + LIFE_S
        recorded = self.connect_while_good(made)
        ways = self.ways(made, recorded)
        time.sleep(max(0, end - time.time()) + 1)
        self.assert_nothing_resumes("expiry", ways)

    def test_after_the_removal_of_its_ca(self):
        made = pki.make(pki.Spec(), self.old_root)
        ways = self.ways(made, self.connect_while_good(made))
        self.wait_for_reload("identity_loaded",
                             lambda: self.vault.set_anchors([self.root]))
        self.assert_nothing_resumes("the CA's removal", ways)

    def test_after_the_removal_from_the_list(self):
        made = pki.make(pki.Spec(), self.root)
        ways = self.ways(made, self.connect_while_good(made))
        self.wait_for_reload("access_loaded", lambda: self.vault.set_callers({}))
        self.assert_nothing_resumes("the caller's removal", ways)

    def test_after_a_restart(self):
        # A certificate that is good would be served, and rightly so: what is
        # shown is one of a CA that nobody knows.
        stranger = pki.make(pki.Spec(), pki.make(pki.ca_spec("nobody's root")))
        recorded = self.connect_while_good(pki.make(pki.Spec(), self.root))
        ways = self.ways(stranger, recorded)
        self.assertEqual(self.server.stop(), 0)
        self.server = self.vault.serve()
        self.addCleanup(self.server.stop)
        self.server.wait_for("keys_loaded")
        self.assert_nothing_resumes("a restart", ways)


if __name__ == "__main__":
    unittest.main()
