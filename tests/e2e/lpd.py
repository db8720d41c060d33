#!/usr/bin/python3
"""Local peer discovery: clients of one network find each other without a tracker, over IPv4 and IPv6."""

import os
import sys

from setting import begin
from interop.clients import Libtorrent, Transmission
from interop.own_network import enter, ip
from interop.processes import TimedOut, folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


class Network:
    """One interface with an address for each client."""

    def __init__(self):
        self.home = folder("lpd")
        self.content = os.path.join(self.home, "content")
        self.number = 0
        # Not each kernel has dummy devices; nobody is at the other end of this one.
        ip("link", "add", "lan", "type", "veth", "peer", "name", "lan-end")
        ip("link", "set", "lan-end", "up")
        ip("link", "set", "lan", "up", "multicast", "on")
        for last in range(1, 10):
            ip("address", "add", f"10.77.0.{last}/24", "dev", "lan")
        ip("address", "add", "fd77::1/64", "dev", "lan", "nodad")
        ip("route", "add", "default", "dev", "lan")

    def torrent(self, **more):
        self.number += 1
        return single_file(self.content, name=f"one{self.number}.bin", size=2**20 + 7, piece_bytes=2**15,
                           seed=self.number, **more)

    def seedd(self, name, address, **settings):
        return Seedd(folder(name, self.home), name, address, lpd_enabled=True, **settings).start()

    def between_seedds(self):
        torrent = self.torrent()
        seed = self.seedd("seed", "10.77.0.1", download_dir=self.content)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        leech = self.seedd("leech", "10.77.0.2")
        leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}")
        leech.wait_complete(torrent.info_hash, 60)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        sources = leech.get(torrent.info_hash, "peers_from")
        for one in (seed, leech):
            one.stop()
        return f"peers {sources}"

    def over_ipv6(self):
        torrent = self.torrent()
        seed = self.seedd("seed6", "", bind_address_ipv6="::", download_dir=self.content)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        leech = self.seedd("leech6", "", bind_address_ipv6="::")
        leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}")
        leech.wait_complete(torrent.info_hash, 60)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        for one in (seed, leech):
            one.stop()

    def private(self):
        """One that is private is not told, and nobody is met for it."""
        torrent = self.torrent(private=True)
        open_one = self.torrent()
        seed = self.seedd("seed", "10.77.0.1", download_dir=self.content)
        leech = self.seedd("leech", "10.77.0.2")
        for one in (seed, leech):
            one.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        # What comes after it has been through: so would it have been.
        for one in (seed, leech):
            one.add(open_one.path)
        leech.wait_complete(open_one.info_hash, 60)
        check(leech.get(torrent.info_hash, "peers") == [], "no peer of the private one")
        for one in (seed, leech):
            one.stop()

    def with_client(self, client, seedd_first):
        if client.missing():
            raise Skip(client.missing())
        torrent = self.torrent()
        # At the interface's first address, which Transmission's announces come from wherever it is bound.
        other = client(folder("other", self.home), address="10.77.0.1", lpd=True)
        other.port = free_port()
        ours = self.seedd("ours", "10.77.0.2", **({"download_dir": self.content} if seedd_first else {}))
        if seedd_first:
            ours.add(torrent.path)
            ours.wait_complete(torrent.info_hash)
        else:
            other.save = self.content
        other.start()
        other.add(torrent, **({"seed": True} if client is Libtorrent and not seedd_first else {}))
        if not seedd_first:
            wait_for(lambda: other.complete(torrent), 60, f"a complete {client.name}", alive=[other.process])
            ours.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}")

        def done():
            return other.complete(torrent) if seedd_first else ours.is_complete(torrent.info_hash)
        for _ in range(10):
            # Transmission drops what it hears in its first seconds.
            try:
                wait_for(done, 6, "the torrent", alive=[other.process, ours.process])
                break
            except TimedOut:
                ours.rpc("torrent_reannounce", ids=[torrent.info_hash])
        wait_for(done, 60, f"a complete {client.name if seedd_first else 'seedd'}",
                 alive=[other.process, ours.process])
        check(not torrent.differences(other.save if seedd_first else ours.download_dir), "the octets are right")
        for one in (ours, other):
            one.stop()


def main():
    begin()
    if not enter():
        print("skipped: a network namespace of its own is not allowed")
        sys.exit(77)
    report = Report("e2e: local peer discovery")
    network = Network()
    report.run("between seedds", network.between_seedds)
    report.run("over IPv6", network.over_ipv6)
    report.run("a private torrent", network.private)
    for client in (Libtorrent, Transmission):
        report.run(f"from seedd to {client.name}", network.with_client, client, True)
        report.run(f"from {client.name} to seedd", network.with_client, client, False)
    finish(report)


if __name__ == "__main__":
    main()
