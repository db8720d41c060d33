"""A gateway of a few lines that speaks NAT-PMP (RFC 6886) as those of VPNs do: it chooses the external
port, for a short time. And what anybody may ask of a gateway by NAT-PMP."""

import socket
import struct
import threading
import time

PORT = 5351
UDP, TCP = 1, 2
VERSION_UNSUPPORTED, REFUSED = 1, 2


class FakeGateway:
    """Made where it is to listen."""

    def __init__(self, address, external, lifetime=20):
        self.external, self.lifetime = external, lifetime
        self.port = 0  # given to whoever asks; 0: as asked
        self.outcome = 0
        self.answering = True
        self.mapped = {}  # (UDP or TCP, internal port): external port
        self.asked = []  # (monotonic time, from, UDP or TCP, internal port, external port asked for, lifetime)
        self._epoch = time.monotonic()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))
        threading.Thread(target=self._serve, daemon=True).start()

    def restart(self):
        """Forgets all."""
        self.mapped.clear()
        self._epoch = time.monotonic()

    def stop(self):
        self.answering = False
        self._socket.close()

    def requests(self, protocol):
        """Those for a mapping, not those that take one back."""
        return [one for one in self.asked if one[2] == protocol and one[5] > 0]

    def _serve(self):
        while True:
            try:
                request, sender = self._socket.recvfrom(2048)
                if self.answering and (answer := self._answer(request, sender)):
                    self._socket.sendto(answer, sender)
            except OSError:
                return

    def _answer(self, request, sender):
        version, opcode = request[0], request[1]
        epoch = int(time.monotonic() - self._epoch)
        if version != 0:
            return struct.pack(">BBHI", 0, 128 + opcode, VERSION_UNSUPPORTED, epoch)
        if opcode == 0:
            return struct.pack(">BBHI4s", 0, 128, 0, epoch, socket.inet_aton(self.external))
        inner, outer, lifetime = struct.unpack(">HHI", request[4:12])
        self.asked.append((time.monotonic(), sender[0], opcode, inner, outer, lifetime))
        head = struct.pack(">BBHIH", 0, 128 + opcode, self.outcome, epoch, inner)
        if self.outcome:
            return head + struct.pack(">HI", 0, 0)
        if lifetime == 0:
            self.mapped.pop((opcode, inner), None)
            return head + struct.pack(">HI", 0, 0)
        given = self.mapped[(opcode, inner)] = self.port or outer or inner
        return head + struct.pack(">HI", given, min(lifetime, self.lifetime))


def map_port(source, gateway, protocol, port, lifetime=3600):
    """Has a gateway forward a port to `source`; the external port it gives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((source, 0))
        asking.settimeout(1)
        for _ in range(10):
            asking.sendto(struct.pack(">BBHHHI", 0, protocol, 0, port, port, lifetime), (gateway, PORT))
            try:
                answer = asking.recv(2048)
            except TimeoutError:
                continue
            version, opcode, outcome, _, _, given, _ = struct.unpack(">BBHIHHI", answer[:16])
            assert (version, opcode, outcome) == (0, 128 + protocol, 0), answer
            return given
    raise TimeoutError("no answer of the gateway")
