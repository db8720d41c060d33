#!/usr/bin/python3
"""Message stream encryption: with Transmission and libtorrent, each way, required and preferred; and who refuses."""

import os

from setting import begin
from interop.clients import Libtorrent, Transmission
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file
from interop.wire import Closed, Wire


class Encryption:
    def __init__(self):
        self.home = folder("encryption")
        self.content = os.path.join(self.home, "content")
        self.number = 0

    def torrent(self):
        self.number += 1
        return single_file(self.content, name=f"one{self.number}.bin", size=2**22 + 7, piece_bytes=2**16,
                           seed=self.number)

    def seedd(self, name, address, **settings):
        return Seedd(folder(name, self.home), name, address, **settings).start()

    def encrypted(self, seedd, torrent):
        """Of the peers that are linked."""
        return [peer["is_encrypted"] for peer in seedd.get(torrent.info_hash, "peers")]

    def between(self, one, other, expected):
        """Two seedds with these policies; the one that downloads dials."""
        torrent = self.torrent()
        seed = self.seedd("seed", "127.0.0.2", encryption=one, download_dir=self.content)
        leech = self.seedd("leech", "127.0.0.3", encryption=other, speed_limit_down=1000,
                           speed_limit_down_enabled=True)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}&x.pe=127.0.0.2:{seed.peer_port}")
        wait_for(lambda: self.encrypted(leech, torrent), 20, "a link", alive=[leech.process])
        check(self.encrypted(leech, torrent) == [expected], f"{self.encrypted(leech, torrent)} at the leech")
        check(self.encrypted(seed, torrent) == [expected], f"{self.encrypted(seed, torrent)} at the seed")
        leech.rpc("session_set", speed_limit_down_enabled=False)
        leech.wait_complete(torrent.info_hash)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        for each in (seed, leech):
            check(each.stop() == 0, "it ends with 0")

    def from_client(self, kind, policy):
        """seedd, which takes no plain, downloads from it."""
        if kind.missing():
            raise Skip(kind.missing())
        torrent = self.torrent()
        home = folder("client", self.home)
        client = kind(home, save=self.content, address="127.0.0.5")
        if kind is Libtorrent:
            client.port = free_port()
            client.add(torrent, seed=True, encryption=policy)
            wait_for(lambda: client.facts(torrent).get("seeding"), 20, "libtorrent", alive=[client.process])
        else:
            client.start()
            client.rpc("session-set", encryption="required" if policy == "forced" else "preferred")
            client.add(torrent)
            client.wait_complete(torrent)
        leech = self.seedd("leech", "127.0.0.3", encryption="required")
        leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}&x.pe=127.0.0.5:{client.port}")
        leech.wait_complete(torrent.info_hash)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        leech.stop()
        client.stop()

    def to_client(self, kind):
        """It, which takes no plain, downloads from seedd, and dials."""
        if kind.missing():
            raise Skip(kind.missing())
        torrent = self.torrent()
        seed = self.seedd("seed", "127.0.0.2", encryption="allowed", download_dir=self.content)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        home = folder("client", self.home)
        client = kind(home, address="127.0.0.5")
        client.port = free_port()
        client.add(torrent, peers=[f"127.0.0.2:{seed.peer_port}"], encryption="forced")
        client.wait_complete(torrent)
        check(not torrent.differences(client.save), "the octets are right")
        seed.stop()
        client.stop()

    def plain_peer(self):
        """One that takes no plain turns a plain peer away, and one that prefers otherwise does not."""
        torrent = self.torrent()
        for policy, let_in in (("required", False), ("preferred", True), ("allowed", True)):
            seed = self.seedd("seed", "127.0.0.2", encryption=policy, download_dir=self.content)
            seed.add(torrent.path)
            seed.wait_complete(torrent.info_hash)
            link = Wire("127.0.0.2", seed.peer_port)
            try:
                link.handshake(torrent.info_hash)
                answered = True
            except (Closed, ConnectionError):
                answered = False
            check(answered == let_in, f"{policy}: {'answered' if answered else 'hung up'}")
            link.close()
            seed.stop()


def main():
    begin()
    report = Report("e2e: encryption")
    cells = Encryption()
    for one in ("allowed", "preferred", "required"):
        for other in ("allowed", "preferred", "required"):
            # Who dials in plain to one that takes none finds nobody.
            if (one, other) != ("required", "allowed"):
                report.run(f"a seed: {one}, a leech that dials: {other}", cells.between, one, other, other != "allowed")
    report.run("a plain peer", cells.plain_peer)
    for kind in (Libtorrent, Transmission):
        for policy in ("forced", "enabled"):
            report.run(f"from {kind.name}, {policy}", cells.from_client, kind, policy)
    report.run("to libtorrent, forced", cells.to_client, Libtorrent)
    finish(report)


if __name__ == "__main__":
    main()
