#!/usr/bin/python3
"""bind_interface: seedd in a namespace with two links, held to one that flaps while everything runs:
peers, trackers over HTTP and UDP, names, the DHT, port mapping, local discovery and what it fetches, over
IPv4 and IPv6. The other link has the default routes, and a capture on it sees nothing of seedd's: nothing
at all but what the kernel itself says there over IPv6 (own_links.of_the_kernel). --flaps N; what is told
at the end is how long it took from the link's return until all knew of it."""

import argparse
import atexit
import json
import os
import random
import statistics
import sys
import time
import urllib.error
import urllib.request

from setting import MIB, begin
from interop import own_links
from interop.fake_gateway import TCP, FakeGateway
from interop.own_links import Capture, Link, Namespace
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import RpcError, Seedd
from interop.small_servers import DhtNode, NameServer, UdpTracker
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

VPN, OURS, LAN, OURS_LAN = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
VPN6, OURS6, LAN6, OURS_LAN6 = "fd77::1", "fd77::2", "fd78::1", "fd78::2"
FAMILIES = {"IPv4": f"{OURS}/24", "IPv6": f"{OURS6}/64"}
PEERS = ("peer", "peer over IPv6")
RECOVERY_MAX = 2.0
# A peer may turn us away while it still has the link from before, and is dialled again after some seconds; so is
# one that was dialled while there was no address of its family.
PEER_MAX = 5.0
# The interface's state and addresses are read within milliseconds; a busy machine has its time.
NOTICE_MAX = 10


class Ground:
    """The namespaces, and who is at the VPN's other end."""

    def __init__(self):
        tag = f"bind{os.getpid()}"
        self.ours = Namespace(f"{tag}-seed", name_servers=[VPN], ipv6=True)
        self.vpn = Namespace(f"{tag}-vpn", ipv6=True)
        self.lan = Namespace(f"{tag}-lan", ipv6=True)
        for one in (self.ours, self.vpn, self.lan):
            atexit.register(one.remove)
        self.link = Link((self.ours, "vpn0", [f"{OURS}/24", f"{OURS6}/64"]),
                         (self.vpn, "far0", [f"{VPN}/24", f"{VPN6}/64"]))
        Link((self.ours, "lan0", [f"{OURS_LAN}/24", f"{OURS_LAN6}/64"]),
             (self.lan, "far1", [f"{LAN}/24", f"{LAN6}/64"]))
        self.ours.ip("route", "add", "default", "via", LAN)
        self.ours.ip("-6", "route", "add", "default", "via", LAN6)
        for address in (f"{VPN}/32", f"{VPN6}/128"):
            # Else what is bound to the address there would end with the cable.
            self.vpn.ip("addr", "add", address, "dev", "lo")
            # Whatever comes this way is answered: a leak would be a connection.
            self.lan.ip("addr", "add", address, "dev", "lo")
        self.capture = Capture(self.lan, "far1")
        self.home = folder("leak")
        self.vpn.enter()
        self.names = NameServer(VPN, "test", VPN)
        self.gateway = FakeGateway(VPN, "198.18.0.1", lifetime=3600)
        self.http, self.http6 = SmallTracker(VPN), SmallTracker(VPN6)
        self.udp, self.udp6 = UdpTracker(VPN), UdpTracker(VPN6)
        self.node, self.node6 = DhtNode(VPN), DhtNode(VPN6)
        self.web_port = self.http.url.rsplit(":", 1)[1].split("/")[0]
        # Named, so that each announce may need the name server.
        urls = [f"http://tracker.test:{self.web_port}/announce", f"udp://udp.test:{self.udp.port}/announce",
                self.http6.url, f"udp://[{VPN6}]:{self.udp6.port}/announce"]
        self.content = os.path.join(self.home, "content")
        self.torrent = single_file(self.content, name="one.bin", size=64 * MIB, piece_bytes=MIB, seed=1, trackers=urls)
        self.far = self.at_the_other_end("far", VPN, "")
        self.far6 = self.at_the_other_end("far6", "", VPN6)
        self.ours.enter()
        nodes = f"node.test:{self.far.peer_port},{VPN}:{self.node.port},[{VPN6}]:{self.node6.port}"
        self.seedd = Seedd(folder("ours", self.home), "ours", "0.0.0.0", bind_address_ipv6="::", bind_interface="vpn0",
                           dht_enabled=True, dht_bootstrap_nodes=nodes, lpd_enabled=True,
                           port_forwarding_enabled=True, port_mapping_gateway=VPN,
                           announce_to_all_tiers=True, fetch_private_addresses=True,
                           blocklist_url=f"http://lists.test:{self.web_port}/list")
        self.seedd.run_by = self.ours.argv()

    def at_the_other_end(self, name, ipv4, ipv6):
        """One that has it all, and waits for whoever dials."""
        one = Seedd(folder(name, self.home), name, ipv4, bind_address_ipv6=ipv6, download_dir=self.content,
                    dht_enabled=True, dht_bootstrap_nodes="", speed_limit_up=64, speed_limit_up_enabled=True,
                    rpc_bind_address="127.0.0.1", rpc_whitelist_enabled=False)
        one.run_by = self.vpn.argv()
        one.start()
        one.wait_complete(one.add(self.torrent.with_trackers([], os.path.join(self.home, f"{name}.torrent"))))
        return one

    def add_far_peers(self):
        self.http.add_peer(self.torrent, VPN, self.far.peer_port)
        self.http.add_peer(self.torrent, VPN6, self.far6.peer_port)


