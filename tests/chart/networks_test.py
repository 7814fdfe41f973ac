"""What this shows: a network of flows[] is what it looks like, in every kind of flow that
may have one: text that is no network, bits after the prefix, IPv4 in the notation of IPv6
and link-local addresses are refused, each with a message that says so."""

import copy
import ipaddress
import random
import unittest

import yaml

import helm

PRODUCTION, OPERATED, PKCS11, METRICS = (
    yaml.safe_load((helm.CHART / f"ci/{name}-values.yaml").read_text())
    for name in ("production", "cloudnativepg", "pkcs11", "metrics"))
WORDS = {key: PRODUCTION["flows"][0][key]
         for key in ("justification", "owner", "approvedBy", "reviewBy", "pci")}
# For each kind that takes a cidr, values that it is for and what the entry has besides.
KINDS = {"postgres": (PRODUCTION, {}), "dns": (PRODUCTION, {}), "metrics": (METRICS, {}),
         "hsm": (PKCS11, {"port": 1792}), "kubernetes-api": (OPERATED, {"port": 6443})}

MALFORMED = ["1::2::3/64", ":::/64", "fd00:/64", "fd00:::1/128", "1:2:3:4:5:6:7/128",
             "1:2:3:4:5:6:7:8:9/128", "1:2:3:4:5:6:7:8::/128", "fd000::/64", ":1::/64",
             "fd00::1:/128", ":/64", "12345::/64"]
HOST_BITS = ["10.0.0.5/24", "10.20.0.5/31", "10.20.16.1/20", "10.20.1.128/24",
             "fd00::1/127", "fd00:0:0:1::1/64", "fd00::6/126", "fd00:0:0:0:8000::/64"]
OF_IPV4 = ["::/64", "::/96", "::/128", "::1/128", "::ffff:0:0/96", "::ffff:0a14:5/128",
           "0:0:0:0:0:FFFF:0a14:0/112", "::a14:5/128", "64:ff9b::/96", "64:ff9b::/64",
           "0064:FF9B::0a14:5/128", "64:ff9b:1::/64"]
LINK_LOCAL = ["169.254.169.254/32", "169.254.0.0/20", "169.254.20.0/24", "fe80::/64",
              "febf::1/128", "fd00:ec2::254/128"]
GOOD = ["10.20.0.5/32", "10.20.16.0/20", "10.20.0.4/31", "0.100.255.155/32", "169.253.0.0/20",
        "fd00:20::/64", "fd00::5/128", "FD00:0A::/64", "fd00:0:0:1::/64", "fd00::8/125",
        "fd00::4/126", "1:2:3:4:5:6:7::/128", "1::8/128", "2001:db8:0:0:1::/80",
        "a9fe:a9fe::/64", "fd00::a9fe:a9fe/128", "254.128.16.0/24"]


def with_networks(kind, *cidrs):
    """Values with a further flow of that kind for each network."""
    values, more = KINDS[kind]
    values = copy.deepcopy(values)
    values["flows"] += [{"name": f"n-{number}", "kind": kind, "cidr": cidr, **more, **WORDS}
                        for number, cidr in enumerate(cidrs)]
    return values


