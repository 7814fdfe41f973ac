"""What this shows: a scrape of the program panvaultd, with a real PostgreSQL and
real TLS, tells what has happened, alarms included; it holds no card number and no
name of a caller's; and there is none unless the configuration asks for it."""

import http.client
import pathlib
import re
import unittest

import daemon

PAN = "4111111111111111"
LINE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')


def scrape(address, method="GET", path="/metrics"):
    """(status, body)"""
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def series(text):
    """{(name, labels as text): value}"""
    out = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = LINE.match(line).groups()
            out[name, labels or ""] = float(value)
    return out


class Case(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        self.dev = daemon.dev(self.state)
        self.addCleanup(self.dev.stop)
        self.dev.wait_for("keys_loaded")
        made = daemon.cli(self.dev, "profile", "create", "cards-demo", "--keep", "none")
        self.assertEqual(made.returncode, 0, made.stderr)

    def serve(self, more='metrics_listen: "127.0.0.1:0"\n'):
        text = (pathlib.Path(self.state) / "panvault.yaml").read_text()
        text = text.replace("health.sock", "health2.sock")
        text = text.replace("refresh_s: 5", "refresh_s: 1")
        config = pathlib.Path(self.state) / "second.yaml"
        config.write_text(text + more)
        server = daemon.Daemon(["serve", "--config", str(config)], self.state)
        self.addCleanup(server.stop)
        server.wait_for("keys_loaded")
        return server

    def numbers(self, server):
        status, text = scrape(server.wait_for("metrics_listening")["address"])
        self.assertEqual(status, 200)
        return series(text)

    def wait_for_number(self, server, name, labels, condition):
        daemon.wait_until(lambda: condition(self.numbers(server).get((name, labels), -1)),
                          f"{name}{{{labels}}}")


class MetricsTest(Case):
    def test_calls_and_refusals_are_counted(self):
        server = self.serve()
        for _ in range(3):
            done = daemon.cli(server, "tokenize", "--profile", "cards-demo", stdin=PAN)
            self.assertEqual(done.returncode, 0, done.stderr)
        denied = daemon.cli(server, "tokenize", "--profile", "cards-demo",
                            identity="stranger", stdin=PAN)
        self.assertEqual(denied.returncode, 4)
        numbers = self.numbers(server)
        calls = {labels: value for (name, labels), value in numbers.items()
                 if name == "panvault_calls_total" and value}
        self.assertEqual(sum(value for labels, value in calls.items()
                             if labels.endswith('code="OK"')), 3, calls)
        self.assertEqual(sum(value for labels, value in calls.items()
                             if labels.endswith('code="PERMISSION_DENIED"')), 1, calls)
        self.assertEqual(numbers["panvault_call_errors_total", 'reason="CALLER_UNKNOWN"'], 1)
        self.assertEqual(sum(value for (name, _), value in numbers.items()
                             if name == "panvault_call_duration_seconds_count"), 4)
        self.assertGreaterEqual(numbers["panvault_connections_opened_total", ""], 4)

    def test_its_state_is_told(self):
        server = self.serve()
        numbers = self.numbers(server)
        self.assertEqual(numbers["panvault_ready", ""], 1)
        self.assertGreater(numbers["panvault_svid_not_after_timestamp_seconds", ""], 1.7e9)
        self.assertLess(numbers["panvault_keysets_age_seconds", ""], 60)
        self.assertEqual(numbers["panvault_source_failing", 'source="access"'], 0)
        self.assertIn(("panvault_build_info", 'version="0.1.0"'), numbers)
        access = pathlib.Path(self.state) / "access.yaml"
        access.write_text("callers:\n  - nam: x\n")
        self.wait_for_number(server, "panvault_source_failing", 'source="access"',
                             lambda value: value == 1)
        self.dev.stop()  # And with it PostgreSQL.
        self.wait_for_number(server, "panvault_keysets_refresh_failures_total", "",
                             lambda value: value > 0)
        self.wait_for_number(server, "panvault_keysets_age_seconds", "",
                             lambda value: value > 2)

    def test_refused_handshake_is_counted(self):
        text = (pathlib.Path(self.state) / "panvault.yaml").read_text()
        self.assertIn("answer_unknown_callers: true", text)
        (pathlib.Path(self.state) / "panvault.yaml").write_text(
            text.replace("answer_unknown_callers: true", "answer_unknown_callers: false"))
        server = self.serve()
        done = daemon.cli(server, "profile", "list", "--timeout", "5s", identity="stranger")
        self.assertNotEqual(done.returncode, 0)
        self.assertGreater(self.numbers(server)[
            "panvault_handshakes_refused_total", 'reason="CALLER_UNKNOWN"'], 0)

    def test_nothing_of_a_callers_is_in_it(self):
        server = self.serve()
        address = server.wait_for("metrics_listening")["address"]
        _, before = scrape(address)
        daemon.cli(server, "tokenize", "--profile", "p" + PAN, stdin=PAN)
        daemon.cli(server, "tokenize", "--profile", "cards-demo", stdin=PAN + "x")
        token = daemon.cli(server, "tokenize", "--profile", "cards-demo", stdin=PAN).stdout.strip()
        scrape(address, path="/" + PAN)
        _, after = scrape(address)
        for word in (PAN, token, "payment-api", "cards-demo", "spiffe:"):
            self.assertNotIn(word, after)
        self.assertEqual(set(series(before)), set(series(after)), "no series more")

    def test_one_path_and_one_method(self):
        server = self.serve()
        address = server.wait_for("metrics_listening")["address"]
        for method, path, status in (("GET", "/", 404), ("GET", "/metrics/x", 404),
                                     ("POST", "/metrics", 405), ("PUT", "/metrics", 405),
                                     ("DELETE", "/metrics", 405), ("OPTIONS", "/metrics", 405)):
            self.assertEqual(scrape(address, method, path)[0], status, (method, path))

    def test_off_unless_asked_for(self):
        server = self.serve(more="")
        self.assertEqual(server.events("metrics_listening"), [])


if __name__ == "__main__":
    unittest.main()
