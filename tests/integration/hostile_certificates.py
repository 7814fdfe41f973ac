"""Certificates that are no X509-SVID of a caller: each rule broken alone and in
pairs, for both types of key, at every place of the chain; and mutations of good
ones. And good ones, which must be let in."""

import os
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives import hashes

import pki
from pki import CALLER_ID, TRUST_DOMAIN, Spec, ca_spec, make

ALLY = "ally.test"
KEYS = ("ec", "rsa2048")
_BASE = f"spiffe://{TRUST_DOMAIN}"
_PATH = "/ns/shop/sa/payment"


@dataclass
class Offer:
    """What a client shows, and which rule that breaks; "" for a good one."""
    rule: str
    chain: list  # DER, the leaf first.
    key: object


def _uri(text):
    return {"uris": (text,)}


# (group, rule, changes of the leaf). Those of one group exclude each other.
LEAF_RULES = [
    ("name", "no name at all", {"uris": ()}),
    ("name", "two SPIFFE IDs", {"uris": (CALLER_ID, _BASE + "/ns/a/sa/b")}),
    ("name", "the same SPIFFE ID twice", {"uris": (CALLER_ID, CALLER_ID)}),
    ("name", "a URI beside the ID", {"uris": (CALLER_ID, "https://a.test/")}),
    ("name", "names twice", {"names_twice": True}),
    ("name", "ID as common name only", {"uris": (), "subject": CALLER_ID}),
    ("name", "ID as DNS name", {"uris": (), "other_names": (
        (pki.DNS, CALLER_ID.encode()),)}),
    ("name", "ID as email", {"uris": (), "other_names": (
        (pki.EMAIL, CALLER_ID.encode()),)}),
    ("name", "ID as other name", {"uris": (), "other_names": (
        (pki.OTHER, pki.oid("1.3.6.1.5.5.7.8.6") +
         pki.tlv(0xA0, pki.tlv(0x0C, CALLER_ID.encode()))),)}),
    ("name", "ID as directory name", {"uris": (), "other_names": (
        (pki.DIRECTORY, pki.subject(CALLER_ID)),)}),
    ("name", "ID in UTF-16", _uri(CALLER_ID.encode("utf-16-be"))),
    ("name", "https", _uri(f"https://{TRUST_DOMAIN}{_PATH}")),
    ("name", "scheme in upper case", _uri(f"SPIFFE://{TRUST_DOMAIN}{_PATH}")),
    ("name", "no scheme", _uri(f"//{TRUST_DOMAIN}{_PATH}")),
    ("name", "one slash", _uri(f"spiffe:/{TRUST_DOMAIN}{_PATH}")),
    ("name", "no path", _uri(_BASE)),
    ("name", "root path", _uri(_BASE + "/")),
    ("name", "parent segment", _uri(_BASE + "/ns/../ns/shop/sa/payment")),
    ("name", "dot segment", _uri(_BASE + "/./ns/shop/sa/payment")),
    ("name", "empty segment", _uri(_BASE + "//ns/shop/sa/payment")),
    ("name", "trailing slash", _uri(CALLER_ID + "/")),
    ("name", "percent", _uri(_BASE + "/ns/shop/sa/p%61yment")),
    ("name", "encoded slash", _uri(_BASE + "/ns/shop%2fsa/payment")),
    ("name", "space before", _uri(" " + CALLER_ID)),
    ("name", "space behind", _uri(CALLER_ID + " ")),
    ("name", "newline behind", _uri(CALLER_ID + "\n")),
    ("name", "NUL and more behind", _uri(CALLER_ID.encode() + b"\0.evil")),
    ("name", "NUL behind", _uri(CALLER_ID.encode() + b"\0")),
    ("name", "not UTF-8", _uri(CALLER_ID.encode() + b"\xc0\xaf")),
    ("name", "another script", _uri(CALLER_ID.replace("a", "\u0430"))),
    ("name", "domain in upper case", _uri(CALLER_ID.replace("dev", "DEV"))),
    ("name", "another top domain", _uri(f"{_BASE}.evil{_PATH}")),
    ("name", "domain cut short", _uri(f"spiffe://dev.panvault{_PATH}")),
    ("name", "dots as anything", _uri(CALLER_ID.replace(".", "x", 1))),
    ("name", "user info", _uri(f"spiffe://u@{TRUST_DOMAIN}{_PATH}")),
    ("name", "port", _uri(f"{_BASE}:8443{_PATH}")),
    ("name", "query", _uri(CALLER_ID + "?a=b")),
    ("name", "fragment", _uri(CALLER_ID + "#a")),
    ("name", "no domain", _uri(f"spiffe://{_PATH}")),
    ("name", "empty URI", _uri("")),
    ("name", "over 2048 bytes", _uri(_BASE + "/" + "a" * 2048)),
    ("name", "unknown domain", _uri(f"spiffe://other.test{_PATH}")),
    ("name", "ally's domain", _uri(f"spiffe://{ALLY}{_PATH}")),
    ("ca", "CA flag", {"ca": True}),
    ("ca", "CA flag, not critical", {"ca": True, "constraints_critical": False}),
    ("usage", "no key usage", {"key_usage": None}),
    ("usage", "empty key usage", {"key_usage": ()}),
    ("usage", "key encipherment only", {"key_usage": (pki.KEY_ENCIPHERMENT,)}),
    ("usage", "signs certificates", {"key_usage": (0, pki.KEY_CERT_SIGN)}),
    ("usage", "signs lists", {"key_usage": (0, pki.CRL_SIGN)}),
    ("critical", "key usage not critical", {"key_usage_critical": False}),
    ("twice", "key usage twice", {"key_usage_twice": True}),
    ("extended", "servers only", {"extended_key_usage": (pki.SERVER_AUTH,)}),
    ("extended", "code only", {"extended_key_usage": (pki.CODE_SIGNING,)}),
    ("extended", "no usage", {"extended_key_usage": ()}),
    ("extra", "unknown critical extension", {"extra": (
        pki.extension("1.3.6.1.4.1.55555.1", pki.tlv(5), True),)}),
    ("extra", "name constraints of a leaf", {"extra": (
        pki.extension("2.5.29.30", pki.tlv(5), True),)}),
    ("version", "version 1", {"version": 1}),
    ("time", "expired a second ago", {"ends": -1}),
    ("time", "expired a year ago", {"begins": -2 * 31536000, "ends": -31536000}),
    ("time", "not valid yet", {"begins": 120}),
    ("time", "ends before it begins", {"begins": 30, "ends": -30}),
    ("key", "weak key", {"key": "rsa1024"}),
    ("digest", "SHA-1", {"digest": hashes.SHA1}),
    ("signature", "signature off by a bit", {"spoil_signature": True}),
    ("signature", "another algorithm outside", {"foreign_algorithm": True}),
    ("issuer", "another issuer's name", {"issuer_name": "nobody"}),
]
# Of a CA between leaf and root.
MIDDLE_RULES = [
    ("not a CA", {"ca": False}), ("no basic constraints", {"ca": None}),
    ("signs no certificates", {"key_usage": (pki.CRL_SIGN,)}),
    ("key usage of a leaf", {"key_usage": (pki.DIGITAL_SIGNATURE,)}),
    ("version 1", {"version": 1}), ("expired", {"ends": -1}),
    ("not valid yet", {"begins": 120}), ("weak key", {"key": "rsa1024"}),
    ("SHA-1", {"digest": hashes.SHA1}),
    ("servers only", {"extended_key_usage": (pki.SERVER_AUTH,)}),
    ("signature off by a bit", {"spoil_signature": True}),
    ("another issuer's name", {"issuer_name": "nobody"}),
    ("unknown critical extension", {"extra": (
        pki.extension("1.3.6.1.4.1.55555.1", pki.tlv(5), True),)}),
    ("names of another domain only", {"extra": (pki.extension(
        "2.5.29.30", pki.tlv(0x30, pki.tlv(0xA0, pki.tlv(0x30, pki.tlv(
            pki.URI, b"elsewhere.test")))), True),)}),
]


