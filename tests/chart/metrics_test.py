"""What this shows: alarms and dashboard ask for metrics, labels and values of labels
that the program panvaultd has, in PromQL; the job that alarms go by is the one that
the ServiceMonitor makes."""

import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

import yaml

import helm

PANVAULTD = os.environ["PANVAULTD"]
VALUES = helm.CHART / "ci/metrics-values.yaml"
# What Prometheus adds to each series.
ADDED = {"job", "namespace", "pod", "instance"}
SELECTOR = re.compile(r'\b(panvault_[a-z_]+)(?:\{([^}]*)\})?')
MATCHER = re.compile(r'([a-z_]+)(=~|!=|!~|=)"([^"]*)"')
GROUPING = re.compile(r'\b(?:by|without|on|ignoring)\s*\(([^)]*)\)')
PARSER = """
import {parser} from '@prometheus-io/lezer-promql';
import fs from 'fs';
for (const text of JSON.parse(fs.readFileSync(0, 'utf8')))
  parser.parse(text).iterate({enter: (node) => {
    if (node.type.isError) console.log(`at ${node.from} of ${text}`);
  }});
"""


def parse(text):
    """{metric: {label: {values}}} of a scrape."""
    out = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels = re.match(r"^([a-z_]+)(?:\{(.*)\})? ", line).groups()
        found = out.setdefault(name, {})
        for key, value in re.findall(r'([a-z_]+)="([^"]*)"', labels or ""):
            found.setdefault(key, set()).add(value)
    return out


def scrape():
    """Of a panvaultd of its own, which has keys."""
    with tempfile.TemporaryDirectory(prefix="pvmetrics-", dir="/tmp") as state:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        ready = pathlib.Path(state) / "ready"
        command = [PANVAULTD, "dev", "--state", state, "--listen", "127.0.0.1:0",
                   "--ready-file", ready]
        for more in ("", f'metrics_listen: "127.0.0.1:{port}"\n'):
            ready.unlink(missing_ok=True)
            config = pathlib.Path(state) / "panvault.yaml"
            if more:
                config.write_text(config.read_text() + more)
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            try:
                for _ in range(1200):
                    if ready.exists() or process.poll() is not None:
                        break
                    time.sleep(0.05)
                if more:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics",
                                                timeout=30) as answer:
                        return answer.read().decode()
            finally:
                process.terminate()
                process.wait(60)
    raise AssertionError("never scraped")


def expressions_of_rules(rendered):
    (rule,) = helm.of_kind(rendered, "PrometheusRule")
    return {item["alert"]: item["expr"] for group in rule["spec"]["groups"]
            for item in group["rules"]}


def dashboard_of(rendered):
    text = helm.named(rendered, "ConfigMap", "panvault-dashboard")["data"]["panvault.json"]
    return json.loads(text)


def expressions_of_dashboard(dashboard):
    return {f"{panel['title']} {target['refId']}":
            # As Grafana fills them in.
            target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")
            .replace("$namespace", ".*")
            for panel in dashboard["panels"] for target in panel["targets"]}


def problems(expression, known):
    """What `expression` asks for that no panvaultd has."""
    out = []
    labels = set(ADDED)
    for name, matchers in SELECTOR.findall(expression):
        if name not in known:
            out.append(f"no metric {name}")
            continue
        labels |= set(known[name])
        for key, operator, value in MATCHER.findall(matchers):
            if key in ADDED:
                continue
            values = known[name].get(key, set())
            if operator in ("=", "!="):
                unknown = {value} - values
            else:
                unknown = {word for word in value.split("|")
                           if not any(re.fullmatch(word, one) for one in values)}
            out += [f"no {name} with {key} {word}" for word in sorted(unknown)]
    for names in GROUPING.findall(expression):
        out += [f"no label {name}" for name in re.split(r"\s*,\s*", names)
                if name not in labels]
    return out


