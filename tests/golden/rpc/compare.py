#!/usr/bin/env python3
"""Plays steps.py to seedd and compares with what transmission-daemon was recorded to answer: key by
key, type by type, and value by value where that does not differ from run to run.

Usage: compare.py [--bin FOLDER] [--all]     --all: list the differences, whether listed or not

A difference must be listed in differences.toml, with a reason; one listed that does not occur fails
as well. docs/rpc-differences.md is made of the list.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import content  # noqa: E402
import steps  # noqa: E402
from differences import load  # noqa: E402
from interop import processes  # noqa: E402
from interop import seedd as daemon  # noqa: E402
from player import Player, SeeddDaemon  # noqa: E402


@dataclass(frozen=True)
class Found:
    with_whom: str  # "3.00", "4.1"
    dialect: str
    step: str
    path: str
    kind: str
    theirs: object = None
    ours: object = None

    def __str__(self):
        shown = [json.dumps(v, ensure_ascii=False)[:120] for v in (self.theirs, self.ours)]
        return (f"{self.with_whom} {self.dialect} | {self.step} | {self.path} | {self.kind}: "
                f"{shown[0]} -> {shown[1]}")


def snake(key):
    return re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda m: "_" + m[1].lower(), key).replace("-", "_").lower()


# Under a path like these the type is compared, not the value: it is another one at each run, or it is
# the one of the moment.
VARYING = re.compile(r"""
    .*(_date|_time|_start_time|manual_announce_time)|.*\.(session_id|version|peer_port|config_dir)|
    .*\.(size_bytes|total_size|download_dir_free_space)\Z(?<!torrents\[\]\.total_size)|
    .*seconds_(active|seeding|downloading)|.*trackers\[\]\.id|.*tracker_stats\[\]\.id|
    .*\.peers\[\]\.(is_uploading_to|peer_is_choked|flag_str)|.*\.peers\[\]\.(port|rate_to_peer|rate_to_client|bytes_to_peer|bytes_to_client)|
    .*\.(rate_upload|rate_download|upload_speed|download_speed)
    """, re.VERBOSE)

# And of these while something runs: how far it has come differs.
MOMENTARY = re.compile(r".*tracker_stats\[\]\.(announce_state|scrape_state|has_\w+|last_\w+_succeeded|"
                       r"last_announce_result|last_scrape_result|is_backup)")
RUNNING = re.compile(r".*of one that (seeds|downloads)")


def kind_of(value):
    return {bool: "bool", int: "int", float: "real", str: "text", list: "list", dict: "object",
            type(None): "null"}[type(value)]


def differences(theirs, ours, path=""):
    """(path, kind, theirs, ours) each."""
    if kind_of(theirs) != kind_of(ours):
        yield path, "type", theirs, ours
    elif isinstance(theirs, dict):
        named = {snake(key): (key, value) for key, value in ours.items()}
        seen = set()
        for key, value in theirs.items():
            below = f"{path}.{snake(key)}" if path else snake(key)
            if snake(key) not in named:
                yield below, "missing", value, None
                continue
            seen.add(snake(key))
            if named[snake(key)][0] != key:
                yield below, "spelling", key, named[snake(key)][0]
            yield from differences(value, named[snake(key)][1], below)
        for key, (_, value) in named.items():
            if key not in seen:
                yield (f"{path}.{key}" if path else key), "more", None, value
    elif isinstance(theirs, list):
        if len(theirs) != len(ours):
            yield path, "length", theirs, ours
            return
        for one, other in zip(theirs, ours):
            yield from differences(one, other, path + "[]")
    elif isinstance(ours, float) and abs(theirs - ours) < 1e-6:
        return  # theirs are of single precision
    elif theirs != ours and not VARYING.fullmatch(path):
        yield path, "value", theirs, ours


def canonical(answer):
    """Both dialects' envelopes by one set of names."""
    answer = {key: value for key, value in answer.items() if key != "asked"}
    said = answer.get("answer")
    if isinstance(said, dict) and "arguments" in said:
        answer["answer"] = {"result": said["arguments"], "says": said.get("result"),
                            **({"tag": said["tag"]} if "tag" in said else {})}
    return answer


def compare(name, dialect, theirs, ours, plan):
    found = []
    asked = {step.name: step.digest() for step in plan if step.kind in ("rpc", "http")}
    stale = [step for step in asked if theirs.get(step, {}).get("asked") != asked[step]]
    if stale or set(theirs) - set(asked):
        sys.exit(f"{name}-{dialect} is a recording of other steps; run record.py: {stale[:5]}")
    for step in asked:
        for path, kind, before, after in differences(canonical(theirs[step]), canonical(ours[step])):
            path = re.sub(r"^answer\.", "", re.sub(r"^answer\[\]\.", "[].", path))
            if kind == "value" and RUNNING.fullmatch(step) and MOMENTARY.fullmatch(path):
                continue
            found.append(Found(name, dialect, step, path, kind, before, after))
    return found


def play(plan, more):
    home = processes.folder("golden")
    content.prepare(home)
    return Player(lambda kind: SeeddDaemon(home, kind, {**more, "rpc_web_dir": f"{home}/web"}
                                           if "rpc_web_dir" in settings() else more), home).play(plan)


_settings = []


def settings():
    """The names of seedd's settings."""
    if not _settings:
        schema = json.loads(subprocess.run([daemon.binary, "--schema"], capture_output=True, check=True).stdout)
        _settings.extend(row["name"] for row in schema["settings"])
    return _settings


def recording(name, dialect):
    with open(os.path.join(HERE, "exchanges", f"{name}-{dialect}.json")) as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    more = {"fetch_private_addresses": True} if "fetch_private_addresses" in settings() else {}

    found = []
    for dialect, plan, names in (("http", steps.http_steps(), ("3.00", "4.1")),
                                 ("legacy", steps.rpc_steps("legacy"), ("3.00", "4.1")),
                                 ("new", steps.rpc_steps("new"), ("4.1",))):
        ours = play(plan, more)
        for name in names:
            found += compare(name, dialect, recording(name, dialect), ours, plan)

    listed = load()
    unlisted = []
    for one in found:
        hits = [entry for entry in listed if entry.covers(one)]
        if options.all:
            print("listed  " if hits else "UNLISTED", one)
        if not hits:
            unlisted.append(one)
    unused = [line for entry in listed for line in entry.unused()]
    if not options.all:
        for one in unlisted:
            print("not listed:", one)
    for line in unused:
        print("does not occur:", line)
    print(f"{len(found)} differences, {len(unlisted)} not listed, {len(unused)} listed that do not occur")
    return 1 if unlisted or unused else 0


if __name__ == "__main__":
    sys.exit(main())
