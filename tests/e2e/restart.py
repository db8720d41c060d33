#!/usr/bin/python3
"""A restart with 1,000 torrents: the list is complete and right, by SIGTERM and by kill -9."""

import os
import time

from setting import begin
from interop.processes import folder
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file

COUNT = int(os.environ.get("SEED_E2E_TORRENTS", "1000"))
FIELDS = ["hash_string", "name", "labels", "status", "total_size", "piece_count", "queue_position",
          "download_limit", "download_dir", "added_date"]


class Restart:
    def __init__(self):
        self.home = folder("restart")
        content = os.path.join(self.home, "content")
        self.torrents = [single_file(content, name=f"torrent {i}", size=3 * 16384 + i,
                                     piece_bytes=16384, seed=i) for i in range(COUNT)]
        self.seedd = Seedd(self.home, message_level="warn", download_queue_enabled=False)

    def listing(self):
        got = self.seedd.rpc("torrent_get", fields=FIELDS)["torrents"]
        return {t["hash_string"]: t for t in got}

    def add(self):
        self.seedd.start()
        begun = time.monotonic()
        for i, torrent in enumerate(self.torrents):
            self.seedd.add(torrent.path, paused=i % 2 == 0, labels=[f"label {i % 7}"])
        took = time.monotonic() - begun
        check(len(self.listing()) == COUNT, f"{len(self.listing())} torrents are listed")
        return f"{COUNT / took:.0f} a second"

    def restart(self, hard):
        before = self.listing()
        if hard:
            # What a call answered is durable: the very last one too.
            last = self.torrents[-1].info_hash
            self.seedd.rpc("torrent_set", ids=[last], labels=["set just before"])
            before[last]["labels"] = ["set just before"]
            self.seedd.kill()
        else:
            check(self.seedd.stop() == 0, "seedd ends with 0")
        begun = time.monotonic()
        self.seedd.start()
        after = self.listing()
        took = time.monotonic() - begun
        check(after.keys() == before.keys(), f"{len(after)} torrents of {len(before)}")
        for key, facts in before.items():
            wrong = {f: (facts[f], after[key][f]) for f in FIELDS if facts[f] != after[key][f]}
            check(not wrong, f"{facts['name']}: {wrong}")
        return f"listed after {took:.2f} s"

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report(f"e2e: a restart with {COUNT} torrents")
    restart = Restart()
    report.run("they are added", restart.add)
    report.run("they are all there after SIGTERM", restart.restart, False)
    report.run("they are all there after kill -9", restart.restart, True)
    report.run("it ends", restart.end)
    finish(report)


if __name__ == "__main__":
    main()
