"""An HSM for the pods of tests: SoftHSM2 with one token and one AES key, and what a
platform engineer makes of it: the vendor's client image, its configuration, the PIN."""

import os
import pathlib
import shutil
import subprocess

import helm

LIBRARY = pathlib.Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = b"648219"


class SoftHsm:
    def __init__(self, folder, token, key):
        """`folder` is made; `token` and `key` are their labels."""
        self.folder = pathlib.Path(folder)
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir(parents=True)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(self._configuration(self.tokens))
        value = self.folder / "value"
        # softhsm2-util reads a key as a line of text: up to a NUL or a line's end.
        value.write_bytes(os.urandom(32).replace(b"\0", b"0").replace(b"\n", b"n"))
        for arguments in (["--init-token", "--free", "--label", token, "--so-pin", "52078841"],
                          ["--import", value, "--aes", "--token", token, "--label", key,
                           "--id", "01"]):
            subprocess.run(["softhsm2-util", *arguments, "--pin", PIN.decode()], check=True,
                           env={**os.environ, "SOFTHSM2_CONF": str(conf)}, capture_output=True)
        value.unlink()

    @staticmethod
    def _configuration(tokens):
        return f"directories.tokendir = {tokens}\nobjectstore.backend = file\n"

    def client_image(self, folder, module):
        """The root file system of an image with `module` in `folder`, as kek.pkcs11
        has them; the tokens lie beside it, for want of a network."""
        root = self.folder / "image"
        subprocess.run([helm.ROOT / "image/rootfs", root, "/bin/cp"], check=True)
        (root / "bin").symlink_to("usr/bin")
        inside = root / folder.lstrip("/")
        (inside / module).parent.mkdir(parents=True)
        shutil.copy(LIBRARY, inside / ".real.so")
        # A link, as vendors have for versions.
        (inside / module).symlink_to(os.path.relpath(inside / ".real.so",
                                                     (inside / module).parent))
        shutil.copytree(self.tokens, inside / "tokens")
        for path in [inside, *inside.rglob("*")]:
            path.chmod(0o755)  # Anybody's, as in an image.
        return root

    def configuration(self, mounted):
        """What SOFTHSM2_CONF names, where the folder of the image is `mounted`."""
        return self._configuration(f"{mounted}/tokens").encode()
