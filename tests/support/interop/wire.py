"""A BitTorrent peer by hand, over a blocking socket: for what no client does on purpose."""

import os
import socket
import struct

(CHOKE, UNCHOKE, INTERESTED, NOT_INTERESTED, HAVE, BITFIELD, REQUEST, PIECE, CANCEL) = range(9)
SUGGEST, HAVE_ALL, HAVE_NONE, REJECT, ALLOWED_FAST, EXTENDED = 13, 14, 15, 16, 17, 20
FAST, EXTENSIONS = bytes([0, 0, 0, 0, 0, 0, 0, 4]), bytes([0, 0, 0, 0, 0, 16, 0, 0])


class Closed(Exception):
    """The other side hung up."""


class Wire:
    def __init__(self, address, port, timeout=10, source=""):
        self.socket = socket.create_connection((address, port), timeout, source and (source, 0) or None)
        self.kept = b""

    def handshake(self, info_hash, reserved=bytes(8), peer_id=None):
        """Sends ours; the reserved octets and the peer id of theirs."""
        self.socket.sendall(b"\x13BitTorrent protocol" + reserved + bytes.fromhex(info_hash)
                            + (peer_id or b"-IO0001-" + os.urandom(12)))
        answer = self.take(68)
        return answer[20:28], answer[48:68]

    def take(self, count):
        while len(self.kept) < count:
            got = self.socket.recv(65536)
            if not got:
                raise Closed
            self.kept += got
        out, self.kept = self.kept[:count], self.kept[count:]
        return out

    def send(self, kind, payload=b""):
        self.socket.sendall(struct.pack(">IB", 1 + len(payload), kind) + payload)

    def receive(self):
        """(kind, payload) of the next message that is no keepalive."""
        while True:
            (length,) = struct.unpack(">I", self.take(4))
            if length:
                octets = self.take(length)
                return octets[0], octets[1:]

    def receive_until(self, *kinds):
        """The messages up to and with the first of `kinds`."""
        seen = []
        while True:
            seen.append(self.receive())
            if seen[-1][0] in kinds:
                return seen

    def request(self, piece, offset, length):
        self.send(REQUEST, struct.pack(">III", piece, offset, length))

    def closed_within(self, seconds):
        """Whether the other side hangs up (what it says before that is dropped)."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self):
        self.socket.close()
