"""A process whose main thread stands still while the others run on: what a hung loop looks like."""

import contextlib
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_WALL = 0x40000000


class NotAllowed(Exception):
    """This system does not let one process stop a thread of another."""


def _ptrace(request, pid):
    if _libc.ptrace(request, pid, None, None) != 0:
        raise NotAllowed(os.strerror(ctypes.get_errno()))


@contextlib.contextmanager
def main_thread(pid):
    """Within, the main thread of that child stands still."""
    _ptrace(_SEIZE, pid)
    _ptrace(_INTERRUPT, pid)
    os.waitpid(pid, _WALL)
    try:
        yield
    finally:
        _ptrace(_DETACH, pid)
