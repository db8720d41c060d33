#!/usr/bin/python3
"""seedd with the clients of Debian's packages, both ways, over opentracker: every cell compares
hashes. Usage: matrix.py [--seedd PROGRAM] [--only TEXT]"""

import argparse
import concurrent.futures
import hashlib
import os
import shutil
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interop import clients, seedd as daemon, torrents, wire  # noqa: E402
from interop.clients import Aria2, Libtorrent, Rtorrent, Transmission  # noqa: E402
from interop.processes import TimedOut, folder, have, stop_all, wait_for  # noqa: E402
from interop.report import Report, Skip, check, finish  # noqa: E402
from interop.seedd import Seedd  # noqa: E402
from interop.tracker import OpenTracker  # noqa: E402

MIB = 2**20


class World:
    """The content all cells share; a tracker and a home folder of this one."""

    def __init__(self, base, single, multi):
        self.dir, self.single, self.multi = base, single, multi
        self.tracker = OpenTracker([single, multi]).start()

    def home(self, label):
        path = os.path.join(self.dir, label)
        os.makedirs(path)
        return path

    def metainfo(self, torrent, scheme):
        """A .torrent file with our tracker over this scheme."""
        url = {"http": self.tracker.http, "udp": self.tracker.udp}[scheme]
        path = os.path.join(self.dir, f"{torrent.name}.{scheme}.torrent")
        return torrent.with_trackers([url], path)

    def copy_content(self, torrent, into):
        """The content, whole, in a folder of its own."""
        os.makedirs(into, exist_ok=True)
        source = torrent.path_of("") if torrent.single else os.path.join(torrent.folder, torrent.name)
        target = os.path.join(into, torrent.name)
        if torrent.single:
            shutil.copyfile(source, target)
        else:
            shutil.copytree(source, target)


def need(kind, scheme="http"):
    if why := kind.missing() or kind.cannot_announce(scheme):
        raise Skip(why)


def seedd_downloads(world, kind, torrent, scheme):
    """`kind` seeds, seedd downloads."""
    need(kind, scheme)
    home = world.home(f"from-{kind.name}")
    client = kind(home)
    world.copy_content(torrent, client.save)
    metainfo = world.metainfo(torrent, scheme)
    client.start()
    client.add(torrent, metainfo)
    world.tracker.wait_known(torrent, complete=1, alive=[client.process])
    seedd = Seedd(home).start()
    begun = time.monotonic()
    torrent_id = seedd.add(metainfo)
    seedd.wait_complete(torrent_id)
    took = time.monotonic() - begun
    check_whole(torrent, seedd.download_dir)
    check(seedd.stop() == 0, "seedd ends with 0")
    client.stop()
    return f"{torrent.total / MIB / took:.0f} MiB/s"


def seedd_seeds(world, kind, torrent, scheme):
    """seedd finds the data on disk and seeds, `kind` downloads."""
    need(kind, scheme)
    home = world.home(f"to-{kind.name}")
    seedd = Seedd(home)
    world.copy_content(torrent, seedd.download_dir)
    metainfo = world.metainfo(torrent, scheme)
    seedd.start()
    client = kind(home, save=os.path.join(home, "client"))
    client.start()
    begun = time.monotonic()
    # Transmission never dials 127.0.0.0/8, so seedd, which comes second, must.
    if kind is Transmission:
        client.add(torrent, metainfo)
        world.tracker.wait_known(torrent, incomplete=1, alive=[client.process])
    torrent_id = seedd.add(metainfo)
    seedd.wait_complete(torrent_id)
    check(seedd.get(torrent_id, "downloaded_ever") == 0, "data on disk is recognised, not fetched")
    world.tracker.wait_known(torrent, complete=1)
    if kind is not Transmission:
        begun = time.monotonic()
        client.add(torrent, metainfo)
    client.wait_complete(torrent)
    took = time.monotonic() - begun
    check_whole(torrent, client.save)
    client.stop()
    sent = wait_for(lambda: seedd.get(torrent_id, "uploaded_ever"), 10, "bytes counted as sent")
    check(sent >= torrent.total, f"seedd says it sent {sent} of {torrent.total}")
    check(seedd.stop() == 0, "seedd ends with 0")
    return f"{torrent.total / MIB / took:.0f} MiB/s"


