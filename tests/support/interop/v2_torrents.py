"""Torrents of BitTorrent v2, alone or beside v1 (hybrids), made by libtorrent."""

import hashlib
import os
import random

BLOCK = 16384


class V2Torrent:
    """Its content lies in `folder`. files: [(path in the torrent, size)]; one of an empty path: a single file."""

    def __init__(self, folder, name, files, piece_bytes, hybrid, seed=1, trackers=()):
        # Only who runs these tests needs it.
        import libtorrent as lt  # pylint: disable=import-outside-toplevel

        self.folder, self.name, self.files, self.piece_bytes, self.hybrid = folder, name, files, piece_bytes, hybrid
        self.total = sum(size for _, size in files)
        dice = random.Random(seed)
        for path, size in files:
            where = self.path_of(path)
            os.makedirs(os.path.dirname(where), exist_ok=True)
            with open(where, "wb") as out:
                out.write(dice.randbytes(size))
        storage = lt.file_storage()
        lt.add_files(storage, os.path.join(folder, name))
        made = lt.create_torrent(storage, piece_bytes, 0 if hybrid else lt.create_torrent.v2_only)
        for tier, tracker in enumerate(trackers):
            made.add_tracker(tracker, tier)
        lt.set_piece_hashes(made, folder)
        octets = lt.bencode(made.generate())
        self.path = os.path.join(folder, f"{name}.torrent")
        with open(self.path, "wb") as out:
            out.write(octets)
        hashes = lt.torrent_info(self.path).info_hashes()
        self.v1 = str(hashes.v1) if hashes.has_v1() else ""
        self.v2 = str(hashes.v2)
        #: What trackers, handshakes and the RPC call it.
        self.info_hash = self.v1 or self.v2[:40]
        self.info_hash_v2 = self.v2[:40]

    def magnet(self, v1=True, v2=True, peers=(), more=""):
        names = [f"xt=urn:btih:{self.v1}"] * (v1 and bool(self.v1)) + [f"xt=urn:btmh:1220{self.v2}"] * v2
        return "magnet:?" + "&".join(names + [f"x.pe={peer}" for peer in peers]) + more

    def path_of(self, file, folder=None):
        top = os.path.join(folder or self.folder, self.name)
        return os.path.join(top, *file.split("/")) if file else top

    def differences(self, folder):
        """What in `folder` is not as it should be, as texts."""
        wrong = []
        for path, size in self.files:
            where = self.path_of(path, folder)
            if not os.path.isfile(where):
                if size:
                    wrong.append(f"{path or self.name} is missing")
            elif digest(where) != digest(self.path_of(path)):
                wrong.append(f"{path or self.name} has other content")
        return wrong


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def leaves(octets):
    """The leaves of a file's tree, without padding."""
    return [hashlib.sha256(octets[at:at + BLOCK]).digest() for at in range(0, len(octets), BLOCK)]


def root(layer, width, pad=bytes(32)):
    """Of a layer made up to `width` with `pad`."""
    layer = layer + [pad] * (width - len(layer))
    while len(layer) > 1:
        layer = [hashlib.sha256(layer[i] + layer[i + 1]).digest() for i in range(0, len(layer), 2)]
    return layer[0]


def power_of_two(count):
    return 1 << max(count - 1, 0).bit_length()


def file_root(octets):
    """Its pieces root."""
    blocks = leaves(octets)
    return root(blocks, power_of_two(len(blocks)))
