#!/usr/bin/python3
"""seedd beside transmission-daemon, libtorrent and aria2 from Debian, in the same run, interleaved;
medians. One command: bench/run.py [--quick] [--runs N] [--only seeding,downloading,verify,many,idle]
[--clients seedd,...] [--write]. --write puts the tables into bench/README.md."""

import argparse
import datetime
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))

from interop import clients, seedd as daemon  # noqa: E402
from interop.processes import (Process, TimedOut, cpu_seconds, folder, memory_mib, remove_folder,  # noqa: E402
                               stop_all, wait_for)
from interop.seedd import Seedd  # noqa: E402
from interop.torrents import single_file  # noqa: E402

MIB, GIB = 2**20, 2**30
FIFTEEN = ["id", "name", "hash_string", "status", "error", "error_string", "total_size", "size_when_done",
           "left_until_done", "percent_done", "rate_download", "rate_upload", "uploaded_ever",
           "upload_ratio", "added_date"]
FIFTEEN_LEGACY = ["id", "name", "hashString", "status", "error", "errorString", "totalSize",
                  "sizeWhenDone", "leftUntilDone", "percentDone", "rateDownload", "rateUpload",
                  "uploadedEver", "uploadRatio", "addedDate"]


class SeeddClient:
    """seedd with the face the other clients have."""

    name = "seedd"

    def __init__(self, home, save):
        self.seedd = Seedd(home, address="127.0.0.2", download_dir=save, message_level="warn",
                           peer_limit_global=2000, peer_limit_per_torrent=2000,
                           upload_slots_per_torrent=30)
        self.address, self.port = "127.0.0.2", self.seedd.peer_port

    def start(self):
        self.seedd.start(60)
        return self

    @property
    def process(self):
        return self.seedd.process

    def add(self, torrent, path=None):
        self.seedd.add(path or torrent.path)

    def complete(self, torrent):
        return self.seedd.is_complete(torrent.info_hash)

    def listing(self):
        return len(self.seedd.rpc("torrent_get", timeout=120, fields=FIFTEEN)["torrents"])

    def stop(self):
        self.seedd.process.stop(20)


class TransmissionClient(clients.Transmission):
    def __init__(self, home, save):
        super().__init__(home, save=save)

    def listing(self):
        return len(self.rpc("torrent-get", fields=FIFTEEN_LEGACY)["torrents"])


class LibtorrentClient(clients.Libtorrent):
    def __init__(self, home, save):
        super().__init__(home, save=save)


class Aria2Client(clients.Aria2):
    def __init__(self, home, save):
        super().__init__(home, save=save)


# Five runs of what takes Transmission 18 minutes, its checks of 10,000 torrents, are too long to wait for.
SLOW_SECONDS = 300

KINDS = {k.name: k for k in (SeeddClient, TransmissionClient, LibtorrentClient, Aria2Client)}


