#!/usr/bin/python3
"""Calls of all methods with values of all types: seedd stays alive and small, answers each, and each
answer is JSON in its envelope.

Methods, parameters and settings come from `seedd --schema`, so that new ones are called by themselves.
SEED_E2E_CALLS says how many calls, SEED_E2E_SEED repeats a run, SEED_E2E_GROWTH_MIB is what memory may
grow by: a sanitizer keeps what was freed.
"""

import base64
import http.client
import json
import os
import random
import subprocess
import time

from setting import begin
from interop.processes import folder, memory_mib
from interop.report import Report, check, finish
from interop import seedd as daemon
from interop.seedd import Seedd
from interop.torrents import multi_file, single_file

CALLS = int(os.environ.get("SEED_E2E_CALLS", "20000"))
SEED = int(os.environ.get("SEED_E2E_SEED", "0")) or random.randrange(1, 2**32)
HUNG_SECONDS = 20
# Growth of what is resident after a quarter of the calls, MiB. What is kept by design (open files, block
# memory, the journal of what was removed) takes some of it; 1 MiB was seen.
GROWTH_MIB = float(os.environ.get("SEED_E2E_GROWTH_MIB", "8"))

# They end the daemon, or would have it talk to others than itself.
LEFT_OUT = {"session_close"}
LEFT_ALONE = {"dht_enabled", "lpd_enabled", "port_forwarding_enabled", "bind_address_ipv4",
              "bind_address_ipv6"}
DEAD = "http://127.0.0.1:1"


class Dice(random.Random):
    """Values of JSON, in reach of what can be meant and far from it."""

    def text(self):
        return self.choice([
            "", "1", "true", "-5", "a", "recently_active", "utp", "preferred", "objects", "table", "ipv4",
            "relative/path", "../..", "\u0000", "😀 ü", "x" * self.randrange(1, 400),
            "y" * 70_000 if self.random() < 0.02 else "z", "\\\"/\b\f\n\r\t", "0" * 40, "f" * 40,
            f"{DEAD}/announce", "magnet:?xt=urn:btih:" + "a" * 40, "udp://127.0.0.1:1", "%00", "a,b",
            "".join(chr(self.choice([self.randrange(32, 127), self.randrange(160, 0x2000)]))
                    for _ in range(self.randrange(20)))])

    def number(self):
        return self.choice([
            0, 1, 2, 3, -1, -2, 7, 100, 65535, 65536, 70000, 2**31 - 1, 2**31, -2**31, 2**32, 2**53, 2**63 - 1,
            -2**63, 2**63, 2**64, 10**30, 0.5, 1.0, -0.0, 1e-300, 1e300, -1.5, self.randrange(-1000, 100000)])

    def anything(self, deep=0):
        kind = self.randrange(9 if deep < 4 else 6)
        if kind < 2:
            return self.text()
        if kind < 4:
            return self.number()
        if kind < 6:
            return self.choice([True, False, None])
        if kind < 8:
            return [self.anything(deep + 1) for _ in range(self.randrange(6))]
        return {self.text()[:50]: self.anything(deep + 1) for _ in range(self.randrange(4))}

    def of_type(self, name):
        if name.endswith("[]"):
            return [self.of_type(name[:-2]) for _ in range(self.randrange(6))]
        if name in ("boolean",):
            return self.choice([True, False, 0, 1, "true", "false"])
        if name in ("integer", "number", "real"):
            return self.number()
        if name in ("string", "text", "choice"):
            return self.text()
        return self.anything()


