#!/usr/bin/python3
"""Hundreds of hostile sockets beside one honest client: those that dribble, say nothing, say
nonsense, read nothing, close half, reset, or send heads without end; and such that log in with one
wrong password again and again."""

import base64
import http.client
import json
import os
import random
import socket
import struct
import subprocess
import threading
import time

from setting import begin
from interop import seedd as daemon
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd

BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session_get", "params": {"fields": ["version"]}})
LARGE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session_get", "params": {}})
HEAD = b"POST /rpc HTTP/1.1\r\nHost: localhost\r\n"
USER, PASSWORD = "me", "right"


def login(password):
    return "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()


WRONG = HEAD + f"Authorization: {login('wrong')}\r\nContent-Length: 0\r\n\r\n".encode()
SECONDS = float(os.environ.get("SEED_E2E_HOSTILE_SECONDS", "8"))
# So many rounds must hold, of one more: in that one the machine may have had something else to do.
SLOWER = float(os.environ.get("SEED_E2E_SLOWER", "1"))  # than an ordinary build
GOOD_ROUNDS = 2


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Honest:
    """Calls without a pause, on one connection and on fresh ones by turns; how long each took."""

    def __init__(self, port, headers=None):
        self.port, self.times, self.connection, self.headers = port, [], None, headers or {}

    def call(self, timeout=10):
        fresh = self.connection is None or len(self.times) % 10 == 9
        begun = time.monotonic()
        if fresh:
            if self.connection:
                self.connection.close()
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        self.connection.request("POST", "/rpc", BODY, self.headers)
        answer = self.connection.getresponse()
        check(answer.status == 200 and b"version" in answer.read(), f"the answer is {answer.status}")
        self.times.append(time.monotonic() - begun)

    def call_for(self, seconds):
        self.times = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.call()
            time.sleep(0.005)
        return percentile(self.times, 0.5), percentile(self.times, 0.99), max(self.times)


class Hostile:
    """Sockets of some kinds; each kind is stepped again and again, and begun anew when it is closed."""

    KINDS = ("dribbled_head", "dribbled_body", "dribbled_large_body", "idle", "garbage", "slow_reader", "half_closed",
             "reset", "huge_head", "endless_chunks")

    def __init__(self, port, kinds, count):
        self.port, self.over, self.dice = port, False, random.Random(7)
        self.kinds = [kinds[i % len(kinds)] for i in range(count)]
        self.sockets = [None] * count
        self.closed = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def connect(self):
        one = socket.socket()
        one.settimeout(5)
        if self.dice.random() < 0.2:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", self.port))
        one.setblocking(False)
        return one

    def begin(self, kind):
        one = self.connect()
        first = {
            "dribbled_head": b"P", "idle": b"", "garbage": bytes(self.dice.randbytes(200)),
            "dribbled_body": HEAD + b"Content-Length: 1000\r\n\r\n{",
            "dribbled_large_body": HEAD + b"Content-Length: 9000000\r\n\r\n" + b" " * 1000,
            "slow_reader": (HEAD + f"Content-Length: {len(LARGE)}\r\n\r\n{LARGE}".encode()) * 50,
            "half_closed": HEAD + f"Content-Length: {len(BODY)}\r\n\r\n{BODY}".encode(),
            "reset": HEAD + b"Content-Length: 5000\r\n\r\n{}", "huge_head": HEAD + b"X: " + b"a" * 8000,
            "endless_chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n", "wrong_login": WRONG * 5}[kind]
        if first:
            one.send(first)
        if kind == "half_closed":
            one.shutdown(socket.SHUT_WR)
        return one

    def step(self, kind, one):
        """False when it is to begin anew."""
        if kind == "reset":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if kind == "half_closed":
            try:
                return one.recv(100) != b""
            except BlockingIOError:
                return True
        if kind == "wrong_login":
            try:
                if one.recv(65536) == b"":
                    return False
            except BlockingIOError:
                pass
            one.send(WRONG * 5)
            return True
        octets = {"dribbled_head": b"P", "dribbled_body": b" ", "dribbled_large_body": b" ", "huge_head": b"a" * 500,
                  "endless_chunks": b"1;x=y\r\n \r\n", "garbage": b"\r\n\x00"}.get(kind)
        if octets:
            one.send(octets)
        return True

    def run(self):
        while not self.over:
            begun = time.monotonic()
            for i, kind in enumerate(self.kinds):
                if self.over:
                    break
                try:
                    if self.sockets[i] is None:
                        self.sockets[i] = self.begin(kind)
                    elif not self.step(kind, self.sockets[i]):
                        self.drop(i)
                except BlockingIOError:
                    pass
                except OSError:
                    self.drop(i)
            # An octet a second each.
            time.sleep(max(0.05, 1 - (time.monotonic() - begun)))

    def drop(self, i):
        self.closed += 1
        if self.sockets[i] is not None:
            self.sockets[i].close()
        self.sockets[i] = None

    def __enter__(self):
        self.thread.start()
        until = time.monotonic() + 20
        while sum(one is not None for one in self.sockets) < len(self.sockets) * 0.9:
            check(time.monotonic() < until, "the hostile sockets do not connect")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        for one in self.sockets:
            if one is not None:
                one.close()


