"""Random sets of values that the chart takes, from a seed."""

import random

METHODS = ["Tokenize", "BatchTokenize", "BulkTokenize", "ValidateToken",
           "CreateTokenProfile", "GetTokenProfile", "ListTokenProfiles",
           "ListKeyVersions"]
SHOWING = ["Detokenize", "BatchDetokenize"]
# Words that YAML or a template could stumble over.
WORDS = ["Card entry at checkout.", "yes", "null", "1.0", "- a: {b}", "it's \"quoted\"",
         "# no comment", "{{ .Values.kek }}", "a: b", "Ümläut ✓", "*anchor", "line\nbreak",
         "2026-01-01", "  spaces  ", "%percent", "@at", "`tick`", "back\\slash"]
# Names that YAML takes for numbers, booleans or nothing where they are not in quotes.
ODD_NAMES = ["0123", "1e3", "null", "on", "2026", "y", "0x1f", "false"]


def _grant(rng):
    if rng.random() < 0.1:
        return {"methods": ["ListConnections"]}
    methods = rng.sample(METHODS, rng.randint(1, 4))
    grant = {"profiles": [f"cards-{n}" for n in rng.sample(range(9), rng.randint(1, 3))]}
    if rng.random() < 0.5:
        methods += rng.sample(SHOWING, rng.randint(1, 2))
        grant["reveal"] = rng.choice(["LAST4", "BIN_LAST4", "FULL"])
        if grant["reveal"] == "FULL" and rng.random() < 0.5:
            methods.append("BulkDetokenize")
    rng.shuffle(methods)
    return dict(grant, methods=methods)


def _words(rng):
    return {"justification": rng.choice(WORDS), "owner": rng.choice(WORDS),
            "approvedBy": rng.choice(WORDS),
            "reviewBy": f"20{rng.randint(26, 40)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            "pci": rng.sample(["1.2.5", "1.3.1", "7.2.5", "8.6.1", "A1.1.4"], rng.randint(1, 3))}


def _caller(rng, index, namespaces):
    labels = {"app.kubernetes.io/name": f"app-{index}"}
    for key in rng.sample(["tier", "corp.internal/zone", "9", "A_b.c"], rng.randint(0, 3)):
        labels[key] = rng.choice(["true", "1", "cde", "A_b.c", "null", "0x1f"])
    return {"name": f"flow-{index}" if rng.random() < 0.8 else f"{index}",
            "namespace": rng.choice(namespaces), "serviceAccount": f"account-{index}",
            "podLabels": labels, "grants": [_grant(rng) for _ in range(rng.randint(1, 3))],
            "egressPolicy": rng.random() < 0.3, **_words(rng)}


def _flow(rng, index):
    flow = {"name": f"db-{index}", "kind": "postgres", **_words(rng)}
    if rng.random() < 0.5:
        flow["cidr"] = rng.choice(["10.20.0.5/32", "10.20.16.0/20", "fd00::5/128"])
    else:
        flow.update(namespace="databases", podLabels={"cnpg.io/cluster": f"c-{index}"})
    return flow


def _scraper(rng, index):
    flow = {"name": f"scraper-{index}", "kind": "metrics", **_words(rng)}
    if rng.random() < 0.3:
        flow["cidr"] = rng.choice(["10.30.0.0/28", "fd00:30::/64"])
    else:
        flow.update(namespace=rng.choice(["monitoring", "panvault"]),
                    podLabels={"app.kubernetes.io/name": f"prometheus-{index}"})
    return flow


def _hsm(rng, index):
    flow = {"name": f"hsm-{index}", "kind": "hsm", "port": rng.choice([1792, 9004, 65535]),
            **_words(rng)}
    if rng.random() < 0.7:
        flow["cidr"] = rng.choice(["10.40.0.11/32", "10.40.0.0/28", "fd00:40::/64"])
    else:
        flow.update(namespace="hsm", podLabels={"app.kubernetes.io/name": f"proxy-{index}"})
    return flow


def _kek(rng):
    if rng.random() < 0.6:
        return {"secretName": "kek"}
    return {"source": "pkcs11", "pkcs11": {
        "client": {"image": {"repository": "hsm-client", "tag": "7"},
                   "folder": rng.choice(["/opt/pkcs11", "/usr/safenet/lunaclient"])},
        "module": rng.choice(["module.so", "lib/x86_64/module_2.so"]),
        "tokenLabel": rng.choice(["vault", 'a "b": {c}', "#1"]),
        "keyLabel": rng.choice(["kek", "it's: *new*", "{{ .Values }}"]),
        "pinSecretName": "pin",
        **({"configSecretName": "client",
            "environment": {"SOFTHSM2_CONF": "/etc/panvault/pkcs11/softhsm2.conf",
                            "CKNFAST_LOADSHARING": rng.choice(["1", "yes", "null", "0x1f"])}}
           if rng.random() < 0.7 else {})}}


def _name_oddly(rng, values):
    """Gives some of what has a name one that has to stay a word."""
    names = rng.sample(ODD_NAMES, len(ODD_NAMES))
    for caller in values["callers"]:
        if names and rng.random() < 0.4:
            name = names.pop()
            caller.update(name=name, namespace=rng.choice(ODD_NAMES), serviceAccount=name)
    for flow in values["flows"]:
        if names and rng.random() < 0.4:
            flow["name"] = names.pop()
        if "namespace" in flow and rng.random() < 0.4:
            flow["namespace"] = rng.choice(ODD_NAMES)
    if rng.random() < 0.5 and "environment" in values["kek"].get("pkcs11", {}):
        values["kek"]["pkcs11"]["environment"].update({"NO": "1", "on": "2"})
    return values


def values(seed):
    rng = random.Random(seed)
    namespaces = ["panvault"] + [f"team-{n}" for n in range(rng.randint(1, 5))]
    flows = [_flow(rng, n) for n in range(rng.randint(1, 3))]
    # From dice of their own, so that each seed's callers stay what they were.
    more = random.Random(f"{seed} metrics")
    scrapers = [_scraper(more, n) for n in range(more.choice([0, 0, 1, 1, 2]))]
    kek = _kek(other := random.Random(f"{seed} kek"))
    hsms = [_hsm(other, n) for n in range(other.choice([0, 1, 2]))] if "source" in kek else []
    hosts = [flow["cidr"].split("/")[0] for flow in flows
             if flow.get("cidr", "").endswith(("/32", "/128"))]
    return _name_oddly(random.Random(f"{seed} names"), {
        "profile": "evaluation",
        "image": {"repository": "panvault", "tag": "0.1.0"},
        "trustDomain": rng.choice(["pay.corp.internal", "a", "x_y.z-1"]),
        "callers": [_caller(rng, n, namespaces) for n in range(rng.randint(0, 12))],
        "flows": flows + scrapers + hsms,
        "identity": {"existingSecret": {"name": "svid"}},
        "kek": kek,
        "postgres": {"host": "db", "hostAddress": (hosts or ["10.20.16.9"])[0],
                     "caSecretName": "ca",
                     "server": {"passfileSecretName": "server"},
                     "owner": {"passfileSecretName": "owner"}},
        "server": {"port": rng.randint(6000, 60000)},
        "metrics": {"port": more.choice([9464, 5999, 60001])},
    })
