#!/usr/bin/python3
"""BitTorrent v2 and hybrids (BEP 52): with libtorrent both ways, from files and from magnets by either hash, and
with a peer that gives bad blocks and right hashes."""

import dataclasses
import os
import socket
import struct
import threading

from setting import begin
from interop import wire
from interop.clients import Libtorrent, Qbittorrent
from interop.processes import folder, free_port, have, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.tracker import OpenTracker
from interop.v2_torrents import BLOCK, V2Torrent, file_root, leaves, power_of_two
from interop.wire import Wire

HASH_REQUEST, HASHES, HASH_REJECT = 21, 22, 23
FILES = [("one byte", 1), ("empty", 0), ("a/some.bin", 5 * 2**20 + 17), ("a/block.bin", 16384), ("b/small", 40000),
         ("größe/日本.bin", 2**20 - 999), ("z/pieces.bin", 4 * 65536)]


@dataclasses.dataclass
class Swarm:
    """As a tracker knows it."""

    info_hash: str


class BadSeed:
    """Has all of a single file, gives right leaves, and spoils every block of its data from the `good`-th on."""

    def __init__(self, torrent, address="127.0.0.8", good=0):
        with open(torrent.path_of(""), "rb") as file:
            self.octets = file.read()
        self.torrent, self.good = torrent, good
        self.root = file_root(self.octets)
        self.sent, self.links, self.ended = 0, 0, 0
        self.listener = socket.create_server((address, 0))
        self.endpoint = "%s:%d" % self.listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._talk(stream)
            except (OSError, wire.Closed):
                pass
            stream.close()
            self.ended += 1

    def _talk(self, stream):
        link = Wire.__new__(Wire)
        link.socket, link.kept = stream, b""
        link.socket.settimeout(30)
        link.take(68)
        self.links += 1
        stream.sendall(b"\x13BitTorrent protocol" + bytes([0, 0, 0, 0, 0, 0, 0, 4])
                       + bytes.fromhex(self.torrent.info_hash_v2) + b"-BS0001-" + os.urandom(12))
        link.send(wire.HAVE_ALL)
        link.send(wire.UNCHOKE)
        while True:
            kind, payload = link.receive()
            if kind == wire.REQUEST:
                self._answer(link, *struct.unpack(">III", payload))
            elif kind == HASH_REQUEST:
                self._prove(link, payload)

    def _answer(self, link, piece, offset, length):
        at = piece * self.torrent.piece_bytes + offset
        data = bytearray(self.octets[at:at + length])
        if self.sent >= self.good:
            data[length // 2] ^= 1
        self.sent += 1
        link.send(wire.PIECE, struct.pack(">II", piece, offset) + data)

    def _prove(self, link, payload):
        root, (base, index, length, proof) = payload[:32], struct.unpack(">IIII", payload[32:])
        if root != self.root or base or proof:
            link.send(HASH_REJECT, payload)
            return
        blocks = leaves(self.octets)
        blocks += [bytes(32)] * (power_of_two(len(blocks)) - len(blocks))
        link.send(HASHES, payload + b"".join(blocks[index:index + length]))

    def stop(self):
        self.listener.close()


class Swarms:
    def __init__(self):
        self.home = folder("v2")
        self.content = os.path.join(self.home, "content")
        self.torrents = {}
        for number, kind in enumerate(("v2", "hybrid")):
            self.torrents[kind] = V2Torrent(self.content, f"{kind} files", FILES, 65536, kind == "hybrid", number)
            self.torrents[f"{kind}, single"] = V2Torrent(
                self.content, f"{kind}.bin", [("", 3 * 2**20 + 5)], 32768, kind == "hybrid", 7 + number)
        # A piece layer of more than is asked for at once.
        self.torrents["v2, long"] = V2Torrent(self.content, "long.bin", [("", 20 * 2**20 + 1)], 16384, False, 17)
        self.count = 0

    def seedd(self, **settings):
        self.count += 1
        return Seedd(os.path.join(self.home, f"seedd-{self.count}"), f"seedd-{self.count}",
                     address=f"127.0.0.{20 + self.count}", fetch_private_addresses=True, **settings).start()

    def seeding(self, torrent):
        seeder = self.seedd(download_dir=self.content)
        seeder.add(torrent.path)
        seeder.wait_complete(torrent.info_hash)
        return seeder

    def libtorrent(self, **how):
        if Libtorrent.missing():
            raise Skip(Libtorrent.missing())
        client = Libtorrent(folder("lt", self.home), address="127.0.0.9", **how)
        client.port = free_port()
        return client.start()

    @staticmethod
    def at(seedd):
        return f"{seedd.address}:{seedd.peer_port}"

    def added(self, kind):
        """What the RPC says of it."""
        torrent = self.torrents[kind]
        seedd = self.seedd()
        seedd.add(torrent.path, paused=True)
        facts = seedd.get(torrent.info_hash, "hash_string", "magnet_link", "files", "total_size")
        check(facts["hash_string"] == torrent.info_hash, f"{facts['hash_string']}")
        for name in [torrent.v1] * bool(torrent.v1) + [torrent.v2]:
            check(name in facts["magnet_link"], f"{facts['magnet_link']} names {name}")
        # The second hash of a hybrid leads to it as well.
        check(seedd.get(torrent.info_hash_v2, "hash_string") == torrent.info_hash, "found by its v2 hash")
        check(seedd.stop() == 0, "it ends with 0")

    def to_libtorrent(self, kind, by):
        torrent = self.torrents[kind]
        seeder, client = self.seeding(torrent), self.libtorrent()
        magnet = None if by == "file" else torrent.magnet(v1=by == "btih", v2=by == "btmh")
        client.add(torrent, magnet=magnet, peers=[self.at(seeder)])
        client.wait_complete(torrent)
        check(not torrent.differences(client.save), "the octets are right")
        client.stop()
        check(seeder.stop() == 0, "it ends with 0")

    def from_libtorrent(self, kind, by):
        torrent = self.torrents[kind]
        client, seedd = self.libtorrent(save=self.content), self.seedd()
        client.add(torrent, seed=True)
        client.wait_complete(torrent)
        peer = f"{client.address}:{client.port}"
        if by == "file":
            seedd.add(torrent.path)
            seedd.rpc("torrent_add", filename=torrent.magnet(peers=[peer]))
            # The magnet of what is there already brings no peers: libtorrent dials.
            client.stop()
            client.add(torrent, seed=True, peers=[self.at(seedd)])
        else:
            link = torrent.magnet(v1=by == "btih", v2=by == "btmh", peers=[peer])
            seedd.rpc("torrent_add", filename=link)
        wait_for(lambda: seedd.rpc("torrent_get", ids=[torrent.info_hash], fields=["id"])["torrents"], 30,
                 "its hash is known")
        seedd.wait_complete(torrent.info_hash)
        check(not torrent.differences(seedd.download_dir), "the octets are right")
        client.stop()
        # Nobody is there to be asked for anything.
        seedd.kill()
        seedd.start()
        seedd.wait_complete(torrent.info_hash)
        seedd.rpc("torrent_verify", ids=[torrent.info_hash])
        seedd.wait_complete(torrent.info_hash)
        check(seedd.get(torrent.info_hash, "hash_string") == torrent.info_hash, "it has its hash")
        check(seedd.stop() == 0, "it ends with 0")

    def between(self, kind, by):
        """seedd to seedd; then a third from the second, which had only the link."""
        torrent = self.torrents[kind]
        chain = [self.seeding(torrent)]
        for _ in range(2):
            seedd = self.seedd()
            seedd.rpc("torrent_add", filename=torrent.magnet(v1=by == "btih", v2=by == "btmh",
                                                             peers=[self.at(chain[-1])]))
            wait_for(lambda one=seedd: one.rpc("torrent_get", ids=[torrent.info_hash], fields=["id"])["torrents"],
                     30, "its hash is known")
            seedd.wait_complete(torrent.info_hash)
            check(not torrent.differences(seedd.download_dir), "the octets are right")
            chain[-1].stop()
            chain.append(seedd)
        check(chain[-1].stop() == 0, "it ends with 0")

    def qbittorrent(self, kind):
        """Both ways, each from its own folder."""
        if Qbittorrent.missing():
            raise Skip(Qbittorrent.missing())
        torrent = self.torrents[kind]
        seeder = self.seeding(torrent)
        taker = Qbittorrent(folder("qb", self.home), address="127.0.0.11").start()
        taker.add(torrent, magnet=torrent.magnet(v1=False, peers=[self.at(seeder)]))
        taker.wait_complete(torrent)
        check(not torrent.differences(taker.save), "the octets are right")
        check(seeder.stop() == 0, "it ends with 0")
        seedd = self.seedd()
        seedd.rpc("torrent_add", filename=torrent.magnet(v1=False, peers=[f"{taker.address}:{taker.port}"]))
        wait_for(lambda: seedd.rpc("torrent_get", ids=[torrent.info_hash], fields=["id"])["torrents"], 30,
                 "its hash is known")
        seedd.wait_complete(torrent.info_hash)
        check(not torrent.differences(seedd.download_dir), "the octets are right")
        check(seedd.stop() == 0, "it ends with 0")
        taker.stop()

    def both_swarms(self):
        """A tracker knows a hybrid as two: who comes by the one is met by who comes by the other."""
        if not have("opentracker"):
            raise Skip("opentracker is not installed")
        tracker = OpenTracker()
        torrent = V2Torrent(self.content, "tracked files", FILES, 65536, True, 23, [tracker.http])
        swarms = [Swarm(torrent.info_hash), Swarm(torrent.info_hash_v2)]
        tracker.start()
        tracker.allow(swarms)
        seeder = self.seeding(torrent)
        wait_for(lambda: all(tracker.counts(one)[0] == 1 for one in swarms), 20, "both swarms have a seed")
        one, other = self.seedd(), self.seedd()
        one.rpc("torrent_add", filename=torrent.magnet(v2=False) + f"&tr={tracker.http}")
        other.rpc("torrent_add", filename=torrent.magnet(v1=False) + f"&tr={tracker.http}")
        for seedd in (one, other):
            wait_for(lambda it=seedd: it.rpc("torrent_get", ids=[torrent.info_hash], fields=["id"])["torrents"], 30,
                     "its hash is known")
            seedd.wait_complete(torrent.info_hash)
            check(not torrent.differences(seedd.download_dir), "the octets are right")
        for seedd in (seeder, one, other):
            check(seedd.stop() == 0, "it ends with 0")
        tracker.stop()

    @staticmethod
    def met(seedd, torrent, address, port):
        """A tracker tells of a peer."""
        tracker = SmallTracker()
        tracker.add_peer(torrent, address, port)
        seedd.rpc("torrent_set", ids=[torrent.info_hash], tracker_list=tracker.url)
        seedd.rpc("torrent_start", ids=[torrent.info_hash])
        return tracker

    def spoiled(self, good):
        """Of a seed that spoils what it gives one block is enough to be rid of it; another gives the rest."""
        torrent = self.torrents["v2, single"]
        bad, seedd = BadSeed(torrent, good=good), self.seedd()
        client = self.libtorrent(save=self.content)
        tracker = None
        try:
            seedd.add(torrent.path, paused=True)
            tracker = self.met(seedd, torrent, *bad.listener.getsockname())
            wait_for(lambda: bad.ended, 20, "the end of its link", alive=[seedd.process])
            corrupt = seedd.get(torrent.info_hash, "corrupt_ever")
            # A stranger's blocks are judged one by one; later what is on its way when a piece fails is lost.
            check(0 < corrupt and (good or corrupt <= BLOCK), f"{corrupt} octets were thrown away")
            client.add(torrent, seed=True, peers=[self.at(seedd)])
            seedd.wait_complete(torrent.info_hash)
            check(not torrent.differences(seedd.download_dir), "the octets are right")
            check(bad.links == 1, f"it was linked {bad.links} times")
            return f"{bad.sent} blocks sent, {corrupt} octets thrown away"
        finally:
            bad.stop()
            client.stop()
            seedd.stop()
            if tracker:
                tracker.stop()


def main():
    begin()
    report = Report("e2e: BitTorrent v2")
    swarms = Swarms()
    for kind in ("v2", "hybrid"):
        report.run(f"a torrent of kind {kind} is known by its hashes", swarms.added, kind)
    for kind in swarms.torrents:
        for by in ["file", "btmh"] + ["btih"] * kind.startswith("hybrid"):
            report.run(f"{kind}: to libtorrent, by {by}", swarms.to_libtorrent, kind, by)
            report.run(f"{kind}: from libtorrent, by {by}", swarms.from_libtorrent, kind, by)
    for kind in ("v2", "hybrid", "v2, long"):
        report.run(f"{kind}: from seedd to seedd by a magnet", swarms.between, kind, "btmh")
    for kind in ("v2", "hybrid"):
        report.run(f"{kind}: qbittorrent by a magnet, both ways", swarms.qbittorrent, kind)
    report.run("a hybrid is in both swarms of its tracker", swarms.both_swarms)
    report.run("a seed whose blocks are all bad", swarms.spoiled, 0)
    report.run("a seed that gives 50 good blocks first", swarms.spoiled, 50)
    finish(report)


if __name__ == "__main__":
    main()
