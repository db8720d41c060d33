#!/usr/bin/python3
"""Files that go, shrink or cannot be read while they are seeded, a folder without permission, and a
process without file descriptors: clear errors, no crash, no flood in the log, and back by itself or
by one order. And torrents that are removed with their data when some of that is not there."""

import os
import resource
import shutil
import socket
import subprocess
import time

from setting import MIB, begin, need_libtorrent
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
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

    def rest(self):
        """Until nothing of it is open."""
        time.sleep(3)
        return self

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
        text = self.error_text()
        before = lines_in_log(self.seedd)
        time.sleep(3)
        check(lines_in_log(self.seedd) - before < 10, "the log is flooded")
        return text

    def error_text(self):
        wait_for(lambda: self.seedd.get(self.id, "error") == LOCAL_ERROR, 30, "the error",
                 alive=[self.seedd.process])
        text = self.seedd.get(self.id, "error_string")
        check("kept.bin" in text or self.save in text, f"it names no path: {text}")
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
    case = Case(name, speed_limit_up_enabled=True, speed_limit_up=800).rest()
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


def bound_by_permissions():
    """What runs a program so that permissions bind it; root's do not."""
    if os.geteuid() != 0:
        return []
    run_by = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    unreadable = os.path.join(folder("root"), "unreadable")
    with open(unreadable, "w") as out:
        out.write("x")
    os.chmod(unreadable, 0)
    tried = [subprocess.run([*run_by, program, unreadable], capture_output=True, check=False).returncode
             for program in ("stat", "cat")]
    if tried[0] != 0 or tried[1] == 0:
        raise Skip("root cannot be bound by permissions here (setpriv)")
    return run_by


def forbidden(name, path_of):
    """Found so at the start: the error names it, and with the permission back a start is all it needs."""
    case = Case(name, size=4 * MIB)
    case.seedd.run_by = bound_by_permissions()
    check(case.seedd.stop() == 0, "seedd ends with 0")
    path = path_of(case)
    mode = os.stat(path).st_mode
    os.chmod(path, 0)
    case.seedd.start()
    leech = case.fetch()
    text = case.error_text()
    check("ermission" in text, f"it does not say what is wrong: {text}")
    os.chmod(path, mode)
    case.seedd.rpc("torrent_start", ids=[case.id])
    case.seeds_again()
    case.serves(case.torrent.total)
    leech.stop()
    case.end()
    return text


def unreadable_file():
    return forbidden("unreadable", lambda case: case.file)


def closed_folder():
    return forbidden("closed", lambda case: case.save)


class Download:
    """A seedd that gets one torrent from a libtorrent, into a folder whose permissions bind it."""

    def __init__(self, name, torrent, mode=0o755, up=0):
        home = folder(name)
        self.torrent = torrent
        self.seedd = Seedd(home, message_level="info", preallocation="off")
        self.save = self.seedd.download_dir
        self.seedd.run_by = bound_by_permissions()
        os.chmod(self.save, mode)
        self.seedd.start()
        self.id = self.seedd.add(torrent.path)
        self.seed = Libtorrent(home, save=torrent.folder, address="127.0.0.2", up=up)
        self.seed.add(None, paths=[torrent.path], seed=True, peers=[f"127.0.0.1:{self.seedd.peer_port}"])

    def error(self, path):
        wait_for(lambda: self.seedd.get(self.id, "error") == LOCAL_ERROR, 30, "the error",
                 alive=[self.seedd.process])
        text = self.seedd.get(self.id, "error_string")
        check(path in text and "ermission" in text, f"it does not say what is wrong: {text}")
        return text

    def keeps_what_it_claims(self):
        claimed = self.seedd.claimed(self.id, len(self.torrent.pieces))
        right = self.torrent.right_pieces(self.save)
        check(not [i for i, c in enumerate(claimed) if c and not right[i]], "it claims what is not there")
        return sum(claimed)

    def goes_on(self, spoilt_max=0):
        """With the user's start, and at most so much is fetched twice."""
        self.seedd.rpc("torrent_start", ids=[self.id])
        self.seedd.wait_complete(self.id, 40)
        check(self.seedd.get(self.id, "error") == 0, "the error stays")
        check(not (wrong := self.torrent.differences(self.save)), f"{wrong}")
        twice = self.seedd.get(self.id, "downloaded_ever") - self.torrent.total
        check(twice <= spoilt_max, f"{twice} octets were fetched twice")
        self.seed.stop()
        check(self.seedd.stop() == 0, "seedd ends with 0")


