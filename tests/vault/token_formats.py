#!/usr/bin/env python3
"""What this shows: docs/token-formats.md can be redone without panvault.

An own AES-256, FF1 (SP 800-38G), HKDF and both token layouts, written from the
standards and the document alone with Python's standard library, recompute each
worked example of the document. Usage: token_formats.py <docs/token-formats.md>
"""

import hashlib
import hmac
import re
import sys


def make_sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        for shift in (1, 2, 4):
            q ^= q << shift
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        x = q
        for turn in range(1, 5):
            x ^= ((q << turn) | (q >> (8 - turn))) & 0xFF
        box[p] = x ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


SBOX = make_sbox()


def xtime(a):
    return ((a << 1) ^ (0x1B if a & 0x80 else 0)) & 0xFF


def expand_key(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = list(words[-1])
        if i % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon = xtime(rcon)
        elif i % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[i - 8], word)])
    return [sum(words[4 * r:4 * r + 4], []) for r in range(15)]


def aes256(key, block):
    """FIPS 197, one block; columns of four bytes."""
    rounds = expand_key(key)
    state = [a ^ b for a, b in zip(block, rounds[0])]
    for r in range(1, 15):
        state = [SBOX[b] for b in state]
        state = [state[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if r < 14:
            mixed = []
            for c in range(0, 16, 4):
                a = state[c:c + 4]
                whole = a[0] ^ a[1] ^ a[2] ^ a[3]
                mixed += [a[i] ^ whole ^ xtime(a[i] ^ a[(i + 1) % 4])
                          for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, rounds[r])]
    return bytes(state)


def prf(key, data):
    y = bytes(16)
    for i in range(0, len(data), 16):
        y = aes256(key, bytes(a ^ b for a, b in zip(y, data[i:i + 16])))
    return y


def ff1_encrypt(key, tweak, digits):
    """SP 800-38G algorithm 7, radix 10; letters as there."""
    n, t = len(digits), len(tweak)
    u = n // 2
    v = n - u
    a, b_half = digits[:u], digits[u:]
    b = ((10 ** v - 1).bit_length() + 7) // 8
    d = 4 * ((b + 3) // 4) + 4
    p = (bytes([1, 2, 1]) + (10).to_bytes(3, "big") + bytes([10, u % 256])
         + n.to_bytes(4, "big") + t.to_bytes(4, "big"))
    for i in range(10):
        q = (tweak + bytes((-t - b - 1) % 16) + bytes([i])
             + int(b_half).to_bytes(b, "big"))
        r = prf(key, p + q)
        s = r + b"".join(
            aes256(key, bytes(x ^ y for x, y in zip(r, j.to_bytes(16, "big"))))
            for j in range(1, (d + 15) // 16))
        m = u if i % 2 == 0 else v
        c = (int(a) + int.from_bytes(s[:d], "big")) % 10 ** m
        a, b_half = b_half, str(c).zfill(m)
    return a + b_half


def hkdf(dek, info):
    prk = hmac.digest(bytes(32), dek, "sha256")
    return hmac.digest(prk, info.encode() + b"\x01", "sha256")


def luhn(number):
    total = 0
    for i, ch in enumerate(reversed(number)):
        digit = int(ch) * (2 if i % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10


def with_remainder(number, p, remainder):
    for digit in "0123456789":
        made = number[:p] + digit + number[p + 1:]
        if luhn(made) == remainder:
            return made
    raise ValueError("no digit fits")


KEPT = {"NONE": (0, 0), "LAST4": (0, 4), "BIN6_LAST4": (6, 4),
        "BIN8_LAST4": (8, 4)}


def tweak_of(pan, front, back, tweak_key, context):
    kept = pan[:front] + (pan[-back:] if back else "")
    tag = hmac.digest(tweak_key, context, "sha256")[:5] if context else bytes(5)
    return (bytes([0x10 | (len(pan) - 12)])
            + int(kept or "0").to_bytes(5, "big") + tag)


def tokenize(example, ff1_key, tweak_key):
    """Fills in what the document shows for one example."""
    pan, slot = example["PAN"], int(example["slot"])
    front, back = KEPT[example["kept"]]
    context = b"" if example["context"] == "(none)" else example["context"].encode()
    end = len(pan) - back
    p = end - 1
    tweak = tweak_of(pan, front, back, tweak_key, context)
    out = {"tweak": tweak.hex()}
    if end - front >= 7:
        out["layout"] = "versioned"
        out["FF1 input"] = pan[front:p]
        out["FF1 output"] = ff1_encrypt(ff1_key, tweak, pan[front:p])
        token = with_remainder(pan[:front] + out["FF1 output"] + pan[p:], p, slot)
        out["check digit"] = token[p]
    else:
        out["layout"] = "floor"
        number = with_remainder(pan, p, 1)
        out["FF1 input"] = number[front:end]
        steps, x = [], number[front:end]
        while not steps or luhn(pan[:front] + x + pan[end:]) == 0:
            x = ff1_encrypt(ff1_key, tweak, x)
            steps.append(x)
        out["FF1 output"] = ", ".join(steps)
        token = pan[:front] + x + pan[end:]
    out["token"] = token
    return out


def parse(text):
    """Examples are fenced blocks of "name  value" lines, as in the document."""
    blocks = re.findall(r"^```text example\n(.*?)^```", text, re.M | re.S)
    return [dict(re.split(r"\s{2,}", line.strip(), maxsplit=1)
                 for line in block.strip().splitlines()) for block in blocks]


def self_check():
    vector = aes256(bytes(range(32)),
                    bytes.fromhex("00112233445566778899aabbccddeeff"))
    if vector.hex() != "8ea2b7ca516745bfeafc49904b496089":
        raise SystemExit("AES-256 does not match FIPS 197 appendix C.3")
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"
                        "EF4359D8D580AA4F7F036D6F04FC6A94")
    # NIST's FF1 samples 7 and 8.
    for tweak, want in (("", "6657667009"), ("39383736353433323130", "1001623463")):
        if ff1_encrypt(key, bytes.fromhex(tweak), "0123456789") != want:
            raise SystemExit("FF1 does not match NIST's sample")


def main():
    self_check()
    blocks = parse(open(sys.argv[1], encoding="utf-8").read())
    keys, examples = blocks[0], blocks[1:]
    dek = bytes.fromhex(keys["DEK"])
    ff1_key = hkdf(dek, "panvault v1 ff1")
    tweak_key = hkdf(dek, "panvault v1 tweak")
    failures = 0
    wanted = [({"FF1 key": ff1_key.hex(), "tweak key": tweak_key.hex()}, keys)]
    wanted += [(tokenize(e, ff1_key, tweak_key), e) for e in examples]
    for computed, written in wanted:
        for name, value in computed.items():
            if written.get(name) != value:
                print(f"{written.get('PAN', 'keys')} {written.get('kept', '')}: "
                      f"{name}: document {written.get(name)}, computed {value}")
                failures += 1
    if len(examples) < 8 or failures:
        raise SystemExit(f"{failures} differences in {len(examples)} examples")
    print(f"{len(examples)} examples agree")


if __name__ == "__main__":
    main()
