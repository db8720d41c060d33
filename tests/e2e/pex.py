#!/usr/bin/python3
"""Peer exchange: a peer that nobody but another peer knows is found, with libtorrent in the middle too."""

import os

from setting import begin
from interop.clients import Libtorrent
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


class Exchange:
    def __init__(self):
        self.home = folder("pex")
        self.content = os.path.join(self.home, "content")
        self.number = 0

    def torrent(self):
        self.number += 1
        return single_file(self.content, name=f"one{self.number}.bin", size=2**20 + 7, piece_bytes=2**15,
                           seed=self.number)

    def seedd(self, name, address, **settings):
        return Seedd(folder(name, self.home), name, address, pex_enabled=True, **settings).start()

    def magnet(self, torrent, *peers):
        return f"magnet:?xt=urn:btih:{torrent.info_hash}" + "".join(f"&x.pe={peer}" for peer in peers)

    def of_seedds(self):
        """The middle knows both others; they know it alone, and it has next to no line."""
        torrent = self.torrent()
        seed = self.seedd("seed", "127.0.0.2", download_dir=self.content)
        middle = self.seedd("middle", "127.0.0.3", speed_limit_up=0, speed_limit_up_enabled=True,
                            speed_limit_down=1, speed_limit_down_enabled=True)
        last = self.seedd("last", "127.0.0.4")
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        middle.rpc("torrent_add", filename=self.magnet(torrent, f"127.0.0.2:{seed.peer_port}"))
        wait_for(lambda: middle.get(torrent.info_hash, "peers_connected") >= 1, 20, "a link", alive=[middle.process])
        last.rpc("torrent_add", filename=self.magnet(torrent, f"127.0.0.3:{middle.peer_port}"))
        last.wait_complete(torrent.info_hash, 90)
        check(not torrent.differences(last.download_dir), "the octets are right")
        for one in (seed, middle, last):
            one.stop()

    def by_libtorrent(self):
        """libtorrent is in the middle. Until the last one is linked to the seed, that one gives next to nothing."""
        if Libtorrent.missing():
            raise Skip(Libtorrent.missing())
        torrent = self.torrent()
        seed = self.seedd("seed", "127.0.0.2", download_dir=self.content, speed_limit_up=1,
                          speed_limit_up_enabled=True)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        middle = Libtorrent(folder("libtorrent", self.home), address="127.0.0.5")
        middle.port = free_port()
        middle.add(torrent, peers=[f"127.0.0.2:{seed.peer_port}"])
        wait_for(lambda: middle.facts(torrent).get("peers", 0) >= 1, 60, "a link", alive=[middle.process, seed.process])
        last = self.seedd("last", "127.0.0.4")
        last.rpc("torrent_add", filename=self.magnet(torrent, f"127.0.0.5:{middle.port}"))
        wait_for(lambda: any(peer["address"] == "127.0.0.2" for peer in last.get(torrent.info_hash, "peers")), 120,
                 "a link to the seed", alive=[last.process, seed.process])
        seed.rpc("session_set", speed_limit_up_enabled=False)
        last.wait_complete(torrent.info_hash, 60)
        check(not torrent.differences(last.download_dir), "the octets are right")
        for one in (seed, last, middle):
            one.stop()


def main():
    begin()
    report = Report("e2e: peer exchange")
    exchange = Exchange()
    report.run("between seedds", exchange.of_seedds)
    report.run("by libtorrent", exchange.by_libtorrent)
    finish(report)


if __name__ == "__main__":
    main()
