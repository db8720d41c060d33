#!/usr/bin/python3
"""Message stream encryption: with each client, each way, required and preferred; and who refuses."""

import os

from setting import begin
from interop import clients
from interop.clients import Libtorrent, Transmission
from interop.own_network import add_address, enter
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file
from interop.wire import Closed, Wire

# Transmission dials nobody at a loopback address.
NOT_LOOPBACK = "10.79.0."


class Encryption:
    def __init__(self, own_network):
        """`own_network`: addresses can be added."""
        self.own_network = own_network
        if own_network:
            for number in (2, 5):
                add_address(f"{NOT_LOOPBACK}{number}")
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
        client = kind(folder("client", self.home), save=self.content, address="127.0.0.5", encryption=policy)
        client.port = free_port()
        client.start()
        client.add(torrent, **({"seed": True} if kind is Libtorrent else {}))
        client.wait_complete(torrent)
        if policy == "forced":
            check(not self.takes_plain("127.0.0.5", client.port, torrent), f"{kind.name} takes no plain")
        leech = self.seedd("leech", "127.0.0.3", encryption="required")
        leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{torrent.info_hash}&x.pe=127.0.0.5:{client.port}")
        leech.wait_complete(torrent.info_hash)
        check(not torrent.differences(leech.download_dir), "the octets are right")
        leech.stop()
        client.stop()

    def to_client(self, kind):
        """It, which takes no plain, downloads from seedd, of which a tracker tells it, and dials."""
        if kind.missing():
            raise Skip(kind.missing())
        if kind is Transmission and not self.own_network:
            raise Skip("a network of its own is not allowed, and transmission dials nobody at a loopback address")
        net = NOT_LOOPBACK if kind is Transmission else "127.0.0."
        torrent = self.torrent()
        seed = self.seedd("seed", f"{net}2", encryption="allowed", download_dir=self.content, speed_limit_up=2000,
                          speed_limit_up_enabled=True)
        seed.add(torrent.path)
        seed.wait_complete(torrent.info_hash)
        tracker = SmallTracker()
        tracker.add_peer(torrent, f"{net}2", seed.peer_port)
        client = kind(folder("client", self.home), address=f"{net}5", encryption="forced")
        client.port = free_port()
        client.start()
        # Told to it alone: so it is who dials.
        client.add(torrent, path=torrent.with_trackers([tracker.url], torrent.path + ".tracked"))
        wait_for(lambda: self.encrypted(seed, torrent), 60, "a link", alive=[client.process, seed.process])
        check(self.encrypted(seed, torrent) == [True], f"{self.encrypted(seed, torrent)} at the seed")
        seed.rpc("session_set", speed_limit_up_enabled=False)
        client.wait_complete(torrent)
        wait_for(lambda: not torrent.differences(client.save), 20, "the right octets")
        seed.stop()
        client.stop()
        tracker.stop()

    @staticmethod
    def takes_plain(address, port, torrent):
        """Whether it answers a plain handshake; else it hangs up."""
        link = Wire(address, port)
        try:
            link.handshake(torrent.info_hash)
            return True
        except (Closed, ConnectionError):
            return False
        finally:
            link.close()

    def plain_peer(self):
        """One that takes no plain turns a plain peer away, and one that prefers otherwise does not."""
        torrent = self.torrent()
        for policy, let_in in (("required", False), ("preferred", True), ("allowed", True)):
            seed = self.seedd("seed", "127.0.0.2", encryption=policy, download_dir=self.content)
            seed.add(torrent.path)
            seed.wait_complete(torrent.info_hash)
            answered = self.takes_plain("127.0.0.2", seed.peer_port, torrent)
            check(answered == let_in, f"{policy}: {'answered' if answered else 'hung up'}")
            seed.stop()


def main():
    begin()
    own_network = enter()
    report = Report("e2e: encryption")
    cells = Encryption(own_network)
    for one in ("allowed", "preferred", "required"):
        for other in ("allowed", "preferred", "required"):
            # Who dials in plain to one that takes none dials once more, encrypted.
            encrypted = other != "allowed" or one == "required"
            report.run(f"a seed: {one}, a leech that dials: {other}", cells.between, one, other, encrypted)
    report.run("a plain peer", cells.plain_peer)
    for kind in (Libtorrent, Transmission):
        report.run(f"from {kind.name}, enabled", cells.from_client, kind, "enabled")
    for kind in clients.ALL:
        report.run(f"from {kind.name}, forced", cells.from_client, kind, "forced")
        report.run(f"to {kind.name}, forced", cells.to_client, kind)
    finish(report)


if __name__ == "__main__":
    main()
