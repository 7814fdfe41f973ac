"""What this shows: the images hold the programs and what they load, no shell but the
client's, and nothing of which the bill of materials does not tell: each file is that of
a Debian package in it, or one of panvault's own few. With PANVAULT_IMAGES, where
scripts/image has laid the built images out, of those; else of what image/rootfs makes."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import helm

BUILT = os.environ.get("PANVAULT_IMAGES")
# Files that no package has, by what makes them.
OWN = {"etc/passwd", "etc/group", "image-contents.txt", "sbom.spdx.json"}
LINKS = {"lib": "usr/lib", "lib64": "usr/lib64"}
PROGRAMS = {"server": ["install", "panvaultd"], "client": ["dash", "panvault", "sh"]}
OURS = {"server": "panvaultd", "client": "panvault"}


def lay_out(name, folder):
    """An image's root file system: the built one, or as the Dockerfile makes it."""
    root = pathlib.Path(folder) / name
    if BUILT:
        return shutil.copytree(pathlib.Path(BUILT) / name, root, symlinks=True)
    programs = {"server": [os.environ.get("PANVAULTD"), "/usr/bin/install"],
                "client": [os.environ.get("PANVAULT"), "/bin/dash"]}[name]
    subprocess.run([helm.ROOT / "image/rootfs", root, *programs], check=True)
    with open(root / "sbom.spdx.json", "wb") as bill:
        subprocess.run([helm.ROOT / "image/sbom", f"panvault-{name}", "0.1.0", root],
                       check=True, stdout=bill)
    return root


def files_in(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*")
                  if path.is_file() and not path.is_symlink())


def owners_of(paths):
    """{path: the installed packages that have it}, by its old path or its new one."""
    both = [f"/{prefix}{path.removeprefix('usr/')}" for path in paths for prefix in ("usr/", "")]
    done = subprocess.run(["dpkg-query", "-S", *both], capture_output=True, text=True)
    out = {path: set() for path in paths}
    for line in done.stdout.splitlines():
        package, path = line.split(": ", 1)
        found = {path.removeprefix("/"), "usr" + path} & set(out)
        for name in found:
            out[name].add(package.split(":")[0])
    return out


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package],
                          capture_output=True, text=True)
    return done.stdout


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="pvimage-", dir="/tmp"))
        cls.roots = {name: lay_out(name, folder) for name in PROGRAMS}

    def listed(self, root):
        """{package: version} of image-contents.txt."""
        lines = (root / "image-contents.txt").read_text().splitlines()
        return {name: version for name, version, _ in (line.split(" ") for line in lines)}

    def test_programs_are_few_and_the_server_has_no_shell(self):
        for name, root in self.roots.items():
            self.assertEqual(sorted(path.name for path in (root / "usr/bin").iterdir()),
                             PROGRAMS[name])
        self.assertFalse([path for path in self.roots["server"].rglob("*")
                          if path.name in ("sh", "dash", "bash", "busybox")])

    def test_its_list_of_packages_names_what_matters(self):
        said = self.listed(self.roots["server"])
        self.assertLessEqual({"libc6", "libssl3", "libgrpc29", "libpq5", "coreutils",
                              "libprometheus-cpp-core1.0"}, set(said))
        # Of the metrics' library, the text and not its web server.
        self.assertFalse([name for name in said
                          if re.search("civetweb|prometheus-cpp-pull|curl", name)])

    def test_every_file_is_a_packages_or_our_own(self):
        for name, root in self.roots.items():
            listed = self.listed(root)
            used = set()
            theirs = set(files_in(root)) - OWN - {f"usr/bin/{OURS[name]}"}
            for path, owners in sorted(owners_of(theirs).items()):
                with self.subTest(f"{name} {path}"):
                    owners &= set(listed)
                    self.assertEqual(len(owners), 1, "in no package of image-contents.txt")
                    (owner,) = owners
                    used.add(owner)
                    if installed(owner) == listed[owner]:  # Then it is the same file.
                        self.assertEqual(*(hashlib.sha256(file.read_bytes()).digest() for file in
                                           (root / path, pathlib.Path("/") / path)))
            self.assertEqual(used, set(listed), "a package without a file")

    def test_what_no_package_has_makes_no_image(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            library = next((self.roots["server"] / "usr/lib").rglob("libpq.so.5"))
            shutil.copy(library, folder)
            done = subprocess.run(
                [helm.ROOT / "image/rootfs", f"{folder}/root",
                 self.roots["server"] / "usr/bin/panvaultd"],
                env={**os.environ, "LD_LIBRARY_PATH": folder}, capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stderr,
                             f"rootfs: {folder}/libpq.so.5 is from no Debian package\n")

    def test_links_stay_inside_and_nothing_is_anybodys_to_write(self):
        for name, root in self.roots.items():
            for path in root.rglob("*"):
                inside = path.relative_to(root).as_posix()
                if path.is_symlink():
                    self.assertFalse(os.readlink(path).startswith("/"), inside)
                    self.assertTrue(path.resolve().is_relative_to(root.resolve()), inside)
                elif inside != "tmp":
                    self.assertFalse(path.stat().st_mode & 0o6022, inside)
            for link, target in LINKS.items():
                self.assertEqual(os.readlink(root / link), target)

    def test_bill_of_materials_has_each_package_once(self):
        for name, root in self.roots.items():
            bill = json.loads((root / "sbom.spdx.json").read_text())
            said = {(item["name"], item["versionInfo"]) for item in bill["packages"]}
            self.assertEqual(said, set(self.listed(root).items())
                             | {(f"panvault-{name}", "0.1.0")})
            ids = [item["SPDXID"] for item in bill["packages"]]
            self.assertEqual(len(set(ids)), len(ids))
            for identifier in ids:
                self.assertRegex(identifier, r"^SPDXRef-[A-Za-z0-9.-]+$")
            self.assertEqual(len(bill["relationships"]), len(ids))

    def test_the_program_is_the_entry_point_of_a_user_without_rights(self):
        for name, program in OURS.items():
            if BUILT:
                config = json.loads((pathlib.Path(BUILT) / f"{name}.json").read_text())[
                    "OCIv1"]["config"]
                self.assertFalse({"ExposedPorts", "Volumes"} & set(config))
                said = config["User"], config["Entrypoint"]
            else:
                dockerfile = (helm.ROOT / "image/Dockerfile").read_text()
                stage = dockerfile.split(f"FROM scratch AS {name}\n")[1].split("\nFROM")[0]
                said = (re.search(r"(?m)^USER (.*)$", stage)[1],
                        json.loads(re.search(r"(?m)^ENTRYPOINT (.*)$", stage)[1]))
            self.assertEqual(said, ("65532:65532", [f"/usr/bin/{program}"]))


if __name__ == "__main__":
    unittest.main()
