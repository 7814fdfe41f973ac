"""Certificates written byte by byte (RFC 5280 in DER, X.690), so that any field
can be wrong. What may be asked for is `Spec`; as it is made, it is a good leaf."""

import ssl
import time
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

TRUST_DOMAIN = "dev.panvault.internal"
CALLER_ID = f"spiffe://{TRUST_DOMAIN}/ns/shop/sa/payment"

DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_CERT_SIGN, CRL_SIGN = 0, 2, 5, 6
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL, DNS, OTHER, DIRECTORY, URI, ADDRESS = 0x81, 0x82, 0xA0, 0xA4, 0x86, 0x87


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content


def oid(text):
    first, second, *rest = map(int, text.split("."))
    content = bytes([first * 40 + second])
    for part in rest:
        digits = [part % 128]
        while part := part // 128:
            digits.append(part % 128 + 128)
        content += bytes(reversed(digits))
    return tlv(6, content)


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bits(*positions):
    """A named BIT STRING, without trailing zeros."""
    octets = bytearray(max(positions, default=-1) // 8 + 1)
    for position in positions:
        octets[position // 8] |= 0x80 >> position % 8
    unused = 7 - max(positions) % 8 if positions else 0
    return tlv(3, bytes([unused]), bytes(octets))


def moment(seconds):
    return tlv(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def subject(common_name):
    if not common_name:
        return tlv(0x30)
    return tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.3"),
                                   tlv(0x0C, common_name.encode()))))


def extension(name, value, critical=False):
    return tlv(0x30, oid(name), tlv(1, b"\xff") if critical else b"", tlv(4, value))


@dataclass
class Spec:
    """Fields of one certificate. None: no such extension."""
    subject: str = "workload"
    uris: tuple = (CALLER_ID,)
    other_names: tuple = ()          # (tag, bytes) of further GeneralNames.
    names_twice: bool = False
    names_critical: bool = False
    ca: object = False
    constraints_critical: bool = True
    path_length: object = None
    key_usage: object = (DIGITAL_SIGNATURE,)
    key_usage_critical: bool = True
    key_usage_twice: bool = False
    extended_key_usage: object = (SERVER_AUTH, CLIENT_AUTH)
    extra: tuple = ()                # Whole extensions.
    version: int = 3
    begins: int = -3600              # Seconds from now, as is `ends`.
    ends: int = 3600
    key: str = "ec"                  # Or rsa2048, rsa1024.
    digest: object = hashes.SHA256
    issuer_name: object = None       # In place of the issuer's own.
    spoil_signature: bool = False
    foreign_algorithm: bool = False  # Outer and inner algorithm differ.


@dataclass
class Made:
    spec: Spec
    der: bytes
    key: object
    chain: list = field(default_factory=list)  # What is shown behind it.

    def pem(self):
        return "".join(map(ssl.DER_cert_to_PEM_cert, [self.der, *self.chain]))

    def key_pem(self):
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8,
                                      NoEncryption()).decode()


_keys = {}


def key_of(kind, owner):
    """Made once for each kind and owner: RSA keys take long."""
    if (kind, owner) not in _keys:
        _keys[kind, owner] = (
            ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else
            rsa.generate_private_key(65537, int(kind.removeprefix("rsa"))))
    return _keys[kind, owner]


def ca_spec(name, trust_domain=TRUST_DOMAIN, **changes):
    return replace(Spec(subject=name, uris=(f"spiffe://{trust_domain}",), ca=True,
                        key_usage=(KEY_CERT_SIGN, CRL_SIGN),
                        extended_key_usage=None), **changes)


def _names(spec):
    names = [(URI, uri if isinstance(uri, bytes) else uri.encode())
             for uri in spec.uris] + list(spec.other_names)
    if not names:
        return []
    value = tlv(0x30, *(tlv(tag, content) for tag, content in names))
    one = extension("2.5.29.17", value, spec.names_critical)
    return [one, one] if spec.names_twice else [one]


def _extensions(spec):
    found = _names(spec)
    if spec.ca is not None:
        content = tlv(1, b"\xff") if spec.ca else b""
        if spec.path_length is not None:
            content += integer(spec.path_length)
        found.append(extension("2.5.29.19", tlv(0x30, content),
                               spec.constraints_critical))
    if spec.key_usage is not None:
        one = extension("2.5.29.15", bits(*spec.key_usage), spec.key_usage_critical)
        found += [one, one] if spec.key_usage_twice else [one]
    if spec.extended_key_usage is not None:
        found.append(extension("2.5.29.37", tlv(
            0x30, *map(oid, spec.extended_key_usage))))
    return found + list(spec.extra)


def _algorithm(key, digest):
    sha1 = digest is hashes.SHA1
    if isinstance(key, rsa.RSAPrivateKey):
        return tlv(0x30, oid("1.2.840.113549.1.1.5" if sha1 else
                             "1.2.840.113549.1.1.11"), tlv(5))
    return tlv(0x30, oid("1.2.840.10045.4.1" if sha1 else "1.2.840.10045.4.3.2"))


def _sign(key, digest, content):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), digest())
    return key.sign(content, ec.ECDSA(digest()))


_serial = [0x1000]


def make(spec, issuer=None, owner=None):
    """Signed by `issuer`, or by itself. `owner`: whose key it is; certificates
    with the same owner and kind of key share one."""
    key = key_of(spec.key, owner or spec.subject)
    signer = issuer.key if issuer else key
    _serial[0] += 1
    algorithm = _algorithm(signer, spec.digest)
    now = int(time.time())
    name = spec.issuer_name or (issuer.spec if issuer else spec).subject
    found = _extensions(spec) if spec.version == 3 else []
    body = tlv(
        0x30, tlv(0xA0, integer(2)) if spec.version == 3 else b"",
        integer(_serial[0]), algorithm, subject(name),
        tlv(0x30, moment(now + spec.begins), moment(now + spec.ends)),
        subject(spec.subject),
        key.public_key().public_bytes(Encoding.DER,
                                      PublicFormat.SubjectPublicKeyInfo),
        tlv(0xA3, tlv(0x30, *found)) if found else b"")
    signature = bytearray(_sign(signer, spec.digest, body))
    if spec.spoil_signature:
        signature[-1] ^= 1
    if spec.foreign_algorithm:
        algorithm = tlv(0x30, oid("1.2.840.10045.4.3.3"))
    der = tlv(0x30, body, algorithm, tlv(3, b"\0", bytes(signature)))
    return Made(spec, der, key)
