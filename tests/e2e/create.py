#!/usr/bin/python3
"""Torrents that seedd makes: the info-hashes of libtorrent and transmission-create, seeded to libtorrent; the same
octets twice; what is refused, cancelled or vanishes."""

import base64
import json
import os
import random
import shutil
import subprocess
import time

from setting import MIB, begin, need_libtorrent
from interop.clients import SYSTEM_PYTHON, Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import RpcError, Seedd
from interop.torrents import bdecode

PIECE = 2**15

# Of one file or folder: the .torrent as libtorrent makes it. v1_only, v2_only or neither.
_LIBTORRENT = """
import os, sys, libtorrent as lt
path, piece, kind, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[kind]
# By name: of v1 alone libtorrent keeps the order that it is given.
parts = lambda file: os.path.relpath(file, path).encode().split(b"/")
files = lt.file_storage()
for file in sorted((os.path.join(at, name) for at, _, names in os.walk(path) for name in names), key=parts):
    files.add_file(os.path.relpath(file, os.path.dirname(path)), os.path.getsize(file))
made = lt.create_torrent(files, piece, flags)
lt.set_piece_hashes(made, path.rsplit("/", 1)[0])
octets = lt.bencode(made.generate())
open(out, "wb").write(octets)
hashes = lt.torrent_info(out).info_hashes()
print(hashes.v1 if hashes.has_v1() else "", hashes.v2 if hashes.has_v2() else "", sep=",")
"""


class Made:
    """What libtorrent has to be told of a torrent."""

    def __init__(self, path, info_hash):
        self.path, self.info_hash = path, info_hash


