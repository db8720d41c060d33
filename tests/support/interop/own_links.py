"""Network namespaces of a test's own, links between them, and who listens on a link."""

import ctypes
import os
import socket
import struct
import subprocess
import threading

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_ETH_P_ALL = 3


def missing():
    """Why there can be none here; None when there can."""
    if os.geteuid() != 0:
        return "not root: no network namespaces"
    probe = f"seed-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    if made.returncode != 0:
        return f"no network namespaces: {made.stderr.decode().strip()}"
    subprocess.run(["ip", "netns", "del", probe], check=False)
    return None


class Namespace:
    def __init__(self, name, name_servers=()):
        self.name = name
        ip("netns", "add", name)
        self._etc = f"/etc/netns/{name}"
        if name_servers:
            os.makedirs(self._etc, exist_ok=True)
            with open(f"{self._etc}/resolv.conf", "w", encoding="utf-8") as out:
                out.writelines(f"nameserver {server}\n" for server in name_servers)
        # Nobody here speaks of IPv6 by himself.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.ip("link", "set", "lo", "up")

    def argv(self):
        """What runs a program in it."""
        return ["ip", "netns", "exec", self.name]

    def run(self, *argv):
        subprocess.run([*self.argv(), *argv], check=True)

    def ip(self, *argv):
        ip("-n", self.name, *argv)

    def enter(self):
        """This thread's sockets are made there from now on."""
        with open(f"/run/netns/{self.name}", "rb") as there:
            if _libc.setns(there.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"cannot enter {self.name}")

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        for path in (f"{self._etc}/resolv.conf", self._etc):
            try:
                (os.rmdir if path == self._etc else os.unlink)(path)
            except OSError:
                pass


def ip(*argv):
    done = subprocess.run(["ip", *argv], capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(argv)}: {done.stderr.decode().strip()}")


class Link:
    """A cable between two namespaces, with a name and an address at each end."""

    def __init__(self, one, other):
        """`one` and `other`: (namespace, name, address with length)."""
        self.one, self.other = one, other
        self.make()

    def make(self):
        (here, name, address), (there, far, far_address) = self.one, self.other
        here.ip("link", "add", name, "type", "veth", "peer", "name", far, "netns", there.name)
        there.ip("addr", "add", far_address, "dev", far)
        there.ip("link", "set", far, "up")
        here.ip("addr", "add", address, "dev", name)
        here.ip("link", "set", name, "up")

    def break_off(self):
        self.one[0].ip("link", "del", self.one[1])


class Capture:
    """All frames that come to one end of a link, from a namespace's other links."""

    def __init__(self, namespace, interface):
        self.frames = []
        self._socket = None
        ready = threading.Event()

        def listen():
            namespace.enter()
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
            self._socket.bind((interface, 0))
            ready.set()
            while True:
                try:
                    frame, (_, _, kind, _, _) = self._socket.recvfrom(2048)
                except OSError:
                    return
                if kind != socket.PACKET_OUTGOING:
                    self.frames.append(frame)
        threading.Thread(target=listen, daemon=True).start()
        ready.wait(10)

    def texts(self, count=5):
        return [describe(frame) for frame in self.frames[:count]]


def describe(frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and len(frame) >= 34:
        source, to = (socket.inet_ntoa(frame[at:at + 4]) for at in (26, 30))
        return f"IPv4 {source} to {to}, protocol {frame[23]}"
    if kind == 0x0806 and len(frame) >= 42:
        return f"ARP for {socket.inet_ntoa(frame[38:42])}"
    return f"frame of type {kind:#06x}"
