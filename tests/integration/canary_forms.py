"""Card numbers that are looked for afterwards, and the search for them.

All of a run share their first ten digits, so that one search finds any of them,
whole or in part, in each form in which a program may leave a number behind."""

import base64
import os
import pathlib
import re

PREFIX_DIGITS = 10
NUMBER_DIGITS = 16  # Of those that are looked for as binary numbers.
_CHUNK = 64 << 20
_OVERLAP = 64


def luhn_digit(body):
    """Makes `body` and it pass the Luhn check."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


class Canaries:
    """Numbers of one run, by `rng`, and what finds them."""

    def __init__(self, rng):
        self._rng = rng
        self.prefix = "5" + self._digits(PREFIX_DIGITS - 1)
        self._needles = [(name, needle, check) for name, needle, check
                         in _needles(self.prefix)]

    def _digits(self, count):
        return "".join(self._rng.choice("0123456789") for _ in range(count))

    def pan(self, length=NUMBER_DIGITS):
        body = self.prefix + self._digits(length - PREFIX_DIGITS - 1)
        return (body + luhn_digit(body)).encode()

    def forms_in(self, content):
        """The names of the forms in which one of them is in `content`."""
        found = set()
        for name, needle, check in self._needles:
            at = content.find(needle)
            while at >= 0 and check is not None and not check(content, at):
                at = content.find(needle, at + 1)
            if at >= 0:
                found.add(name)
        return found

    def in_folder(self, folder):
        """{path: forms} of the files under `folder` that hold one, and how many
        files and bytes were read."""
        found, files, size = {}, 0, 0
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                files, size = files + 1, size + len(content)
                if forms := self.forms_in(content):
                    found[str(path)] = forms
        return found, files, size

    def in_memory(self, pid):
        """[(mapping, forms)] of a running process, and how many bytes were read.
        PermissionError for whoever may not read it."""
        found, size = [], 0
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
            lines = maps.read().splitlines()
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in lines:
                span, rights, *_ = line.split()
                if rights[0] != "r" or line.endswith(("[vvar]", "[vsyscall]")):
                    continue
                start, end = (int(part, 16) for part in span.split("-"))
                forms = set()
                for at in range(start, end, _CHUNK):
                    content = _read(memory, at, min(_CHUNK + _OVERLAP, end - at))
                    size += len(content)
                    forms |= self.forms_in(content)
                if forms:
                    found.append((line, forms))
        return found, size


def _read(memory, at, size):
    content = bytearray()
    while len(content) < size:
        try:
            part = os.pread(memory.fileno(), size - len(content), at + len(content))
        except OSError:  # Unmapped since.
            break
        if not part:
            break
        content += part
    return bytes(content)


def may_read_memory(pid):
    try:
        with open(f"/proc/{pid}/mem", "rb"), open(f"/proc/{pid}/maps", "rb"):
            return True
    except PermissionError:
        return False


def written(pan):
    """Each form of a whole number, by name; what the search is tried with."""
    text = pan.decode()
    groups = re.findall("....|.+", text)
    even = text if len(text) % 2 == 0 else text + "f"
    packed = bytes.fromhex(even)
    number = int(text)
    return {
        "plain": pan,
        "spaced": " ".join(groups).encode(),
        "dashed": "-".join(groups).encode(),
        "hex": pan.hex().encode(),
        "hex, upper case": pan.hex().upper().encode(),
        "hex dump": pan.hex(" ").encode(),
        "UTF-16": text.encode("utf-16-le"),
        "UTF-16, big-endian": text.encode("utf-16-be"),
        "base64": base64.b64encode(pan),
        "base64 + 1": base64.b64encode(b"x" + pan),
        "base64 + 2": base64.b64encode(b"xy" + pan),
        "BCD": packed,
        "BCD, odd": bytes.fromhex("0" + text + ("" if len(text) % 2 else "0")),
        "BCD, nibbles swapped": bytes(b >> 4 | (b & 15) << 4 for b in packed),
        "BCD, reversed": packed[::-1],
        "number": number.to_bytes(8, "little"),
        "number, big-endian": number.to_bytes(8, "big"),
        "number in hex": b"%x" % number,
        "number in hex, upper case": b"%X" % number,
    }


def _needles(prefix):
    """(name of the form, bytes, further check or None)."""
    plain = prefix.encode()
    groups = (prefix[:4], prefix[4:8], prefix[8:])
    packed = bytes.fromhex(prefix)
    yield "plain", plain, None
    yield "spaced", " ".join(groups).encode(), None
    yield "dashed", "-".join(groups).encode(), None
    yield "hex", plain.hex().encode(), None  # The same in upper case.
    yield "hex dump", plain.hex(" ").encode(), None
    yield "UTF-16", b"\0".join(bytes([c]) for c in plain), None  # Either order.
    for skip in range(3):
        # The characters that depend on no neighbour.
        first = (skip * 8 + 5) // 6
        last = (skip + len(plain)) * 8 // 6
        yield ("base64" + (f" + {skip}" if skip else ""),
               base64.b64encode(bytes(skip) + plain + bytes(3))[first:last], None)
    yield "BCD", packed, None
    yield "BCD, odd", bytes.fromhex(prefix[1:-1]), lambda content, at: (
        at > 0 and content[at - 1] & 15 == int(prefix[0]) and
        content[at + 4:at + 5].hex()[:1] == prefix[-1])
    yield ("BCD, nibbles swapped",
           bytes(b >> 4 | (b & 15) << 4 for b in packed), None)
    yield "BCD, reversed", packed[::-1], None
    yield from _number_needles(int(prefix) * 10 ** (NUMBER_DIGITS - PREFIX_DIGITS))


def _number_needles(least):
    most = least + 10 ** (NUMBER_DIGITS - PREFIX_DIGITS) - 1

    def little(content, at):
        return least <= int.from_bytes(content[at - 3:at + 5], "little") <= most

    def big(content, at):
        return least <= int.from_bytes(content[at:at + 8], "big") <= most
    for top in range(least >> 24, (most >> 24) + 1):
        yield "number", top.to_bytes(5, "little"), little
        yield "number, big-endian", top.to_bytes(5, "big"), big
    for top in range(least >> 20, (most >> 20) + 1):
        yield "number in hex", b"%x" % top, None
        yield "number in hex, upper case", b"%X" % top, None
