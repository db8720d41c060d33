"""What leaves an address over loopback: all that is sent from it, and to whom."""

import socket
import struct
import threading

_ETH_P_IP = 0x0800
_OUTGOING = 4  # PACKET_OUTGOING: of those that are seen both as they leave and as they come
_TCP, _UDP = 6, 17


class Sniffer:
    """Counts packets from `source` that say something: datagrams, and TCP that begins or carries data."""

    def __init__(self, source):
        self._source = socket.inet_aton(source)
        self.seen = {}  # (protocol, address, port): packets
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        self._socket.bind(("lo", _ETH_P_IP))
        threading.Thread(target=self._run, daemon=True).start()

    @staticmethod
    def missing():
        try:
            socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
            return ""
        except OSError as error:
            return f"packets cannot be seen: {error}"

    def _run(self):
        while True:
            try:
                packet, where = self._socket.recvfrom(65536)
            except OSError:
                return
            if where[2] != _OUTGOING and packet[12:16] == self._source:
                self._take(packet)

    def _take(self, packet):
        head = (packet[0] & 15) * 4
        protocol, to = packet[9], socket.inet_ntoa(packet[16:20])
        rest = packet[head:struct.unpack(">H", packet[2:4])[0]]
        port = struct.unpack(">H", rest[2:4])[0]
        if protocol == _TCP:
            begins = rest[13] & 0x12 == 0x02
            if not begins and len(rest) <= (rest[12] >> 4) * 4:
                return
        elif protocol != _UDP:
            return
        key = ("tcp" if protocol == _TCP else "udp", to, port)
        with self._lock:
            self.seen[key] = self.seen.get(key, 0) + 1

    def forget(self):
        with self._lock:
            self.seen = {}

    def others(self, *allowed):
        """What went to other addresses than these."""
        with self._lock:
            return {key: count for key, count in self.seen.items() if key[1] not in allowed}

    def to(self, address, protocol=None):
        with self._lock:
            return sum(count for key, count in self.seen.items()
                       if key[1] == address and protocol in (None, key[0]))

    def stop(self):
        self._socket.close()
