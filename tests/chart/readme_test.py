"""What this shows: the chart's README lists the values as values.yaml has them;
values.yaml, its comments and the schema know the same keys; and each value is tried
with another than its default by some file of values, so by all tests of those."""

import json
import subprocess
import unittest

import yaml

import helm


def keys(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def schema_keys(schema, definitions, prefix=""):
    """Keys of objects that are closed; lists and open maps end a path."""
    for key, value in schema["properties"].items():
        value = value.get("allOf", [value])[0]  # What follows asks for more.
        if "$ref" in value:
            value = definitions[value["$ref"].rsplit("/", 1)[1]]
        if "properties" in value:
            yield from schema_keys(value, definitions, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def objects_in(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects_in(value)


SCHEMA = json.loads((helm.CHART / "values.schema.json").read_text())


def at(tree, key):
    """What `key` is set to in a file of values; None where it says nothing."""
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


class ReadmeTest(unittest.TestCase):
    def test_table_is_current(self):
        done = subprocess.run([helm.ROOT / "scripts/chart-readme", "--check"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_value_of_the_schema_has_a_default_and_back(self):
        values = yaml.safe_load((helm.CHART / "values.yaml").read_text())
        known = {key for key in schema_keys(SCHEMA, SCHEMA["definitions"])
                 # Not defaults: Helm's own and a parent chart's; pull secrets are the
                 # server's; a limit of CPU or disk is possible but not preset.
                 if key not in ("global", "enabled") and not key.endswith(
                     (".pullSecrets", ".limits.cpu", ".ephemeral-storage"))}
        self.assertEqual(known, {key for key in keys(values) if key != "image.pullSecrets"})

    def test_every_value_is_tried_with_another_than_its_default(self):
        values = yaml.safe_load((helm.CHART / "values.yaml").read_text())
        tried = [yaml.safe_load(path.read_text()) for path in helm.values_files()]
        untried = [key for key in keys(values)
                   if all(at(tree, key) in (None, at(values, key)) for tree in tried)]
        self.assertEqual(untried, [])

    def test_every_object_of_the_schema_is_closed(self):
        """Or a map of strings, or the one that Helm writes into."""
        for item in objects_in(SCHEMA):
            if item.get("$comment", "").startswith("Helm hands"):
                continue
            self.assertIn("additionalProperties", item)
            more = item["additionalProperties"]
            self.assertTrue(more is False or more.get("type") == "string", item)


if __name__ == "__main__":
    unittest.main()
