#!/usr/bin/python3
"""What one transfer over loopback costs by TCP, by uTP and by MSE with RC4: seedd, libtorrent and Transmission,
each as the seed and as the downloader of each, in the same run, interleaved; medians. One command:
bench/transports.py [--quick] [--runs N] [--size MIB] [--seconds S] [--only tcp,utp,mse]
[--clients seedd,libtorrent,transmission] [--pairs seedd:libtorrent,...] [--partner libtorrent] [--bin FOLDER]
[--write] [--markdown FILE] [--json FILE]. --write puts the tables into bench/README.md, --markdown into a file of their own."""

import argparse
import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time

import run
from run import GIB, MIB
from interop import clients, seedd as daemon  # run.py says where that is
from interop.processes import TimedOut, cpu_seconds, folder, remove_folder, stop_all, wait_for
from interop.seedd import DOWNLOADING, Seedd
from interop.small_tracker import SmallTracker

# Transmission dials nobody in 127/8, so these are addresses of a loopback of our own.
TRACKER, SEED, LEECH = "10.77.0.1", "10.77.0.2", "10.77.0.3"
# Not SEEDD_: seedd reads those as settings.
INSIDE = "BENCH_IN_OWN_NETWORK"
# For the first block. Transmission looks only each 10 s for whom to unchoke, and then for peers again.
PATIENCE = 40
# What a link must be: (by uTP, encrypted).
EXPECTED = {"tcp": (False, False), "utp": (True, False), "mse": (False, True)}
TITLES = {"tcp": "TCP", "utp": "uTP", "mse": "MSE, RC4 over TCP"}
COLUMNS = ["MiB/s", "seed CPU s/GiB", "downloader CPU s/GiB", "rest CPU %"]

# `moved`: octets of content had; `at`: when that was so, monotonic; `links`: as in EXPECTED.
Progress = collections.namedtuple("Progress", "moved done at links")
Pair = collections.namedtuple("Pair", "name seed leech")


class Refused(Exception):
    """These two do not transfer by this transport."""


class HeldTracker(SmallTracker):
    """Answers nobody before it is open."""

    def __init__(self, address):
        self.open = threading.Event()
        super().__init__(address)

    def _answer(self, asked, address):
        self.open.wait(2 * PATIENCE)
        return super()._answer(asked, address)


class Ours:
    name = "seedd"

    def __init__(self, home, save, address, transport):
        self.seedd = Seedd(home, address=address, download_dir=save, message_level="warn",
                           preferred_transports="utp" if transport == "utp" else "tcp",
                           encryption="required" if transport == "mse" else "allowed")
        self.address, self.port = address, self.seedd.peer_port

    process = property(lambda self: self.seedd.process)

    def start(self):
        self.seedd.start(60)

    def add(self, torrent, path=None):
        self.seedd.add(path or torrent.path)

    def complete(self, torrent):
        return self.seedd.is_complete(torrent.info_hash)

    def ready(self, torrent):
        return self.seedd.get(torrent.info_hash, "status") == DOWNLOADING

    def progress(self, torrent):
        said = self.seedd.get(torrent.info_hash, "downloaded_ever", "left_until_done", "peers")
        return Progress(said["downloaded_ever"], said["left_until_done"] == 0, time.monotonic(),
                        {(p["is_utp"], p["is_encrypted"]) for p in said["peers"]})

    def stop(self):
        self.seedd.process.stop(20)


class Transmission(clients.Transmission):
    def __init__(self, home, save, address, transport):
        super().__init__(home, save=save, address=address, utp="only" if transport == "utp" else False,
                         encryption=2 if transport == "mse" else 0)

    def ready(self, torrent):
        got = self.rpc("torrent-get", ids=[torrent.info_hash], fields=["status"])["torrents"]
        return bool(got) and got[0]["status"] == DOWNLOADING

    def progress(self, torrent):
        got = self.rpc("torrent-get", ids=[torrent.info_hash],
                       fields=["downloadedEver", "leftUntilDone", "status", "peers"])["torrents"]
        if not got:
            return Progress(0, False, time.monotonic(), set())
        return Progress(got[0]["downloadedEver"], got[0]["leftUntilDone"] == 0 and got[0]["status"] in (5, 6),
                        time.monotonic(), {(p["isUTP"], p["isEncrypted"]) for p in got[0]["peers"]})


