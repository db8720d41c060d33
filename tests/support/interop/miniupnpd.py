"""miniupnpd of Debian as the router of a network of its own, with NAT by nftables:

    inside (our own namespace) 192.168.77.2 -- .1 router 203.0.114.5 -- .9 outside
"""

import os
import re
import shutil
import subprocess

from .namespaces import Namespace
from .own_network import ip
from .processes import Process, folder, wait_for

INSIDE, NEIGHBOUR, ROUTER = "192.168.77.2", "192.168.77.3", "192.168.77.1"
# Not one of the networks kept for examples: miniupnpd forwards no ports of those.
EXTERNAL, OUTSIDE = "203.0.114.5", "203.0.114.9"

_RULES = """
table inet filter {
  chain input { type filter hook input priority 0; policy accept; jump own; }
  chain own { }
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "lan" accept
    ct state established,related accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting {
    type nat hook postrouting priority 100;
    jump postrouting_miniupnpd
    oifname "wan" masquerade
  }
  chain postrouting_miniupnpd { }
}
"""
_CHAINS = ("miniupnpd", "prerouting_miniupnpd", "postrouting_miniupnpd")


def missing():
    for program in ("miniupnpd", "nft", "ip", "unshare"):
        if not (shutil.which(program) or os.path.exists(f"/usr/sbin/{program}")):
            return f"{program} is not installed"
    return ""


class Network:
    """The links and the rules, without miniupnpd."""

    def __init__(self):
        self.router, self.outside = Namespace("router"), Namespace("outside")
        ip("link", "add", "lan", "type", "veth", "peer", "name", "lan-router")
        ip("link", "add", "wan", "type", "veth", "peer", "name", "outside")
        self.router.take("lan-router")
        self.router.take("wan")
        self.outside.take("outside")
        for address in (INSIDE, NEIGHBOUR):
            ip("address", "add", f"{address}/24", "dev", "lan")
        ip("link", "set", "lan", "up")
        ip("route", "add", "default", "via", ROUTER)
        with self.router.inside():
            ip("link", "set", "lan-router", "name", "lan")
            ip("address", "add", f"{ROUTER}/24", "dev", "lan")
            ip("address", "add", f"{EXTERNAL}/24", "dev", "wan")
            ip("link", "set", "lan", "up")
            ip("link", "set", "wan", "up")
            # Of this namespace: that file shows the reader's own.
            with open("/proc/sys/net/ipv4/ip_forward", "w") as forward:
                forward.write("1")
            self.nft("-f", "-", text=_RULES)
        with self.outside.inside():
            ip("address", "add", f"{OUTSIDE}/24", "dev", "outside")
            ip("link", "set", "outside", "up")

    @staticmethod
    def nft(*arguments, text=None):
        return subprocess.run(["nft", *arguments], input=text, text=True, check=True,
                              capture_output=True).stdout

    def in_router(self, *arguments):
        with self.router.inside():
            return self.nft(*arguments)

    def drop_pcp(self):
        """Requests of version 2 do not come through, so NAT-PMP is all that is answered."""
        self.in_router("add", "rule", "inet", "filter", "own", "udp", "dport", "5351", "@th,64,8", "2", "drop")

    def forwarded(self, to=INSIDE):
        """{"tcp": external ports, "udp": ...} that go to an address, with the internal ones:
        {external: internal}."""
        found = {"tcp": {}, "udp": {}}
        for line in self.in_router("list", "chain", "inet", "filter", "prerouting_miniupnpd").splitlines():
            target = re.search(r"dnat ip to ([\d.]+):(\d+)", line)
            outer = re.search(r"dport (\d+)", line)
            if not target or not outer or target[1] != to:
                continue
            kind = "udp" if re.search(r"udp|0x11\b|\b17\b", line.split("dport")[0]) else "tcp"
            found[kind][int(outer[1])] = int(target[2])
        return found

    def forget_rules(self):
        """As a router that lost its power."""
        for chain in _CHAINS:
            self.in_router("flush", "chain", "inet", "filter", chain)

    def reset(self):
        self.forget_rules()
        self.in_router("flush", "chain", "inet", "filter", "own")


class Miniupnpd:
    def __init__(self, network, allow=True, **options):
        self.network = network
        self.home = folder("miniupnpd")
        settings = {
            "ext_ifname": "wan", "listening_ip": "lan", "ipv6_disable": "yes", "system_uptime": "no",
            "secure_mode": "yes", "enable_natpmp": "yes", "enable_upnp": "yes", "notify_interval": "60",
            "min_lifetime": "10", "max_lifetime": "86400", "upnp_table_name": "filter",
            "upnp_nat_table_name": "filter", "lease_file": os.path.join(self.home, "leases"),
            "uuid": "00000000-0000-0000-0000-00000000002a", **options}
        with open(os.path.join(self.home, "conf"), "w") as conf:
            conf.writelines(f"{key}={value}\n" for key, value in settings.items())
            if allow:
                conf.write(f"allow 1024-65535 {INSIDE.rsplit('.', 1)[0]}.0/24 1024-65535\n")
            conf.write("deny 0-65535 0.0.0.0/0 0-65535\n")
        self.process = None

    def start(self):
        with self.network.router.inside():
            self.process = Process(
                "miniupnpd", ["miniupnpd", "-d", "-f", os.path.join(self.home, "conf"), "-P",
                              os.path.join(self.home, "pid")], cwd=self.home,
                env={"PATH": os.environ["PATH"] + ":/usr/sbin"})
        wait_for(lambda: "listening" in self.log().lower(), 10, "miniupnpd", alive=[self.process])
        return self

    def log(self):
        with open(self.process.log_path, errors="replace") as log:
            return log.read()

    def cut_power(self):
        self.process.kill()
        os.unlink(self.process.log_path)
        if os.path.exists(lease := os.path.join(self.home, "leases")):
            os.unlink(lease)
        self.network.forget_rules()