class Authorities:
    """The CAs: ours, one between, our ally's and one that nobody knows."""

    def __init__(self, key="ec"):
        self.key = key
        self.root = make(ca_spec("root", key=key))
        self.middle = make(ca_spec("middle", key=key), self.root)
        self.ally = make(ca_spec("ally", ALLY, key=key))
        self.stranger = make(ca_spec("stranger", key=key))


def _offer(rule, spec, issuer, behind=(), owner="caller"):
    leaf = make(spec, issuer, owner)
    return Offer(rule, [leaf.der, *(ca.der for ca in behind)], leaf.key)


def good_offers(cas):
    """Five of each key and depth: 20 in all."""
    for key in KEYS:
        for issuer, behind in ((cas.root, ()), (cas.middle, (cas.middle,))):
            for changes in ({}, {"extended_key_usage": None},
                            {"extended_key_usage": (pki.CLIENT_AUTH,)},
                            {"ca": None, "subject": "", "names_critical": True},
                            {"other_names": ((pki.DNS, b"pay.shop.svc"),)}):
                yield _offer("", Spec(key=key, **changes), issuer, behind)


def broken_leaves(cas):
    """Each rule alone: both keys, below the root and below another CA."""
    for key in KEYS:
        for issuer, behind in ((cas.root, ()), (cas.middle, (cas.middle,))):
            for _, rule, changes in LEAF_RULES:
                yield _offer(f"{rule} ({key}, {issuer.spec.subject})",
                             Spec(**{"key": key, **changes}), issuer, behind)