def downloads_nowhere():
    """Into a folder that cannot be written to."""
    content = os.path.join(folder("content"), "content")
    case = Download("readonly", single_file(content, size=4 * MIB), mode=0o555)
    text = case.error(case.save)
    check(not os.listdir(case.save), f"{os.listdir(case.save)}")
    os.chmod(case.save, 0o755)
    case.goes_on(spoilt_max=case.torrent.total)
    return text


def closed_while_downloading():
    """A folder that is closed in the middle: what was had is kept, nothing of it is fetched again."""
    content = os.path.join(folder("content"), "content")
    files = [(f"{i:02}.bin", MIB) for i in range(24)]
    case = Download("midway", multi_file(content, name="show", files=files), up=6 * MIB)
    wait_for(lambda: case.seedd.get(case.id, "have_valid") > 2 * MIB, 30, "a beginning",
             alive=[case.seedd.process, case.seed.process])
    show = os.path.join(case.save, "show")
    os.chmod(show, 0o555)
    text = case.error("show")
    kept = case.keeps_what_it_claims()
    check(kept > 0, "it lost what it had")
    os.chmod(show, 0o755)
    # What was on its way to the disk then is nobody's.
    case.goes_on(spoilt_max=16 * MIB)
    return f"{kept} of {len(case.torrent.pieces)} pieces kept: {text}"


def no_descriptors():
    """With all descriptors taken it goes on, the RPC answers those who are connected, and all is
    well when they are free again."""
    case = Case("descriptors").rest()
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


def gone_before_it_is_durable():
    """It is not made again, nor after a restart: its disk may be gone."""
    home = folder("gone")
    root = os.path.join(home, "root")
    torrent = single_file(root, size=100_000, piece_bytes=16384)
    seedd = Seedd(home).start()
    seedd.add(torrent.path, download_dir=root)
    seedd.wait_complete(torrent.info_hash)
    os.rename(root, root + ".gone")

    def missing():
        return root in seedd.rpc("torrent_get", fields=["error_string"])["torrents"][0]["error_string"]
    wait_for(missing, 30, "an error", alive=[seedd.process])
    check(seedd.stop() == 0, "seedd ends with 0")
    seedd.start()
    wait_for(missing, 30, "an error after the restart", alive=[seedd.process])
    check(not os.path.exists(root), f"made again: {root}")
    os.rename(root + ".gone", root)
    wait_for(lambda: not missing(), 30, "the folder being noticed", alive=[seedd.process])
    seedd.wait_complete(torrent.info_hash)
    check(seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    need_libtorrent()
    report = Report("e2e: files and descriptors that are lost")
    report.run("a file is deleted while it is seeded", deleted)
    report.run("a file is cut short while it is seeded", truncated)
    report.run("a folder stands where a file was", in_place_of_a_file)
    report.run("a file that may not be read", unreadable_file)
    report.run("a folder that may not be looked into", closed_folder)
    report.run("a folder that may not be written to", downloads_nowhere)
    report.run("a folder closed in the middle of a download", closed_while_downloading)
    report.run("no file descriptors are left", no_descriptors)
    report.run("a folder that goes before what was found good in it is durable", gone_before_it_is_durable)
    report.run("removed with its data, of which a file is missing", removed_in_part)
    report.run("removed with its data, whose folder is missing", removed_without_folder)
    report.run("removed with its data, of which a file cannot be deleted", removed_with_an_obstacle)
    finish(report)


if __name__ == "__main__":
    main()
