#!/usr/bin/env python3
"""Times panvault-segcheck verify on clusters of growing size.

  bench/segcheck.py build/release/segmentation/panvault-segcheck [PODS...]

Each cluster has PODS pods (default 1000, 3000, 10000), a tenth as many
namespaces, a fifth as many policies, and the release of the tests in its midst.
Prints a table of seconds and memory; exits 1 if the largest takes over 10 s or
1 GiB, or if any verdict is not PASS.
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / "tests/segmentation/data/release.yaml"
SECONDS_MAX = 10.0
BYTES_MAX = 1 << 30

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns-{0}\n  labels: {{team: t{1}}}\n"
POD = """apiVersion: v1
kind: Pod
metadata:
  name: pod-{0}
  namespace: ns-{1}
  labels: {{app: app-{2}, tier: tier-{3}}}
spec:
  serviceAccountName: app-{2}
  containers:
    - name: main
      image: registry.example/app:1
      ports:
        - {{name: http, containerPort: 8080}}
status:
  phase: Running
  podIP: 10.{4}.{5}.{6}
"""
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
        yield POD.format(i, i % namespaces, i % 13, i % 3,
                         100 + i // 65536, i // 256 % 256, i % 256)
    for i in range(policies):
        yield POLICY.format(i, i % namespaces, i % 13, i % 3, i % 7)


def measure(program, pods, folder):
    path = os.path.join(folder, f"{pods}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(RELEASE.read_text(encoding="utf-8"))
        for document in cluster(pods):
            file.write("---\n" + document)
    before = time.monotonic()
    done = subprocess.run([program, "verify", "--today", "2026-12-01", "--manifests", path],
                          capture_output=True, text=True, check=False)
    seconds = time.monotonic() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return seconds, peak, os.path.getsize(path), done


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sizes = sorted(int(size) for size in sys.argv[2:]) or [1000, 3000, 10000]
    good = True
    print(f"{'pods':>7} {'namespaces':>10} {'policies':>8} {'input MB':>8} "
          f"{'seconds':>8} {'MiB':>6}  verdict")
    with tempfile.TemporaryDirectory() as folder:
        for pods in sizes:  # Growing, so that the peak so far is that of this run.
            seconds, peak, size, done = measure(sys.argv[1], pods, folder)
            verdict = done.stdout.split("\n", 1)[0] or done.stderr
            print(f"{pods:>7} {pods // 10:>10} {pods // 5:>8} {size / 1e6:>8.1f} "
                  f"{seconds:>8.2f} {peak / (1 << 20):>6.0f}  {verdict}", flush=True)
            good = good and done.returncode == 0
        good = good and seconds <= SECONDS_MAX and peak <= BYTES_MAX
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
