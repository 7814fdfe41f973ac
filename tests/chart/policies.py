"""What NetworkPolicies allow a pod, read from the rendered objects alone."""

import helm


def selects(selector, labels):
    """Whether a label selector matches; an absent or empty one matches all."""
    selector = selector or {}
    unknown = set(selector) - {"matchLabels", "matchExpressions"}
    assert not unknown, unknown
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        assert expression["operator"] == "In", expression
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True


def policies_of(rendered, namespace, labels, direction):
    """The policies that isolate this pod in this direction."""
    found = []
    for policy in helm.of_kind(rendered, "NetworkPolicy"):
        # Kubernetes would guess; nothing here is left to guess.
        assert policy["spec"].get("policyTypes"), policy["metadata"]["name"]
        if (policy["metadata"]["namespace"] == namespace
                and direction in policy["spec"]["policyTypes"]
                and selects(policy["spec"]["podSelector"], labels)):
            found.append(policy)
    return found


def allowed(rendered, namespace, labels, direction):
    """(peer, port) for each peer of each rule, as they are written; an empty peer
    or list of ports is an error, because it would mean everything."""
    side, peers = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}[direction]
    out = []
    for policy in policies_of(rendered, namespace, labels, direction):
        for rule in policy["spec"].get(side) or []:
            assert set(rule) == {peers, "ports"}, rule
            assert rule[peers] and rule["ports"], rule
            for peer in rule[peers]:
                assert peer and all(peer.values()), peer
                for port in rule["ports"]:
                    assert set(port) == {"port", "protocol"}, port
                    out.append((peer, (port["protocol"], port["port"])))
    return out
