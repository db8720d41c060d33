#!/usr/bin/python3
"""A watched folder: a .torrent dropped in is added and marked; a bad one is marked with the reason logged."""

import os
import shutil

from setting import begin
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


class Watched:
    def __init__(self):
        self.home = folder("watch")
        self.watch = os.path.join(self.home, "watched")
        os.mkdir(self.watch)
        self.torrent = single_file(os.path.join(self.home, "content"), size=100_000, piece_bytes=16384)
        self.seedd = Seedd(self.home, watch_dir=self.watch, watch_dir_enabled=True)
        self.seedd.start()

    def path(self, name):
        return os.path.join(self.watch, name)

    def good(self):
        shutil.copy(self.torrent.path, self.path("good.torrent"))
        wait_for(lambda: os.path.exists(self.path("good.torrent.added")), 20, "it is marked as added")
        got = self.seedd.rpc("torrent_get", fields=["hash_string"])["torrents"]
        check([t["hash_string"] for t in got] == [self.torrent.info_hash], f"it is listed: {got}")
        check(not os.path.exists(self.path("good.torrent")), "it is not taken again")

    def bad(self):
        open(self.path("empty.torrent"), "w").close()
        with open(self.path("bad.torrent"), "w") as out:
            out.write("this is no torrent")
        wait_for(lambda: os.path.exists(self.path("bad.torrent.invalid")), 20, "it is marked as invalid")
        check(os.path.exists(self.path("empty.torrent")), "an empty one is left to its writer")
        shutil.copy(self.torrent.path, self.path("empty.torrent"))
        wait_for(lambda: os.path.exists(self.path("empty.torrent.added")), 20, "it is added when it is whole")

    def other(self):
        with open(self.path("note.txt"), "w") as out:
            out.write("not for seedd")
        # Whatever it does with a file of another name it has done by the time it takes the next one.
        shutil.copy(self.torrent.path, self.path("again.torrent"))
        wait_for(lambda: os.path.exists(self.path("again.torrent.added")), 20, "the next is taken")
        check(os.path.exists(self.path("note.txt")), "the other file is left alone")

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: a watched folder")
    watched = Watched()
    report.run("a torrent is added and marked", watched.good)
    report.run("a bad file is marked", watched.bad)
    report.run("other files are left alone", watched.other)
    report.run("it ends", watched.end)
    finish(report)


if __name__ == "__main__":
    main()