class NetworksTest(unittest.TestCase):
    def check_refused(self, cidrs, why, kinds=KINDS):
        """Each of them, in a message of its own, by both Helms."""
        for kind in kinds:
            for version in helm.VERSIONS:
                with self.subTest(kind, version=version):
                    done = helm.template(with_networks(kind, *cidrs), version=version)
                    self.assertNotEqual(done.returncode, 0, "rendered")
                    for number, cidr in enumerate(cidrs):
                        self.assertIn(f'flows: the cidr of "n-{number}", {cidr}, {why}',
                                      done.stderr)

    def test_malformed(self):
        self.check_refused(MALFORMED, "is no network")

    def test_bits_after_the_prefix(self):
        self.check_refused(HOST_BITS, "has bits after its prefix")

    def test_ipv4_in_the_notation_of_ipv6(self):
        self.check_refused([cidr for cidr in OF_IPV4 if "ff9b" not in cidr.lower()],
                           "is in ::/64, which holds IPv4 addresses")
        self.check_refused([cidr for cidr in OF_IPV4 if "ff9b" in cidr.lower()],
                           "is how a NAT64 gateway is told IPv4 addresses")

    def test_link_local_and_metadata(self):
        kinds = [kind for kind in KINDS if kind != "dns"]
        self.check_refused(LINK_LOCAL, "is link-local", kinds)
        networks = [cidr for cidr in LINK_LOCAL if not cidr.endswith(("/32", "/128"))]
        self.check_refused(networks, "is link-local", ["dns"])

    def test_a_name_server_of_the_node(self):
        """Is where node-local DNS listens: one address, port 53 alone."""
        values = with_networks("dns", "169.254.20.10/32", "fe80::a/128")
        for version in helm.VERSIONS:
            rendered = helm.objects(values, version=version)
            policy = helm.named(rendered, "NetworkPolicy", "panvault-flow-n-0")
            self.assertEqual(policy["spec"]["egress"], [
                {"to": [{"ipBlock": {"cidr": "169.254.20.10/32"}}],
                 "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}])

    def test_others_are_taken_as_they_are(self):
        for kind in KINDS:
            for version in helm.VERSIONS:
                with self.subTest(kind, version=version):
                    text = helm.render(with_networks(kind, *GOOD), version=version)
                    for cidr in GOOD:
                        self.assertIn(f'cidr: "{cidr}"', text)

    def test_large_ones_without_the_schema(self):
        cidrs = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/19", "::/0", "fd00::/63"]
        for version in helm.VERSIONS:
            done = helm.template(with_networks("postgres", *cidrs), version=version,
                                 more=["--skip-schema-validation"])
            for cidr in cidrs:
                self.assertIn(f"{cidr}, is larger than a /20 (IPv6: /64)", done.stderr)

    def test_random_networks_are_judged_as_python_judges_them(self):
        rng = random.Random(6)
        for version in helm.VERSIONS:
            cidrs = [self.random_cidr(rng) for _ in range(150)]
            done = helm.template(with_networks("postgres", *cidrs), version=version)
            bad = 0
            for number, cidr in enumerate(cidrs):
                said = f'flows: the cidr of "n-{number}", {cidr}, has bits after' in done.stderr
                try:
                    ipaddress.ip_network(cidr)
                    self.assertFalse(said, cidr)
                except ValueError:
                    self.assertTrue(said, cidr)
                    bad += 1
            self.assertGreater(bad, 20)
            self.assertGreater(len(cidrs) - bad, 20)

    @staticmethod
    def random_cidr(rng):
        """A network; one in three has up to five bits more."""
        width, first = rng.choice([(32, 10 << 24), (128, 0xfd << 120)])
        prefix = rng.randint(*((20, 32) if width == 32 else (64, 128)))
        kept = min(width, prefix + rng.choice([0, 0, 0, 0, 1, 5]))
        number = first | rng.getrandbits(width - 8) >> (width - kept) << (width - kept)
        address = ipaddress.ip_address(number)
        return f"{rng.choice([str(address), address.exploded, str(address).upper()])}/{prefix}"


class HostAddressTest(unittest.TestCase):
    def values(self, address, *cidrs):
        values = copy.deepcopy(PRODUCTION)
        values["flows"] = [{"name": f"n-{number}", "kind": "postgres", "cidr": cidr, **WORDS}
                           for number, cidr in enumerate(cidrs)]
        values["postgres"]["hostAddress"] = address
        return values

    def test_malformed(self):
        for address in ("1::2::3", "fd00:::5", ":", "12345::"):
            for version in helm.VERSIONS:
                done = helm.template(self.values(address, "fd00::/64"), version=version)
                self.assertIn(f"postgres.hostAddress: {address} is no address", done.stderr)

    def test_two_ways_to_write_one_address(self):
        for version in helm.VERSIONS:
            helm.render(self.values("FD00:0::5", "fd00::5/128"), version=version)
            done = helm.template(self.values("fd00::6", "fd00::5/128"), version=version)
            self.assertIn("no flow of kind postgres opens fd00::6", done.stderr)


if __name__ == "__main__":
    unittest.main()
