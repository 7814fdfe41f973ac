"""What this shows: null, by which Helm takes a default away, is refused for every value
of values.yaml, and no port of a policy is open to all ports for want of a number."""

import copy
import re
import unittest

import yaml

import helm

DEFAULTS = yaml.safe_load((helm.CHART / "values.yaml").read_text())
PRODUCTION = yaml.safe_load((helm.CHART / "ci/production-values.yaml").read_text())
# What --reuse-values may leave out after chart 0.1.0; without it the KEK is a Secret.
OPTIONAL = {("kek", "source"), ("kek", "pkcs11")}
PORTS = ("server.port", "server.healthPort", "service.port", "postgres.port", "metrics.port")


def paths(values, parents=()):
    """Of every value, objects counted. Single resources may be taken away."""
    for key, value in values.items():
        path = (*parents, key)
        if path not in OPTIONAL:
            yield path
        if isinstance(value, dict) and key not in ("requests", "limits"):
            yield from paths(value, path)


def with_null(values, chosen):
    values = copy.deepcopy(values)
    for *parents, last in chosen:
        place = values
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = None
    return values


def named_missing(version, said):
    """The paths that the schema's refusal names, as each Helm words them."""
    if version == "helm3":
        found = re.findall(r"^- (\S+): (\S+) is required$", said, re.MULTILINE)
        return {(*filter(lambda part: part != "(root)", place.split(".")), key)
                for place, key in found}
    found = re.findall(r"at '([^']*)': missing propert(?:y|ies) (.+)$", said, re.MULTILINE)
    return {(*filter(None, place.split("/")), key)
            for place, keys in found for key in re.findall(r"'([^']+)'", keys)}


class NullTest(unittest.TestCase):
    def test_each_value_and_each_object(self):
        everything = list(paths(DEFAULTS))
        self.assertGreater(len(everything), 120)
        for depth in {len(path) for path in everything}:
            # What stands on one level can be taken away at once.
            chosen = {path for path in everything if len(path) == depth}
            for version in helm.VERSIONS:
                with self.subTest(version, depth=depth):
                    done = helm.template(with_null({}, chosen), version=version)
                    self.assertNotEqual(done.returncode, 0, "rendered")
                    self.assertLessEqual(chosen, named_missing(version, done.stderr),
                                         done.stderr)

    def test_ports_without_the_schema(self):
        chosen = [tuple(port.split(".")) for port in PORTS]
        for version in helm.VERSIONS:
            with self.subTest(version):
                done = helm.template(with_null(PRODUCTION, chosen), version=version,
                                     more=["--skip-schema-validation"])
                self.assertNotEqual(done.returncode, 0, "rendered")
                for port in PORTS:
                    self.assertIn(f"{port}: want a number from 1 to 65535", done.stderr)

    def test_the_profile_without_the_schema(self):
        """Whatever is no evaluation is held to the rules of production."""
        values = with_null(PRODUCTION, [("profile",)])
        values["callers"] = []
        for version in helm.VERSIONS:
            with self.subTest(version):
                done = helm.template(values, version=version,
                                     more=["--skip-schema-validation"])
                self.assertIn("callers: none is declared", done.stderr)


if __name__ == "__main__":
    unittest.main()
