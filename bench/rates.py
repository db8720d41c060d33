#!/usr/bin/python3
"""How true seedd's rate limits are: bytes that passed in about ten seconds against the limit, both
ways. bench/rates.py [--bin DIR] [--peers N] [--only up,down]. Exits with 1 when one is off by more
than 5 %."""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))

from interop import seedd as daemon  # noqa: E402
from interop.processes import Process, folder, stop_all, wait_for  # noqa: E402
from interop.seedd import Seedd  # noqa: E402
from interop.torrents import single_file  # noqa: E402

SECONDS = 10
# Octets a second. Content is kept below 2 GiB: what is faster than that is measured for less long.
RATES = [16_000, 64_000, 1_000_000, 16_000_000, 100_000_000, 400_000_000, 1_000_000_000]
CONTENT_MAX = 2 * 10**9


def argv(seedd, mode, torrent, peers, *more):
    program = os.path.join(os.path.dirname(daemon.binary), "load_peer")
    return [program, mode, f"{seedd.address}:{seedd.peer_port}", torrent.info_hash, str(torrent.total),
            str(torrent.piece_bytes), "--peers", str(peers), "--seconds", "60", *more]


def up(rate, peers, where):
    torrent = single_file(where, name="up.bin", size=16 * 2**20, piece_bytes=2**18)
    seedd = Seedd(folder("rates", within=where), address="127.0.0.2", download_dir=torrent.folder,
                  message_level="warn", upload_slots_per_torrent=30, speed_limit_up_enabled=True,
                  speed_limit_up=rate // 1000).start()
    seedd.add(torrent.path)
    wait_for(lambda: seedd.is_complete(torrent.info_hash), 60, "seeding", alive=[seedd.process])
    ran = subprocess.run(argv(seedd, "leech", torrent, peers, "--bytes", str(rate * SECONDS)),
                         capture_output=True, text=True, timeout=120, check=False)
    seedd.stop()
    return json.loads(ran.stdout.splitlines()[-1])


def down(rate, peers, where):
    # In the middle of a download: near its end blocks are asked of several peers.
    # Whole blocks are counted: 40 of them at least, so that one more or less does not show.
    seconds = max(SECONDS, 40 * 16384 / rate)
    size = int(min(rate * seconds * 2, CONTENT_MAX))
    seconds = min(seconds, size / rate / 2)
    torrent = single_file(where, name="down.bin", size=size,
                          piece_bytes=min(2**20, max(2**14, 2 ** (size.bit_length() - 8))))
    seedd = Seedd(folder("rates", within=where), address="127.0.0.2", message_level="warn",
                  speed_limit_down_enabled=True, speed_limit_down=rate // 1000).start()
    seedd.add(torrent.path)
    peer = Process("load_peer", argv(seedd, "seed", torrent, peers, "--content", torrent.path_of("")),
                   cwd=where)
    had = lambda: seedd.get(torrent.info_hash, "downloaded_ever")
    wait_for(lambda: had() > 0, 30, "first block", step=0.01, alive=[seedd.process, peer])
    time.sleep(seconds / 5)
    first, begun = had(), time.monotonic()
    time.sleep(seconds)
    got = {"bytes": had() - first, "seconds": time.monotonic() - begun}
    peer.kill()
    seedd.stop()
    return got


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    parser.add_argument("--peers", type=int, default=4)
    parser.add_argument("--only", default="up,down")
    options = parser.parse_args()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    worst = 0.0
    print("| way | limit kB/s | measured kB/s | off | load |\n|:--|--:|--:|--:|--:|")
    for way in options.only.split(","):
        for rate in RATES:
            where = folder("rates", within="/dev/shm")
            try:
                got = {"up": up, "down": down}[way](rate, options.peers, where)
            finally:
                stop_all()
            measured = got["bytes"] / max(got["seconds"], 1e-9)
            off = measured / rate - 1
            # What the machine cannot do says nothing about the limit.
            if off > -0.05 or rate < 10**8:
                worst = max(worst, abs(off))
            print(f"| {way} | {rate / 1000:.0f} | {measured / 1000:.1f} | {off * 100:+.1f} % "
                  f"| {os.getloadavg()[0]:.1f} |", flush=True)
    sys.exit(worst > 0.05)


if __name__ == "__main__":
    main()