def main():
    flaps = take_flaps()
    begin()
    if why := own_links.missing():
        print(f"skipped: {why}")
        sys.exit(77)
    report = Report("e2e: bind_interface")
    ground = Ground()
    flapping = Flapping(ground)
    report.run("everything goes over the interface", flapping.begins)
    report.run(f"{flaps} flaps: nothing goes elsewhere, and all is there again", flapping.flaps, flaps)
    for first in FAMILIES:
        report.run(f"back with {first} alone, then with the other", flapping.one_family_first, first)
    report.run("gone at the start: nothing goes out, and it begins with the interface", flapping.late)
    report.run("the capture sees what does leak", flapping.control)
    finish(report)


def take_flaps():
    """Takes --flaps N out of the arguments."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--flaps", type=int, default=10)
    known, sys.argv[1:] = parser.parse_known_args()
    return known.flaps


def asked_by(address, server):
    return sum(source[0] == address for _, source in server.asked)


def bound_of(what):
    return PEER_MAX if what in PEERS else RECOVERY_MAX


class Flapping:
    def __init__(self, ground):
        self.ground, self.seedd = ground, ground.seedd
        self.number = None
        self.took = {}

    # --- what is looked at

    def text(self):
        return self.seedd.get(self.number, "error_string")

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.seedd.rpc_port}/readyz", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def linked(self):
        return {peer["address"] for peer in self.seedd.get(self.number, "peers")}

    def counts(self):
        """How often each was asked from our address on the interface."""
        ground = self.ground
        return {"http announce": sum(announce["from"] == OURS for announce in ground.http.announces),
                "http announce over IPv6": sum(announce["from"] == OURS6 for announce in ground.http6.announces),
                "udp announce": asked_by(OURS, ground.udp), "udp announce over IPv6": asked_by(OURS6, ground.udp6),
                "DHT node": asked_by(OURS, ground.node), "DHT node over IPv6": asked_by(OURS6, ground.node6),
                "port mapping": sum(asked[1] == OURS for asked in ground.gateway.requests(TCP))}

    def silent(self):
        frames = self.ground.capture.frames
        check(not frames, f"{len(frames)} frames on the other link: {self.ground.capture.texts()}")

    # --- what is done

    def begins(self):
        self.seedd.start()
        self.ground.add_far_peers()
        self.number = self.seedd.add(self.ground.torrent.path)
        for what in self.counts():
            wait_for(lambda: self.counts()[what], 30, what, alive=[self.seedd.process])
        wait_for(lambda: self.linked() == {VPN, VPN6}, 30, "both peers", alive=[self.seedd.process])
        wait_for(self.dht_nodes, 30, "a node of the DHT", alive=[self.seedd.process])
        names = {name for _, (name, _) in self.ground.names.asked}
        check({"tracker.test", "udp.test", "node.test"} <= names, f"asked for {names}")
        check(self.ready()[0] == 200, f"ready: {self.ready()}")
        self.silent()

    def dht_nodes(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.seedd.rpc_port}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("seedd_dht_nodes"))

    def flaps(self, count):
        ways = [self.down, self.made_anew, self.address, self.unplugged]
        for turn in range(count):
            self.flap(ways[turn % len(ways)], turn)
        self.silent()
        late = [what for what, times in self.took.items() if max(times) > bound_of(what)]
        told = "; ".join(f"{what}: median {statistics.median(times):.2f} s, longest {max(times):.2f} s"
                         for what, times in self.took.items())
        check(not late, f"late: {late}; {told}")
        return told

    def flap(self, way, turn):
        restore = way()
        self.wait_gone(way.__name__)
        if turn % 5 == 0:
            self.while_gone()
        time.sleep(random.uniform(0, 0.2))
        before = self.counts()
        began = time.monotonic()
        restore()
        for what, took in self.returning({"listening", *PEERS, *before}, before, began).items():
            self.took.setdefault(what, []).append(took)
        self.wait_there()

    def one_family_first(self, first):
        """What cannot be reached without the other is asked when that comes, as soon as after a flap."""
        up = self.down()
        self.wait_gone("one family first")
        self.address()
        up()
        before = self.counts()
        now, later = set(), set()
        for what in (*PEERS, *before):
            (now if what.endswith("over IPv6") == (first == "IPv6") else later).add(what)
        try:
            self.add_address(first)
            self.returning(now, before, time.monotonic())
            early = [what for what in later if self.is_back(what, before)]
            check(not early, f"without an address: {early}")
        finally:
            began = time.monotonic()
            self.add_address(next(family for family in FAMILIES if family != first))
        took = self.returning(later, before, began)
        self.wait_there()
        self.silent()
        told = "; ".join(f"{what}: {seconds:.2f} s" for what, seconds in took.items())
        late = [what for what, seconds in took.items() if seconds > bound_of(what)]
        check(not late, f"late: {late}; {told}")
        return told

    def returning(self, waiting, before, began):
        """How long after `began` each of these was back, in the order in which they were."""
        took = {}
        while waiting:
            for what in sorted(waiting):
                if self.is_back(what, before):
                    took[what] = time.monotonic() - began
                    waiting.discard(what)
            check(time.monotonic() - began < 30, f"no {waiting} in 30 s\n{self.seedd.process.log_tail()}")
            time.sleep(0.005)
        return took

    def wait_gone(self, how):
        wait_for(lambda: "vpn0" in self.text(), NOTICE_MAX, f"the torrent's word that the interface is gone ({how})",
                 step=0.005, alive=[self.seedd.process])

    def wait_there(self):
        wait_for(lambda: "vpn0" not in self.text(), NOTICE_MAX, "the torrent's word that it is back")

    def is_back(self, what, before):
        if what == "listening":
            return self.ready()[0] == 200
        if what == "peer":
            return VPN in self.linked()
        if what == "peer over IPv6":
            return VPN6 in self.linked()
        return self.counts()[what] > before[what]

    def while_gone(self):
        """Whatever a user orders, nothing goes out."""
        status, answer = self.ready()
        check(status == 503 and answer["reasons"][0]["code"] == "network_gone", f"{status} {answer}")
        for call, params in (("torrent_add", {"filename": f"http://web.test:{self.ground.web_port}/a.torrent"}),
                             ("torrent_add", {"filename": f"http://{VPN}:{self.ground.web_port}/a.torrent"}),
                             ("torrent_add", {"filename": self.ground.http6.url.replace("announce", "a.torrent")}),
                             ("blocklist_update", {})):
            try:
                self.seedd.rpc(call, **params)
                check(False, f"{call} went out")
            except RpcError as error:
                check("vpn0" in str(error), f"{call}: {error}")
        self.seedd.rpc("torrent_reannounce", ids=[self.number])

    # --- how an interface goes; each gives back how it returns

    def down(self):
        ours = self.ground.ours
        ours.ip("link", "set", "vpn0", "down")
        return lambda: ours.ip("link", "set", "vpn0", "up")

    def made_anew(self):
        """As a program makes it that is started again: it is another interface of that name."""
        self.ground.link.break_off()
        return self.ground.link.make

    def address(self):
        """Of both families at once; apart they come in one_family_first."""
        ours = self.ground.ours
        ours.ip_at_once(*(f"addr del {address} dev vpn0" for address in FAMILIES.values()))
        return lambda: ours.ip_at_once(*(f"addr add {address} dev vpn0" for address in FAMILIES.values()))

    def add_address(self, family):
        self.ground.ours.ip("addr", "replace", FAMILIES[family], "dev", "vpn0")

    def unplugged(self):
        vpn = self.ground.vpn
        vpn.ip("link", "set", "far0", "down")
        return lambda: vpn.ip("link", "set", "far0", "up")

    def late(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")
        restore = self.made_anew()
        self.seedd.start()
        wait_for(lambda: "vpn0" in self.text(), NOTICE_MAX, "the torrent's word", alive=[self.seedd.process])
        self.while_gone()
        before = self.counts()
        restore()
        for what in ("peer", "peer over IPv6", *before):
            wait_for(lambda: self.is_back(what, before), 20, what, alive=[self.seedd.process])
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.silent()

    def control(self):
        """Last, for it is seen."""
        for what, family, send in (
                ("a datagram", "AF_INET", "sendto(b'x', ('10.99.0.1', 9))"),
                ("a datagram over IPv6", "AF_INET6", "sendto(b'x', ('fd99::1', 9))"),
                ("a group of local discovery", "AF_INET6",
                 "setsockopt(41, 20, socket.inet_pton(10, 'ff15::efc0:988f')"
                 " + socket.if_nametoindex('lan0').to_bytes(4, 'little'))")):
            self.ground.capture.frames.clear()
            self.ground.ours.run("python3", "-c", f"import socket; socket.socket(socket.{family}, 2).{send}")
            wait_for(lambda: self.ground.capture.frames, 5, f"{what} of ours on the other link")


if __name__ == "__main__":
    main()
