#!/usr/bin/python3
"""The disk stalls for 20 s (a FUSE file system that stands still) with transfers running: the RPC
answers at once, another disk's torrent goes on, and in the end all is right."""

import os
import sys
import time

from setting import MIB, begin, need_libtorrent, will_unmount
from interop.clients import Libtorrent
from interop.processes import Process, folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file

STALL = float(os.environ.get("SEED_E2E_STALL", "20"))
# On a machine that also builds or tests something else the scheduler alone takes longer than 50 ms.
BOUND = float(os.environ.get("SEED_E2E_P99_MS", "50"))


class Stalled:
    def __init__(self, programs):
        self.home = folder("stalled")
        self.control = os.path.join(self.home, "stall-now")
        self.disk = os.path.join(self.home, "disk")
        behind = os.path.join(self.home, "behind")
        os.makedirs(self.disk)
        os.makedirs(behind)
        self.fuse = Process("stall_fs", [os.path.join(programs, "stall_fs"), behind, self.control,
                                         self.disk, "-f"], cwd=self.home)
        will_unmount(self.disk)
        wait_for(lambda: os.path.ismount(self.disk), 10, "the mount", alive=[self.fuse])
        content = os.path.join(self.home, "content")
        self.stalls = single_file(content, name="stalls.bin", size=160 * MIB, seed=1)
        self.goes_on = single_file(content, name="goes on.bin", size=100 * MIB, seed=2)
        self.seedd = Seedd(self.home, message_level="info", rpc_web_dir=self.disk).start()
        self.stalls_id = self.seedd.add(self.stalls.path, download_dir=self.disk)
        self.goes_on_id = self.seedd.add(self.goes_on.path)
        self.seed = Libtorrent(self.home, save=content, up=6 * MIB)
        self.seed.add(None, paths=[self.stalls.path, self.goes_on.path], seed=True,
                      peers=[f"127.0.0.1:{self.seedd.peer_port}"])

    def answers(self):
        wait_for(lambda: all(self.seedd.get(i, "have_valid") > 2 * MIB
                             for i in (self.stalls_id, self.goes_on_id)), 60, "both running",
                 alive=[self.seedd.process])
        before = self.seedd.get(self.goes_on_id, "have_valid")
        open(self.control, "w").close()
        took, end, lists = [], time.monotonic() + STALL, []
        while time.monotonic() < end:
            begun = time.monotonic()
            self.seedd.rpc("session_get")
            took.append(time.monotonic() - begun)
            begun = time.monotonic()
            self.seedd.rpc("torrent_get", fields=["id", "name", "status", "have_valid", "error"])
            lists.append(time.monotonic() - begun)
            time.sleep(0.005)
        self.while_stalled = self.seedd.get(self.goes_on_id, "have_valid") - before
        os.unlink(self.control)
        took.sort()
        lists.sort()
        p99 = took[len(took) * 99 // 100] * 1000
        note = (f"{len(took)} calls, p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {p99:.1f} ms, "
                f"worst {took[-1] * 1000:.1f} ms; list p99 {lists[len(lists) * 99 // 100] * 1000:.1f} ms")
        check(p99 < BOUND, f"p99 is above {BOUND:.0f} ms: {note}")
        return note

    def others_go_on(self):
        got = self.while_stalled
        check(got > 4 * MIB, f"the torrent on the other disk got {got} bytes in the stall")
        return f"{got / MIB:.0f} MiB came meanwhile"

    def ends_right(self):
        self.seed.stop()
        self.seed.up = 0
        self.seed.add(None, paths=[self.stalls.path, self.goes_on.path], seed=True,
                      peers=[f"127.0.0.1:{self.seedd.peer_port}"])
        self.seedd.wait_complete(self.stalls_id, 60)
        self.seedd.wait_complete(self.goes_on_id, 60)
        check(not self.stalls.differences(self.disk), "the content is wrong")
        check(not self.goes_on.differences(self.seedd.download_dir), "the content is wrong")
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    programs = begin()
    need_libtorrent()
    for path, why in ((os.path.join(programs, "stall_fs"), "stall_fs was not built (libfuse3-dev)"),
                      ("/dev/fuse", "there is no /dev/fuse")):
        if not os.path.exists(path):
            print(f"skipped: {why}")
            sys.exit(77)
    report = Report(f"e2e: a disk that stands still for {STALL:.0f} s")
    stalled = Stalled(programs)
    report.run("session_get answers", stalled.answers)
    report.run("a torrent on another disk goes on", stalled.others_go_on)
    report.run("all is right in the end", stalled.ends_right)
    finish(report)


if __name__ == "__main__":
    main()
