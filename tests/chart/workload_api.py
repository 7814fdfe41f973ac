"""A SPIFFE agent for tests: the Workload API on a unix socket, with one SVID."""

import base64
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

import grpc

import helm

_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----\n(.*?)-----END \1-----\n?", re.S)


def _load_stubs():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["protoc", f"-I{helm.ROOT}/proto", f"--python_out={folder}",
             f"--grpc_out={folder}", "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin",
             helm.ROOT / "proto/spiffe/workload.proto"], check=True)
        sys.path.insert(0, folder)
        try:
            from spiffe import workload_pb2, workload_pb2_grpc
        finally:
            sys.path.remove(folder)
    return workload_pb2, workload_pb2_grpc


_messages, _services = _load_stubs()


def _ders(pem):
    return [base64.b64decode(body) for _, body in _BLOCK.findall(pem.decode())]


class Agent(_services.SpiffeWorkloadAPIServicer):
    """Serves `files`, {"svid.pem", "key.pem", "bundle.pem"}, on `socket`, to
    everybody, under `hint`. Counts its callers."""

    def __init__(self, socket, spiffe_id, files, hint=""):
        self.callers = 0
        self._stopping = threading.Event()
        self._update = _messages.X509SVIDResponse(svids=[_messages.X509SVID(
            spiffe_id=spiffe_id, hint=hint, x509_svid=b"".join(_ders(files["svid.pem"])),
            x509_svid_key=_ders(files["key.pem"])[0],
            bundle=b"".join(_ders(files["bundle.pem"])))])
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        _services.add_SpiffeWorkloadAPIServicer_to_server(self, self._server)
        self._server.add_insecure_port(f"unix:{socket}")
        self._server.start()
        pathlib.Path(socket).chmod(0o777)  # As SPIRE's.

    def FetchX509SVID(self, request, context):
        if ("workload.spiffe.io", "true") not in context.invocation_metadata():
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "security header missing")
        self.callers += 1
        yield self._update
        while context.is_active():  # The stream stays open.
            if self._stopping.wait(0.1):
                return

    def stop(self):
        self._stopping.set()
        self._server.stop(0).wait()
