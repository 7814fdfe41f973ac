"""Runs the pods of a rendered release on this host as a kubelet would: the image's
root file system, volumes laid out as Kubernetes lays them out, the pod's own user,
init containers first."""

import base64
import os
import pathlib
import shlex
import shutil
import subprocess

import helm


def _run_as(root, user, binds=()):
    """A command prefix: inside `root` with a /proc and `binds`, (folder, path, is
    read-only), as `user`, without any capability. The mounts are gone with the
    process."""
    (root / "proc").mkdir(exist_ok=True)
    inside = ['mount --bind /proc "$1/proc"']
    for folder, path, read_only in binds:
        there = shlex.quote(str(root / path.lstrip("/")))
        inside.append(f"mount --bind {shlex.quote(str(folder))} {there}")
        if read_only:
            inside.append(f"mount -o remount,bind,ro {there}")
    inside.append("root=$1 && shift")
    inside.append(f'exec /usr/sbin/chroot --userspec={user}:{user} --groups= "$root" "$@"')
    return ["/usr/bin/env", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "/usr/bin/unshare",
            "--mount", "/bin/sh", "-c", " && ".join(inside), "sh", str(root)]


class Pod:
    """One pod. `files` holds Secrets and ConfigMaps, {(kind, name): {key: bytes}}, and
    of CSI drivers the folder that they show, {("CSI", driver): path}, and of images
    that are not `image` the root file system, {("Image", name): path}."""

    def __init__(self, template, files, image, folder):
        _, self.meta, self.spec = template
        self.root = pathlib.Path(folder) / "root"
        self.emptied = pathlib.Path(folder) / "volumes"
        self.user = self.spec["securityContext"]["runAsUser"]
        self.group = self.spec["securityContext"]["fsGroup"]
        shutil.copytree(image, self.root, symlinks=True, dirs_exist_ok=True,
                        copy_function=os.link)  # Nobody writes to them.
        self.volumes = {volume["name"]: volume for volume in self.spec["volumes"]}
        self.files = files

    def hosts(self, text):
        (self.root / "etc/hosts").write_text(text)

    def _mount(self, container, root):
        """Volumes of this container only; emptyDirs are kept for the next, and are
        what is returned, for _run_as."""
        binds = []
        for mount in container["volumeMounts"]:
            volume = self.volumes[mount["name"]]
            there = root / mount["mountPath"].lstrip("/")
            if "emptyDir" in volume:
                folder = self.emptied / mount["name"]
                if not folder.exists():
                    folder.mkdir(parents=True)
                    os.chown(folder, 0, self.group)
                    folder.chmod(0o2777)
                there.mkdir(parents=True, exist_ok=True)
                binds.append((folder / mount.get("subPath", ""), mount["mountPath"],
                              mount.get("readOnly", False)))
            elif "csi" in volume:
                shutil.copytree(self.files["CSI", volume["csi"]["driver"]], there,
                                copy_function=os.link)  # The same sockets.
            else:
                self._lay_out(volume, there)
        return binds

    def _lay_out(self, volume, there):
        """Files of root's, readable by fsGroup, behind the links of a volume."""
        if "secret" in volume:
            source = self.files["Secret", volume["secret"]["secretName"]]
            mode = volume["secret"]["defaultMode"]
            items = volume["secret"].get("items")
        else:
            source = self.files["ConfigMap", volume["configMap"]["name"]]
            mode = 0o644
            items = volume["configMap"].get("items")
        data = there / "..2026_01_01"
        data.mkdir(parents=True)
        (there / "..data").symlink_to(data.name)
        for item in items or [{"key": key, "path": key} for key in source]:
            path = data / item["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source[item["key"]])
            os.chown(path, 0, self.group)
            path.chmod(mode)
            first = pathlib.Path(item["path"]).parts[0]
            if not (there / first).exists():
                (there / first).symlink_to(f"..data/{first}")

    def _unmount(self, container, root):
        for mount in container["volumeMounts"]:
            shutil.rmtree(root / mount["mountPath"].lstrip("/"))

    def run_init(self):
        for container in self.spec["initContainers"]:
            root = self.files.get(("Image", container["image"]), self.root)
            binds = self._mount(container, root)
            done = subprocess.run(_run_as(root, self.user, binds) + container["command"],
                                  env={}, capture_output=True, text=True, timeout=60)
            self._unmount(container, root)
            if done.returncode:
                raise AssertionError(done.stderr)

    def run(self, instead):
        """The first container with its own command and environment, but for the
        variables in `instead`."""
        container = self.spec["containers"][0]
        binds = self._mount(container, self.root)
        environment = {item["name"]: item["value"] for item in container["env"]}
        return subprocess.run(
            _run_as(self.root, self.user, binds) + container["command"] + container["args"],
            env={**environment, **instead, "PATH": "/usr/bin"}, capture_output=True, text=True,
            timeout=120)

    def probe(self, name):
        """A probe of the first container, within its pod: the process."""
        container = self.spec["containers"][0]
        return subprocess.run(
            _run_as(self.root, self.user) + container[name]["exec"]["command"], env={},
            capture_output=True, text=True, timeout=60)

    def start(self, log):
        """The first container, by the image's entry point; stderr to `log`."""
        container = self.spec["containers"][0]
        binds = self._mount(container, self.root)
        environment = {item["name"]: item["value"] for item in container.get("env", [])}
        return subprocess.Popen(
            _run_as(self.root, self.user, binds) + ["/usr/bin/panvaultd", *container["args"]],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def files_of(rendered, secrets):
    """`secrets` are Secret objects; all keys as bytes."""
    out = {}
    for item in helm.of_kind(rendered, "ConfigMap"):
        out["ConfigMap", item["metadata"]["name"]] = {
            key: value.encode() for key, value in item["data"].items()}
    for item in secrets:
        out["Secret", item["metadata"]["name"]] = {
            key: base64.b64decode(value) for key, value in item["data"].items()}
    return out
