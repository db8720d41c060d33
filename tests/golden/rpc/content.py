"""The torrents that the recorded exchanges are about: the same octets whoever makes them."""

import hashlib
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from interop.torrents import bencode  # noqa: E402

# Nobody listens there: an announce is refused at once.
DEAD = "http://127.0.0.1:1"


class Made:
    def __init__(self, name, files, piece_bytes, seed, top=None, info=None):
        """files: [(path below the torrent's folder, size)], or a size for a single file."""
        dice = random.Random(seed)
        self.name = name
        self.single = isinstance(files, int)
        sizes = [(name, files)] if self.single else files
        self.content = {path: dice.randbytes(size) for path, size in sizes}
        whole = b"".join(self.content.values())
        pieces = b"".join(hashlib.sha1(whole[at:at + piece_bytes]).digest()
                          for at in range(0, len(whole), piece_bytes))
        self.info = {"name": name, "piece length": piece_bytes, "pieces": pieces, **(info or {})}
        if self.single:
            self.info["length"] = files
        else:
            self.info["files"] = [{"length": size, "path": path.split("/")} for path, size in files]
        self.hash = hashlib.sha1(bencode(self.info)).hexdigest()
        self.metainfo = bencode({**(top or {}), "info": self.info})

    def write(self, folder, only=None):
        for path, octets in self.content.items():
            if only is not None and path not in only:
                continue
            where = os.path.join(folder, path if self.single else os.path.join(self.name, path))
            os.makedirs(os.path.dirname(where), exist_ok=True)
            with open(where, "wb") as out:
                out.write(octets)


SINGLE = Made("single.bin", 100_000, 16384, 1, info={"source": "SRC"}, top={
    "announce": f"{DEAD}/announce", "comment": "a comment", "created by": "by hand",
    "creation date": 1_600_000_000,
    "announce-list": [[f"{DEAD}/announce", f"{DEAD}/a2/announce"], [f"{DEAD}/b/announce?key=1"]]})
MULTI = Made("multi", [("readme.txt", 20_000), ("sub/b.bin", 70_000), ("sub/empty", 0),
                       ("video.mkv", 150_000)], 32768, 2, top={"url-list": f"{DEAD}/seed/"})
PRIVATE = Made("private", [("one.iso", 40_000)], 16384, 3, info={"private": 1}, top={
    "announce": f"{DEAD}/p/announce"})
UNICODE = Made("größe – ü.txt", 5_000, 16384, 4)
BY_URL = Made("by url.bin", 3_000, 16384, 5)
BY_FILE = Made("by file.bin", 3_000, 16384, 6)
SPARE = Made("spare.bin", 3_000, 16384, 7)


def prepare(home):
    """What lies on disk before the first request."""
    downloads = os.path.join(home, "downloads")
    os.makedirs(downloads, exist_ok=True)
    SINGLE.write(downloads)
    MULTI.write(downloads, only=["video.mkv"])
    for folder in ("web", "files", "elsewhere"):
        os.makedirs(os.path.join(home, folder), exist_ok=True)
    elsewhere = os.path.join(home, "elsewhere")
    MULTI.write(elsewhere)
    with open(os.path.join(home, "files", "by file.torrent"), "wb") as out:
        out.write(BY_FILE.metainfo)
    with open(os.path.join(home, "files", "no.torrent"), "wb") as out:
        out.write(b"this is no torrent")
    with open(os.path.join(home, "web", "index.html"), "w") as out:
        out.write("<p>a page</p>\n")
    with open(os.path.join(home, "web", "style.css"), "w") as out:
        out.write("p { margin: 0 }\n")


SERVED = {
    "/good.torrent": (200, BY_URL.metainfo),
    "/rubbish.torrent": (200, b"this is no torrent"),
    "/blocklist.p2p": (200, b"some:10.0.0.0-10.0.0.255\nmore:10.1.0.0-10.1.0.9\n"),
}