def syntax_errors(expressions):
    done = subprocess.run(["node", "--input-type=module", "--eval", PARSER],
                          input=json.dumps(list(expressions)), capture_output=True,
                          text=True, timeout=60, cwd=helm.TOOLS / "promql")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class MetricsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.known = parse(scrape())
        cls.rendered = helm.objects(VALUES)
        cls.rules = expressions_of_rules(cls.rendered)
        cls.variables = dashboard_of(cls.rendered)["templating"]["list"]
        cls.dashboard = expressions_of_dashboard(dashboard_of(cls.rendered))

    def test_all_that_is_asked_for_exists(self):
        self.assertGreater(len(self.known), 20)
        self.assertGreater(len(self.rules), 10)
        self.assertGreater(len(self.dashboard), 20)
        for name, expression in {**self.rules, **self.dashboard}.items():
            with self.subTest(name):
                self.assertRegex(expression, SELECTOR)
                self.assertEqual(problems(expression, self.known), [])

    def test_the_dashboards_variables_are_filled_from_what_exists(self):
        asked = [variable["definition"] for variable in self.variables
                 if variable["type"] == "query"]
        self.assertEqual(len(asked), 2)
        for query in asked:
            self.assertEqual(problems(query, self.known), [])
            self.assertIn(re.match(r"label_values\(.*, ([a-z]+)\)$", query).group(1), ADDED)

    def test_all_is_promql(self):
        self.assertEqual(syntax_errors([*self.rules.values(), *self.dashboard.values()]), [])
        for wrong in ("sum(a", "rate(a[5x])", "a b", "sum by a", "a{b=c}", "a and"):
            self.assertNotEqual(syntax_errors([wrong]), [], wrong)

    def test_seeded_mistakes_are_found(self):
        for expression, problem in (
                ("sum(rate(panvault_call_total{}[5m]))", "no metric panvault_call_total"),
                ('panvault_calls_total{code="DENIED"}', "no panvault_calls_total with code DENIED"),
                ('panvault_calls_total{code=~"OK|NO"}', "no panvault_calls_total with code NO"),
                ('panvault_ready{source="access"}', "no panvault_ready with source access"),
                ("sum by (caller) (panvault_calls_total)", "no label caller"),
                ("sum by (job, methods) (panvault_calls_total)", "no label methods")):
            self.assertEqual(problems(expression, self.known), [problem])

    def test_every_metric_is_on_the_dashboard_or_in_an_alarm(self):
        used = {name for expression in [*self.rules.values(), *self.dashboard.values()]
                for name, _ in SELECTOR.findall(expression)}
        left = {re.sub("_(bucket|count|sum)$", "", name) for name in self.known}
        left -= {re.sub("_(bucket|count|sum)$", "", name) for name in used}
        # The dashboard's variables go by it.
        self.assertEqual(left, {"panvault_build_info"})

    def test_alarms_go_by_what_the_service_monitor_makes(self):
        """The operator makes the job of the Service's name."""
        (monitor,) = helm.of_kind(self.rendered, "ServiceMonitor")
        self.assertEqual(monitor["spec"]["namespaceSelector"], {"matchNames": ["panvault"]})
        (endpoint,) = monitor["spec"]["endpoints"]
        jobs = [item["metadata"]["name"] for item in helm.of_kind(self.rendered, "Service")
                if monitor["spec"]["selector"]["matchLabels"].items()
                <= item["metadata"]["labels"].items()
                and endpoint["port"] in [port["name"] for port in item["spec"]["ports"]]]
        self.assertEqual(len(jobs), 1)
        for name, expression in self.rules.items():
            for metric, matchers in SELECTOR.findall(expression):
                with self.subTest(f"{name} {metric}"):
                    found = {key: value for key, _, value in MATCHER.findall(matchers)}
                    self.assertEqual((found["job"], found["namespace"]), (jobs[0], "panvault"))

    def test_pods_that_are_not_ready_are_scraped_too(self):
        spec = helm.named(self.rendered, "Service", "panvault-metrics")["spec"]
        self.assertIs(spec["publishNotReadyAddresses"], True)
        self.assertEqual(spec["clusterIP"], "None")


class LabelsTest(unittest.TestCase):
    """Labels by which others select an object: on that object, and on no pod."""
    OWN = {"team": "x", "cnpg.io/cluster": "panvault-postgres", "k8s-app": "kube-dns"}

    def test_they_reach_one_object_and_no_pod_or_selector(self):
        before = helm.objects(VALUES)
        for part, kind in (("serviceMonitor", "ServiceMonitor"), ("rules", "PrometheusRule"),
                           ("dashboard", "ConfigMap")):
            with self.subTest(part):
                after = helm.objects(VALUES, {"metrics": {part: {"labels": self.OWN}}})
                changed = [(old, new) for old, new in zip(before, after, strict=True)
                           if old != new]
                ((old, new),) = changed
                self.assertEqual(new["kind"], kind)
                old["metadata"]["labels"].update(self.OWN)
                self.assertEqual(old, new)
                before = helm.objects(VALUES)

    def test_those_of_the_chart_are_not_to_be_had(self):
        own = helm.of_kind(helm.objects(VALUES), "ServiceMonitor")[0]["metadata"]["labels"]
        given = yaml.safe_load(VALUES.read_text())["metrics"]["serviceMonitor"]["labels"]
        for label in set(own) - set(given):
            for version in helm.VERSIONS:
                done = helm.template(VALUES, {"metrics": {"serviceMonitor": {"labels": {
                    label: "x"}}}}, version=version)
                self.assertIn(f"metrics.serviceMonitor.labels: {label} is a label of",
                              done.stderr)


if __name__ == "__main__":
    unittest.main()