class Bench:
    def __init__(self, options):
        self.options = options
        self.load_peer = os.path.join(os.path.dirname(daemon.binary), "load_peer")
        self.dir = folder("bench", within="/dev/shm")
        self.runs = options.runs or (1 if options.quick else 5)
        self.size = 512 * MIB if options.quick else 2 * GIB
        self.verify_size = GIB if options.quick else 4 * GIB
        self.many = 1000 if options.quick else 10000
        self.idle_seconds = 10 if options.quick else 30
        self.kinds = [KINDS[n] for n in options.clients.split(",")
                      if n == "seedd" or not KINDS[n].missing()]
        self.tables = []

    def home(self):
        return folder("run", within=self.dir)

    def content(self, size, name):
        where = os.path.join(self.dir, f"content-{name}")
        return single_file(where, name=name, size=size, piece_bytes=MIB)

    def rounds(self, title, columns, kinds, function):
        """The medians of what `function(kind)` measures, each client once in every round; one that
        took minutes does not run again."""
        results = {k.name: [] for k in kinds}
        slow = set()
        for number in range(self.runs):
            for kind in kinds:
                if kind in slow:
                    continue
                begun = time.monotonic()
                try:
                    results[kind.name].append(function(kind))
                except Exception as error:  # pylint: disable=broad-except
                    print(f"{title} {kind.name}: {error}", file=sys.stderr)
                    stop_all()
                else:
                    told = {k: round(v, 2) for k, v in results[kind.name][-1].items()}
                    print(f"{title}, run {number + 1}, {kind.name}: {told}", flush=True)
                if time.monotonic() - begun > SLOW_SECONDS:
                    slow.add(kind)
        self.table(title, columns, results)

    # --- transfers

    def load(self, client, mode, torrent, peers):
        argv = [self.load_peer, mode, f"{client.address}:{client.port}", torrent.info_hash,
                str(torrent.total), str(torrent.piece_bytes), "--peers", str(peers), "--seconds", "30"]
        if mode == "seed":
            argv += ["--content", torrent.path_of("")]
        ran = subprocess.run(argv, capture_output=True, text=True, timeout=200, check=False)
        if ran.returncode == 2:
            raise RuntimeError(ran.stderr)
        return json.loads(ran.stdout.splitlines()[-1])

    def seeding(self, kind, torrent, peers):
        home = self.home()
        client = kind(home, torrent.folder).start()
        client.add(torrent)
        wait_for(lambda: client.complete(torrent), 120, f"{kind.name} seeding", alive=[client.process])
        time.sleep(0.5)
        before = cpu_seconds(client.process.pid)
        got = self.load(client, "leech", torrent, peers)
        result = self.result(client, got, before, got["seconds"])
        client.stop()
        remove_folder(home)
        return result

    def downloading(self, kind, torrent, peers):
        home = self.home()
        save = os.path.join(home, "save")
        os.makedirs(save)
        client = kind(home, save).start()
        client.add(torrent)
        time.sleep(1)
        before = cpu_seconds(client.process.pid)
        got = self.load(client, "seed", torrent, peers)
        late = 0
        if got["done"]:
            ended = time.monotonic()
            wait_for(lambda: client.complete(torrent), 60, f"{kind.name} complete", step=0.02,
                     alive=[client.process])
            late = time.monotonic() - ended
        # The first look may take a moment itself: only what is above it counts.
        result = self.result(client, got, before, got["seconds"] + (late if late > 0.1 else 0))
        client.stop()
        wrong = torrent.differences(save) if got["done"] else []
        if wrong:
            raise RuntimeError(f"{kind.name}: {wrong}")
        remove_folder(home)
        return result

    def result(self, client, got, cpu_before, seconds):
        pid = client.process.pid
        memory = memory_mib(pid)
        if not got["bytes"]:
            raise RuntimeError(f"nothing moved: {got}")
        return {"MiB/s": got["bytes"] / MIB / max(seconds, 1e-3),
                "CPU s/GiB": (cpu_seconds(pid) - cpu_before) / (got["bytes"] / GIB),
                "peak RSS MiB": memory["peak"], "private MiB": memory["private"],
                "load CPU s/GiB": got["cpu"] / (got["bytes"] / GIB)}

    def transfers(self, title, function):
        torrent = self.content(self.size, "transfer.bin")
        for peers in (1, 20):
            self.rounds(f"{title} {self.size / GIB:g} GiB, {peers} peer{'s' if peers > 1 else ''}",
                        ["MiB/s", "CPU s/GiB", "peak RSS MiB", "private MiB", "load CPU s/GiB"],
                        self.kinds, lambda kind: function(kind, torrent, peers))
        remove_folder(torrent.folder)
        shutil.rmtree(torrent.folder, ignore_errors=True)

    # --- verifying

    def verify(self):
        torrent = self.content(self.verify_size, "verify.bin")
        results = {"one core's SHA-1 (OpenSSL)": [], **{k.name: [] for k in self.kinds}}
        block = os.urandom(64 * MIB)
        for _ in range(self.runs):
            begun = time.monotonic()
            for _ in range(8):
                hashlib.sha1(block).digest()
            results["one core's SHA-1 (OpenSSL)"].append({"MiB/s": 512 / (time.monotonic() - begun)})
            for kind in self.kinds:
                home = self.home()
                client = kind(home, torrent.folder).start()
                begun = time.monotonic()
                client.add(torrent)
                wait_for(lambda: client.complete(torrent), 120, f"{kind.name} verified", step=0.02,
                         alive=[client.process])
                took = time.monotonic() - begun
                pid = client.process.pid
                results[kind.name].append({"MiB/s": torrent.total / MIB / took,
                                           "CPU s/GiB": cpu_seconds(pid) / (torrent.total / GIB),
                                           "peak RSS MiB": memory_mib(pid)["peak"]})
                client.stop()
                remove_folder(home)
        self.table(f"Verifying {self.verify_size / GIB:g} GiB as it is added",
                   ["MiB/s", "CPU s/GiB", "peak RSS MiB"], results)
        shutil.rmtree(torrent.folder, ignore_errors=True)

    # --- many torrents

    def many_torrents(self):
        where = os.path.join(self.dir, "content-many")
        torrents = [single_file(where, name=f"torrent number {i}.bin", size=16384 + i % 1000,
                                piece_bytes=16384, seed=i) for i in range(self.many)]
        self.rounds(f"{self.many:,} torrents at rest, seeding, no trackers",
                    ["adding s", "start to full list s", "RSS MiB", "private MiB", "idle CPU %",
                     "list of 15 fields ms"],
                    [kind for kind in self.kinds if hasattr(kind, "listing")],
                    lambda kind: self.hold_many(kind, where, torrents))
        shutil.rmtree(where, ignore_errors=True)

    def hold_many(self, kind, where, torrents):
        home = self.home()
        client = kind(home, where).start()
        begun = time.monotonic()
        for torrent in torrents:
            client.add(torrent)
        adding = time.monotonic() - begun
        wait_for(lambda: client.complete(torrents[-1]), 1200, f"{kind.name} ready", step=0.5,
                 alive=[client.process])
        time.sleep(5)
        client.stop()
        begun = time.monotonic()
        client.start()
        wait_for(lambda: client.listing() == len(torrents), 300, f"{kind.name} listing", step=0.01,
                 alive=[client.process])
        starting = time.monotonic() - begun
        # What a start sets off (announces, checks) is over before the quiet is measured.
        time.sleep(10)
        pid = client.process.pid
        before, begun = cpu_seconds(pid), time.monotonic()
        time.sleep(self.idle_seconds)
        idle = (cpu_seconds(pid) - before) / (time.monotonic() - begun)
        memory = memory_mib(pid)
        lists = []
        for _ in range(11):
            begun = time.monotonic()
            client.listing()
            lists.append(time.monotonic() - begun)
        client.stop()
        remove_folder(home)
        return {"adding s": adding, "start to full list s": starting, "RSS MiB": memory["resident"],
                "private MiB": memory["private"], "idle CPU %": idle * 100,
                "list of 15 fields ms": statistics.median(lists) * 1000}

    def idle_peers(self):
        torrent = self.content(16 * MIB, "idle.bin")
        self.rounds("1,000 idle peers", ["links", "private KiB a link", "resident KiB a link"],
                    [kind for kind in self.kinds if kind.name != "aria2"],
                    lambda kind: self.hold_idle(kind, torrent))
        shutil.rmtree(torrent.folder, ignore_errors=True)

    def hold_idle(self, kind, torrent):
        home = self.home()
        client = kind(home, torrent.folder).start()
        client.add(torrent)
        wait_for(lambda: client.complete(torrent), 60, f"{kind.name} seeding", alive=[client.process])
        time.sleep(1)
        before = memory_mib(client.process.pid)
        load = Process("load_peer", [self.load_peer, "idle", f"{client.address}:{client.port}",
                                     torrent.info_hash, str(torrent.total), str(torrent.piece_bytes),
                                     "--peers", "1000", "--seconds", "60"], cwd=self.dir)
        try:
            wait_for(lambda: "connected" in load.log_tail(), 30, "idle peers", alive=[load])
            time.sleep(5)
            after = memory_mib(client.process.pid)
        finally:
            load.stop(5)
            told = load.log_tail().splitlines()
            os.unlink(load.log_path)
        held = json.loads(told[-1])["links"]
        client.stop()
        remove_folder(home)
        return {"links": held,
                "private KiB a link": (after["private"] - before["private"]) * 1024 / max(held, 1),
                "resident KiB a link": (after["resident"] - before["resident"]) * 1024 / max(held, 1)}

    # --- telling

    def table(self, title, columns, results):
        lines = [f"### {title}", "", "| | " + " | ".join(columns) + " |",
                 "|:--|" + "--:|" * len(columns)]
        for name, runs in results.items():
            if not runs:
                continue
            cells = []
            for column in columns:
                values = [r[column] for r in runs if column in r]
                cells.append(shown(statistics.median(values)) if values else "")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        text = "\n".join(lines) + "\n"
        print("\n" + text, flush=True)
        self.tables.append(text)


