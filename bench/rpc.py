#!/usr/bin/python3
"""The RPC of seedd beside transmission-daemon's, in the same run, interleaved; medians. One command:
bench/rpc.py [--quick] [--runs N] [--only lists,cold,since,small,seeding,events] [--newer ROOT]
[--write] [--json FILE]. --newer: a tree with another transmission-daemon, as debootstrap makes it. --write puts
the tables into bench/README.md."""

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

import run
from run import FIFTEEN, FIFTEEN_LEGACY, MIB, GIB, SeeddClient, TransmissionClient
from interop import prometheus, seedd as daemon  # run.py says where that is
from interop.processes import cpu_seconds, folder, remove_folder, stop_all, wait_for
from interop.torrents import single_file

SEED_RATE = 200 * MIB
CLIENTS = 8
# What wrk runs: every call the same, and the figures as JSON in its last line.
LUA = """
local file = io.open("%(body)s")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Transmission-Session-Id"] = "%(session)s"
local pause = %(pause)d
if pause > 0 then function delay() return pause end end
function done(summary, latency, requests)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write
              + summary.errors.status + summary.errors.timeout
  print(string.format('{"calls":%%d,"us":%%d,"bad":%%d,"p50":%%d,"p99":%%d,"worst":%%d}', summary.requests,
        summary.duration, bad, latency:percentile(50), latency:percentile(99), latency.max))
end
"""


class Plain:
    """One keep-alive connection; bodies as they come, not read as JSON: what is measured is the server."""

    def __init__(self, client, token=""):
        self.client = client
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port_of_rpc, timeout=120)
        self.login = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, body):
        self.connection.request("POST", self.client.path, body, {
            "Content-Type": "application/json", "X-Transmission-Session-Id": self.client.session, **self.login})
        answer = self.connection.getresponse()
        got = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.client.name}: {answer.status}")
        return got

    def timed(self, body):
        begun = time.monotonic()
        got = self.post(body)
        return (time.monotonic() - begun) * 1000, got


class Ours(SeeddClient):
    path, session = "/rpc", ""
    port_of_rpc = property(lambda self: self.seedd.rpc_port)

    def add_stopped(self, torrent):
        self.seedd.add(torrent.path, paused=True)

    def limit_up(self, rate):
        self.seedd.rpc("session_set", speed_limit_up=rate // 1000, speed_limit_up_enabled=True)

    def body(self, method, **params):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})

    def list_body(self):
        return self.body("torrent_get", fields=FIFTEEN)

    def session_body(self):
        return self.body("session_get")

    def small_body(self):
        return self.body("session_stats")

    def metrics(self):
        link = http.client.HTTPConnection("127.0.0.1", self.port_of_rpc, timeout=30)
        link.request("GET", "/metrics")
        samples = prometheus.parse(link.getresponse().read().decode())
        link.close()
        return samples


class LoopUse:
    """What calls of torrent_get and the loop have done from now on, by /metrics. A call asks the loop
    once, or again and again for 500 torrents each."""

    def __init__(self, client):
        self.client, self.before = client, client.metrics()

    def read(self):
        self.after = self.client.metrics()
        return self

    def grown(self, name, *labels):
        return self.after.get((name, labels), 0.0) - self.before.get((name, labels), 0.0)

    def asks(self):
        return self.grown("seedd_rpc_loop_seconds_count", ("method", "torrent_get"))

    def milliseconds(self):
        return self.grown("seedd_rpc_loop_seconds_sum", ("method", "torrent_get")) * 1000

    def longest_turn(self):
        """Milliseconds that no turn of the loop was longer than: the bound of the histogram, or the
        longest turn of the whole run, if that is less."""
        name = "seedd_loop_turn_seconds_bucket"
        bounds = [(float(dict(labels)["le"]), labels) for of, labels in self.after if of == name]
        everything = self.grown("seedd_loop_turn_seconds_count")
        bound = min(le for le, labels in bounds if self.grown(name, *labels) == everything)
        return min(bound, self.after[("seedd_loop_turn_worst_seconds", ())]) * 1000