class Fuzz:
    def __init__(self, home):
        self.home, self.dice = home, Dice(SEED)
        schema = json.loads(subprocess.run([daemon.binary, "--schema"], capture_output=True, check=True).stdout)
        self.methods = [m for m in schema["methods"] if m["name"] not in LEFT_OUT]
        self.parameters = {m["name"]: [(p["name"], p["legacy"], p["type"]) for p in m["parameters"]]
                           for m in self.methods}
        self.parameters["session_set"] += [
            (row["rpc"], row["legacy"], row["type"]) for row in schema["settings"]
            if row["access"] == "rw" and row["name"] not in LEFT_ALONE]
        self.fields = [f[key] for f in schema["torrent_fields"] for key in ("name", "legacy") if f[key]]
        self.fields += [row["rpc"] for row in schema["settings"] if row["rpc"]]
        content = os.path.join(home, "content")
        self.torrents = [single_file(content, name=f"s{i}", size=20_000 + i, piece_bytes=16384, seed=i)
                         for i in range(4)]
        self.torrents.append(multi_file(content, name="m", piece_bytes=16384, files=[
            ("a", 10_000), ("b/c", 40_000), ("empty", 0)]))
        self.metainfo = []
        for torrent in self.torrents:
            with open(torrent.path, "rb") as file:
                self.metainfo.append(base64.b64encode(file.read()).decode())
        self.paths = [os.path.join(home, "downloads"), content, os.path.join(home, "not there"),
                      os.path.join(home, "content", "s0"), "relative", "", "/", "/proc/nothing"]
        self.seedd = Seedd(home, message_level="error")
        self.link = None
        self.calls = self.slowest = 0
        self.answers = {}

    # --- what is asked ---------------------------------------------------------------------------

    def value(self, name, kind):
        """Of the type and in reach more often than not."""
        dice = self.dice
        luck = dice.random()
        if luck < 0.25:
            return dice.anything()
        if "dir" in name or name in ("path", "location") or "filename" in name:
            return dice.choice(self.paths)
        if name == "metainfo" and luck < 0.9:
            return dice.choice(self.metainfo)
        if name == "ids" and luck < 0.9:
            return dice.choice([1, 2, dice.randrange(1, 30), [dice.randrange(1, 30), 2], dice.choice(self.torrents).info_hash,
                                "recently_active", []])
        if name == "fields" and luck < 0.9:
            return dice.sample(self.fields, dice.randrange(1, 12))
        if "tracker" in name and kind == "string":
            return dice.choice([f"{DEAD}/a\n\n{DEAD}/b", "", dice.text()])
        if name.endswith("url"):
            return f"{DEAD}/list"
        return dice.of_type(kind)

    def request(self):
        """(request, whether an answer is due)"""
        dice, method = self.dice, self.dice.choice(self.methods)
        modern = dice.random() < 0.6
        params = {}
        for name, legacy, kind in self.parameters[method["name"]]:
            if dice.random() < (0.1 if method["name"] == "session_set" else 0.4):
                params[name if modern or not legacy or dice.random() < 0.1 else legacy] = self.value(name, kind)
        if dice.random() < 0.1:
            params[dice.text()[:40]] = dice.anything()
        if dice.random() < 0.03:
            params = dice.anything()
        name = method["name"] if modern else method["legacy"] or method["name"]
        if dice.random() < 0.02:
            name = dice.anything()
        if not modern:
            request = {"method": name, "arguments": params}
            if dice.random() < 0.9:
                request["tag"] = dice.choice([dice.number(), dice.anything()])
            return request
        request = {"jsonrpc": "2.0", "method": name, "params": params}
        if dice.random() < 0.9:
            request["id"] = dice.anything() if dice.random() < 0.1 else dice.choice([1, "a", None, 2**63 - 1, 1.5])
        return request

    # --- what is answered ------------------------------------------------------------------------

    def check_modern(self, request, answer):
        check(isinstance(answer, dict) and answer.get("jsonrpc") == "2.0", f"{answer} to {request}")
        check(("result" in answer) != ("error" in answer) and "id" in answer, f"{answer} to {request}")
        given = request.get("id") if isinstance(request, dict) else None
        if isinstance(given, (dict, list, bool)) or not isinstance(request, dict):
            check(answer["id"] is None and answer["error"]["code"] == -32600, f"{answer} to {request}")
        else:
            check(same(answer["id"], given), f"id {answer['id']!r} for {given!r}")
        if "error" in answer:
            error = answer["error"]
            check(set(error) <= {"code", "message", "data"}, f"{answer}")
            check(isinstance(error["code"], int) and isinstance(error["message"], str), f"{answer}")
            data = error.get("data", {"error_string": ""})
            check(set(data) <= {"error_string", "result"} and data, f"{answer}")
            check(isinstance(data.get("error_string", ""), str) and isinstance(data.get("result", {}), dict),
                  f"{answer}")
            check(error["code"] != -32603, f"{answer} to {json.dumps(request)[:1000]}")
            self.count(str(error["code"]))
        else:
            check(isinstance(answer["result"], dict), f"{answer} to {request}")
            self.count("result")

    def check_legacy(self, request, answer):
        check(isinstance(answer, dict) and isinstance(answer.get("arguments"), dict)
              and isinstance(answer.get("result"), str), f"{answer} to {request}")
        tag = request.get("tag")
        if isinstance(tag, int) and not isinstance(tag, bool) and -2**63 <= tag < 2**64:
            check(answer.get("tag") == tag, f"tag {answer.get('tag')} for {tag}")
        self.count("older, success" if answer["result"] == "success" else "older, error")

    def count(self, what):
        self.answers[what] = self.answers.get(what, 0) + 1

    def post(self, body):
        """(status, octets)"""
        begun = time.monotonic()
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.seedd.rpc_port, timeout=HUNG_SECONDS)
        self.link.request("POST", "/rpc", body)
        answer = self.link.getresponse()
        octets = answer.read()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return answer.status, octets

    def one(self):
        dice = self.dice
        luck = dice.random()
        if luck < 0.02:
            return self.broken()
        if luck < 0.1:
            batch = [self.request() for _ in range(dice.randrange(8))]
            return self.batch([dice.anything() if dice.random() < 0.05 else r for r in batch])
        request = self.request()
        status, octets = self.post(json.dumps(request))
        self.calls += 1
        if "jsonrpc" in request and "id" not in request:
            check(status == 204 and not octets, f"{status} {octets} to {request}")
            return None
        check(status == 200, f"{status} {octets[:300]} to {json.dumps(request)[:1000]}")
        answer = parse(octets)
        return (self.check_modern if "jsonrpc" in request else self.check_legacy)(request, answer)

    def batch(self, requests):
        status, octets = self.post(json.dumps(requests))
        self.calls += max(1, len(requests))
        due = [r for r in requests if not (isinstance(r, dict) and r.get("jsonrpc") == "2.0" and "id" not in r)]
        if requests and not due:
            return check(status == 204 and not octets, f"{status} {octets} to {requests}")
        check(status == 200, f"{status} {octets[:300]} to {json.dumps(requests)[:1000]}")
        answers = parse(octets)
        if not requests:
            return check(answers["error"]["code"] == -32600, f"{answers} to a batch of none")
        check(isinstance(answers, list) and len(answers) == len(due), f"{len(due)} are due, not {answers}")
        for request, answer in zip(due, answers):
            self.check_modern(request if isinstance(request, dict) and request.get("jsonrpc") == "2.0" else None, answer)
        return None

    def broken(self):
        """Octets that were a request once."""
        octets = bytearray(json.dumps(self.request()).encode())
        for _ in range(self.dice.randrange(1, 6)):
            at = self.dice.randrange(len(octets) + 1)
            octets[at:at + self.dice.randrange(3)] = self.dice.randbytes(self.dice.randrange(3))
            if not octets:
                break
        status, answer = self.post(bytes(octets))
        self.calls += 1
        check(status in (200, 204), f"{status} {answer[:300]} to {bytes(octets)[:1000]}")
        if status == 200:
            parse(answer)

    def tidy(self):
        """Back to a few torrents and the settings of the start, so that what grows is a leak."""
        self.seedd.rpc("session_set", download_dir=os.path.join(self.home, "downloads"),
                       incomplete_dir_enabled=False, message_level="error", watch_dir_enabled=False)
        self.seedd.rpc("torrent_remove")
        for metainfo in self.metainfo[:3]:
            self.seedd.rpc("torrent_add", metainfo=metainfo, download_dir=os.path.join(self.home, "content"))

    def run(self):
        self.seedd.start()
        self.tidy()
        begun, early, next_tidy = time.monotonic(), None, 500
        while self.calls < CALLS:
            self.one()
            if self.calls >= next_tidy:
                next_tidy += 500
                self.tidy()
                check(self.seedd.process.poll() is None, "seedd has ended\n" + self.seedd.process.log_tail())
                if early is None and self.calls >= CALLS / 4:
                    early = memory_mib(self.seedd.process.pid)["resident"]
        took = time.monotonic() - begun
        late = memory_mib(self.seedd.process.pid)["resident"]
        check(late - early < GROWTH_MIB, f"{early:.1f} MiB after a quarter, {late:.1f} at the end")
        check(self.seedd.stop() == 0, "it ended with an error")
        said = ", ".join(f"{k}: {v}" for k, v in sorted(self.answers.items()))
        return (f"{self.calls} calls in {took:.0f} s, the slowest {self.slowest * 1000:.0f} ms, "
                f"{early:.1f} to {late:.1f} MiB, answers {said}")


def same(a, b):
    return type(a) is type(b) and a == b or (isinstance(b, float) and isinstance(a, (int, float)) and a == b) \
        or (isinstance(b, int) and not -2**63 <= b < 2**64)


def parse(octets):
    def no_constant(name):
        raise ValueError(f"{name} is no JSON")
    return json.loads(octets.decode("utf-8"), parse_constant=no_constant)


def main():
    begin()
    report = Report(f"e2e: calls of all methods with values of all types, seed {SEED}")
    report.run("each is answered in its envelope", Fuzz(folder("type-fuzz")).run)
    finish(report)


if __name__ == "__main__":
    main()
