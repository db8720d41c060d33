#!/usr/bin/python3
"""The lines of curl in README.md do what they say: each is run as it stands there, but for the port."""

import json
import os
import re
import subprocess

from setting import begin
from interop.processes import folder, have
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import multi_file

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")


def lines_of_curl():
    with open(README, encoding="utf-8") as file:
        block = re.search(r"^With curl.*?^```sh\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    check(block, "README.md has no block of curl")
    return block[1].splitlines()


def torrent(seedd):
    got = seedd.rpc("torrent_get", fields=["status", "wanted", "download_limit", "download_limited"])
    return got["torrents"][0] if got["torrents"] else None


# What is so once the line that begins with this has been run.
AFTER = [
    ("rpc torrent_add", lambda s: torrent(s) is not None),
    ("rpc torrent_set '{\"ids\":[1],\"files", lambda s: torrent(s)["wanted"] == [False, True]),
    ("rpc torrent_set '{\"ids\":[1],\"download", lambda s: torrent(s)["download_limited"]
     and torrent(s)["download_limit"] == 500),
    ("rpc torrent_stop", lambda s: torrent(s)["status"] == 0),
    ("rpc torrent_start", lambda s: torrent(s)["status"] == 4),
    ("rpc session_set", lambda s: s.rpc("session_get", fields=["speed_limit_down_enabled"])[
        "speed_limit_down_enabled"]),
    ("rpc torrent_remove", lambda s: torrent(s) is None),
]


def run():
    if not have("curl"):
        raise Skip("curl is not installed (scripts/deps.sh --tests)")
    home = folder("readme-curl")
    made = multi_file(os.path.join(home, "content"), name="some", piece_bytes=16384,
                      files=[("a", 20_000), ("b", 50_000)])
    seedd = Seedd(home).start()
    lines = lines_of_curl()
    check("9091" in lines[0], f"the first line is {lines[0]}")
    begin_with = lines[0].replace("9091", str(seedd.rpc_port)) + "\n"
    met = set()
    for line in lines[1:]:
        done = subprocess.run(["bash", "-ec", begin_with + line], cwd=os.path.dirname(made.path),
                              capture_output=True, text=True, timeout=30, check=False)
        check(done.returncode == 0, f"{line}: {done.returncode} {done.stderr}")
        check("result" in json.loads(done.stdout), f"{line}: {done.stdout}")
        for start, is_so in AFTER:
            if line.startswith(start):
                check(is_so(seedd), f"after {line}: {torrent(seedd)}")
                met.add(start)
    check(len(met) == len(AFTER), f"README.md lacks {set(start for start, _ in AFTER) - met}")
    check(seedd.stop() == 0, "it ended with an error")
    return f"{len(lines) - 1} lines"


def main():
    begin()
    report = Report("e2e: the lines of curl in README.md")
    report.run("each does what it says", run)
    finish(report)


if __name__ == "__main__":
    main()
