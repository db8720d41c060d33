"""Processes by pid, waits with an end, free ports, folders that go away."""

import atexit
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_running = []
_folders = []
_given_ports = set()


class TimedOut(Exception):
    """A condition did not come true in time."""


class Died(Exception):
    """A process that should run has ended."""


def wait_for(condition, seconds, what, step=0.05, alive=()):
    """The first true value of condition(); TimedOut after `seconds`, Died when one of `alive` ends."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        for process in alive:
            if process.poll() is not None:
                raise Died(f"{process.name} ended with {process.poll()} while waiting for {what}\n"
                           + process.log_tail())
        if time.monotonic() > end:
            tails = "".join(f"\n--- {p.name}:\n{p.log_tail()}" for p in alive)
            raise TimedOut(f"no {what} in {seconds} s{tails}")
        time.sleep(step)


def free_port():
    """A port free for TCP and UDP, below the range the system takes outgoing ports from."""
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        if port in _given_ports:
            continue
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("", port))
        except OSError:
            continue
        _given_ports.add(port)
        return port
    raise RuntimeError("no free port")


def folder(label, within=None):
    """A new folder, removed when the program ends (kept with SEED_KEEP=1)."""
    path = tempfile.mkdtemp(prefix=f"seed-{label}-", dir=within)
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def _die_with_parent():
    # With the thread that started it, to be exact: threads that start processes live to the end.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child in a process group of its own, its output in a file."""

    def __init__(self, name, argv, cwd=None, env=None, log=None):
        self.name = name
        self.log_path = log or os.path.join(cwd or tempfile.gettempdir(), f"{name}.log")
        environment = dict(os.environ)
        environment.update(env or {})
        with open(self.log_path, "ab") as out:
            self._child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=cwd,
                env=environment, start_new_session=True, preexec_fn=_die_with_parent)
        self.pid = self._child.pid
        self.thread = threading.get_ident()
        _running.append(self)

    def poll(self):
        """The exit status, None while it runs."""
        return self._child.poll()

    def signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, seconds):
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"{self.name} still runs after {seconds} s\n{self.log_tail()}") from None

    def stop(self, seconds=10):
        """SIGTERM, and SIGKILL when that does not help. The exit status."""
        self.signal(signal.SIGTERM)
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        return self.kill()

    def kill(self):
        """SIGKILL for it and what is left of its group. The exit status."""
        if self in _running:
            _running.remove(self)
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        return self._child.wait(30)

    def log_tail(self, lines=25):
        try:
            with open(self.log_path, "rb") as log:
                log.seek(max(0, os.path.getsize(self.log_path) - 8000))
                return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def stop_all(of_thread=None):
    """Ends what is still running, newest first; with `of_thread` what that thread started."""
    for process in reversed(list(_running)):
        if of_thread is not None and process.thread != of_thread:
            continue
        try:
            process.kill()
        except (OSError, subprocess.TimeoutExpired):
            pass


def remove_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    if path in _folders:
        _folders.remove(path)


def _clean_up():
    stop_all()
    if os.environ.get("SEED_KEEP"):
        print("kept:", *_folders)
        return
    for path in list(_folders):
        remove_folder(path)


atexit.register(_clean_up)
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def have(program):
    return shutil.which(program) is not None


def cpu_seconds(pid):
    """User and system seconds of a process and its reaped children."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return sum(int(fields[i]) for i in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid):
    """Peak resident set, resident now and private memory now, in MiB."""
    peak = resident = 0.0
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                peak = int(line.split()[1]) / 1024
            if line.startswith("VmRSS:"):
                resident = int(line.split()[1]) / 1024
    private = 0
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                private += int(line.split()[1])
    return {"peak": peak, "resident": resident, "private": private / 1024}
