#!/usr/bin/python3
"""Peers and callers who do everything wrong, over raw sockets: seedd lives, and serves the good."""

import hashlib
import os
import random
import shutil
import socket
import struct

from setting import begin
from interop import wire
from interop.processes import folder, memory_mib, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


class Rude:
    def __init__(self):
        self.dice = random.Random(7)
        home = folder("rude")
        self.torrent = single_file(os.path.join(home, "content"))
        self.seedd = Seedd(home, peer_limit_global=100)
        shutil.copyfile(self.torrent.path_of(""),
                        os.path.join(self.seedd.download_dir, self.torrent.name))
        self.seedd.start()
        self.id = self.seedd.add(self.torrent.path)
        self.seedd.wait_complete(self.id)

    def raw(self):
        return wire.Wire("127.0.0.1", self.seedd.peer_port)

    def greeted(self, reserved=wire.FAST):
        peer = self.raw()
        peer.handshake(self.torrent.info_hash, reserved)
        return peer

    def lives(self):
        """An honest peer is served one right piece."""
        check(self.seedd.process.poll() is None, "seedd ended\n" + self.seedd.process.log_tail())
        peer = self.greeted()
        peer.send(wire.HAVE_NONE)
        peer.send(wire.INTERESTED)
        peer.receive_until(wire.UNCHOKE)
        got = b""
        for offset in range(0, self.torrent.piece_bytes, 16384):
            peer.request(3, offset, 16384)
            got += peer.receive_until(wire.PIECE)[-1][1][8:]
        check(hashlib.sha1(got).digest() == self.torrent.pieces[3], "the piece is wrong")
        peer.close()

    def sends(self, octets, cut_off=True, seconds=15):
        """These octets instead of a handshake."""
        peer = self.raw()
        peer.socket.sendall(octets)
        if cut_off:
            check(peer.closed_within(seconds), "it was not cut off")
        peer.close()
        self.lives()

    def says(self, octets, reserved=wire.FAST, cut_off=True):
        """These octets after a good handshake."""
        peer = self.greeted(reserved)
        try:
            peer.socket.sendall(octets)
        except OSError:
            pass
        if cut_off:
            check(peer.closed_within(10), "it was not cut off")
        peer.close()
        self.lives()

    def huge_prefix(self):
        before = memory_mib(self.seedd.process.pid)["peak"]
        for _ in range(10):
            peer = self.greeted()
            peer.socket.sendall(struct.pack(">IB", 2**32 - 1, wire.PIECE) + bytes(100))
            check(peer.closed_within(10), "it was not cut off")
        grown = memory_mib(self.seedd.process.pid)["peak"] - before
        check(grown < 20, f"memory grew by {grown:.0f} MiB")
        self.lives()

    def hundred_at_once(self):
        peers = []
        for _ in range(100):
            try:
                peers.append(self.raw())
                peers[-1].socket.sendall(self.dice.randbytes(self.dice.randrange(200)))
            except OSError:
                pass
        for peer in peers:
            peer.close()
        # That was peer_limit_global, so there is room again when it has seen some of them go.
        wait_for(self.greets, 20, "room for another peer", alive=[self.seedd.process])
        self.lives()

    def greets(self):
        try:
            self.greeted().close()
            return True
        except (OSError, wire.Closed):
            return False

    def garbage_messages(self):
        for _ in range(100):
            peer = self.greeted(wire.FAST[:5] + bytes([16, 0, 4]))
            body = self.dice.randbytes(self.dice.randrange(1, 60))
            kind = self.dice.choice([0, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 20, 21, 99])
            try:
                peer.socket.sendall(struct.pack(">IB", 1 + len(body), kind) + body)
            except OSError:
                pass
            peer.close()
        self.lives()

    def unasked_piece(self):
        """Blocks nobody asked for, for a seed and outside the torrent, reach no file."""
        before = hashlib.sha1(open(self.torrent.path_of("", self.seedd.download_dir), "rb").read())
        for piece in (0, 5, 2**31):
            peer = self.greeted()
            peer.send(wire.HAVE_ALL)
            peer.send(wire.PIECE, struct.pack(">II", piece, 0) + bytes(16384))
            peer.close()
        after = hashlib.sha1(open(self.torrent.path_of("", self.seedd.download_dir), "rb").read())
        check(before.digest() == after.digest(), "the content changed")
        self.lives()

    def rude_rpc(self):
        for octets in (b"\0" * 1000, b"POST /rpc HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
                       b"POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{[[[[",
                       b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"POST /rpc HTTP/1.1\r\n"):
            with socket.create_connection(("127.0.0.1", self.seedd.rpc_port), 5) as link:
                try:
                    link.sendall(octets)
                    link.settimeout(0.3)
                    link.recv(1000)
                except OSError:
                    pass
        self.seedd.rpc("session_get")
        self.lives()

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: rude peers")
    rude = Rude()
    report.run("an honest peer is served", rude.lives)
    report.run("garbage instead of a handshake", rude.sends, bytes(range(256)) * 4)
    report.run("another protocol's name", rude.sends, b"\x13BitTorrent protocoX" + bytes(1000))
    report.run("HTTP on the peer port", rude.sends, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + bytes(1000))
    report.run("a torrent nobody has", rude.sends, b"\x13BitTorrent protocol" + bytes(48))
    report.run("half a handshake", rude.sends, b"\x13BitTorrent pro", False)
    report.run("ten length prefixes of 4 GiB", rude.huge_prefix)
    report.run("a piece out of range", rude.says, struct.pack(">IBI", 5, wire.HAVE, 2**31))
    report.run("a bitfield of the wrong size", rude.says, struct.pack(">IB", 3, wire.BITFIELD) + b"ab")
    report.run("a request of 1 GiB", rude.says,
               struct.pack(">IBIII", 13, wire.REQUEST, 0, 0, 2**30))
    report.run("an extended handshake of nonsense", rude.says,
               struct.pack(">IBB", 22, 20, 0) + b"d1:md11:ut_metadat", wire.EXTENSIONS, False)
    report.run("metadata of 4 GiB announced", rude.says,
               struct.pack(">IBB", 2 + 32, 20, 0) + b"d1:mde13:metadata_sizei4294967295ee"[:32],
               wire.EXTENSIONS, False)
    report.run("random messages", rude.garbage_messages)
    report.run("blocks nobody asked for", rude.unasked_piece)
    report.run("a hundred at once", rude.hundred_at_once)
    report.run("rude callers of the RPC", rude.rude_rpc)
    report.run("it ends", rude.end)
    finish(report)


if __name__ == "__main__":
    main()
