#!/usr/bin/python3
"""uTP: with itself, libtorrent and Transmission, each way, over good lines and bad ones, and beside TCP."""

import os
import sys

from setting import begin
from interop.bad_line import BadLine
from interop.clients import Libtorrent, Transmission
from interop.own_network import enter, ip
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file
from interop.small_tracker import SmallTracker
from interop.wire import Closed, Wire

UTP, TCP = "utp", "tcp"
# What becomes of each packet, each way.
LINES = {"loopback": None, "40 ms": {"delay": 20}, "40 ms, 1 % lost": {"delay": 20, "loss": 1},
         "reordered and doubled": {"delay": 10, "jitter": 5, "double": 2},
         "a path of 1300 octets": {"delay": 5, "mtu": 1300}}


class Setting:
    def __init__(self):
        self.home = folder("utp")
        self.content = os.path.join(self.home, "content")
        self.number = 0
        self.line, self.bad = BadLine(), False

    def torrent(self, size=3 * 2**20 + 7, **more):
        self.number += 1
        return single_file(self.content, name=f"one{self.number}.bin", size=size, piece_bytes=2**16,
                           seed=self.number, **more)

    def seedd(self, name, address, transports=UTP, **settings):
        return Seedd(folder(name, self.home), name, address, preferred_transports=transports, **settings).start()

    def use(self, line, loopback=True):
        """Where the clients are from now on, as they and as others name it."""
        self.bad = LINES[line] is not None or not loopback
        if self.bad:
            self.line.start(**(LINES[line] or {}))

    def here(self, number):
        return self.line.here(number) if self.bad else f"127.0.0.{number}"

    def at(self, number, port):
        return f"{self.line.there(number) if self.bad else self.here(number)}:{port}"

    def transports(self, seedd, torrent):
        return {peer["is_utp"] for peer in seedd.get(torrent.info_hash, "peers")}

    def seed(self, torrent, address=None, **settings):
        one = self.seedd("seed", self.here(2) if address is None else address, download_dir=self.content, **settings)
        one.add(torrent.path)
        one.wait_complete(torrent.info_hash)
        return one

    def leech(self, torrent, *peers, address=None, **settings):
        one = self.seedd("leech", self.here(3) if address is None else address, **settings)
        named = "".join(f"&x.pe={peer}" for peer in peers)
        one.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}{named}")
        return one

    def finish(self, torrent, leech, *others, seconds=120):
        leech.wait_complete(torrent.info_hash, seconds)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        for one in (leech, *others):
            one.stop()

    # --- cells

    def between_seedds(self, line, encryption="allowed"):
        self.use(line)
        torrent = self.torrent()
        seed = self.seed(torrent, encryption=encryption, speed_limit_up=2000, speed_limit_up_enabled=True)
        leech = self.leech(torrent, self.at(2, seed.peer_port), encryption=encryption)
        wait_for(lambda: self.transports(leech, torrent), 30, "a link", alive=[leech.process])
        check(self.transports(leech, torrent) == {True}, "it is uTP at the leech")
        check(self.transports(seed, torrent) == {True}, "it is uTP at the seed")
        if encryption == "required":
            check(all(peer["is_encrypted"] for peer in leech.get(torrent.info_hash, "peers")), "it is encrypted")
        seed.rpc("session_set", speed_limit_up_enabled=False)
        self.finish(torrent, leech, seed)

    def over_ipv6(self):
        self.use("loopback")
        torrent = self.torrent()
        seed = self.seed(torrent, "", bind_address_ipv6="::1")
        leech = self.leech(torrent, f"[::1]:{seed.peer_port}", address="", bind_address_ipv6="::1")
        self.finish(torrent, leech, seed)

    def from_client(self, kind, line):
        """It seeds, and seedd, which speaks uTP alone, dials."""
        if kind.missing():
            raise Skip(kind.missing())
        self.use(line)
        torrent = self.torrent()
        client = kind(folder("client", self.home), save=self.content, address=self.here(5), utp="only")
        client.port = free_port()
        client.start()
        client.add(torrent, **({"seed": True} if kind is Libtorrent else {}))
        wait_for(lambda: client.complete(torrent), 30, f"a complete {client.name}", alive=[client.process])
        leech = self.leech(torrent, self.at(5, client.port))
        self.finish(torrent, leech, client)

    def to_client(self, kind, line):
        """It downloads, and dials: libtorrent by address, Transmission by a tracker."""
        if kind.missing():
            raise Skip(kind.missing())
        # Transmission dials nobody at a loopback address.
        self.use(line, loopback=kind is not Transmission)
        tracker = SmallTracker()
        torrent = self.torrent()
        seed = self.seed(torrent)
        tracker.add_peer(torrent, *self.at(2, seed.peer_port).split(":"))
        client = kind(folder("client", self.home), address=self.here(5), utp="only")
        client.port = free_port()
        client.start()
        if kind is Libtorrent:
            client.add(torrent, peers=[self.at(2, seed.peer_port)])
        else:
            # Told to the client alone: seedd would tell where it is, and that is not behind the line.
            client.add(torrent, path=torrent.with_trackers([tracker.url], torrent.path + ".tracked"))
        wait_for(lambda: client.complete(torrent), 120, f"a complete {client.name}", alive=[client.process])
        check(not torrent.differences(client.save), "the octets are right")
        for one in (client, seed):
            one.stop()
        tracker.stop()

    def preferred(self):
        """uTP where both have it, TCP where one has not, whichever is preferred."""
        self.use("loopback")
        for mine, theirs, utp in (("utp,tcp", "utp,tcp", True), ("tcp,utp", "utp,tcp", False),
                                  ("utp,tcp", TCP, False), ("tcp,utp", UTP, True)):
            torrent = self.torrent()
            seed = self.seed(torrent, transports=theirs, speed_limit_up=2000, speed_limit_up_enabled=True)
            leech = self.leech(torrent, self.at(2, seed.peer_port), transports=mine)
            wait_for(lambda: self.transports(leech, torrent), 30, "a link", alive=[leech.process])
            check(self.transports(leech, torrent) == {utp}, f"{mine} to {theirs}")
            seed.rpc("session_set", speed_limit_up_enabled=False)
            self.finish(torrent, leech, seed)

    def left_out(self):
        """What the setting leaves out is not listened for, from the moment it says so."""
        self.use("loopback")
        torrent = self.torrent()
        seed = self.seed(torrent, transports="utp,tcp")

        def takes_tcp():
            try:
                link = Wire("127.0.0.2", seed.peer_port)
                link.handshake(torrent.info_hash)
                link.close()
                return True
            except (OSError, Closed):
                return False
        check(takes_tcp(), "TCP at first")
        seed.rpc("session_set", preferred_transports=["utp"])
        check(not takes_tcp(), "none without tcp in the setting")
        seed.rpc("session_set", preferred_transports=["utp", "tcp"])
        check(takes_tcp(), "TCP again")
        leech = self.leech(torrent, self.at(2, seed.peer_port), transports=TCP)
        self.finish(torrent, leech, seed)

    def switched_off(self):
        """A link over uTP ends when uTP is switched off, and the download goes on over TCP."""
        self.use("loopback")
        torrent = self.torrent()
        seed = self.seed(torrent, transports="utp,tcp", speed_limit_up=200, speed_limit_up_enabled=True)
        leech = self.leech(torrent, self.at(2, seed.peer_port), transports="utp,tcp")
        wait_for(lambda: self.transports(leech, torrent) == {True}, 30, "a link", alive=[leech.process])
        leech.rpc("session_set", utp_enabled=False)
        wait_for(lambda: self.transports(leech, torrent) == {False}, 120, "a link over TCP", alive=[leech.process])
        seed.rpc("session_set", speed_limit_up_enabled=False)
        self.finish(torrent, leech, seed)

    def shares_limits(self):
        """One limit for both transports: neither starves."""
        self.use("loopback")
        torrent = self.torrent(size=16 * 2**20)
        seed = self.seed(torrent, transports="utp,tcp", speed_limit_up=1000, speed_limit_up_enabled=True)
        both = []
        for number, transports in enumerate((UTP, TCP)):
            one = Seedd(folder(f"leech{number}", self.home), f"leech{number}", f"127.0.0.{7 + number}",
                        preferred_transports=transports).start()
            one.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}"
                                            f"&x.pe=127.0.0.2:{seed.peer_port}")
            both.append(one)

        def got(one):
            return one.get(torrent.info_hash, "downloaded_ever")
        wait_for(lambda: sum(got(one) for one in both) > 6 * 2**20, 60, "6 MiB", alive=[seed.process])
        shares = [got(one) for one in both]
        check(min(shares) * 4 > max(shares), f"neither starves: {shares}")
        for one in (*both, seed):
            one.stop()
        return f"{shares[0] / 2**20:.1f} MiB over uTP, {shares[1] / 2**20:.1f} over TCP"


def main():
    begin()
    if not enter():
        print("skipped: a network namespace of its own is not allowed")
        sys.exit(77)
    ip("link", "set", "lo", "mtu", "1500")
    report = Report("e2e: uTP")
    setting = Setting()
    for line in LINES:
        report.run(f"between seedds, {line}", setting.between_seedds, line)
    report.run("between seedds, encrypted", setting.between_seedds, "loopback", "required")
    report.run("over IPv6", setting.over_ipv6)
    for kind in (Libtorrent, Transmission):
        for line in LINES:
            # Transmission 3.00 looks for no path's MTU: what it sends has one size, and may not be cut.
            if kind is Transmission and "path" in line:
                continue
            report.run(f"from {kind.name}, {line}", setting.from_client, kind, line)
            report.run(f"to {kind.name}, {line}", setting.to_client, kind, line)
    report.run("which is preferred", setting.preferred)
    report.run("what is left out", setting.left_out)
    report.run("switched off", setting.switched_off)
    report.run("one limit for both", setting.shares_limits)
    finish(report)


if __name__ == "__main__":
    main()
