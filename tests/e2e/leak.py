#!/usr/bin/python3
"""bind_interface: seedd in a namespace with two links, held to one that flaps while everything runs:
peers, trackers over HTTP and UDP, names, the DHT and what it fetches. The other link has the default
route, and a capture on it sees nothing of seedd's. --flaps N; what is told at the end is how long it
took from the link's return until all knew of it."""

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
from interop.own_links import Capture, Link, Namespace
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import RpcError, Seedd
from interop.small_servers import NameServer, UdpTracker
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

VPN, OURS, LAN, OURS_LAN = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
RECOVERY_MAX = 2.0
# The interface's state and addresses are read within milliseconds; a busy machine has its time.
NOTICE_MAX = 10


class Ground:
    """The namespaces, and who is at the VPN's other end."""

    def __init__(self):
        tag = f"bind{os.getpid()}"
        self.ours = Namespace(f"{tag}-seed", name_servers=[VPN])
        self.vpn = Namespace(f"{tag}-vpn")
        self.lan = Namespace(f"{tag}-lan")
        for one in (self.ours, self.vpn, self.lan):
            atexit.register(one.remove)
        self.link = Link((self.ours, "vpn0", f"{OURS}/24"), (self.vpn, "far0", f"{VPN}/24"))
        # Else what is bound to the address there would end with the cable.
        self.vpn.ip("addr", "add", f"{VPN}/32", "dev", "lo")
        Link((self.ours, "lan0", f"{OURS_LAN}/24"), (self.lan, "far1", f"{LAN}/24"))
        self.ours.ip("route", "add", "default", "via", LAN)
        # Whatever comes this way is answered: a leak would be a connection.
        self.lan.ip("addr", "add", f"{VPN}/32", "dev", "lo")
        self.capture = Capture(self.lan, "far1")
        self.home = folder("leak")
        self.vpn.enter()
        self.names = NameServer(VPN, "test", VPN)
        self.http = SmallTracker(VPN)
        self.udp = UdpTracker(VPN)
        self.web_port = self.http.url.rsplit(":", 1)[1].split("/")[0]
        # Named, so that each announce may need the name server.
        urls = [f"http://tracker.test:{self.web_port}/announce", f"udp://udp.test:{self.udp.port}/announce"]
        content = os.path.join(self.home, "content")
        self.torrent = single_file(content, name="one.bin", size=64 * MIB, piece_bytes=MIB, seed=1, trackers=urls)
        self.far = Seedd(folder("far", self.home), "far", VPN, download_dir=content, dht_enabled=True,
                         dht_bootstrap_nodes="", speed_limit_up=64, speed_limit_up_enabled=True,
                         rpc_bind_address="127.0.0.1", rpc_whitelist_enabled=False)
        self.far.run_by = self.vpn.argv()
        self.far.start()
        self.far.wait_complete(self.far.add(self.torrent.path))
        self.ours.enter()
        self.seedd = Seedd(folder("ours", self.home), "ours", "0.0.0.0", bind_interface="vpn0",
                           dht_enabled=True, dht_bootstrap_nodes=f"node.test:{self.far.peer_port}",
                           announce_to_all_tiers=True, fetch_private_addresses=True,
                           blocklist_url=f"http://lists.test:{self.web_port}/list")
        self.seedd.run_by = self.ours.argv()

    def add_far_peer(self):
        self.http.add_peer(self.torrent, VPN, self.far.peer_port)


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
    report.run("gone at the start: nothing goes out, and it begins with the interface", flapping.late)
    report.run("the capture sees what does leak", flapping.control)
    finish(report)


def take_flaps():
    """Takes --flaps N out of the arguments."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--flaps", type=int, default=10)
    known, sys.argv[1:] = parser.parse_known_args()
    return known.flaps


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

    def far_links(self):
        return [peer for peer in self.seedd.get(self.number, "peers") if peer["address"] == VPN]

    def http_announces(self):
        return sum(announce["from"] == OURS for announce in self.ground.http.announces)

    def udp_announces(self):
        return sum(source[0] == OURS for _, source in self.ground.udp.asked)

    def counts(self):
        return {"http announce": self.http_announces(), "udp announce": self.udp_announces()}

    def silent(self):
        frames = self.ground.capture.frames
        check(not frames, f"{len(frames)} frames on the other link: {self.ground.capture.texts()}")

    # --- what is done

    def begins(self):
        self.seedd.start()
        self.ground.add_far_peer()
        self.number = self.seedd.add(self.ground.torrent.path)
        wait_for(lambda: self.http_announces() and self.udp_announces(), 30, "announces", alive=[self.seedd.process])
        wait_for(self.far_links, 30, "the peer", alive=[self.seedd.process])
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
        late = {what: max(times) for what, times in self.took.items() if max(times) > RECOVERY_MAX}
        told = "; ".join(f"{what}: median {statistics.median(times):.2f} s, longest {max(times):.2f} s"
                         for what, times in self.took.items())
        check(not late, f"later than {RECOVERY_MAX} s: {told}")
        return told

    def flap(self, way, turn):
        restore = way()
        wait_for(lambda: "vpn0" in self.text(), NOTICE_MAX, f"the torrent's word that the interface is gone ({way.__name__})",
                 step=0.005, alive=[self.seedd.process])
        if turn % 5 == 0:
            self.while_gone()
        time.sleep(random.uniform(0, 0.2))
        before = self.counts()
        began = time.monotonic()
        restore()
        waiting = {"listening", "peer", *before}
        while waiting:
            for what in sorted(waiting):
                if self.is_back(what, before):
                    self.took.setdefault(what, []).append(time.monotonic() - began)
                    waiting.discard(what)
            check(time.monotonic() - began < 30, f"turn {turn}, {way.__name__}: no {waiting}\n{self.seedd.process.log_tail()}")
            time.sleep(0.005)
        wait_for(lambda: "vpn0" not in self.text(), NOTICE_MAX, "the torrent's word that it is back")

    def is_back(self, what, before):
        if what == "listening":
            return self.ready()[0] == 200
        if what == "peer":
            return bool(self.far_links())
        return self.counts()[what] > before[what]

    def while_gone(self):
        """Whatever a user orders, nothing goes out."""
        status, answer = self.ready()
        check(status == 503 and answer["reasons"][0]["code"] == "network_gone", f"{status} {answer}")
        for call, params in (("torrent_add", {"filename": f"http://web.test:{self.ground.web_port}/a.torrent"}),
                             ("torrent_add", {"filename": f"http://{VPN}:{self.ground.web_port}/a.torrent"}),
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
        ours = self.ground.ours
        ours.ip("addr", "del", f"{OURS}/24", "dev", "vpn0")
        return lambda: ours.ip("addr", "add", f"{OURS}/24", "dev", "vpn0")

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
        wait_for(lambda: self.counts()["http announce"] > before["http announce"] and self.far_links(), 20,
                 "the announce and the peer", alive=[self.seedd.process])
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.silent()

    def control(self):
        """Last, for it is seen."""
        self.ground.ours.run("sh", "-c", "ping -c 1 -W 1 10.99.0.1 >/dev/null 2>&1 || "
                             "python3 -c 'import socket; socket.socket(2, 2).sendto(b\"x\", (\"10.99.0.1\", 9))'")
        wait_for(lambda: self.ground.capture.frames, 5, "a frame of ours on the other link")


if __name__ == "__main__":
    main()
