"""More network namespaces beside our own (own_network): each is held by a process that ends with us."""

import ctypes
import os
from contextlib import contextmanager

from .own_network import ip
from .processes import Process, wait_for

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


class Namespace:
    def __init__(self, name):
        self.name = name
        self._holder = Process(f"network {name}", ["unshare", "--net", "sleep", "infinity"])
        self._path = f"/proc/{self._holder.pid}/ns/net"
        ours = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(self._path) != ours, 10, "namespace", alive=[self._holder])
        with self.inside():
            ip("link", "set", "lo", "up")

    @contextmanager
    def inside(self):
        """What this thread opens and starts meanwhile is in there, and stays."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(self._path, os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(back)
            os.close(there)
            os.close(back)

    def take(self, interface):
        """One of our own becomes one of its."""
        ip("link", "set", interface, "netns", str(self._holder.pid))

    def end(self):
        self._holder.kill()


def _enter(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
