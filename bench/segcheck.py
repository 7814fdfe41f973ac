#!/usr/bin/env python3
"""Times panvault-segcheck verify and list on clusters of growing size.

  bench/segcheck.py build/release/segmentation/panvault-segcheck [PODS...]

Each cluster has PODS pods (default 1000, 3000, 10000), a tenth as many
namespaces, a fifth as many policies, and the release of the tests in its midst.
Pods are written with all that `kubectl get -o yaml` says of one (live_pod.yaml).
Prints a table of seconds of wall time and CPU, and memory; exits 1 if verify of
the largest takes over 10 s of CPU or 1 GiB, or if any verdict is not PASS. The
lines of list grow with the square of the pods, as pairs do; they are counted and
thrown away.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / "tests/segmentation/data/release.yaml"
LIVE_POD = (ROOT / "bench/live_pod.yaml").read_text(encoding="utf-8")
SECONDS_MAX = 10.0
BYTES_MAX = 1 << 30

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns-{0}\n  labels: {{team: t{1}}}\n"
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: policy-{0}, namespace: ns-{1}}}
spec:
  podSelector: {{matchLabels: {{app: app-{2}}}}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {{matchLabels: {{tier: tier-{3}}}}}
        - namespaceSelector: {{matchLabels: {{team: t{4}}}}}
      ports:
        - {{port: 8080}}
  egress:
    - to:
        - ipBlock: {{cidr: 10.0.0.0/8, except: [10.9.0.0/16]}}
"""


def cluster(pods):
    """The documents of a cluster with that many pods."""
    namespaces, policies = pods // 10, pods // 5
    for i in range(namespaces):
        yield NAMESPACE.format(i, i % 7)
    for i in range(pods):
        yield LIVE_POD.format(number=i, space=i % namespaces, app=i % 13, tier=i % 3,
                              day=1 + i % 9, node=i % 200,
                              address=f"10.{100 + i // 65536}.{i // 256 % 256}.{i % 256}")
    for i in range(policies):
        yield POLICY.format(i, i % namespaces, i % 13, i % 3, i % 7)


def write(pods, folder):
    path = os.path.join(folder, f"{pods}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(RELEASE.read_text(encoding="utf-8"))
        for document in cluster(pods):
            file.write("---\n" + document)
    return path


def measure(command):
    """Seconds of wall time and of CPU, bytes, exit code, lines, the first of them."""
    before = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        first = process.stdout.readline().decode().strip()
        lines = 1 if first else 0
        while block := process.stdout.read(1 << 20):
            lines += block.count(b"\n")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return (time.monotonic() - before, used.ru_utime + used.ru_stime,
            used.ru_maxrss * 1024, process.returncode, lines, first)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = sys.argv[1]
    sizes = sorted(int(size) for size in sys.argv[2:]) or [1000, 3000, 10000]
    good = True
    print(f"{'pods':>6} {'namespaces':>10} {'policies':>8} {'input MB':>8} "
          f"{'command':>8} {'seconds':>8} {'CPU':>6} {'MiB':>5}  result")
    with tempfile.TemporaryDirectory() as folder:
        for pods in sizes:
            path = write(pods, folder)
            megabytes = os.path.getsize(path) / 1e6
            for command in (["verify", "--today", "2026-12-01"], ["list"]):
                seconds, cpu, peak, code, lines, first = measure(
                    [program, *command, "--manifests", path])
                result = first if command[0] == "verify" else f"{lines} lines"
                print(f"{pods:>6} {pods // 10:>10} {pods // 5:>8} {megabytes:>8.1f} "
                      f"{command[0]:>8} {seconds:>8.2f} {cpu:>6.2f} "
                      f"{peak / (1 << 20):>5.0f}  {result}", flush=True)
                good = good and code == 0
                if command[0] == "verify":
                    verified = cpu <= SECONDS_MAX and peak <= BYTES_MAX
            os.remove(path)
    sys.exit(0 if good and verified else 1)


if __name__ == "__main__":
    main()
