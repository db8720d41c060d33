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
    def __init__(self, name, name_servers=(), ipv6=False):
        self.name = name
        ip("netns", "add", name)
        self._etc = f"/etc/netns/{name}"
        if name_servers:
            os.makedirs(self._etc, exist_ok=True)
            with open(f"{self._etc}/resolv.conf", "w", encoding="utf-8") as out:
                out.writelines(f"nameserver {server}\n" for server in name_servers)
        # Nobody here speaks of IPv6 by himself; or an address is good at once, and stays while a link is down.
        facts = {"accept_ra": 0, "accept_dad": 0, "keep_addr_on_down": 1} if ipv6 else {"disable_ipv6": 1}
        self.run("sysctl", "-qw", *(f"net.ipv6.conf.{which}.{key}={value}"
                                    for which in ("all", "default") for key, value in facts.items()))
        self.ip("link", "set", "lo", "up")

    def argv(self):
        """What runs a program in it."""
        return ["ip", "netns", "exec", self.name]

    def run(self, *argv):
        subprocess.run([*self.argv(), *argv], check=True)

    def ip(self, *argv):
        ip("-n", self.name, *argv)

    def ip_at_once(self, *lines):
        """Several commands, with less than a millisecond between them."""
        ip("-n", self.name, "-batch", "-", given="\n".join(lines).encode())

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


def ip(*argv, given=None):
    done = subprocess.run(["ip", *argv], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(argv)}: {done.stderr.decode().strip()}")


class Link:
    """A cable between two namespaces, with a name and addresses at each end."""

    def __init__(self, one, other):
        """`one` and `other`: (namespace, name, addresses with length)."""
        self.one, self.other = one, other
        self.make()

    def make(self):
        (here, name, _), (there, far, _) = self.one, self.other
        here.ip("link", "add", name, "type", "veth", "peer", "name", far, "netns", there.name)
        for end, its_name, addresses in (self.other, self.one):
            for address in addresses:
                end.ip("addr", "add", address, "dev", its_name)
            end.ip("link", "set", its_name, "up")

    def break_off(self):
        self.one[0].ip("link", "del", self.one[1])


class Capture:
    """All frames that come to one end of a link, but for what the kernel says there of itself."""

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
                if kind != socket.PACKET_OUTGOING and not of_the_kernel(frame):
                    self.frames.append(frame)
        threading.Thread(target=listen, daemon=True).start()
        ready.wait(10)

    def texts(self, count=5):
        return [describe(frame) for frame in self.frames[:count]]


def icmpv6(frame):
    """The ICMPv6 message in a frame; b"" when it has none."""
    if struct.unpack_from("!H", frame, 12)[0] != 0x86dd or len(frame) < 56:
        return b""
    kind, at = frame[20], 54
    if kind == 0:  # options for each hop, which reports of groups have
        kind, at = frame[at], at + 8 * (frame[at + 1] + 1)
    return frame[at:] if kind == socket.IPPROTO_ICMPV6 else b""


def of_the_kernel(frame):
    """What an interface with IPv6 says without any program: RFC 4861 (solicitations and advertisements of
    routers and neighbours, types 133 to 136), and reports (143) of the groups that takes, which are of the
    link's own scope, ff02::/16. A group that a program joins is not."""
    message = icmpv6(frame)
    if not message:
        return False
    if message[0] != 143:
        return 133 <= message[0] <= 136
    at = 8
    for _ in range(struct.unpack_from("!H", message, 6)[0]):
        _, more, sources = struct.unpack_from("!BBH", message, at)
        if message[at + 4:at + 6] != b"\xff\x02":
            return False
        at += 20 + 16 * sources + 4 * more
    return True


def describe(frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x86dd and len(frame) >= 54:
        source, to = (socket.inet_ntop(socket.AF_INET6, frame[at:at + 16]) for at in (22, 38))
        message = icmpv6(frame)
        what = f"ICMPv6 of type {message[0]}" if message else f"protocol {frame[20]}"
        return f"IPv6 {source} to {to}, {what}"
    if kind == 0x0800 and len(frame) >= 34:
        source, to = (socket.inet_ntoa(frame[at:at + 4]) for at in (26, 30))
        return f"IPv4 {source} to {to}, protocol {frame[23]}"
    if kind == 0x0806 and len(frame) >= 42:
        return f"ARP for {socket.inet_ntoa(frame[38:42])}"
    return f"frame of type {kind:#06x}"
