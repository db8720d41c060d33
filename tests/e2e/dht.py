#!/usr/bin/python3
"""The DHT: torrents without a tracker, found through nodes of libtorrent and of seedd."""

import os
import urllib.request

from setting import begin
from interop import prometheus
from interop.clients import Libtorrent
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


class Swarm:
    """Nodes on addresses of their own: a table takes one of each."""

    def __init__(self):
        self.home = folder("dht")
        self.content = os.path.join(self.home, "content")
        self.first = single_file(self.content, name="first.bin", size=2**20, piece_bytes=2**15, seed=1)
        self.second = single_file(self.content, name="second.bin", size=2**20, piece_bytes=2**15, seed=2)
        self.third = single_file(self.content, name="third.bin", size=2**20, piece_bytes=2**15, seed=3)
        self.nodes = []
        self.routers = ""

    def node(self, number):
        one = Libtorrent(os.path.join(self.home), save=os.path.join(self.home, f"lt{number}"),
                         address=f"127.0.0.{50 + number}")
        one.home = folder(f"node{number}", self.home)
        one.port = free_port()
        return one

    def begin(self):
        if Libtorrent.missing():
            raise Skip(Libtorrent.missing())
        for number in range(12):
            one = self.node(number)
            one.add(None, dht=self.routers)
            self.nodes.append(one)
            # libtorrent takes none of those it begins with into its table: each begins with another.
            self.routers = f"{one.address}:{one.port}"
            wait_for(one.status, 30, "libtorrent", alive=[one.process])

    def seedd(self, name, address, **settings):
        return Seedd(folder(name, self.home), name, address, dht_enabled=True, dht_bootstrap_nodes=self.routers,
                     **settings).start()

    def nodes_of(self, seedd):
        with urllib.request.urlopen(f"http://127.0.0.1:{seedd.rpc_port}/metrics") as answer:
            return prometheus.value(prometheus.parse(answer.read().decode()), "seedd_dht_nodes")

    def meets(self):
        self.a = self.seedd("a", "127.0.0.2", download_dir=self.content)
        self.b = self.seedd("b", "127.0.0.3")
        for one in (self.a, self.b):
            wait_for(lambda: self.nodes_of(one) >= 4, 60, "nodes", alive=[one.process])
        return f"{self.nodes_of(self.a):.0f} and {self.nodes_of(self.b):.0f} nodes"

    def between_seedds(self):
        self.a.add(self.first.path)
        self.a.wait_complete(self.first.info_hash)
        # A seed takes its time; the user need not.
        self.a.rpc("torrent_reannounce", ids=[self.first.info_hash])
        self.b.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{self.first.info_hash}")
        self.complete(self.b, self.first)
        froms = self.b.get(self.first.info_hash, "peers_from")
        return f"{froms}"

    def complete(self, seedd, torrent):
        wait_for(lambda: self.nudged(seedd, torrent), 90, "the torrent", step=0.5, alive=[seedd.process])
        check(not torrent.differences(seedd.download_dir), "the octets are right")

    @staticmethod
    def nudged(seedd, torrent):
        if seedd.is_complete(torrent.info_hash) and seedd.get(torrent.info_hash, "total_size") == torrent.total:
            return True
        seedd.rpc("torrent_reannounce", ids=[torrent.info_hash])
        return False

    def from_libtorrent(self):
        one = self.node(20)
        one.save = self.content
        one.add(self.second, seed=True, dht=self.routers)
        wait_for(lambda: one.facts(self.second).get("seeding"), 30, "libtorrent", alive=[one.process])
        self.b.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{self.second.info_hash}")
        self.complete(self.b, self.second)
        one.stop()

    def to_libtorrent(self):
        self.a.add(self.third.path)
        self.a.wait_complete(self.third.info_hash)
        self.a.rpc("torrent_reannounce", ids=[self.third.info_hash])
        one = self.node(21)
        one.add(self.third, magnet=f"magnet:?xt=urn:btih:{self.third.info_hash}", dht=self.routers)
        wait_for(lambda: one.complete(self.third), 90, "libtorrent", alive=[one.process])
        one.stop()

    def restarted(self):
        """The table is kept: a start without a router is no start from nothing."""
        check(self.b.stop() == 0, "it ends with 0")
        self.b.settings["dht_bootstrap_nodes"] = ""
        self.b.start()
        wait_for(lambda: self.nodes_of(self.b) >= 4, 60, "nodes", alive=[self.b.process])

    def off(self):
        self.b.rpc("session_set", dht_enabled=False)
        wait_for(lambda: self.nodes_of(self.b) == 0, 10, "no nodes")
        self.b.rpc("session_set", dht_enabled=True)
        wait_for(lambda: self.nodes_of(self.b) >= 4, 60, "nodes", alive=[self.b.process])

    def end(self):
        for one in (self.a, self.b):
            check(one.stop() == 0, f"{one.name} ends with 0")


def main():
    begin()
    report = Report("e2e: the DHT")
    swarm = Swarm()
    if report.run("a small DHT of libtorrent's", swarm.begin):
        report.run("seedd becomes a part of it", swarm.meets)
        report.run("a magnet without a tracker, from seedd", swarm.between_seedds)
        report.run("from libtorrent", swarm.from_libtorrent)
        report.run("to libtorrent", swarm.to_libtorrent)
        report.run("the table is kept over a restart", swarm.restarted)
        report.run("off and on again", swarm.off)
        report.run("it ends", swarm.end)
    finish(report)


if __name__ == "__main__":
    main()