class Libtorrent(clients.Libtorrent):
    def __init__(self, home, save, address, transport):
        super().__init__(home, save=save, address=address, utp="only" if transport == "utp" else False,
                         watched=True)
        self.policy = "forced" if transport == "mse" else ""

    def add(self, torrent, path=None):
        super().add(torrent, path=path, encryption=self.policy)

    def ready(self, torrent):
        return self.facts(torrent).get("state") == "downloading"

    def progress(self, torrent):
        said = self.status()
        facts = said.get(torrent.info_hash, {})
        return Progress(facts.get("down", 0), facts.get("seeding", False), said.get("at", 0.0),
                        {(link["utp"], link["rc4"]) for link in facts.get("links", [])})


KINDS = {kind.name: kind for kind in (Ours, Libtorrent, Transmission)}


class Machine:
    """Processor time from now on: of two processes, and of all else."""

    def __init__(self, seed, leech):
        self.pids = [seed.process.pid, leech.process.pid]
        self.begun, self.before = time.monotonic(), self._now()

    def _now(self):
        with open("/proc/stat") as stat:
            ticks = [int(field) for field in stat.readline().split()[1:9]]
        # All but idle and waiting for a disk.
        busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
        return [busy, *map(cpu_seconds, self.pids)]

    def used(self):
        """(seconds of the seed, of the downloader, the share of all cores that went elsewhere)"""
        busy, seed, leech = [after - before for after, before in zip(self._now(), self.before)]
        have = (time.monotonic() - self.begun) * os.cpu_count()
        return seed, leech, max(busy - seed - leech, 0) / max(have, 1e-3)


