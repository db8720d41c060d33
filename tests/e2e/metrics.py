#!/usr/bin/python3
"""GET /metrics: promtool (Debian's prometheus) finds nothing to say, the values are those of
session_stats and of what was done, and a loop that hangs is told of in time. rpc.discover: a valid
OpenRPC document that has every method of the schema."""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from setting import begin
from interop import blocked, prometheus
from interop import seedd as daemon
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

# What a document must have to be an OpenRPC 1.2.6 one, as far as there is something to check here.
DESCRIPTOR = {"type": "object", "required": ["name", "schema"],
              "properties": {"name": {"type": "string", "minLength": 1},
                             "schema": {"type": ["object", "boolean"]}, "required": {"type": "boolean"}}}
REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}
ERROR = {"type": "object", "required": ["code", "message"],
         "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}}
OPENRPC = {
    "type": "object", "required": ["openrpc", "info", "methods"], "properties": {
        "openrpc": {"type": "string", "pattern": r"^1\.[0-9]+\.[0-9]+$"},
        "info": {"type": "object", "required": ["title", "version"]},
        "components": {"type": "object", "properties": {
            "schemas": {"type": "object",
                        "patternProperties": {r"^[0-9a-zA-Z_.\-]+$": {"type": ["object", "boolean"]}},
                        "additionalProperties": False},
            "errors": {"type": "object", "patternProperties": {r"^[0-9a-zA-Z_.\-]+$": ERROR},
                       "additionalProperties": False}}},
        "methods": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["name", "params", "result"], "properties": {
                "name": {"type": "string", "minLength": 1},
                "description": {"type": "string"},
                "paramStructure": {"enum": ["by-name", "by-position", "either"]},
                "params": {"type": "array", "items": {"anyOf": [REFERENCE, DESCRIPTOR]}},
                "result": {"anyOf": [REFERENCE, DESCRIPTOR]},
                "errors": {"type": "array", "items": {"anyOf": [REFERENCE, ERROR]}}},
            "patternProperties": {"^x-": {}},
            "additionalProperties": False}}},
    "patternProperties": {"^x-": {}}, "additionalProperties": False}


