"""A name server, a UDP tracker and a node of the DHT of a few lines; each answers one datagram with one."""

import os
import socket
import struct
import threading
import time

from .torrents import bdecode, bencode

_MAGIC = 0x41727101980


class _Server:
    def __init__(self, address, port):
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self.port = self._socket.getsockname()[1]
        self.asked = []  # (when, what)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                datagram, source = self._socket.recvfrom(2048)
                if answer := self._answer(datagram, source):
                    self._socket.sendto(answer, source)
            except (OSError, struct.error, IndexError, KeyError, ValueError):
                if self._socket.fileno() < 0:
                    return

    def note(self, what):
        self.asked.append((time.monotonic(), what))

    def stop(self):
        self._socket.close()


class NameServer(_Server):
    """All names under `zone` have one address."""

    def __init__(self, address, zone, answer, port=53):
        self._zone, self._to = zone, socket.inet_aton(answer)
        super().__init__(address, port)

    def _answer(self, query, _source):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind = struct.unpack_from("!H", query, at + 1)[0]
        name = ".".join(labels)
        self.note((name, kind))
        known = labels[-1:] == [self._zone]
        records = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + self._to if known and kind == 1 else b""
        head = query[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, 1 if records else 0, 0, 0)
        return head + query[12:at + 5] + records


class UdpTracker(_Server):
    """BEP 15: it knows nobody, and notes who asks."""

    def __init__(self, address, port=0):
        super().__init__(address, port)

    def _answer(self, request, source):
        action, transaction = struct.unpack_from("!II", request, 8)
        if action == 0 and struct.unpack_from("!Q", request)[0] == _MAGIC:
            return struct.pack("!IIQ", 0, transaction, 7)
        if action == 1:
            self.note(source)
            return struct.pack("!IIIII", 1, transaction, 1800, 0, 1)
        return struct.pack("!II", 3, transaction) + b"unknown"


class DhtNode(_Server):
    """BEP 5: it knows no other node, and notes who asks."""

    def __init__(self, address, port=0):
        self._id = os.urandom(20)
        super().__init__(address, port)

    def _answer(self, query, source):
        asked = bdecode(query)[0]
        if asked[b"y"] != b"q":
            return None
        self.note(source)
        said = {"id": self._id, "nodes": b"", "nodes6": b"", "token": b"t"}
        return bencode({"t": asked[b"t"], "y": "r", "r": said})
