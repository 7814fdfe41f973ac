"""Runs the chart through Helm 3 and 4 and reads what comes out, with the
strictness of an API server: a repeated key is an error."""

import json
import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/panvault"
TOOLS = ROOT / "build/chart-tools"
VERSIONS = ("helm3", "helm4")
assert (TOOLS / "helm4").exists(), "scripts/chart-tools fetches what this needs"


class StrictLoader(yaml.CSafeLoader):
    """YAML as Kubernetes reads it, whose YAML 1.1 has two more words that are no text:
    1e3 is a number, y and n are booleans."""


def _no_repeated_keys(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=deep) for key, _ in node.value]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise ValueError(f"{node.start_mark}: repeated keys {repeated}")
    return yaml.CSafeLoader.construct_mapping(loader, node, deep)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
                             _no_repeated_keys)
StrictLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(
    r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"), list("-+.0123456789"))
StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^[yYnN]$"),
                                   list("yYnN"))
StrictLoader.add_constructor("tag:yaml.org,2002:bool", lambda loader, node: (
    node.value.lower() in ("y", "yes", "true", "on")))


def load_all(text):
    return [item for item in yaml.load_all(text, StrictLoader) if item is not None]


def values_files():
    """Every set of values that is complete by itself."""
    return sorted((CHART / "ci").glob("*-values.yaml")) + [
        CHART / "values-evaluation.yaml"]


def run(version, *arguments, stdin=None):
    return subprocess.run([TOOLS / version, *map(str, arguments)], input=stdin,
                          capture_output=True, text=True, timeout=60)


def template(*values, version="helm4", release="panvault", namespace="panvault",
             chart=CHART, more=()):
    """The process; `values` are files, or dictionaries of values."""
    arguments = ["template", release, chart, "--namespace", namespace, *more]
    stdin = None
    for item in values:
        if isinstance(item, dict):
            stdin = json.dumps(item)  # Is YAML, all text in quotes. One at most.
            item = "-"
        arguments += ["--values", item]
    return run(version, *arguments, stdin=stdin)


def render(*values, **options):
    """What is rendered, as text."""
    done = template(*values, **options)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def objects(*values, **options):
    return load_all(render(*values, **options))


def of_kind(rendered, kind):
    return [item for item in rendered if item["kind"] == kind]


def named(rendered, kind, name):
    found = [item for item in of_kind(rendered, kind)
             if item["metadata"]["name"] == name]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} of {kind} {name}")
    return found[0]


def pod_templates(rendered):
    """(name, metadata, spec) of every pod that the objects would start."""
    for item in rendered:
        if item["kind"] == "Pod":
            yield item["metadata"]["name"], item["metadata"], item["spec"]
        elif "template" in item.get("spec", {}):
            pod = item["spec"]["template"]
            yield item["metadata"]["name"], pod["metadata"], pod["spec"]