def get(seedd, path, timeout=10):
    """(status, text) of a GET."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{seedd.rpc_port}{path}", timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Watched:
    def __init__(self):
        self.home = folder("metrics")
        self.tracker = SmallTracker()
        self.seedd = Seedd(self.home).start()
        self.torrents = []
        for number in range(3):
            torrent = single_file(os.path.join(self.home, "downloads"), trackers=[self.tracker.url],
                                  name=f'data "{number}" \\ x.bin', size=100_000 + number,
                                  piece_bytes=16384, seed=number)
            self.seedd.add(torrent.path, paused=number == 2)
            self.torrents.append(torrent)
        for torrent in self.torrents[:2]:
            self.seedd.wait_complete(torrent.info_hash)
        wait_for(lambda: len(self.tracker.announces) >= 2, 20, "announces", alive=[self.seedd.process])

    def metrics(self):
        status, text = get(self.seedd, "/metrics")
        check(status == 200, f"/metrics is answered with {status}: {text}")
        return text

    def promtool(self):
        if not shutil.which("promtool"):
            raise Skip("promtool is not installed (scripts/deps.sh --tests)")
        self.seedd.rpc("session_set", metrics_per_torrent=True)
        text = self.metrics()
        self.seedd.rpc("session_set", metrics_per_torrent=False)
        ran = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                             check=False)
        check(ran.returncode == 0 and not ran.stderr, f"promtool: {ran.stderr}{ran.stdout}")
        return f"{text.count(chr(10))} lines"

    def values(self):
        for _ in range(5):
            stats = self.seedd.rpc("session_stats")
        samples = prometheus.parse(self.metrics())

        def value(name, **labels):
            return prometheus.value(samples, name, **labels)
        by_state = {dict(labels)["state"]: count for (name, labels), count in samples.items()
                    if name == "seedd_torrents"}
        check(sum(by_state.values()) == stats["torrent_count"] == 3, f"torrents: {by_state}, {stats}")
        check(by_state["seeding"] == stats["active_torrent_count"] == 2, f"seeding: {by_state}")
        check(by_state["stopped"] == stats["paused_torrent_count"] == 1, f"stopped: {by_state}")
        check(value("seedd_uploaded_bytes_total") == stats["current_stats"]["uploaded_bytes"], "uploaded")
        check(value("seedd_rpc_call_seconds_count", method="session_stats") == 5, "five calls were made")
        held = value("seedd_rpc_loop_seconds_count", method="session_stats")
        check(1 <= held <= 5, f"one at least held the loop: {held}")
        for times in ("call", "loop"):
            check(value(f"seedd_rpc_{times}_seconds_sum", method="session_stats") > 0, f"and took time: {times}")
        check(value("seedd_rpc_errors_total", method="session_stats") == 0, "none failed")
        host = self.tracker.url.split("/")[2]
        check(value("seedd_tracker_announces_total", host=host) == len(self.tracker.announces),
              f"announces: {len(self.tracker.announces)}")
        check(value("seedd_tracker_announce_errors_total", host=host) == 0, "announce errors")
        check(value("seedd_loop_turn_seconds_count") > 10, "the loop turns")
        check(value("seedd_job_run_seconds_count", kind="store") > 0, "something was saved")
        check(abs(value("process_start_time_seconds") - time.time()) < 300, "start time")
        check(value("process_resident_memory_bytes") > 2**20, "memory")
        check(value("process_open_fds") > 5, "descriptors")
        check(not any(name.startswith("seedd_torrent_") for name, _ in samples), "no series of torrents")
        # Folders are looked at every ten seconds.
        where = (("path", self.seedd.download_dir),)
        wait_for(lambda: ("seedd_root_free_bytes", where) in prometheus.parse(self.metrics()), 30,
                 "free space of the root", alive=[self.seedd.process])
        samples = prometheus.parse(self.metrics())
        check(samples[("seedd_root_available", where)] == 1, "the root is there")

    def errors(self):
        before = prometheus.parse(self.metrics())
        key = ("seedd_rpc_errors_total", (("method", "free_space"),))
        try:
            self.seedd.rpc("free_space", path="relative")
        except daemon.RpcError:
            pass
        after = prometheus.parse(self.metrics())
        check(after[key] == before.get(key, 0) + 1, "the failed call is counted")

    def per_torrent(self):
        self.seedd.rpc("session_set", metrics_per_torrent=True)
        samples = prometheus.parse(self.metrics())
        names = {dict(labels)["name"] for name, labels in samples if name == "seedd_torrent_left_bytes"}
        check(names == {'data \\"%d\\" \\\\ x.bin' % number for number in range(3)}, f"names: {names}")
        self.seedd.rpc("session_set", metrics_per_torrent=False)

    def hangs(self):
        try:
            with blocked.main_thread(self.seedd.process.pid):
                begun = time.monotonic()
                status, text = get(self.seedd, "/metrics")
                took = time.monotonic() - begun
                check(status == 503 and took < 4, f"{status} after {took:.1f} s: {text}")
        except blocked.NotAllowed as why:
            raise Skip(str(why)) from None
        check(get(self.seedd, "/metrics")[0] == 200, "it answers again")
        return f"503 after {took:.1f} s"

    def discover(self):
        document = self.seedd.rpc("rpc.discover")
        schema = json.loads(subprocess.run([daemon.binary, "--schema"], capture_output=True, check=True).stdout)
        named = {method["name"]: method for method in document["methods"]}
        check(list(named) == [method["name"] for method in schema["methods"]], "all methods, in order")
        for method in schema["methods"]:
            check(named[method["name"]]["x-scope"] == method["scope"], f"scope of {method['name']}")

        def resolve(at):
            if isinstance(at, dict):
                if "$ref" in at:
                    step = document
                    for part in at["$ref"].removeprefix("#/").split("/"):
                        step = step[part]
                at = list(at.values())
            if isinstance(at, list):
                for member in at:
                    resolve(member)
        resolve(document)
        try:
            import jsonschema
        except ImportError:
            raise Skip("python3-jsonschema is not installed (scripts/deps.sh --tests)") from None
        jsonschema.validate(document, OPENRPC)
        for part in document["components"]["schemas"].values():
            jsonschema.Draft7Validator.check_schema(part)
        for method in document["methods"]:
            for descriptor in (*method["params"], method["result"]):
                jsonschema.Draft7Validator.check_schema(descriptor["schema"])
        self.obeys(document, jsonschema)
        return f"{len(named)} methods, {len(json.dumps(document)) // 1024} KiB"

    def obeys(self, document, jsonschema):
        """What is answered is as the document says."""
        calls = {"session_get": {}, "session_stats": {}, "free_space": {"path": self.home},
                 "torrent_get": {"fields": list(document["components"]["schemas"]["torrents"]["properties"])}}
        for name, params in calls.items():
            schema = next(m for m in document["methods"] if m["name"] == name)["result"]["schema"]
            answer = self.seedd.rpc(name, **params)
            jsonschema.validate(answer, {**schema, "components": document["components"]})
            check(answer, f"{name} has an answer")
            if name in ("session_stats", "free_space"):
                check(set(answer) == set(schema["properties"]), f"{name}: {sorted(answer)}")
            if name == "session_get":
                fields = set(document["components"]["schemas"]["session"]["properties"])
                check(set(answer) == fields, f"{name}: {sorted(set(answer) ^ fields)}")
            if name == "torrent_get":
                check(answer["torrents"], "there is a torrent to look at")
                for torrent in answer["torrents"]:
                    check(set(torrent) == set(params["fields"]), f"{sorted(set(torrent) ^ set(params['fields']))}")
        rows = self.seedd.rpc("torrent_get", fields=["id", "name"], format="table")
        schema = next(m for m in document["methods"] if m["name"] == "torrent_get")["result"]["schema"]
        jsonschema.validate(rows, {**schema, "components": document["components"]})

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: metrics and discovery")
    watched = Watched()
    report.run("the values are true", watched.values)
    report.run("failed calls are counted", watched.errors)
    report.run("torrents have series when asked for", watched.per_torrent)
    report.run("promtool has nothing to say", watched.promtool)
    report.run("a loop that hangs is told of", watched.hangs)
    report.run("rpc.discover is an OpenRPC document", watched.discover)
    report.run("it ends", watched.end)
    finish(report)


if __name__ == "__main__":
    main()
