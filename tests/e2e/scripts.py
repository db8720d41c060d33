#!/usr/bin/python3
"""The user's programs: run when a torrent was added, is complete and has done its seeding."""

import os

from setting import MIB, begin, mount
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file

# Writes what it was told, and what lies where it was told the data is, whole or not at all.
TELLS = """#!/bin/sh
{ env; echo "SIZE=$(stat -c %s "$TR_TORRENT_DIR/$TR_TORRENT_NAME")"; } > "{out}/{name}.tmp"
mv "{out}/{name}.tmp" "{out}/{name}-$TR_TORRENT_ID"
"""
# Counts how many run with it, and waits to be let go.
WAITS = """#!/bin/sh
: > "{out}/running-$TR_TORRENT_ID"
ls "{out}" | grep -c running- > "{out}/seen-$TR_TORRENT_ID"
until [ -e "{out}/go" ]; do sleep 0.05; done
rm "{out}/running-$TR_TORRENT_ID"
: > "{out}/ended-$TR_TORRENT_ID"
"""
# Every run is a line: what lies there, and where.
COUNTS = """#!/bin/sh
echo "$(stat -c %s "$TR_TORRENT_DIR/$TR_TORRENT_NAME") $TR_TORRENT_DIR" >> "{out}/runs-$TR_TORRENT_HASH"
"""
AT_ONCE = 8


