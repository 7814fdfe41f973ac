"""Checks objects against the Kubernetes API's own description of its types, as
the Kubernetes JavaScript client ships it: unknown fields, wrong types, required
fields that are missing. Does not check what the API server checks in code."""

import functools
import json
import re

import helm
import extension_types

MODELS = helm.TOOLS / "models"
# Where each kind lives; the client's types do not say their group.
_GROUPS = {
    "ConfigMap": "", "Pod": "", "Service": "", "ServiceAccount": "",
    "Deployment": "apps", "StatefulSet": "apps", "Job": "batch",
    "HorizontalPodAutoscaler": "autoscaling", "PodDisruptionBudget": "policy",
    "NetworkPolicy": "networking.k8s.io",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io",
}
_QUANTITY = re.compile(r"^[+-]?[0-9.]+([KMGTPE]i?|[numk]|[eE][+-]?[0-9]+)?$")


def check(item):
    """The problems of one object, as "path: what"; none is an empty list."""
    group, _, version = item.get("apiVersion", "").rpartition("/")
    kind = item.get("kind", "")
    if (group, kind) in extension_types.TYPES:
        return _check_extension(extension_types.TYPES[group, kind], item, kind)
    model = version[:1].upper() + version[1:] + kind
    if _GROUPS.get(kind) != group or not (MODELS / f"{model}.js").exists():
        return [f"{kind}: no such type in {item.get('apiVersion')}"]
    return _check_model(model, item, kind)


@functools.cache
def _fields(model):
    """{name in YAML: (type, is required)}"""
    code = (MODELS / f"{model}.js").read_text()
    described = re.search(r"attributeTypeMap = (\[.*?\n\]);", code, re.S).group(1)
    declared = (MODELS / f"{model}.d.ts").read_text()
    required = set(re.findall(r"^    '(\w+)': ", declared, re.M))
    return {field["baseName"]: (field["type"], field["name"] in required)
            for field in json.loads(described)}


def _check_model(model, value, path):
    if not isinstance(value, dict):
        return [f"{path}: want an object"]
    fields = _fields(model)
    problems = [f"{path}.{key}: unknown field" for key in value if key not in fields]
    for name, (kind, required) in fields.items():
        if value.get(name) is not None:
            problems += _check_type(kind, value[name], f"{path}.{name}")
        elif required:
            problems.append(f"{path}.{name}: missing")
    return problems


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_PLAIN = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "any": lambda value: True,
    "IntOrString": lambda value: isinstance(value, str) or _is_number(value),
    "Date": lambda value: isinstance(value, str),
    "V1MicroTime": lambda value: isinstance(value, str),
}


def _check_type(kind, value, path):
    if kind in _PLAIN:
        return [] if _PLAIN[kind](value) else [f"{path}: want {kind}, not {value!r}"]
    if kind.startswith("Array<"):
        if not isinstance(value, list):
            return [f"{path}: want a list"]
        return [problem for index, item in enumerate(value)
                for problem in _check_type(kind[6:-1], item, f"{path}[{index}]")]
    mapping = re.match(r"^\{ \[key: string\]: (.*); \}$", kind)
    if mapping:
        if not isinstance(value, dict):
            return [f"{path}: want a map"]
        return [problem for key, item in value.items()
                for problem in _check_type(mapping.group(1), item, f"{path}.{key}")
                + _check_quantity(path, key, item)]
    return _check_model(kind, value, path)


def _check_quantity(path, key, value):
    if re.search(r"\.(requests|limits)$", path) and not _QUANTITY.match(str(value)):
        return [f"{path}.{key}: not a quantity"]
    return []


def _check_extension(fields, value, path):
    """`fields`: {name: type}; a type is a plain name, a list of one, or such a
    dictionary; a name that ends in "!" is required."""
    problems = []
    if isinstance(fields, list):
        if not isinstance(value, list):
            return [f"{path}: want a list"]
        for index, item in enumerate(value):
            problems += _check_extension(fields[0], item, f"{path}[{index}]")
        return problems
    if isinstance(fields, str):
        return _check_type(fields, value, path)
    if not isinstance(value, dict):
        return [f"{path}: want an object"]
    known = {name.rstrip("!"): kind for name, kind in fields.items()}
    problems += [f"{path}.{key}: unknown field" for key in value if key not in known]
    problems += [f"{path}.{name[:-1]}: missing" for name in fields
                 if name.endswith("!") and name[:-1] not in value]
    for key, item in value.items():
        if key in known:
            problems += _check_extension(known[key], item, f"{path}.{key}")
    return problems
