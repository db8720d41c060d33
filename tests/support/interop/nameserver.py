"""A nameserver that knows a few names and notes which ones it is asked for."""

import os
import shlex
import socket
import struct
import threading

_A = 1


class Nameserver:
    """Answers at port 53 of an address of its own."""

    def __init__(self, address="127.0.0.53", names=()):
        """`names`: (name, IPv4 address). All others do not exist."""
        self.asked = set()
        self._names = dict(names)
        self._address = address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        threading.Thread(target=self._run, daemon=True).start()

    def run_by(self, home):
        """What a program is run by so that this is its system's only nameserver: a mount namespace."""
        path = os.path.join(home, "resolv.conf")
        with open(path, "w") as out:
            out.write(f"nameserver {self._address}\noptions timeout:1 attempts:2\n")
        inner = f"mount --bind {shlex.quote(path)} /etc/resolv.conf && exec \"$@\""
        return ["unshare", "-m", "sh", "-c", inner, "sh"]

    def stop(self):
        self._socket.close()

    def _run(self):
        while True:
            try:
                query, who = self._socket.recvfrom(1500)
                self._socket.sendto(self._answer(query), who)
            except OSError:
                return

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        question, kind = query[12:at + 5], struct.unpack(">H", query[at + 1:at + 3])[0]
        name = ".".join(labels).lower()
        self.asked.add(name)
        address = self._names.get(name)
        answers = b""
        if address and kind == _A:
            answers = b"\xc0\x0c" + struct.pack(">HHIH", _A, 1, 1, 4) + socket.inet_aton(address)
        flags = 0x8180 if address else 0x8183
        return query[:2] + struct.pack(">HHHHH", flags, 1, 1 if answers else 0, 0, 0) + question + answers