def check_whole(torrent, folder):
    """In time: libtorrent says that it has all before it has written all."""
    try:
        wait_for(lambda: not torrent.differences(folder), 20, "the whole content", step=0.2)
    except TimedOut:
        wrong = torrent.differences(folder)
        check(not wrong, "; ".join(wrong[:5]))


def resumed_download(world):
    """Stopped half-way, seedd goes on where it was, fetches nothing twice, then seeds after another
    restart without checking again."""
    need(Libtorrent)
    home = world.home("resumed")
    torrent = world.single
    metainfo = world.metainfo(torrent, "http")
    seed = Libtorrent(home, save=torrent.folder, up=8 * MIB)
    seed.start()
    seed.add(torrent, metainfo, seed=True)
    world.tracker.wait_known(torrent, complete=1, alive=[seed.process])
    seedd = Seedd(home).start()
    torrent_id = seedd.add(metainfo)
    wait_for(lambda: seedd.get(torrent_id, "have_valid") > torrent.total // 4, 30, "a quarter",
             alive=[seedd.process])
    check(seedd.stop() == 0, "seedd ends with 0")
    check(bool(torrent.differences(seedd.download_dir)), "it was stopped before the end")
    seedd.start()
    held = seedd.get(torrent.info_hash, "have_valid")
    check(held >= torrent.total // 4, f"{held} bytes are still held after the restart")
    seedd.wait_complete(torrent.info_hash)
    check_whole(torrent, seedd.download_dir)
    fetched = seedd.get(torrent.info_hash, "downloaded_ever")
    check(fetched < torrent.total * 1.1, f"fetched {fetched} bytes for {torrent.total}")
    check(seedd.stop() == 0, "seedd ends with 0")
    seed.stop()

    seedd.start()
    facts = seedd.get(torrent.info_hash, "have_valid", "status")
    check(facts["have_valid"] == torrent.total and facts["status"] in (daemon.SEED_WAIT, daemon.SEEDING),
          f"a seed after the restart, at once: {facts}")
    leech = Libtorrent(home, save=os.path.join(home, "leech"))
    leech.start()
    leech.add(torrent, metainfo, peers=[f"127.0.0.1:{seedd.peer_port}"])
    leech.wait_complete(torrent)
    check_whole(torrent, leech.save)
    leech.stop()
    seedd.stop()


def some_files(world):
    """Unwanted files stay away; wanted later, they come."""
    need(Libtorrent)
    home = world.home("some-files")
    torrent = world.multi
    metainfo = world.metainfo(torrent, "http")
    seed = Libtorrent(home, save=torrent.folder)
    seed.start()
    seed.add(torrent, metainfo, seed=True)
    world.tracker.wait_known(torrent, complete=1, alive=[seed.process])
    seedd = Seedd(home).start()
    names = [path for path, _ in torrent.files]
    wanted = ["a/three pieces.bin", "a/b/odd.bin", "z/last.bin"]
    unwanted = [i for i, name in enumerate(names) if name not in wanted]
    torrent_id = seedd.add(metainfo, files_unwanted=unwanted)
    seedd.wait_complete(torrent_id)
    wrong = torrent.differences(seedd.download_dir, only=wanted)
    check(not wrong, "; ".join(wrong))
    stats = seedd.get(torrent_id, "files", "file_stats", "have_valid", "size_when_done")
    check(stats["have_valid"] < torrent.total // 2, f"held {stats['have_valid']} of {torrent.total}")
    check([s["wanted"] for s in stats["file_stats"]] == [n in wanted for n in names], "wanted flags")
    big = torrent.path_of("big.bin", seedd.download_dir)
    check(not os.path.exists(big), "big.bin must not be there")
    seedd.rpc("torrent_set", ids=[torrent_id], files_wanted=[])
    wait_for(lambda: seedd.get(torrent_id, "have_valid") == torrent.total, 30, "the rest",
             alive=[seedd.process])
    seedd.wait_complete(torrent_id)
    check_whole(torrent, seedd.download_dir)
    seed.stop()
    seedd.stop()


def magnet_client(world):
    """A libtorrent that knows a magnet link only gets the metadata (BEP 9) and the data of seedd."""
    need(Libtorrent)
    home = world.home("magnet")
    torrent = world.multi
    seedd = Seedd(home)
    world.copy_content(torrent, seedd.download_dir)
    seedd.start()
    seedd.wait_complete(seedd.add(torrent.path))
    leech = Libtorrent(home, save=os.path.join(home, "leech"))
    leech.start()
    leech.add(torrent, magnet=f"magnet:?xt=urn:btih:{torrent.info_hash}",
              peers=[f"127.0.0.1:{seedd.peer_port}"])
    leech.wait_complete(torrent)
    check_whole(torrent, leech.save)
    leech.stop()
    seedd.stop()


def fast_extension(world):
    """BEP 6 by hand: have all, an allowed fast piece while choked, a reject for what is not served."""
    home = world.home("fast")
    torrent = world.single
    seedd = Seedd(home)
    world.copy_content(torrent, seedd.download_dir)
    seedd.start()
    seedd.wait_complete(seedd.add(torrent.path))
    peer = wire.Wire("127.0.0.1", seedd.peer_port)
    reserved, peer_id = peer.handshake(torrent.info_hash, wire.FAST)
    check(reserved[7] & 4, "seedd says it speaks the fast extension")
    check(peer_id.startswith(b"-"), f"peer id {peer_id}")
    first = peer.receive()
    check(first[0] == wire.HAVE_ALL, f"have all comes first, not {first[0]}")
    peer.send(wire.HAVE_NONE)
    # Not interested, so choked: a piece outside the fast set is rejected, one within is served.
    peer.socket.settimeout(5)
    allowed = []
    try:
        while len(allowed) < 10:
            kind, payload = peer.receive()
            if kind == wire.ALLOWED_FAST:
                allowed.append(struct.unpack(">I", payload)[0])
    except TimeoutError:
        pass
    choked = next(i for i in range(len(torrent.pieces)) if i not in allowed)
    peer.request(choked, 0, 16384)
    kind, payload = peer.receive_until(wire.REJECT, wire.PIECE)[-1]
    check(kind == wire.REJECT and payload == struct.pack(">III", choked, 0, 16384),
          "a request while choked is rejected")
    if allowed:
        got = b""
        for offset in range(0, torrent.piece_bytes, 16384):
            peer.request(allowed[0], offset, 16384)
            kind, payload = peer.receive_until(wire.PIECE, wire.REJECT)[-1]
            check(kind == wire.PIECE, "an allowed fast piece is served while choked")
            got += payload[8:]
        check(hashlib.sha1(got).digest() == torrent.pieces[allowed[0]], "the piece is right")
    peer.send(wire.INTERESTED)
    peer.receive_until(wire.UNCHOKE)
    peer.request(len(torrent.pieces) - 1, 0, torrent.total % torrent.piece_bytes)
    answer = None
    if torrent.total % torrent.piece_bytes <= 16384:
        answer = peer.receive_until(wire.PIECE)[-1][1]
        check(hashlib.sha1(answer[8:]).digest() == torrent.pieces[-1], "the last piece is right")
    peer.close()
    seedd.stop()
    return f"{len(allowed)} allowed fast"


def swarm(world):
    """One slow seed, four mixed clients (seedd among them): all finish, seedd gives as well."""
    for kind in (Transmission, Libtorrent, Aria2, Rtorrent):
        need(kind)
    home = world.home("swarm")
    torrent = world.multi
    metainfo = world.metainfo(torrent, "http")

    def place(name):
        path = os.path.join(home, name)
        os.makedirs(path)
        return path

    # Each has an address of its own: some clients keep one peer an address.
    seed = Libtorrent(place("seed"), save=torrent.folder, address="127.0.0.11", up=2 * MIB)
    seed.start()
    seed.add(torrent, metainfo, seed=True)
    world.tracker.wait_known(torrent, complete=1, alive=[seed.process])
    others = [Transmission(place("transmission"), address="127.0.0.12"),
              Aria2(place("aria2"), address="127.0.0.13"),
              Rtorrent(place("rtorrent"), address="127.0.0.14")]
    # First, for it is quick: in a swarm that has all already there is nobody to give to.
    seedd = Seedd(place("seedd"), address="127.0.0.15").start()
    torrent_id = seedd.add(metainfo)
    for client in others:
        client.start()
        client.add(torrent, metainfo)
    ended = {}

    def everybody():
        for client in others:
            if client.name not in ended and client.complete(torrent):
                ended[client.name] = time.monotonic()
        if "seedd" not in ended and seedd.is_complete(torrent_id):
            ended["seedd"] = time.monotonic()
        if len(ended) < 4:
            # The others' intervals are half an hour: who came later is found by asking again.
            seedd.rpc("torrent_reannounce", ids=[torrent_id])
        return len(ended) == 4

    wait_for(everybody, 60, f"all four complete ({ended})", step=0.5,
             alive=[seed.process, seedd.process] + [c.process for c in others])
    check_whole(torrent, seedd.download_dir)
    for client in others:
        check_whole(torrent, client.save)
    given = seedd.get(torrent_id, "uploaded_ever", "downloaded_ever", "peers")
    check(given["uploaded_ever"] > 0, "seedd uploaded nothing")
    for client in others + [seed]:
        client.stop()
    seedd.stop()
    return f"seedd gave {given['uploaded_ever'] / MIB:.1f} MiB, took {given['downloaded_ever'] / MIB:.1f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seedd")
    parser.add_argument("--only", default="", help="cells whose name holds this text")
    parser.add_argument("--side-by-side", type=int, default=4)
    options = parser.parse_args()
    if options.seedd:
        daemon.binary = os.path.abspath(options.seedd)
    report = Report("interop: seedd with Debian's clients")
    if not os.path.exists(daemon.binary):
        sys.exit(f"{daemon.binary} is not there; build it or give --seedd")
    if not have("opentracker"):
        print("skipped: opentracker is not installed (scripts/deps.sh --tests)")
        sys.exit(77)
    base = folder("interop")
    single = torrents.single_file(os.path.join(base, "content"))
    multi = torrents.multi_file(os.path.join(base, "content"))
    cells = []
    for kind in clients.ALL:
        for torrent, scheme in ((single, "http"), (multi, "udp")):
            label = f"{torrent.name.split('.')[0]}, {scheme}"
            cells.append((f"seedd downloads from {kind.name} ({label})",
                          seedd_downloads, kind, torrent, scheme))
            cells.append((f"{kind.name} downloads from seedd ({label})",
                          seedd_seeds, kind, torrent, scheme))
    cells += [("a download is resumed, then seeded", resumed_download),
              ("some files of a torrent", some_files),
              ("a magnet-only libtorrent gets metadata and data", magnet_client),
              ("the fast extension by hand", fast_extension),
              ("a seed and four mixed clients", swarm)]

    def run(number, cell):
        name, function, *arguments = cell
        home = os.path.join(base, f"{number:02}")
        os.makedirs(home)

        def in_a_world():
            return function(World(home, single, multi), *arguments)

        report.run(name, in_a_world)
        stop_all(of_thread=threading.get_ident())

    # Most cells wait for the timers of the clients, so some run side by side.
    chosen = [cell for cell in cells if options.only in cell[0]]
    with concurrent.futures.ThreadPoolExecutor(options.side_by_side) as pool:
        list(pool.map(run, range(len(chosen)), chosen))
        stop_all()
    finish(report)


if __name__ == "__main__":
    main()