class Creating:
    def __init__(self, programs):
        self.home = folder("create")
        self.ctl = os.path.join(programs, "seedctl")
        self.seedd = Seedd(folder("seedd", self.home))
        self.seedd.start()
        self.content = os.path.join(self.seedd.download_dir, "odd album")
        dice = random.Random(5)
        for name, size in (("b/track 1.flac", 300_001), ("b/.hidden", 10), ("ä/ü ☃.txt", 65_536), ("A", 0),
                           ("one octet", 1), ("z [x] {y} 'q'.bin", 2 * PIECE), ("b/c/d/e", 100_000)):
            path = os.path.join(self.content, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(dice.randbytes(size))

    def make(self, path=None, seconds=60, **params):
        begun = self.seedd.rpc("torrent_create", path=path or self.content, **params)["creation"]
        return self.ended(begun, seconds)

    def ended(self, number, seconds=60):
        def one():
            made = self.seedd.rpc("creation_get", id=number)["creations"][0]
            return made if made["state"] != "running" else None
        return wait_for(one, seconds, "the end of the creation")

    def good(self, *arguments, **params):
        made = self.make(*arguments, **params)
        check(made["state"] == "done", f"it is made: {made.get('error')}")
        check(made["progress"] == 1 and made["bytes_hashed"] == made["total_size"], f"all of it: {made}")
        return made

    def like_libtorrent(self, kind):
        out = os.path.join(self.home, f"libtorrent_{kind}.torrent")
        told = subprocess.run([SYSTEM_PYTHON, "-c", _LIBTORRENT, self.content, str(PIECE), kind, out],
                              capture_output=True, text=True, timeout=60, check=True).stdout.strip()
        made = self.good(version=kind, piece_size=PIECE)
        ours = f"{made.get('hash_v1', '')},{made.get('hash_v2', '')}"
        check(ours == told, f"{kind}: ours {ours}, libtorrent's {told}")
        again = self.good(version=kind, piece_size=PIECE)
        check(again["metainfo"] == made["metainfo"], "the same octets the second time")

    def like_transmission(self):
        program = shutil.which("transmission-create")
        if not program:
            raise Skip("transmission-create is not installed")
        # One file: in folders it has an order of its own.
        path = os.path.join(self.content, "b", "track 1.flac")
        out = os.path.join(self.home, "transmission.torrent")
        subprocess.run([program, "-s", str(PIECE // 1024), "-o", out, path], capture_output=True, timeout=60,
                       check=True)
        with open(out, "rb") as file:
            theirs = bdecode(file.read())[0][b"info"]
        ours = bdecode(base64.b64decode(self.good(path, version="v1", piece_size=PIECE)["metainfo"]))[0][b"info"]
        for key in (b"name", b"length", b"piece length", b"pieces"):
            check(ours[key] == theirs[key], f"{key} is Transmission's")

    def seeded(self):
        output = os.path.join(self.home, "seeded.torrent")
        made = self.good(output=output, add=True, comment="made here")
        with open(output, "rb") as file:
            check(file.read() == base64.b64decode(made["metainfo"]), "what is written is what is told")
        self.seedd.wait_complete(made["hash_string"])
        peer = Libtorrent(self.home)
        peer.start()
        peer.add(Made(output, made["hash_string"]), peers=[f"127.0.0.1:{self.seedd.peer_port}"])
        copy = os.path.join(peer.save, "odd album")
        try:
            wait_for(lambda: subprocess.run(["diff", "-r", self.content, copy], capture_output=True,
                                            check=False).returncode == 0, 60, "libtorrent has it all", step=0.3)
        finally:
            peer.process.kill()

    def output_is_there(self):
        output = os.path.join(self.home, "there.torrent")
        with open(output, "w") as out:
            out.write("mine")
        made = self.make(output=output)
        check(made["state"] == "failed" and "is there already" in made["error"], f"it is refused: {made}")
        with open(output) as file:
            check(file.read() == "mine", "it is left alone")
        self.good(output=output, replace=True)

    def links(self):
        path = os.path.join(self.seedd.download_dir, "links")
        os.makedirs(path)
        with open(os.path.join(path, "file"), "wb") as out:
            out.write(b"x" * 1000)
        os.symlink("file", os.path.join(path, "inside"))
        made = self.make(path)
        check(made["state"] == "failed" and "is a symbolic link" in made["error"], f"a link is refused: {made}")
        followed = self.good(path, symlinks="follow")
        check(followed["total_size"] == 2000, f"a link is followed: {followed}")
        os.symlink("/etc/passwd", os.path.join(path, "outside"))
        made = self.make(path, symlinks="follow")
        check(made["state"] == "failed" and "outside" in made["error"], f"one that leads out is not: {made}")
        left = self.good(path, symlinks="follow", exclude=["outside"])
        check(left["total_size"] == 2000, "unless it is left out")

    def large(self, name, size):
        path = os.path.join(self.home, name)
        with open(path, "wb") as out:
            out.truncate(size)
        return path

    def cancelled(self):
        path = self.large("cancelled.bin", 8192 * MIB)
        number = self.seedd.rpc("torrent_create", path=path, output=path + ".torrent")["creation"]
        wait_for(lambda: self.seedd.rpc("creation_get", id=number)["creations"][0]["total_size"] > 0, 30, "a plan")
        begun = time.monotonic()
        self.seedd.rpc("creation_cancel", id=number)
        made = self.ended(number, 30)
        check(made["state"] == "cancelled", f"it is cancelled: {made}")
        check(not os.path.exists(path + ".torrent"), "nothing is written")
        return f"after {time.monotonic() - begun:.2f} s"

    def vanishes(self):
        path = os.path.join(self.home, "vanishing")
        os.makedirs(path)
        for name in range(4):
            with open(os.path.join(path, str(name)), "wb") as out:
                out.truncate(384 * MIB)
        number = self.seedd.rpc("torrent_create", path=path)["creation"]
        wait_for(lambda: self.seedd.rpc("creation_get", id=number)["creations"][0]["total_size"] > 0, 30, "a plan")
        os.unlink(os.path.join(path, "3"))
        made = self.ended(number, 120)
        check(made["state"] == "failed" and "vanishing/3" in made["error"], f"it is named: {made}")
        shutil.rmtree(path)

    def refused(self):
        for params in ({"path": "relative"}, {"path": self.content, "version": "v3"},
                       {"path": self.content, "output": "/x"}, {"path": self.seedd.state_dir}):
            try:
                self.seedd.rpc("torrent_create", **params)
            except RpcError:
                continue
            check(False, f"{params} are refused")

    def by_seedctl(self):
        if not os.path.exists(self.ctl):
            raise Skip("seedctl was not built")
        where = folder("create_ctl")
        argv = [self.ctl, "--host", f"127.0.0.1:{self.seedd.rpc_port}", "create", self.content, "--piece-size", "32K",
                "--tracker", "http://a.example/announce,http://b.example/announce", "--private"]

        def run(*more, status=0):
            done = subprocess.run([*argv, *more], cwd=where, capture_output=True, text=True, timeout=60, check=False)
            check(done.returncode == status, f"status {done.returncode}: {done.stderr}")
            return done.stdout
        said = run()
        check("Info-hash v1" in said and "magnet:?" in said and "odd album.torrent" in said, f"it says: {said}")
        with open(os.path.join(where, "odd album.torrent"), "rb") as file:
            made = bdecode(file.read())[0]
        check(made[b"announce-list"] == [[b"http://a.example/announce", b"http://b.example/announce"]],
              f"its tiers: {made[b'announce-list']}")
        check(made[b"info"][b"private"] == 1, "it is private")
        run(status=2)
        told = json.loads(run("--replace", "--json", "--version", "v2"))
        check("hash_v2" in told and "hash_v1" not in told and "metainfo" not in told, f"as JSON: {told}")

    def end(self):
        path = self.large("ended.bin", 8192 * MIB)
        self.seedd.rpc("torrent_create", path=path)
        check(self.seedd.stop() == 0, "seedd ends with 0, though one is made")


def main():
    programs = begin()
    need_libtorrent()
    report = Report("e2e: torrents that are made")
    creating = Creating(programs)
    for kind in ("v1", "v2", "hybrid"):
        report.run(f"{kind} as libtorrent makes it", creating.like_libtorrent, kind)
    report.run("v1 as transmission-create makes it", creating.like_transmission)
    report.run("what is made is seeded", creating.seeded)
    report.run("a .torrent that is there is left alone", creating.output_is_there)
    report.run("symbolic links", creating.links)
    report.run("one is cancelled", creating.cancelled)
    report.run("a file vanishes", creating.vanishes)
    report.run("orders that make no sense", creating.refused)
    report.run("seedctl create", creating.by_seedctl)
    report.run("it ends while one is made", creating.end)
    finish(report)


if __name__ == "__main__":
    main()
