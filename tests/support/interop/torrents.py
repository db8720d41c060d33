"""Content and .torrent files, with a bencoder of our own so that odd torrents can be made too."""

import hashlib
import os
import random


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(bencode(v) for v in value) + b"e"
    pairs = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in pairs) + b"e"


def bdecode(data, at=0):
    """(value, end) of trusted octets."""
    head = data[at:at + 1]
    if head == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if head in b"ld":
        values, at = [], at + 1
        while data[at:at + 1] != b"e":
            value, at = bdecode(data, at)
            values.append(value)
        return (values if head == b"l" else dict(zip(values[::2], values[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end], end


class Torrent:
    """A torrent whose content lies in `folder`. files: [(path in the torrent, size)]."""

    def __init__(self, name, folder, files, single, piece_bytes, trackers, seed, private=False):
        self.name, self.folder, self.files, self.single = name, folder, files, single
        self.piece_bytes = piece_bytes
        self.total = sum(size for _, size in files)
        self.pieces = self._write(random.Random(seed))
        info = {"name": name, "piece length": piece_bytes, "pieces": b"".join(self.pieces)}
        if private:
            info["private"] = 1
        if single:
            info["length"] = self.total
        else:
            info["files"] = [{"length": size, "path": path.split("/")} for path, size in files]
        self.info = bencode(info)
        self.info_hash = hashlib.sha1(self.info).hexdigest()
        self.path = os.path.join(folder, f"{name}.torrent")
        with open(self.path, "wb") as out:
            out.write(self.metainfo(trackers))

    def metainfo(self, trackers):
        tiers = [[t] for t in trackers]
        parts = b"d"
        if trackers:
            parts += bencode("announce") + bencode(trackers[0])
            parts += bencode("announce-list") + bencode(tiers)
        return parts + bencode("info") + self.info + b"e"

    def with_trackers(self, trackers, path):
        """The same torrent, other trackers, in a file of its own. Its path."""
        with open(path, "wb") as out:
            out.write(self.metainfo(trackers))
        return path

    def path_of(self, file, folder=None):
        top = os.path.join(folder or self.folder, self.name)
        return top if self.single else os.path.join(top, *file.split("/"))

    def _write(self, dice):
        digest, filled, pieces = hashlib.sha1(), 0, []
        for path, size in self.files:
            where = self.path_of(path)
            os.makedirs(os.path.dirname(where), exist_ok=True)
            with open(where, "wb") as out:
                left = size
                while left:
                    chunk = dice.randbytes(min(left, self.piece_bytes - filled))
                    out.write(chunk)
                    digest.update(chunk)
                    filled += len(chunk)
                    left -= len(chunk)
                    if filled == self.piece_bytes:
                        pieces.append(digest.digest())
                        digest, filled = hashlib.sha1(), 0
        if filled:
            pieces.append(digest.digest())
        return pieces

    def differences(self, folder, only=None):
        """What in `folder` is not as it should be, as texts; files not in `only` are not looked at."""
        wrong = []
        for path, size in self.files:
            if only is not None and path not in only:
                continue
            where = self.path_of(path, folder)
            if not os.path.isfile(where):
                if size:
                    wrong.append(f"{path} is missing")
            elif os.path.getsize(where) != size:
                wrong.append(f"{path} has {os.path.getsize(where)} bytes, not {size}")
            elif file_sha1(where) != file_sha1(self.path_of(path)):
                wrong.append(f"{path} has other content")
        return wrong

    def right_pieces(self, folder, part_suffix=".part"):
        """Which pieces in `folder` have the right SHA-1 (missing octets count as zeros)."""
        def parts():
            for path, size in self.files:
                where = self.path_of(path, folder)
                if not os.path.exists(where):
                    where += part_suffix
                left = size
                if os.path.exists(where):
                    with open(where, "rb") as file:
                        while left and (chunk := file.read(min(left, self.piece_bytes))):
                            left -= len(chunk)
                            yield chunk
                while left:
                    chunk = bytes(min(left, self.piece_bytes))
                    left -= len(chunk)
                    yield chunk

        right, kept = [], b""
        for chunk in parts():
            kept += chunk
            while len(kept) >= self.piece_bytes:
                right.append(hashlib.sha1(kept[:self.piece_bytes]).digest())
                kept = kept[self.piece_bytes:]
        if kept:
            right.append(hashlib.sha1(kept).digest())
        return [a == b for a, b in zip(right, self.pieces)]


def file_sha1(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest()


def single_file(folder, trackers=(), name="single.bin", size=24 * 2**20 + 12345,
                piece_bytes=2**18, seed=1, private=False):
    os.makedirs(folder, exist_ok=True)
    return Torrent(name, folder, [(name, size)], True, piece_bytes, list(trackers), seed, private)


def multi_file(folder, trackers=(), name="multi", piece_bytes=2**17, seed=2, files=None):
    """Odd sizes, empty files, files that end on a piece boundary, files inside one piece, deep and
    non-ASCII names."""
    files = files or [
        ("one byte", 1), ("empty first", 0), ("a/fills the piece.bin", piece_bytes - 1),
        ("a/three pieces.bin", 3 * piece_bytes), ("a/b/odd.bin", 5 * 2**20 + 17),
        ("a/b/tiny 1", 3), ("a/b/tiny 2", 5), ("a/empty.nfo", 0),
        ("größe – ü/日本.bin", 7 * 2**20 - 999), ("big.bin", 10 * 2**20 + 1),
        ("z/last.bin", 12345), ("z/empty last", 0)]
    os.makedirs(folder, exist_ok=True)
    return Torrent(name, folder, files, False, piece_bytes, list(trackers), seed)