class Scripts:
    def __init__(self):
        self.home, self.out = folder("scripts"), folder("scripts-out")
        content = os.path.join(self.home, "content")
        # One that is not for its environment but has it: the scripts must not see it.
        os.environ["SEEDD_MESSAGE_LEVEL"] = "debug"
        self.torrent = single_file(content, trackers=["http://127.0.0.1:9/announce"], size=300_000,
                                   piece_bytes=16384)
        self.seedd = Seedd(self.home,
                           **{f"script_torrent_{when}_enabled": True
                              for when in ("added", "done", "done_seeding")},
                           **{f"script_torrent_{when}_filename": self.program(when, TELLS)
                              for when in ("added", "done", "done_seeding")})
        self.seedd.start()

    def program(self, name, text):
        path = os.path.join(self.home, f"{name}.sh")
        with open(path, "w") as out:
            out.write(text.replace("{out}", self.out).replace("{name}", name))
        os.chmod(path, 0o755)
        return path

    def told(self, name, torrent):
        """The variables of a program that was run."""
        path = os.path.join(self.out, f"{name}-{torrent}")
        wait_for(lambda: os.path.exists(path), 20, f"run of {name}", alive=[self.seedd.process])
        with open(path) as lines:
            return dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)

    def logged(self, *words):
        with open(self.seedd.process.log_path) as log:
            return any(all(word in line for word in words) for line in log)

    def small(self, number):
        return single_file(os.path.join(self.home, "small"), name=f"small{number}.bin", size=20_000,
                           piece_bytes=16384, seed=100 + number)

    def added(self):
        self.id = self.seedd.add(self.torrent.path, paused=True, labels=["one", "two"])
        told = self.told("added", self.id)
        want = {"TR_TORRENT_NAME": self.torrent.name, "TR_TORRENT_HASH": self.torrent.info_hash,
                "TR_TORRENT_ID": str(self.id), "TR_TORRENT_DIR": self.seedd.download_dir,
                "TR_TORRENT_LABELS": "one,two", "TR_TORRENT_PRIORITY": "0",
                "TR_TORRENT_TRACKERS": "http://127.0.0.1:9/announce",
                "TR_TORRENT_BYTES_DOWNLOADED": "0"}
        got = {name: told.get(name) for name in want}
        check(got == want, f"it is told: {got}")
        check(told.get("TR_APP_VERSION") and told.get("TR_TIME_LOCALTIME"), "version and time too")
        check(not [name for name in told if name.startswith("SEEDD_")], "and none of our settings")

    def done(self):
        if why := Libtorrent.missing():
            raise Skip(why)
        place = os.path.join(self.home, "seed")
        os.mkdir(place)
        seed = Libtorrent(place, save=self.torrent.folder)
        self.seedd.rpc("torrent_set", ids=[self.id], seed_ratio_mode=1, seed_ratio_limit=0)
        self.seedd.rpc("torrent_start", ids=[self.id])
        seed.add(self.torrent, peers=[f"127.0.0.1:{self.seedd.peer_port}"], seed=True)
        told = self.told("done", self.id)
        seed.stop()
        check(int(told["TR_TORRENT_BYTES_DOWNLOADED"]) >= self.torrent.total, "it is downloaded")
        check(told["SIZE"] == str(self.torrent.total), f"it is found in its place: {told['SIZE']}")

    def done_seeding(self):
        if Libtorrent.missing():
            raise Skip("nothing was downloaded")
        told = self.told("done_seeding", self.id)
        check(told["TR_TORRENT_ID"] == str(self.id), "the same torrent")
        wait_for(lambda: self.seedd.get(self.id, "is_finished"), 10, "the torrent being finished")

    def from_incomplete(self):
        """Copied to its place, which takes a while: not before it is there, whole."""
        torrent = self.seeded("far.bin", 48 * MIB)
        self.seedd.wait_complete(torrent.info_hash)
        check(not torrent.differences(self.seedd.download_dir), "complete, and not in its place")
        self.told_once(torrent)

    def stuck_in_incomplete(self):
        """Something is in its place: told when a start finds that it is gone."""
        torrent = self.blocked("stuck.bin")
        self.seedd.rpc("torrent_start", ids=[torrent.info_hash])
        self.told_once(torrent)

    def stuck_over_restart(self):
        torrent = self.blocked("late.bin")
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.seedd.start()
        self.told_once(torrent)
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.seedd.start()
        wait_for(lambda: self.seedd.is_complete(torrent.info_hash), 10, "the torrent being complete")
        self.told_once(torrent)

    def seeded(self, name, size, before=lambda: None):
        """A torrent that is being downloaded into incomplete_dir, which is another file system
        where that can be had; `before` the first octet comes."""
        if why := Libtorrent.missing():
            raise Skip(why)
        incomplete = os.path.join(self.home, "incomplete")
        if not os.path.exists(incomplete):
            mount("tmpfs", incomplete, "-o", "size=200m")
            os.makedirs(incomplete, exist_ok=True)
            counts = self.program("counts", COUNTS)
            self.seedd.rpc("session_set", incomplete_dir=incomplete, incomplete_dir_enabled=True,
                           script_torrent_done_filename=counts)
            # What was given at the start would win at the next one.
            self.seedd.settings["script_torrent_done_filename"] = counts
        torrent = single_file(os.path.join(self.home, "far"), name=name, size=size,
                              piece_bytes=256 * 1024, seed=size)
        place = os.path.join(self.home, f"seed-{name}")
        os.mkdir(place)
        self.seedd.add(torrent.path)
        # Answered when it has been looked for in both places.
        self.seedd.get(torrent.info_hash, "files")
        before()
        Libtorrent(place, save=torrent.folder).add(
            torrent, peers=[f"127.0.0.1:{self.seedd.peer_port}"], seed=True)
        return torrent

    def blocked(self, name):
        """One that is complete and could not leave incomplete_dir; then nothing is in its way."""
        place = os.path.join(self.seedd.download_dir, name)

        def block():
            with open(place, "w") as out:
                out.write("in the way")
        torrent = self.seeded(name, 3 * MIB + len(name), before=block)
        wait_for(lambda: "could not be moved" in self.seedd.get(torrent.info_hash, "error_string"), 30,
                 "the reason in the torrent", alive=[self.seedd.process])
        check(self.seedd.get(torrent.info_hash, "left_until_done") == 1, "it does not say it is done")
        check(not self.runs(torrent), "the program was run all the same")
        os.unlink(place)
        return torrent

    def runs(self, torrent):
        path = os.path.join(self.out, f"runs-{torrent.info_hash}")
        if not os.path.exists(path):
            return []
        with open(path) as lines:
            return lines.read().splitlines()

    def told_once(self, torrent):
        wait_for(lambda: self.runs(torrent), 20, "run of the program", alive=[self.seedd.process])
        want = [f"{torrent.total} {self.seedd.download_dir}"]
        check(self.runs(torrent) == want, f"it was run with {self.runs(torrent)}, not {want}")

    def failing(self):
        self.use("added", self.program("fails", "#!/bin/sh\nexit 7\n"))
        self.seedd.add(self.small(1).path, paused=True)
        wait_for(lambda: self.logged("warn", "fails.sh", "status=7"), 20, "warning of the status")
        self.use("added", os.path.join(self.home, "missing.sh"))
        self.seedd.add(self.small(2).path, paused=True)
        wait_for(lambda: self.logged("warn", "missing.sh"), 20, "warning of the missing program")
        self.use("added", self.program("again", TELLS))
        self.told("again", self.seedd.add(self.small(3).path, paused=True))

    def use(self, when, path):
        self.seedd.rpc("session_set", **{f"script_torrent_{when}_filename": path})

    def many(self):
        self.use("added", self.program("waits", WAITS))
        ids = [self.seedd.add(self.small(number).path, paused=True) for number in range(10, 22)]
        wait_for(lambda: len(self.those("seen-")) == AT_ONCE, 20, "as many as may run at once")
        open(os.path.join(self.out, "go"), "w").close()
        wait_for(lambda: len(self.those("ended-")) == len(ids), 20, "the rest, in turn")
        seen = [int(open(os.path.join(self.out, name)).read()) for name in self.those("seen-")]
        check(max(seen) <= AT_ONCE, f"no more at once: {seen}")
        wait_for(lambda: not self.children(), 10, "no zombie left behind")

    def those(self, begin_with):
        return [name for name in os.listdir(self.out) if name.startswith(begin_with)]

    def children(self):
        pid = self.seedd.process.pid
        found = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                found += children.read().split()
        return found

    def stopping(self):
        os.unlink(os.path.join(self.out, "go"))
        last = self.seedd.add(self.small(30).path, paused=True)
        running = os.path.join(self.out, f"running-{last}")
        wait_for(lambda: os.path.exists(running), 20, "the program running")
        child = self.children()[0]
        check(self.seedd.stop() == 0, "seedd ends with 0 while a program of it runs")
        check(os.path.exists(f"/proc/{child}"), "the program goes on")
        open(os.path.join(self.out, "go"), "w").close()
        wait_for(lambda: not os.path.exists(running), 10, "the program coming to its end")


def main():
    begin()
    report = Report("e2e: programs run for torrents")
    scripts = Scripts()
    report.run("a program is run when a torrent was added", scripts.added)
    report.run("one when it is complete, and finds the data", scripts.done)
    report.run("one when it has done its seeding", scripts.done_seeding)
    report.run("one when it has left incomplete_dir", scripts.from_incomplete)
    report.run("once, when something was in its place", scripts.stuck_in_incomplete)
    report.run("once, also after a restart", scripts.stuck_over_restart)
    report.run("one that fails is logged", scripts.failing)
    report.run("only so many run at once", scripts.many)
    report.run("a stop does not wait for them", scripts.stopping)
    finish(report)


if __name__ == "__main__":
    main()