def shown(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def output_of(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def facts(bench, congestion):
    model = [l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")]
    packages = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "transmission-daemon",
                         "python3-libtorrent", "aria2").rstrip(", ")
    commit = output_of("git", "-C", HERE, "rev-parse", "--short", "HEAD")
    load = os.getloadavg()[0]
    return (f"Measured {datetime.date.today()}: {len(model)} cores of {model[0]}, Linux "
            f"{platform.release()}, {output_of('openssl', 'version')}; state and data on tmpfs, "
            f"TCP {congestion} on loopback; load average at the start {load:.1f}. seedd at {commit}; "
            f"{packages}. Medians of {bench.runs}.")


def set_congestion(name):
    """Sets the default for new sockets; what it was, None when that is not allowed."""
    path = "/proc/sys/net/ipv4/tcp_congestion_control"
    before = open(path).read().strip()
    try:
        with open(path, "w") as out:
            out.write(name)
    except OSError:
        return before, before
    return before, name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one run, smaller sizes")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    parser.add_argument("--only", default="seeding,downloading,verify,many,idle")
    parser.add_argument("--clients", default=",".join(KINDS))
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    options = parser.parse_args()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    bench = Bench(options)
    for program in (daemon.binary, bench.load_peer):
        if not os.path.exists(program):
            sys.exit(f"{program} is not there: scripts/build.sh release")
    before, congestion = set_congestion("cubic")
    told = facts(bench, congestion)
    print(told)
    parts = {"seeding": lambda: bench.transfers("Seeding", bench.seeding),
             "downloading": lambda: bench.transfers("Downloading", bench.downloading),
             "verify": bench.verify, "many": bench.many_torrents, "idle": bench.idle_peers}
    try:
        for part in options.only.split(","):
            parts[part]()
    finally:
        set_congestion(before)
        stop_all()
    if options.write:
        write_readme(told, bench.tables)


def write_readme(told, tables):
    path = os.path.join(HERE, "README.md")
    mark = "<!-- measured -->"
    with open(path) as file:
        head = file.read().split(mark)[0]
    with open(path, "w") as out:
        command = " ".join(["bench/run.py", *sys.argv[1:]])
        out.write(f"{head}{mark}\n\n`{command}`\n\n{told}\n\n" + "\n".join(tables))


if __name__ == "__main__":
    main()
