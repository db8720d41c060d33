#!/usr/bin/python3
"""Files that go, shrink or cannot be read while they are seeded, a folder without permission, and a
process without file descriptors: clear errors, no crash, no flood in the log, and back by itself or
by one order. And torrents that are removed with their data when some of that is not there."""

import os
import resource
import shutil
import socket
import time

from setting import MIB, begin, need_libtorrent
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import SEED_WAIT, SEEDING, STOPPED, RpcError, Seedd
from interop.torrents import multi_file, single_file

LOCAL_ERROR = 3


def lines_in_log(seedd):
    with open(seedd.process.log_path, errors="replace") as log:
        return sum(1 for _ in log)


class Case:
    """A seedd that seeds one torrent to a libtorrent which has nothing yet."""

    def __init__(self, name, size=24 * MIB, **settings):
        self.home = folder(name)
        self.torrent = single_file(os.path.join(self.home, "content"), name="kept.bin", size=size)
        self.save = os.path.join(self.home, "downloads")
        os.makedirs(self.save)
        self.file = os.path.join(self.save, "kept.bin")
        with open(self.torrent.path_of(""), "rb") as source, open(self.file, "wb") as out:
            out.write(source.read())
        self.seedd = Seedd(self.home, message_level="info", **settings).start()
        self.id = self.seedd.add(self.torrent.path)
        self.seedd.wait_complete(self.id)
        time.sleep(3)

    def fetch(self):
        """Somebody who wants it, so that the files are looked at."""
        home = os.path.join(self.home, "leech")
        os.makedirs(os.path.join(home, "save"), exist_ok=True)
        leech = Libtorrent(home, save=os.path.join(home, "save"), address="127.0.0.2")
        leech.add(None, paths=[self.torrent.path], seed=False,
                  peers=[f"127.0.0.1:{self.seedd.peer_port}"])
        return leech

    def fetched_once(self):
        """One who fetches all of it and goes."""
        leech = self.fetch()
        self.serves(self.torrent.total)
        leech.stop()
        wait_for(lambda: not self.seedd.get(self.id, "peers"), 20, "the link to end")
        shutil.rmtree(os.path.join(self.home, "leech"))

    def serves(self, octets):
        wait_for(lambda: self.seedd.get(self.id, "uploaded_ever") >= octets, 40,
                 "a peer being served", alive=[self.seedd.process])

    def error(self):
        wait_for(lambda: self.seedd.get(self.id, "error") == LOCAL_ERROR, 30, "the error",
                 alive=[self.seedd.process])
        text = self.seedd.get(self.id, "error_string")
        check("kept.bin" in text or self.save in text, f"it names no path: {text}")
        before = lines_in_log(self.seedd)
        time.sleep(3)
        check(lines_in_log(self.seedd) - before < 10, "the log is flooded")
        return text

    def seeds_again(self):
        wait_for(lambda: self.seedd.get(self.id, "status") in (SEEDING, SEED_WAIT)
                 and self.seedd.get(self.id, "left_until_done") == 0, 40, "seeding again",
                 alive=[self.seedd.process])
        check(self.seedd.get(self.id, "error") == 0, "the error stays")

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def broken(name, harm, mend):
    # Slow enough that the file is opened again before all of it was sent.
    case = Case(name, speed_limit_up_enabled=True, speed_limit_up=800)
    harm(case)
    leech = case.fetch()
    text = case.error()
    mend(case)
    case.seedd.rpc("torrent_verify", ids=[case.id])
    case.seedd.rpc("torrent_start", ids=[case.id])
    case.seeds_again()
    leech.stop()
    case.end()
    return text


def restore(case):
    with open(case.torrent.path_of(""), "rb") as source, open(case.file, "wb") as out:
        out.write(source.read())


def deleted():
    return broken("deleted", lambda case: os.unlink(case.file), restore)


def truncated():
    return broken("truncated", lambda case: os.truncate(case.file, MIB), restore)


def in_place_of_a_file():
    def harm(case):
        os.unlink(case.file)
        os.mkdir(case.file)

    def mend(case):
        os.rmdir(case.file)
        restore(case)
    return broken("replaced", harm, mend)


