#!/usr/bin/python3
"""Two that no one can dial, each behind a NAT of its own, are brought together by a third (BEP 55)."""

import os
import subprocess
import sys

from setting import begin
from interop.namespaces import Namespace
from interop.own_network import enter, ip
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

NAT = """
table ip translation {
  chain out { type nat hook postrouting priority 100; oifname "outside" masquerade; }
  chain through {
    type filter hook forward priority 0; policy drop;
    iifname "inside" accept
    ct state established,related accept
  }
  chain own { type filter hook input priority 0; policy drop; iifname "inside" accept; }
}
"""
PUBLIC = "10.50.0.1"  # of who brings them together


def forward():
    with open("/proc/sys/net/ipv4/ip_forward", "w") as switch:
        switch.write("1")


class Home:
    """A host behind a router that translates, and lets nobody in whom nobody inside has sent to."""

    def __init__(self, number):
        self.number = number
        self.router, self.host = Namespace(f"router{number}"), Namespace(f"host{number}")
        # To the world, which is our own namespace.
        ip("link", "add", f"to{number}", "type", "veth", "peer", "name", "outside", "netns", self.router.pid)
        ip("address", "add", f"10.50.{number}.1/24", "dev", f"to{number}")
        ip("link", "set", f"to{number}", "up")
        with self.router.inside():
            ip("link", "add", "inside", "type", "veth", "peer", "name", "home", "netns", self.host.pid)
            ip("address", "add", f"10.50.{number}.2/24", "dev", "outside")
            ip("address", "add", f"192.168.{number}.1/24", "dev", "inside")
            for device in ("outside", "inside"):
                ip("link", "set", device, "up")
            ip("route", "add", "default", "via", f"10.50.{number}.1")
            forward()
            subprocess.run(["nft", "-f", "-"], input=NAT, text=True, check=True)
        with self.host.inside():
            ip("address", "add", f"192.168.{number}.2/24", "dev", "home")
            ip("link", "set", "home", "up")
            ip("route", "add", "default", "via", f"192.168.{number}.1")

    def seedd(self, home, name, **settings):
        self.daemon = Seedd(folder(name, home), name, f"192.168.{self.number}.2", pex_enabled=True,
                            preferred_transports="utp,tcp", **settings)
        with self.host.inside():
            self.daemon.start()
        return self

    def __getattr__(self, name):
        """What the daemon can, from in there."""
        def call(*arguments, **named):
            with self.host.inside():
                return getattr(self.daemon, name)(*arguments, **named)
        return call


def brought_together():
    try:
        subprocess.run(["nft", "--version"], capture_output=True, check=True)
    except OSError as missing:
        raise Skip("nftables is not installed") from missing
    ip("address", "add", f"{PUBLIC}/32", "dev", "lo")
    forward()
    place = folder("holepunch")
    content = os.path.join(place, "content")
    torrent = single_file(content, size=2**20 + 7, piece_bytes=2**15)
    # It never has anything to give.
    third = Seedd(folder("third", place), "third", PUBLIC, pex_enabled=True, preferred_transports="utp,tcp",
                  speed_limit_down=0, speed_limit_down_enabled=True)
    third.start()
    third.add(torrent.path)
    # Each has a tracker of its own, which knows the third alone; the third tells them of each other.
    trackers = [SmallTracker(PUBLIC), SmallTracker(PUBLIC)]
    for tracker in trackers:
        tracker.add_peer(torrent, PUBLIC, third.peer_port)
    paths = [torrent.with_trackers([tracker.url], f"{torrent.path}.{number}")
             for number, tracker in enumerate(trackers)]
    seed = Home(1).seedd(place, "seed", download_dir=content)
    seed.add(paths[0])
    seed.wait_complete(torrent.info_hash)
    wait_for(lambda: seed.get(torrent.info_hash, "peers_connected") >= 1, 60, "a link", alive=[seed.daemon.process])
    leech = Home(2).seedd(place, "leech")
    leech.add(paths[1])
    leech.wait_complete(torrent.info_hash, 240)
    check(not torrent.differences(leech.daemon.download_dir), "the octets are right")
    check(third.get(torrent.info_hash, "percent_done") == 0, "the third had nothing to give")
    for one in (leech, seed, third):
        one.stop()


def main():
    begin()
    if not enter():
        print("skipped: a network namespace of its own is not allowed")
        sys.exit(77)
    report = Report("e2e: holepunching")
    report.run("two behind NATs, through a third", brought_together)
    finish(report)


if __name__ == "__main__":
    main()
