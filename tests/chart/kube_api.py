"""As much of a Kubernetes API server as Helm needs to install and upgrade a release, in
memory, on loopback: it keeps objects, notes in which order they came and went, and
refuses to change what Kubernetes does not let change. It starts nothing."""

import base64
import copy
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import urllib.parse

import yaml

import helm

# (group, version): {plural: (kind, has a namespace)}
RESOURCES = {
    ("", "v1"): {"configmaps": ("ConfigMap", True), "secrets": ("Secret", True),
                 "services": ("Service", True), "serviceaccounts": ("ServiceAccount", True),
                 "pods": ("Pod", True), "namespaces": ("Namespace", False)},
    ("apps", "v1"): {"deployments": ("Deployment", True), "statefulsets": ("StatefulSet", True)},
    ("batch", "v1"): {"jobs": ("Job", True)},
    ("policy", "v1"): {"poddisruptionbudgets": ("PodDisruptionBudget", True)},
    ("autoscaling", "v2"): {"horizontalpodautoscalers": ("HorizontalPodAutoscaler", True)},
    ("networking.k8s.io", "v1"): {"networkpolicies": ("NetworkPolicy", True)},
    ("admissionregistration.k8s.io", "v1"): {
        "validatingadmissionpolicies": ("ValidatingAdmissionPolicy", False),
        "validatingadmissionpolicybindings": ("ValidatingAdmissionPolicyBinding", False)},
    ("cert-manager.io", "v1"): {"certificates": ("Certificate", True)},
    ("postgresql.cnpg.io", "v1"): {"clusters": ("Cluster", True)},
    ("spire.spiffe.io", "v1alpha1"): {"clusterspiffeids": ("ClusterSPIFFEID", False)},
    ("monitoring.coreos.com", "v1"): {"servicemonitors": ("ServiceMonitor", True),
                                      "prometheusrules": ("PrometheusRule", True)},
}
# What a StatefulSet may change (Kubernetes 1.30); all else of its spec is fixed.
STATEFULSET_MAY_CHANGE = {"replicas", "ordinals", "template", "updateStrategy",
                          "revisionHistoryLimit", "minReadySeconds",
                          "persistentVolumeClaimRetentionPolicy"}


def fixed(item):
    """The parts of an object that no update may change."""
    spec = item.get("spec", {})
    if item["kind"] == "Deployment":
        return {"selector": spec.get("selector")}
    if item["kind"] == "StatefulSet":
        return {key: value for key, value in spec.items() if key not in STATEFULSET_MAY_CHANGE}
    if item["kind"] == "Job":
        return {key: spec.get(key) for key in ("selector", "template", "completions",
                                               "completionMode")}
    if item["kind"] == "Service":
        return {"clusterIP": spec.get("clusterIP")}
    return {}


def merged(old, patch):
    """RFC 7386. Lists of a strategic patch are not merged by key: what Helm sends of
    them is the whole of what changed, which is what tests look at."""
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return patch
    out = dict(old)
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        elif not key.startswith("$"):
            out[key] = merged(old.get(key, {}), value)
    return out


class KubeApi:
    """A server in a thread of its own. `log` has ("POST", kind, name), ("PATCH", ...) and
    ("DELETE", ...) in order, Helm's own records aside; `kubeconfig` leads to it."""

    def __init__(self):
        self.objects = {}  # {path: object}
        self.log = []
        self._lock = threading.Lock()
        self._version = 0
        api = self

        class Handler(_Handler):
            server_api = api
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self._folder = tempfile.TemporaryDirectory(prefix="pvkube-", dir="/tmp")
        self.kubeconfig = pathlib.Path(self._folder.name) / "config"
        self.kubeconfig.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": f"http://127.0.0.1:{self._server.server_address[1]}"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "users": [{"name": "test", "user": {}}]}))

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._folder.cleanup()

    def environment(self):
        """For a program that is to find this server and nothing of this host's."""
        return {"KUBECONFIG": str(self.kubeconfig), "HOME": self._folder.name,
                "PATH": "/usr/bin:/bin"}

    def helm(self, version, verb, chart, *values, more=(), release="panvault"):
        """The process of `helm VERB RELEASE CHART`; `values` are files or dictionaries."""
        arguments = [verb, release, chart, "--namespace", "panvault",
                     "--disable-openapi-validation", "--burst-limit", "10000", *more]
        for number, item in enumerate(values):
            if isinstance(item, dict):
                path = pathlib.Path(self._folder.name) / f"{number}.yaml"
                path.write_text(yaml.safe_dump(item))
                item = path
            arguments += ["--values", item]
        return subprocess.run([helm.TOOLS / version, *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, env=self.environment())

    def of_kinds(self):
        """{(kind, name)} of what there is, Helm's own records aside."""
        return {(item["kind"], item["metadata"]["name"]) for item in self.objects.values()
                if item.get("type") != "helm.sh/release.v1"}

    def note(self, verb, item):
        if item.get("type") != "helm.sh/release.v1":
            self.log.append((verb, item["kind"], item["metadata"]["name"]))

    def store(self, path, item, old):
        """The object as it is kept, or a Status."""
        if item["kind"] == "Service" and "clusterIP" not in item["spec"]:
            item["spec"]["clusterIP"] = old["spec"]["clusterIP"] if old else "10.96.0.9"
        if old is not None and fixed(old) != fixed(item):
            return failure(422, "Invalid", f"{item['kind']} {item['metadata']['name']}: "
                           "field is immutable")
        self._version += 1
        item["metadata"].update(uid="u", resourceVersion=str(self._version))
        self.objects[path] = item
        return item

    def write(self, method, path, kind, body, is_apply):
        with self._lock:
            if method == "POST":
                path = f"{path}/{body['metadata']['name']}"
                if path in self.objects:
                    return failure(409, "AlreadyExists", f"{path} already exists")
            old = self.objects.get(path)
            if method == "DELETE":
                if old is None:
                    return failure(404, "NotFound", f"{path} not found")
                self.note("DELETE", self.objects.pop(path))
                return {"kind": "Status", "apiVersion": "v1", "status": "Success"}
            if old is None and method == "PATCH" and not is_apply:
                return failure(404, "NotFound", f"{path} not found")
            item = merged(copy.deepcopy(old), body) if method == "PATCH" and not is_apply else body
            item.setdefault("kind", kind)
            was = {key: value for key, value in (old or {}).items() if key != "metadata"}
            kept = self.store(path, item, old)
            if kept is item and (old is None or was != {
                    key: value for key, value in item.items() if key != "metadata"}
                    or old["metadata"].get("labels") != item["metadata"].get("labels")):
                self.note("POST" if old is None else "PATCH", item)
            return kept


def failure(code, reason, message):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
            "reason": reason, "message": message}