class Bench(run.Bench):
    def __init__(self, options):
        super().__init__(options)
        self.runs = options.runs or (1 if options.quick else 3)
        self.kinds = [KINDS[name] for name in options.clients.split(",")
                      if name == "seedd" or not KINDS[name].missing()]
        self.size = (options.size or (64 if options.quick else 512)) * MIB
        self.torrent = self.content(self.size, "transport.bin")
        self.results, self.absent, self.why, self.failed = {}, {}, {}, {}

    # --- one transfer

    def measure(self, transport, pair):
        known = self.why.get((transport, pair.name))
        if known:
            raise Refused(known)
        home = self.home()
        save = folder("save", within=home)
        seed = pair.seed(folder("seed", within=home), self.torrent.folder, SEED, transport)
        leech = pair.leech(folder("leech", within=home), save, LEECH, transport)
        tracker = HeldTracker(TRACKER)
        try:
            self.bring_up(home, tracker, seed, leech)
            result = self.transfer(transport, seed, leech)
        except Refused as refusal:
            self.refuse(transport, pair, str(refusal))
            raise
        except Exception as error:
            self.failed[transport, pair.name] = str(error).splitlines()[0]
            raise
        finally:
            tracker.open.set()
            for one in (leech, seed):
                if one.process:
                    one.stop()
            tracker.stop()
        wrong = self.torrent.differences(save) if result.pop("whole") else []
        if wrong:
            raise RuntimeError(f"{pair.name}: {wrong}")
        remove_folder(home)
        return result

    def bring_up(self, home, tracker, seed, leech):
        """Only one has a tracker, which knows the other: that one dials, as soon as both are ready.
        It is the downloader, but Transmission 3.00, when it dials by uTP, leaves unread what came in one
        packet with a handshake, libtorrent's bitfield: so it dials none but itself."""
        dials = seed if leech.name == "transmission" != seed.name else leech
        other = leech if dials is seed else seed
        told = self.torrent.with_trackers([tracker.url], os.path.join(home, "told.torrent"))
        tracker.add_peer(self.torrent, other.address, other.port)
        for one in (seed, leech):
            one.start()
            one.add(self.torrent, told if one is dials else None)
        # Who is dialled while it still looks at its files refuses, and the next attempt is far away.
        wait_for(lambda: seed.complete(self.torrent) and leech.ready(self.torrent), 120, "two that are ready",
                 alive=[seed.process, leech.process])
        tracker.open.set()

    def transfer(self, transport, seed, leech):
        start = self.first_block(transport, seed, leech)
        machine, seen, now = Machine(seed, leech), set(start.links), start
        ends = start.at + self.options.seconds
        while not now.done and time.monotonic() < ends:
            self.check_links(transport, seen)
            # Half of the way to where it will end, and not often if it does not: looks cost the client too.
            rate = (now.moved - start.moved) / max(now.at - start.at, 1e-3)
            left = (self.torrent.total - now.moved) / rate if rate else 0.01
            time.sleep(max(min(left / 2, 0.5), (time.monotonic() - start.at) / 200, 0.003))
            now = leech.progress(self.torrent)
            seen |= now.links
        seed_cpu, leech_cpu, rest = machine.used()
        self.check_links(transport, seen)
        moved, took = now.moved - start.moved, now.at - start.at
        if moved <= 0 or not seen:
            raise RuntimeError(f"all was there before the first look: {start}")
        return {"MiB/s": moved / MIB / took, "seed CPU s/GiB": seed_cpu / (moved / GIB),
                "downloader CPU s/GiB": leech_cpu / (moved / GIB), "rest CPU %": rest * 100, "whole": now.done}

    def first_block(self, transport, seed, leech):
        def first():
            now = leech.progress(self.torrent)
            self.check_links(transport, now.links)
            return now if now.moved else None
        try:
            return wait_for(first, PATIENCE, "content", step=0.005, alive=[seed.process, leech.process])
        except TimedOut:
            raise Refused(f"no block in {PATIENCE} s") from None

    @staticmethod
    def check_links(transport, links):
        """What is not said to work would go by another transport, and be measured as this one."""
        for by_utp, encrypted in links:
            if (by_utp, encrypted) != EXPECTED[transport]:
                raise Refused(f"linked by {'uTP' if by_utp else 'TCP'}, {'' if encrypted else 'not '}encrypted")

    def refuse(self, transport, pair, why):
        """Who cannot with itself is not tried with others."""
        self.why[transport, pair.name] = why
        if pair.seed is pair.leech:
            for other in self.pairs():
                if pair.seed in (other.seed, other.leech):
                    self.why.setdefault((transport, other.name), f"{pair.name}: {why}")

    # --- all of them

    def pairs(self):
        """Each with itself first: that tells who cannot at all."""
        both = [Pair(f"{seed.name} to {leech.name}", seed, leech) for seed in self.kinds for leech in self.kinds]
        wanted = [name.replace(":", " to ") for name in self.options.pairs.split(",") if name]
        return sorted((pair for pair in both if not wanted or pair.name in wanted),
                      key=lambda pair: pair.seed is not pair.leech)

    def by(self, transport):
        title = f"{TITLES[transport]}, {self.size / MIB:g} MiB"
        self.rounds(title, COLUMNS, self.pairs(), lambda pair: self.measure(transport, pair))
        absent = {pair.name: self.why.get((transport, pair.name)) or self.failed.get((transport, pair.name))
                  for pair in self.pairs() if pair.name not in self.last}
        self.absent[transport] = absent
        reasons = [f"- {name}: {why}" for name, why in absent.items()]
        if reasons:
            self.tables.append("Not measured:\n\n" + "\n".join(reasons) + "\n")
            print(self.tables[-1])
        self.results[transport] = self.last

    def table(self, title, columns, results):
        super().table(title, columns, results)
        self.last = {name: {column: statistics.median(one[column] for one in runs) for column in columns}
                     for name, runs in results.items() if runs}

    # --- beside each other

    def beside(self):
        """Each client in the same place, its counterpart the same for all."""
        partner, names = self.options.partner, [kind.name for kind in self.kinds]
        places = [(f"seeding to {partner}", lambda name: (f"{name} to {partner}", ["seed CPU s/GiB"])),
                  (f"downloading from {partner}", lambda name: (f"{partner} to {name}", ["downloader CPU s/GiB"])),
                  ("to itself, both ends", lambda name: (f"{name} to {name}", ["seed CPU s/GiB",
                                                                           "downloader CPU s/GiB"]))]
        speeds, costs = {}, {}
        for transport, results in self.results.items():
            for place, of in places:
                row = f"{TITLES[transport]}: {place}"
                for name in names:
                    pair, columns = of(name)
                    if pair in results:
                        speeds.setdefault(row, {})[name] = results[pair]["MiB/s"]
                        costs.setdefault(row, {})[name] = sum(results[pair][column] for column in columns)
        self.grid("MiB/s beside each other", names, speeds)
        self.grid("CPU s/GiB beside each other", names, costs)
        self.grid("CPU s/GiB that MSE adds to TCP", names, {
            place: {name: value - costs[f"{TITLES['tcp']}: {place}"][name]
                    for name, value in costs.get(f"{TITLES['mse']}: {place}", {}).items()
                    if name in costs.get(f"{TITLES['tcp']}: {place}", {})} for place, _ in places})

    def grid(self, title, names, rows):
        if any(rows.values()):
            run.Bench.table(self, title, names, {row: [cells] for row, cells in rows.items() if cells})


