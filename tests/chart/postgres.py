"""The bundled PostgreSQL of a rendered release, with this host's PostgreSQL in
place of the image: its files, its start arguments, its first-time scripts."""

import glob
import os
import pathlib
import shutil
import subprocess
import time

PROGRAMS = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])


class Postgres:
    def __init__(self, template, files, folder, address):
        _, _, spec = template
        self.folder = pathlib.Path(folder)
        self.secret = self.folder / "secret"
        self.address = address
        container = spec["containers"][0]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        self._write(self.secret, files["Secret", volumes["secret"]["secret"]["secretName"]])
        init = volumes["init"]["configMap"]
        source = files["ConfigMap", init["name"]]
        self._write(self.folder / "init", {item["path"]: source[item["key"]]
                                           for item in init["items"]})
        shutil.chown(self.folder, "postgres", "postgres")
        environment = {item["name"]: item["value"] for item in container["env"]}
        self._as_postgres(PROGRAMS / "initdb", "-D", self.folder / "data", "-U", "postgres",
                          "--auth-local=trust", *environment["POSTGRES_INITDB_ARGS"].split())
        arguments = [argument.replace("/etc/postgres-secret", str(self.secret))
                     for argument in container["args"]]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
                 PROGRAMS / "postgres", "-D", self.folder / "data", "-k", self.folder,
                 "-c", f"listen_addresses={address}", *arguments],
                stdout=subprocess.DEVNULL, stderr=log, cwd="/")
        self.port = dict(item.split("=") for item in arguments if "=" in item)["port"]
        self._wait()
        for script in sorted((self.folder / "init").glob("*.sql")):
            self.superuser("-f", script)

    def _write(self, folder, content):
        for name, data in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # The one change: where the Secret is mounted.
            path.write_bytes(data.replace(b"/etc/postgres-secret", str(self.secret).encode()))
            path.chmod(0o440)
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, "root", "postgres")

    def _as_postgres(self, *command):
        subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
                        *map(str, command)], check=True, capture_output=True, cwd="/",
                       env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=120)

    def _wait(self):
        for _ in range(600):
            if subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", self.folder,
                               "-p", self.port]).returncode == 0:
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def superuser(self, *arguments):
        self._as_postgres("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.folder,
                          "-p", self.port, "-U", "postgres", *arguments)

    def as_role(self, role, statement):
        """By password over TLS, as a pod would."""
        return subprocess.run(
            ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement,
             f"host={self.address} port={self.port} dbname=panvault user=panvault_{role} "
             f"sslmode=verify-ca sslrootcert={self.secret}/ca.crt"],
            env=dict(os.environ, PGPASSWORD=(self.secret / f"{role}-password").read_text()),
            capture_output=True, text=True, timeout=60)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