class Theirs(TransmissionClient):
    path = "/transmission/rpc"
    port_of_rpc = property(lambda self: self.rpc_port)
    session = property(lambda self: self._session)

    def add_stopped(self, torrent):
        with open(torrent.path, "rb") as file:
            import base64
            self.rpc("torrent-add", metainfo=base64.b64encode(file.read()).decode(), paused=True,
                     **{"download-dir": self.save})

    def limit_up(self, rate):
        self.rpc("session-set", **{"speed-limit-up": rate // 1000, "speed-limit-up-enabled": True})

    def body(self, method, **params):
        return json.dumps({"method": method.replace("_", "-"), "arguments": params})

    def list_body(self):
        return self.body("torrent_get", fields=FIFTEEN_LEGACY)

    def session_body(self):
        return self.body("session_get")

    def small_body(self):
        return self.body("session_stats")


class Newer(Theirs):
    """The transmission-daemon of another tree, which sees our folders."""

    name = "transmission, newer"
    root = ""

    @classmethod
    def script(cls, home):
        path = os.path.join(home, "newer.sh")
        with open(path, "w") as out:
            out.write("#!/bin/sh\nexec unshare -m sh -c 'mount --bind /dev/shm \"$0/dev/shm\" && "
                      f"exec chroot \"$0\" transmission-daemon \"$@\"' {cls.root} \"$@\"\n")
        os.chmod(path, 0o755)
        return path

    def __init__(self, home, save):
        self.program = self.script(home)
        super().__init__(home, save=save)


class Bench(run.Bench):
    def __init__(self, options):
        options.clients = "seedd"
        super().__init__(options)
        self.runs = options.runs or (1 if options.quick else 3)
        self.seconds = 3 if options.quick else 10
        self.kinds = [Ours]
        if not Theirs.missing():
            self.kinds.append(Theirs)
        if options.newer:
            Newer.root = options.newer
            self.kinds.append(Newer)
        self.results = {}

    def table(self, title, columns, results):
        super().table(title, columns, results)
        self.results[title] = {name: {column: statistics.median(r[column] for r in runs)
                                      for column in columns if column in runs[0]}
                               for name, runs in results.items() if runs}

    # --- many torrents

    def many_of(self, where):
        return [single_file(where, name=f"torrent number {i}.bin", size=16384 + i % 1000, piece_bytes=16384,
                            seed=i) for i in range(self.many)]

    def with_many(self, kind, measure):
        """seedd's torrents run, all complete. Transmission's are stopped: it would check each for
        0.1 s before."""
        where = os.path.join(self.dir, "many")
        torrents = self.many_of(where)
        home = self.home()
        client = kind(home, where).start()
        for torrent in torrents:
            client.add(torrent) if kind is Ours else client.add_stopped(torrent)
        if kind is Ours:
            wait_for(lambda: client.complete(torrents[-1]), 300, "the last one", step=0.5,
                     alive=[client.process])
        time.sleep(5)
        try:
            return measure(client)
        finally:
            client.stop()
            remove_folder(home)
            shutil.rmtree(where, ignore_errors=True)

    def lists(self):
        columns = ["call ms", "worst ms", "loop ms", "MiB"]
        self.rounds(f"{self.many:,} torrents, 15 fields", columns, self.kinds,
                    lambda kind: self.with_many(kind, self.list_all))

    def list_all(self, client):
        link, body = Plain(client), client.list_body()
        link.post(body)
        loop = LoopUse(client) if isinstance(client, Ours) else None
        took, size = self.timed_calls(link, body, 21)
        result = {"call ms": statistics.median(took), "worst ms": max(took), "MiB": size / MIB}
        if loop:
            result["loop ms"] = loop.read().milliseconds() / len(took)
        return result

    @staticmethod
    def timed_calls(link, body, count):
        """How long each took, and the octets of the last answer."""
        took, got = [], b""
        for _ in range(count):
            milliseconds, got = link.timed(body)
            took.append(milliseconds)
            time.sleep(0.05)
        return took, len(got)

    def cold(self):
        """Lists that take all torrents from the loop, as no copy is there or none may be used."""
        columns = ["call ms", "loop ms", "asks", "ask ms", "longest turn ms", "MiB"]
        results = {}
        for number in range(self.runs):
            measured = self.with_many(Ours, self.list_cold)
            for how, figures in measured.items():
                results.setdefault(how, []).append(figures)
            told = {how: {k: round(v, 2) for k, v in figures.items()} for how, figures in measured.items()}
            print(f"cold, run {number + 1}: {told}", flush=True)
        self.table(f"{self.many:,} torrents, 15 fields, all from the loop", columns, results)

    def list_cold(self, client):
        client.stop()
        client.start()
        wait_for(lambda: client.seedd.rpc("session_stats")["torrent_count"] == self.many, 60, "all torrents",
                 alive=[client.process])
        time.sleep(5)
        first = self.from_loop(client, Plain(client), 1)
        client.seedd.rpc("torrent_set", timeout=120, labels=["all"])
        time.sleep(5)
        token = client.seedd.rpc("token_create", name="bench", scopes=["read"], labels=["all"])["token"]
        return {"first list after a start": first,
                "by a token kept to a label of all": self.from_loop(client, Plain(client, token), 21)}

    def from_loop(self, client, link, count):
        loop = LoopUse(client)
        took, size = self.timed_calls(link, client.list_body(), count)
        loop.read()
        return {"call ms": statistics.median(took), "loop ms": loop.milliseconds() / count,
                "asks": loop.asks() / count, "ask ms": loop.milliseconds() / loop.asks(),
                "longest turn ms": loop.longest_turn(), "MiB": size / MIB}

    def since(self):
        columns = ["call ms", "worst ms", "loop ms", "torrents", "KiB"]
        self.rounds(f"{self.many:,} torrents, 10 of them changed since the last poll", columns, [Ours],
                    lambda kind: self.with_many(kind, self.poll_changes))

    def poll_changes(self, client):
        link = Plain(client)
        sequence = client.seedd.rpc("torrent_get", fields=["id"], since=0)["sequence"]
        loop = LoopUse(client)
        took, counts, got = [], [], b""
        for number in range(51):
            client.seedd.rpc("torrent_set", ids=list(range(1, 11)), labels=[f"round {number}"])
            milliseconds, got = link.timed(client.body("torrent_get", fields=[*FIFTEEN[:-1], "labels"], since=sequence))
            said = json.loads(got)["result"]
            took.append(milliseconds)
            counts.append(len(said["torrents"]))
            sequence = said["sequence"]
        return {"call ms": statistics.median(took), "worst ms": max(took), "torrents": statistics.median(counts),
                "loop ms": loop.read().milliseconds() / len(took), "KiB": len(got) / 1024}

    # --- small calls

    def wrk(self, client, body, pause=0, seconds=None, before=lambda: None):
        Plain(client).post(body)
        script, text = os.path.join(self.dir, "calls.lua"), os.path.join(self.dir, "body")
        with open(text, "w") as out:
            out.write(body)
        with open(script, "w") as out:
            out.write(LUA % {"body": text, "session": client.session, "pause": pause})
        begun = cpu_seconds(client.process.pid)
        ran = subprocess.run(["wrk", "-t2", f"-c{CLIENTS}", f"-d{seconds or self.seconds}s", "-s", script,
                              f"http://127.0.0.1:{client.port_of_rpc}{client.path}"], capture_output=True,
                             text=True, check=False)
        cpu = cpu_seconds(client.process.pid) - begun
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr + ran.stdout)
        said = json.loads(ran.stdout.splitlines()[-1])
        if said["bad"]:
            raise RuntimeError(f"{said['bad']} calls failed")
        return {"calls/s": said["calls"] / said["us"] * 1e6, "p50 ms": said["p50"] / 1000,
                "p99 ms": said["p99"] / 1000, "worst ms": said["worst"] / 1000,
                "CPU us a call": cpu / said["calls"] * 1e6}

    def small(self):
        torrent = self.content(MIB, "small.bin")
        columns = ["calls/s", "p50 ms", "p99 ms", "worst ms", "CPU us a call"]
        for what in ("session_stats", "session_get"):
            self.rounds(f"{CLIENTS} clients, {what} one after the other", columns, self.kinds,
                        lambda kind: self.small_calls(kind, torrent, what))
        shutil.rmtree(torrent.folder, ignore_errors=True)

    def small_calls(self, kind, torrent, what):
        home = self.home()
        client = kind(home, torrent.folder).start()
        client.add(torrent)
        wait_for(lambda: client.complete(torrent), 60, "ready", alive=[client.process])
        result = self.wrk(client, client.body(what))
        client.stop()
        remove_folder(home)
        return result

    def seeding(self):
        torrent = self.content(512 * MIB if self.options.quick else 2 * GIB, "seeded.bin")
        columns = ["seeded MiB/s", "calls/s", "p50 ms", "p99 ms", "worst ms"]
        for pause, how in ((10, "each 10 ms after the last"), (0, "one after the other")):
            self.rounds(f"{CLIENTS} clients, session_get {how}, while 200 MiB/s are seeded", columns, self.kinds,
                        lambda kind: self.while_seeding(kind, torrent, pause))
        shutil.rmtree(torrent.folder, ignore_errors=True)

    def while_seeding(self, kind, torrent, pause):
        home = self.home()
        client = kind(home, torrent.folder).start()
        client.add(torrent)
        wait_for(lambda: client.complete(torrent), 120, "seeding", alive=[client.process])
        client.limit_up(SEED_RATE)
        seconds = min(self.seconds, torrent.total // SEED_RATE - 2)
        got = {}
        load = threading.Thread(target=lambda: got.update(self.load(client, "leech", torrent, 20)))
        load.start()
        time.sleep(1)
        result = self.wrk(client, client.session_body(), pause, seconds)
        load.join()
        client.stop()
        remove_folder(home)
        result["seeded MiB/s"] = got["bytes"] / MIB / got["seconds"]
        return result

    # --- watching

    def events(self):
        columns = ["CPU ms/s", "KiB/s"]
        results = {}
        for how in ("4 watchers of /events", "4 clients polling since", "4 clients polling torrent_get"):
            results[how] = [self.with_many(Ours, lambda client: self.watch(client, how))
                            for _ in range(self.runs)]
            print(how, results[how], flush=True)
        self.table(f"{self.many:,} idle torrents and one active, watched each second", columns, results)

    def watch(self, client, how):
        active = self.content(512 * MIB, "active.bin")
        shutil.copy(active.path_of(""), os.path.join(client.seedd.settings["download_dir"], "active.bin"))
        client.add(active)
        wait_for(lambda: client.complete(active), 60, "the active one", alive=[client.process])
        client.limit_up(8 * MIB)
        ended, octets = threading.Event(), [0] * 4
        kinds = {"4 watchers of /events": self.hold_stream, "4 clients polling since": self.poll_since,
                 "4 clients polling torrent_get": self.poll_all}
        # What the transfer itself costs, without anybody who watches.
        threads = [threading.Thread(target=lambda: self.load(client, "leech", active, 1), daemon=True)]
        threads[0].start()
        time.sleep(2)
        quiet = self.cpu_for(client, self.seconds)
        for number in range(4):
            threads.append(threading.Thread(target=kinds[how], args=(client, ended, octets, number), daemon=True))
            threads[-1].start()
        time.sleep(2)
        begun = sum(octets)
        busy = self.cpu_for(client, self.seconds)
        sent = sum(octets) - begun
        ended.set()
        return {"CPU ms/s": (busy - quiet) * 1000, "KiB/s": sent / 1024 / self.seconds}

    @staticmethod
    def cpu_for(client, seconds):
        before, begun = cpu_seconds(client.process.pid), time.monotonic()
        time.sleep(seconds)
        return (cpu_seconds(client.process.pid) - before) / (time.monotonic() - begun)

    @staticmethod
    def hold_stream(client, ended, octets, number):
        link = http.client.HTTPConnection("127.0.0.1", client.port_of_rpc, timeout=30)
        link.request("GET", "/events")
        answer = link.getresponse()
        while not ended.is_set():
            octets[number] += len(answer.read1(65536))

    @staticmethod
    def poll_all(client, ended, octets, number):
        link, body = Plain(client), client.list_body()
        while not ended.wait(1):
            octets[number] += len(link.post(body))

    @staticmethod
    def poll_since(client, ended, octets, number):
        link, sequence = Plain(client), 0
        while not ended.wait(1):
            got = link.post(client.body("torrent_get", fields=FIFTEEN, since=sequence))
            sequence = int(re.search(rb'"sequence":\s*(\d+)', got)[1])
            octets[number] += len(got)


def write_readme(told, tables):
    path = os.path.join(run.HERE, "README.md")
    begin, end = "<!-- rpc -->", "<!-- /rpc -->"
    with open(path) as file:
        text = file.read()
    head, rest = text.split(begin)
    command = " ".join(["bench/rpc.py", *sys.argv[1:]])
    with open(path, "w") as out:
        out.write(f"{head}{begin}\n\n`{command}`\n\n{told}\n\n" + "\n".join(tables) + "\n" + end
                  + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one run, smaller sizes")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    parser.add_argument("--only", default="lists,cold,since,small,seeding,events")
    parser.add_argument("--newer", default="", help="a tree with another transmission-daemon")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    parser.add_argument("--json", default="", help="a file for the figures")
    options = parser.parse_args()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed")
    bench = Bench(options)
    before, congestion = run.set_congestion("cubic")
    told = run.facts(bench, congestion)
    print(told)
    try:
        for part in options.only.split(","):
            getattr(bench, part)()
    finally:
        run.set_congestion(before)
        stop_all()
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"facts": told, "results": bench.results}, out, indent=1)
    if options.write:
        write_readme(told, bench.tables)


if __name__ == "__main__":
    main()
