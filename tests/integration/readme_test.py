"""What this shows: what README.md tells a new user to type works as it stands,
but for the folder and the port, which are this test's own."""

import os
import re
import subprocess
import tempfile
import unittest

import daemon

README = (daemon.ROOT / "README.md").read_text()


def commands_under(heading):
    """The indented blocks between this heading and the next."""
    section = README.split(f"{heading}\n", 1)[1]
    section = re.split(r"^#", section, maxsplit=1, flags=re.M)[0]
    return "\n".join(line[4:] for line in section.splitlines()
                     if line.startswith("    ") or not line)


class ReadmeTest(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(daemon.state_folder())
        self.scratch = self.enterContext(tempfile.TemporaryDirectory())
        self.server = daemon.dev(self.state)
        self.addCleanup(self.server.stop)
        self.server.wait_for("keys_loaded")

    def run_as_user(self, text):
        for there, here in (("/tmp/panvault-dev", self.state),
                            ("127.0.0.1:8443", self.server.address()),
                            ("/tmp/stubs", f"{self.scratch}/stubs"),
                            ("pans.txt", f"{self.scratch}/pans.txt"),
                            ("tokens.txt", f"{self.scratch}/tokens.txt")):
            self.assertIn(there, README)
            text = text.replace(there, here)
        programs = os.path.dirname(daemon.PANVAULT)
        # README's own PATH is that of a release build.
        text = re.sub(r"^export PATH=.*$", f"export PATH={programs}:$PATH", text,
                      flags=re.M)
        done = subprocess.run(["bash", "-uo", "pipefail", "-c", text],
                              cwd=daemon.ROOT, capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_five_minutes_by_hand_and_from_another_language(self):
        tour = commands_under("## Five minutes by hand")
        # The first block starts the server, which runs already.
        tour = tour.split("panvaultd dev --state /tmp/panvault-dev\n", 1)[1]
        out = self.run_as_user(tour)
        self.assertIn("411111******1111", out)
        self.assertIn("exit 4", out)
        self.assertRegex(out, r"(?m)^\d+ +ipv4:127\.0\.0\.1:\d+ .*"
                         r" spiffe://dev\.panvault\.internal/\S+/payment-api$")
        with open(f"{self.scratch}/tokens.txt", encoding="ascii") as tokens:
            self.assertEqual(len(tokens.read().split()), 3)

        out = self.run_as_user(commands_under("### From another language"))
        self.assertRegex(out, r"^\d{12}1111 411111\*{6}1111\n$")


if __name__ == "__main__":
    unittest.main()