class HostileSockets:
    def __init__(self):
        self.seedd = Seedd(folder("hostile"), message_level="warn")
        self.quiet, self.headers = None, {}

    def alone(self):
        self.seedd.start()
        self.quiet = Honest(self.seedd.rpc_port, self.headers).call_for(SECONDS / 2)
        return self.say(self.quiet)

    def beside(self, kinds, count, p99, longest=float("inf")):
        """Both in seconds. Two rounds of three must hold them."""
        with Hostile(self.seedd.rpc_port, kinds, count) as hostile:
            rounds, good = [], 0
            p99, longest = p99 * SLOWER, longest * SLOWER
            while good < GOOD_ROUNDS and len(rounds) <= GOOD_ROUNDS:
                rounds.append(Honest(self.seedd.rpc_port, self.headers).call_for(SECONDS))
                good += rounds[-1][1] < p99 and rounds[-1][2] < longest
            closed = hostile.closed
        check(self.seedd.process.poll() is None, "seedd has ended")
        said = "; ".join(f"round {number}: {self.say(times)}" for number, times in enumerate(rounds, 1))
        check(good == GOOD_ROUNDS, f"{good} of {len(rounds)} rounds were good; {said}")
        return f"{said}; {closed} of theirs closed"

    @staticmethod
    def say(times):
        return "p50 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms".format(*(1000 * t for t in times))

    def end(self):
        begun = time.monotonic()
        with Hostile(self.seedd.rpc_port, Hostile.KINDS, 100):
            check(self.seedd.stop() == 0, "seedd ends with 0")
        return f"{time.monotonic() - begun:.1f} s"


class WrongLogins(HostileSockets):
    """The same with a password, whose hash takes its time."""

    def __init__(self):
        hashed = subprocess.run([daemon.binary, "--hash-password"], input=PASSWORD + "\n", capture_output=True,
                                text=True, check=True).stdout.strip()
        self.seedd = Seedd(folder("logins"), message_level="info", rpc_authentication_required=True,
                           rpc_username=USER, rpc_password=hashed)
        self.quiet, self.headers = None, {"Authorization": login(PASSWORD)}

    def alone(self):
        self.seedd.launch()

        def serving():
            with open(os.path.join(self.seedd.home, "seedd.log")) as log:
                return "serving" in log.read()
        wait_for(serving, 20, "seedd", alive=[self.seedd.process])
        self.quiet = Honest(self.seedd.rpc_port, self.headers).call_for(SECONDS / 2)
        return self.say(self.quiet)

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: hostile sockets")
    hostile = HostileSockets()
    report.run("an honest client alone", hostile.alone)
    report.run("beside 200 that send an octet a second", hostile.beside,
               ("dribbled_head", "dribbled_body", "dribbled_large_body"), 200, 1, 1)
    report.run("beside 500 of all kinds", hostile.beside, Hostile.KINDS, 500, 0.2)
    report.run("it ends beside 100", hostile.end)
    logins = WrongLogins()
    report.run("with a password, alone", logins.alone)
    report.run("beside 200 with one wrong password", logins.beside, ("wrong_login",), 200, 0.2)
    report.run("it ends", logins.end)
    finish(report)


if __name__ == "__main__":
    main()
