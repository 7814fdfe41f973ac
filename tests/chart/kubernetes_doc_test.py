"""What this shows: docs/kubernetes.md draws and lists the flows that the chart renders,
each with its ends, ports and condition, and no other; and the files that its hardening
table names are there."""

import json
import re
import unittest

import yaml

import helm

DOC = (helm.ROOT / "docs/kubernetes.md").read_text()
FLOWS = DOC.split("\n## The flows\n")[1].split("\n## ")[0]
PICTURE = FLOWS.split("```\n")[1]
DEFAULTS = yaml.safe_load((helm.CHART / "values.yaml").read_text())
KINDS = json.loads((helm.CHART / "values.schema.json").read_text())[
    "definitions"]["flow"]["properties"]["kind"]["enum"]
ENTRY = "the entry"


def rows_of(text):
    """The cells of each row of the first table after its head, without code marks."""
    table = re.search(r"(?:^\|.*\|\n)+", text, re.M)[0]
    return [[cell.strip().replace("`", "") for cell in row[1:-1].split("|")]
            for row in table.splitlines()[2:]]


def value_at(values, path):
    for tree in (values, DEFAULTS):
        for key in path.split("."):
            tree = tree.get(key) if isinstance(tree, dict) else None
        if tree is not None:
            return tree
    raise AssertionError(path)


def rendered_flows(path):
    """{(name of a row, from, to, ports, protocols)} of the flow matrix."""
    (matrix,) = [item for item in helm.of_kind(helm.objects(path), "ConfigMap")
                 if item["metadata"]["name"].endswith("-flows")]
    matrix = yaml.safe_load(matrix["data"]["flows.yaml"])
    out = {("callers[]", ENTRY, "server", (row["port"],), (row["protocol"],))
           for row in matrix["callers"]}
    for row in matrix["without_identity"]:
        name = row["name"] if row["direction"] == "within" else row["kind"]
        ends = [", ".join(row[key]) if key in row else ENTRY
                for key in ("from_components", "to_components")]
        out.add((name, *ends, tuple(row["ports"]), tuple(row["protocols"])))
    return out


def told_flows(values):
    """The same of the table, for these values."""
    out = {}
    for name, start, end, ports, condition in rows_of(FLOWS):
        if condition not in ("", "such an entry"):
            path, wanted = condition.split(": ")
            if str(value_at(values, path)).lower() != wanted:
                continue
        protocols = ("TCP",)
        if ports.endswith(", UDP as well"):
            ports, protocols = ports.removesuffix(", UDP as well"), ("UDP", "TCP")
        if ports == "port of the entry":
            numbers = {(flow["port"],) for flow in values.get("flows", []) if flow["kind"] == name}
        elif re.match("[a-z]", ports):
            numbers = {(value_at(values, ports),)}
        else:
            numbers = {tuple(map(int, ports.split(", ")))}
        # A row of a kind with a condition of its own stands in the place of the general one.
        if condition == "such an entry" and name in out:
            raise AssertionError("the general row comes first")
        out[name] = {(name, start, end, ports, protocols) for ports in numbers}
    return out


class FlowsTest(unittest.TestCase):
    def test_the_table_has_each_flow_that_is_rendered_and_no_other(self):
        seen = set()
        for path in helm.values_files():
            with self.subTest(path.name):
                values = yaml.safe_load(path.read_text())
                flows = rendered_flows(path)
                told = told_flows(values)
                for flow in flows:
                    self.assertIn(flow, told[flow[0]])
                declared = {flow["kind"] for flow in values.get("flows", [])}
                for name, wanted in told.items():
                    if name in declared or (name not in KINDS and name != "callers[]"):
                        self.assertEqual({flow for flow in flows if flow[0] == name}, wanted)
                seen |= {flow[:3] for flow in flows}
        self.assertEqual(seen, {tuple(row[:3]) for row in rows_of(FLOWS)})

    def test_the_table_has_every_kind(self):
        self.assertLessEqual(set(KINDS), {row[0] for row in rows_of(FLOWS)})

    def test_the_picture_has_every_kind_and_end(self):
        words = set(re.findall(r"[a-z][a-z0-9-]*(?:\[\])?", PICTURE))
        self.assertLessEqual({*KINDS, "callers[]", "server", "migrate", "external",
                              "cloudnativepg", "bundled"}, words)


class HardeningTest(unittest.TestCase):
    def test_the_files_that_it_names_are_there(self):
        rows = rows_of(DOC.split("\n## Hardening\n")[1].split("\n## ")[0])
        self.assertGreater(len(rows), 12)
        for _, where, pci in rows:
            for name in re.findall(r"[\w*/.-]*\.(?:yaml|tpl|json|sql)", where):
                found = [*helm.CHART.glob(f"**/{name}"), *helm.ROOT.glob(f"*/{name}")]
                if name not in ("panvault.yaml",):
                    self.assertTrue(found, name)
            self.assertRegex(pci, r"^\d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