def no_descriptors():
    """With all descriptors taken it goes on, the RPC answers those who are connected, and all is
    well when they are free again."""
    case = Case("descriptors")
    pid = case.seedd.process.pid
    # UBSan opens a pipe when it meets a class for the first time, and takes a pipe that it does not
    # get for a bad object. So all that is met below is met once before.
    case.fetched_once()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 20, limits[1]))
    before = lines_in_log(case.seedd)
    crowd = []
    for _ in range(200):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", case.seedd.peer_port))
        crowd.append(one)
    wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= used + 18, 10, "the descriptors to run out")
    time.sleep(2)
    check(case.seedd.process.poll() is None, "it ended")
    check(case.seedd.rpc("session_get", fields=["version"])["version"], "no answer")
    check(lines_in_log(case.seedd) - before < 20, "the log is flooded")
    for one in crowd:
        one.close()
    leech = case.fetch()
    case.serves(2 * case.torrent.total)
    leech.stop()
    case.end()


class Removal:
    """A seedd that has one torrent of five files, complete, and is not running now."""

    def __init__(self, name):
        self.home = folder(name)
        self.torrent = multi_file(os.path.join(self.home, "content"), name="show",
                                  files=[(f"{i}.bin", 40000 + i) for i in range(5)])
        self.seedd = Seedd(self.home, message_level="info")
        self.root = self.seedd.download_dir
        shutil.copytree(os.path.join(self.torrent.folder, "show"), os.path.join(self.root, "show"))
        self.seedd.start()
        self.id = self.seedd.add(self.torrent.path)
        self.seedd.wait_complete(self.id)
        check(self.seedd.stop() == 0, "seedd ends with 0")

    def remove(self):
        """The error; empty when there was none."""
        try:
            self.seedd.rpc("torrent_remove", ids=[self.id], delete_local_data=True)
        except RpcError as error:
            return str(error)
        return ""

    def is_kept(self, why):
        error = self.remove()
        check("the torrent is kept" in error and why in error, f"answered: {error}")
        self.seedd.get(self.id, "id")
        # The log is written by another thread.
        wait_for(lambda: self.log_says("a torrent is not removed", why), 10, "the reason in the log")

    def log_says(self, *words):
        with open(self.seedd.process.log_path, errors="replace") as log:
            return any(all(word in line for word in words) for line in log)

    def is_gone(self):
        check(not (error := self.remove()), error)
        check(not self.seedd.rpc("torrent_get", fields=["id"])["torrents"], "the torrent is there")
        check(not os.path.exists(os.path.join(self.root, "show")), "files are left")
        check(self.seedd.stop() == 0, "seedd ends with 0")


def removed_in_part():
    case = Removal("removed")
    os.unlink(os.path.join(case.root, "show", "2.bin"))
    case.seedd.start()
    case.is_gone()


def removed_without_folder():
    case = Removal("away")
    os.rename(case.root, case.root + ".away")
    case.seedd.start()
    case.is_kept(case.root)
    os.mkdir(case.root)
    case.is_kept(case.root)
    shutil.rmtree(case.root)
    os.rename(case.root + ".away", case.root)
    case.is_gone()


def removed_with_an_obstacle():
    case = Removal("obstacle")
    file = os.path.join(case.root, "show", "3.bin")
    os.unlink(file)
    os.mkdir(file)
    case.seedd.start()
    case.is_kept("3.bin")
    facts = case.seedd.get(case.id, "status", "error", "error_string")
    check(facts["status"] == STOPPED and facts["error"] == LOCAL_ERROR, f"{facts}")
    check(os.listdir(os.path.join(case.root, "show")) == ["3.bin"], "the others are not deleted")
    os.rmdir(file)
    case.is_gone()


def main():
    begin()
    need_libtorrent()
    report = Report("e2e: files and descriptors that are lost")
    report.run("a file is deleted while it is seeded", deleted)
    report.run("a file is cut short while it is seeded", truncated)
    report.run("a folder stands where a file was", in_place_of_a_file)
    report.run("no file descriptors are left", no_descriptors)
    report.run("removed with its data, of which a file is missing", removed_in_part)
    report.run("removed with its data, whose folder is missing", removed_without_folder)
    report.run("removed with its data, of which a file cannot be deleted", removed_with_an_obstacle)
    finish(report)


if __name__ == "__main__":
    main()