def _fields(data):
    """[(number, bytes or integer)] of a message in protocol buffers' encoding."""
    out, at = [], 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        tag = varint()
        length = varint()  # Or the value itself: only two kinds of fields occur.
        if tag & 7 == 2:
            out.append((tag >> 3, data[at:at + length]))
            at += length
        else:
            out.append((tag >> 3, length))
    return out


def _secret_of(body):
    """Helm's record of a release, which its client does not send as JSON: the fields of
    Secret and ObjectMeta that it fills."""
    raw = dict(_fields(body.removeprefix(b"k8s\0")))[2]
    secret = _fields(raw)
    meta = _fields(dict(secret)[1])

    def entries(fields, number):
        return {pair[1].decode(): pair[2] for pair in
                (dict(_fields(value)) for which, value in fields if which == number)}
    return {"apiVersion": "v1", "kind": "Secret", "type": dict(secret)[3].decode(),
            "metadata": {"name": dict(meta)[1].decode(),
                         "labels": {key: value.decode()
                                    for key, value in entries(meta, 11).items()}},
            "data": {key: base64.b64encode(value).decode()
                     for key, value in entries(secret, 2).items()}}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Else each answer waits 40 ms for its second half.

    def log_message(self, *_):
        pass

    def answer(self, item):
        code = item.get("code", 200) if item.get("kind") == "Status" else 200
        body = json.dumps(item).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def located(self):
        """(group, version, plural, path of the collection or object, name)"""
        path = urllib.parse.urlsplit(self.path).path
        found = re.match(r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)"
                         r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)"
                         r"(?:/(?P<name>[^/]+))?$", path)
        if not found:
            return None
        key = (found["group"] or "", found["version"])
        if found["plural"] not in RESOURCES.get(key, {}):
            return None
        return key, found["plural"], path, found["name"]

    def discovery(self, path):
        if path == "/version":
            return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": group, "versions": [{"groupVersion": f"{group}/{version}",
                                              "version": version}],
                 "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version}}
                for group, version in RESOURCES if group]}
        for (group, version), resources in RESOURCES.items():
            prefix = f"/apis/{group}/{version}" if group else f"/api/{version}"
            if path == prefix:
                return {"kind": "APIResourceList", "apiVersion": "v1",
                        "groupVersion": f"{group}/{version}".lstrip("/"), "resources": [
                            {"name": plural, "singularName": "", "kind": kind,
                             "namespaced": namespaced, "verbs": ["get", "list", "create",
                                                                 "update", "patch", "delete"]}
                            for plural, (kind, namespaced) in resources.items()]}
        return failure(404, "NotFound", f"{path} not found")

    def do_GET(self):
        where = self.located()
        api = self.server_api
        if where is None:
            self.answer(self.discovery(urllib.parse.urlsplit(self.path).path))
            return
        key, plural, path, name = where
        if name:
            self.answer(api.objects.get(path) or failure(404, "NotFound", f"{path} not found"))
            return
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        wanted = dict(term.split("=", 1) for term in
                      filter(None, query.get("labelSelector", [""])[0].split(",")))
        kind = RESOURCES[key][plural][0]
        self.answer({"kind": f"{kind}List", "apiVersion": "/".join(filter(None, key)),
                     "metadata": {}, "items": [
                         item for where, item in sorted(api.objects.items())
                         if where.startswith(path + "/") and item["metadata"].get(
                             "labels", {}).items() >= wanted.items()]})

    def change(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if body.startswith(b"k8s\0"):
            body = _secret_of(body) if self.command != "DELETE" else None
        else:
            # What is applied is YAML, which JSON is as well.
            body = yaml.safe_load(body) if length else None
        where = self.located()
        if where is None:
            self.answer(failure(404, "NotFound", f"{self.path} not found"))
            return
        key, plural, path, _ = where
        is_apply = "apply-patch" in self.headers.get("Content-Type", "")
        self.answer(self.server_api.write(self.command, path, RESOURCES[key][plural][0], body,
                                          is_apply))

    do_POST = do_PUT = do_PATCH = do_DELETE = change
