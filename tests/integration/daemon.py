"""Starts the real panvaultd for integration tests, and makes Python stubs from
the .proto files. Nothing here knows anything that a user could not."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PANVAULTD = os.environ["PANVAULTD"]
PANVAULT = os.environ["PANVAULT"]
SERVER_ID = "spiffe://dev.panvault.internal/ns/panvault/sa/panvaultd"
# Python's gRPC cannot check a URI name: the server's certificate has this beside
# its SPIFFE ID.
SERVER_DNS_NAME = "panvaultd.dev.panvault.internal"
# Generous: sanitizer builds on a busy machine.
START_S = 60


def load_stubs(folder):
    """Generates and imports the Python modules of panvault.v1."""
    protos = sorted((ROOT / "proto/panvault/v1").glob("*.proto"))
    subprocess.run(
        ["protoc", f"-I{ROOT}/proto", f"--python_out={folder}",
         f"--grpc_out={folder}",
         "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin",
         *map(str, protos)], check=True)
    sys.path.insert(0, folder)


def wait_until(condition, what, seconds=START_S):
    """Polls; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def conninfo(state):
    """Where the PostgreSQL of `panvaultd dev` is."""
    for line in (pathlib.Path(state) / "panvault.yaml").read_text().splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "conninfo":
            return value.strip("'").replace("''", "'")
    raise AssertionError("no conninfo")


def sql(state, *statements):
    """Runs each by itself; what the last one printed."""
    commands = [word for statement in statements for word in ("-c", statement)]
    return subprocess.run(
        ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", conninfo(state), *commands],
        check=True, capture_output=True, text=True).stdout.strip()


class Daemon:
    """One panvaultd process. Its log is JSON lines in `log_path`; what it says to
    people is in `out_path`. `under` is a command that becomes the program, such as
    prlimit."""

    def __init__(self, arguments, state, env=None, under=()):
        self.state = pathlib.Path(state)
        self.log_path = self.state / f"test-{time.monotonic_ns()}.log"
        self.out_path = self.log_path.with_suffix(".out")
        with open(self.log_path, "wb") as log, open(self.out_path, "wb") as out:
            self.process = subprocess.Popen(
                [*under, PANVAULTD, *arguments], stdin=subprocess.DEVNULL,
                stdout=out, stderr=log, env=env)

    def log(self):
        """Each whole line: all are JSON but what it says when it does not start."""
        text = self.log_path.read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()
                if not line.startswith("panvaultd: ")]

    def events(self, name):
        return [line for line in self.log() if line["event"] == name]

    def wait_for(self, event, seconds=START_S):
        def found():
            assert self.process.poll() is None, self.log_path.read_text()
            return self.events(event)
        return wait_until(found, f"event {event}", seconds)[-1]

    def address(self):
        return self.wait_for("listening")["address"]

    def health_address(self):
        return self.wait_for("listening")["health"]

    def stop(self, sig=signal.SIGTERM):
        """Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(START_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


@contextlib.contextmanager
def state_folder():
    # Directly under /tmp: unix sockets need short paths, and PostgreSQL's own
    # account has to pass through it.
    folder = tempfile.mkdtemp(prefix="pvtest-", dir="/tmp")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def dev(state, *more, env=None):
    return Daemon(["dev", "--state", state, "--listen", "127.0.0.1:0", *more],
                  state, env)


def cli(daemon, *arguments, identity="payment-api", stdin=""):
    """Runs the command `panvault` as a workload of the dev trust domain."""
    env = dict(os.environ,
               PANVAULT_ADDRESS=daemon.address(),
               PANVAULT_SERVER_ID=SERVER_ID,
               PANVAULT_IDENTITY=str(daemon.state / "identities" / identity))
    return subprocess.run([PANVAULT, *arguments], input=stdin, env=env,
                          capture_output=True, text=True, timeout=START_S)
