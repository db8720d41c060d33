#!/usr/bin/python3
"""A line between addresses of one network namespace that delays, loses, doubles and reorders packets.

Whoever is at 10.1.0.N is reached at 10.9.0.N, through a TUN device: each packet is held, and comes
back from there with its source 10.1.0.N as 10.9.0.N and its destination the other way round. That
leaves all checksums as they were. (The kernel's netem would do; not every kernel has it.)
"""

import argparse
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

NAME = "badline"
_TUNSETIFF, _TUN, _NO_PI = 0x400454ca, 1, 0x1000


class BadLine:
    """The line, as a script that runs in its own network has it (see own_network)."""

    def __init__(self, clients=9):
        self.process, self.clients = None, clients

    @staticmethod
    def here(number):
        return f"10.1.0.{number}"

    @staticmethod
    def there(number):
        return f"10.9.0.{number}"

    def start(self, **faults):
        """delay, jitter: milliseconds each way; loss, double: per cent; mtu: octets; rate: octets a second."""
        from .own_network import ip
        from .processes import Process, wait_for
        self.stop()
        argv = [sys.executable, os.path.abspath(__file__)]
        for name, value in faults.items():
            argv += [f"--{name}", str(value)]
        self.process = Process("line", argv)
        wait_for(lambda: os.path.exists(f"/sys/class/net/{NAME}") or self._in_own_sysfs(), 10, "a line",
                 alive=[self.process])
        ip("link", "set", NAME, "up", "mtu", "1500", "txqueuelen", "10000")
        # One network for both names of each, as clients look at the mask before they send.
        for number in range(1, self.clients + 1):
            ip("address", "add", f"10.1.0.{number}/8", "dev", NAME)
        return self

    @staticmethod
    def _in_own_sysfs():
        # /sys may still be that of the namespace this one was made from.
        with open("/proc/net/dev") as devices:
            return any(line.strip().startswith(NAME + ":") for line in devices)

    def stop(self):
        if self.process:
            self.process.stop(5)
            self.process = None


def open_tun():
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", NAME.encode(), _TUN | _NO_PI))
    return tun


def turned(packet):
    """From 10.1.0.N to 10.9.0.M: now from 10.9.0.N to 10.1.0.M. None for what is none of ours."""
    if packet[0] >> 4 != 4 or packet[12:14] != b"\x0a\x01" or packet[16:18] != b"\x0a\x09":
        return None
    return packet[:13] + b"\x09" + packet[14:17] + b"\x01" + packet[18:]


def main():
    parser = argparse.ArgumentParser()
    for name in ("delay", "jitter", "loss", "double", "mtu", "rate", "queue"):
        parser.add_argument(f"--{name}", type=float, default=0)
    faults = parser.parse_args()
    dice, tun, under_way, number = random.Random(int(os.environ.get("SEED_LINE", "1"))), open_tun(), [], 0
    free_at = {}
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            try:
                os.write(tun, heapq.heappop(under_way)[2])
            except OSError:
                pass  # the device is not up yet
        wait = max(0.0, under_way[0][0] - now) if under_way else None
        if not select.select([tun], [], [], wait)[0]:
            continue
        for _ in range(64):
            try:
                packet = os.read(tun, 65536)
            except OSError:
                break
            now = time.monotonic()
            packet = turned(packet)
            # What may be cut into fragments comes together again at the other end.
            whole_only = packet is not None and packet[6] & 0x40
            if packet is None or (faults.mtu and whole_only and len(packet) > faults.mtu) or dice.random() * 100 < faults.loss:
                continue
            at = now
            if faults.rate:
                # Each destination has a line of its own, and a queue before it.
                key = packet[16:20]
                at = max(now, free_at.get(key, 0.0)) + len(packet) / faults.rate
                if faults.queue and at - now > faults.queue / 1000:
                    continue
                free_at[key] = at
            for _ in range(2 if dice.random() * 100 < faults.double else 1):
                number += 1
                heapq.heappush(under_way, (at + (faults.delay + dice.random() * faults.jitter) / 1000, number, packet))


if __name__ == "__main__":
    main()