def enter_own_network():
    """Runs all this again in a network namespace that has a loopback and nothing else."""
    if os.environ.get(INSIDE):
        for address in (TRACKER, SEED, LEECH):
            subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ[INSIDE] = "1"
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    os.execvp("unshare", ["unshare", "--net", *as_root, sys.executable, *sys.argv])


def set_congestion():
    """BBR paces by what it measures, which says little of loopback. In a namespace not all may be set."""
    for name in ("cubic", "reno"):
        _, now = run.set_congestion(name)
        if now == name:
            break
    return now


def write_readme(text):
    path = os.path.join(run.HERE, "README.md")
    begin, end = "<!-- transports -->", "<!-- /transports -->"
    with open(path) as file:
        head, rest = file.read().split(begin)
    with open(path, "w") as out:
        out.write(f"{head}{begin}\n\n{text}\n{end}{rest.split(end)[1]}")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one run of 64 MiB")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--size", type=int, default=0, help="MiB of content, 512 unless given")
    parser.add_argument("--seconds", type=float, default=30, help="after which a transfer is cut off")
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    parser.add_argument("--only", default=",".join(TITLES), help="transports")
    parser.add_argument("--clients", default=",".join(KINDS))
    parser.add_argument("--pairs", default="", help="only these, as seedd:libtorrent,libtorrent:seedd: from whom to whom")
    parser.add_argument("--partner", default="libtorrent", help="the counterpart of all in the last tables")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    parser.add_argument("--markdown", default="", help="a file for the tables")
    parser.add_argument("--json", default="", help="a file for the figures")
    return parser.parse_args()


def main():
    options = arguments()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    if "seedd" in options.clients.split(",") and not os.path.exists(daemon.binary):
        sys.exit(f"{daemon.binary} is not there: scripts/build.sh release")
    enter_own_network()
    bench = Bench(options)
    told = run.facts(bench, set_congestion())
    print(told)
    try:
        for transport in options.only.split(","):
            bench.by(transport)
        bench.beside()
    finally:
        stop_all()
        shutil.rmtree(bench.torrent.folder, ignore_errors=True)
    text = "\n".join([f"`{' '.join(['bench/transports.py', *sys.argv[1:]])}`\n", told + "\n", *bench.tables])
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"facts": told, "results": bench.results,
                       "absent": bench.absent}, out, indent=1)
    if options.markdown:
        with open(options.markdown, "w") as out:
            out.write(text)
    if options.write:
        write_readme(text)


if __name__ == "__main__":
    main()