def broken_twice(cas):
    """Each two rules of different groups, made when called: they are many."""
    for i, (group, rule, changes) in enumerate(LEAF_RULES):
        for other_group, other_rule, other_changes in LEAF_RULES[:i]:
            if group != other_group:
                yield lambda changes=changes, other=other_changes, rule=(
                    f"{rule} and {other_rule}"): _offer(
                        rule, Spec(**{**other, **changes}), cas.root)


def broken_chains(cas):
    """What is wrong is not the leaf, but what vouches for it."""
    for key in KEYS:
        for rule, changes in MIDDLE_RULES:
            middle = make(ca_spec("bad middle", **{"key": key, **changes}), cas.root)
            yield _offer(f"CA between: {rule} ({key})", Spec(key=key), middle,
                         (middle,))
        yield from _misplaced(cas, key)


def _misplaced(cas, key):
    def bad(rule, issuer, behind=(), spec=Spec(key=key), owner="caller"):
        return _offer(f"{rule} ({key})", spec, issuer, behind, owner)
    ally_spec = Spec(key=key, uris=(f"spiffe://{ALLY}{_PATH}",))
    leaf = make(Spec(key=key, subject="a leaf"), cas.root)
    narrow = make(ca_spec("narrow", key=key, path_length=0), cas.root)
    below = make(ca_spec("below narrow", key=key), narrow)
    twin = make(ca_spec("root", key=key), owner="twin")
    own = make(ca_spec("ally's own", key=key), cas.ally)
    yield bad("our name from the ally's root", cas.ally)
    yield bad("the same, with that root shown", cas.ally, (cas.ally,))
    yield bad("the same, with ours shown", cas.ally, (cas.ally, cas.root))
    yield bad("our name from a CA below the ally's root", own, (own,))
    yield bad("the ally's name from our root", cas.root, (), ally_spec)
    yield bad("the ally's name from a CA below ours", cas.middle, (cas.middle,),
              ally_spec)
    yield bad("a CA nobody knows", cas.stranger)
    yield bad("the same, shown", cas.stranger, (cas.stranger,))
    yield bad("a CA of the root's name with another key", twin, (twin,))
    yield bad("signed by itself", None)
    yield bad("signed by a leaf", leaf, (leaf,))
    yield bad("signed by a leaf, root shown", leaf, (leaf, cas.root))
    yield bad("CA between not shown", cas.middle)
    yield bad("another CA shown in its place", cas.middle, (narrow,))
    yield bad("more CAs than the path length allows", below, (below, narrow))
    yield Offer(f"a CA as caller ({key})", [below.der, narrow.der], below.key)
    yield Offer(f"root as caller ({key})", [cas.root.der], cas.root.key)
    yield Offer(f"another's key ({key})", [leaf.der],
                pki.key_of(key, "not the owner"))
    yield Offer(f"no certificate ({key})", [], leaf.key)
    yield Offer(f"an empty one ({key})", [b""], leaf.key)
    yield Offer(f"bytes behind it ({key})", [leaf.der + b"\0"], leaf.key)
    yield Offer(f"garbage ({key})", [os.urandom(600)], leaf.key)
    yield Offer(f"garbage behind a good one ({key})", [leaf.der, os.urandom(600)],
                leaf.key)
    many = [make(replace(narrow.spec, path_length=None, subject=f"ca {i}"),
                 cas.root).der for i in range(12)]
    yield Offer(f"12 CAs behind a good one ({key})", [leaf.der, *many], leaf.key)


def mutated(rng, der):
    """`der` with one to three bytes changed, or some taken out, put in, or cut
    off; never equal to it."""
    while True:
        changed = bytearray(der)
        at = rng.randrange(len(changed))
        kind = rng.randrange(8)
        if kind == 0:
            del changed[at:at + rng.randrange(1, 9)]
        elif kind == 1:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 2:
            del changed[at:]
        else:
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
        if changed != der:  # Two changes may undo each other.
            return bytes(changed)
