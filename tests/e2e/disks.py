#!/usr/bin/python3
"""A disk that is full, and one that goes away and comes back."""

import os
import shutil
import subprocess
import time

from setting import MIB, begin, mount, need_libtorrent
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import DOWNLOADING, SEED_WAIT, SEEDING, RpcError, Seedd
from interop.torrents import multi_file, single_file

LOCAL_ERROR = 3


def seed_of(home, torrents, seedd, up=0):
    seed = Libtorrent(home, save=torrents[0].folder, up=up)
    seed.add(None, paths=[t.path for t in torrents], seed=True,
             peers=[f"127.0.0.1:{seedd.peer_port}"])
    return seed


def files_below(path):
    return [os.path.join(d, f) for d, _, names in os.walk(path) for f in names]


def full_disk():
    """The torrent on the full disk errs and waits, another goes on; with space again it resumes."""
    home = folder("full")
    small = os.path.join(home, "small")
    if not mount("tmpfs", small, "-o", "size=24m"):
        raise Skip("tmpfs cannot be mounted here (not root)")
    content = os.path.join(home, "content")
    large = single_file(content, name="large.bin", size=40 * MIB, seed=1)
    other = single_file(content, name="other.bin", size=30 * MIB, seed=2)
    seedd = Seedd(home).start()
    large_id = seedd.add(large.path, download_dir=small)
    other_id = seedd.add(other.path)
    seed = seed_of(home, [large, other], seedd, up=24 * MIB)
    wait_for(lambda: seedd.get(large_id, "error") == LOCAL_ERROR, 30, "error of the full disk",
             alive=[seedd.process])
    text = seedd.get(large_id, "error_string")
    check("space" in text.lower() or "full" in text.lower(), f"the error says what is wrong: {text}")
    seedd.wait_complete(other_id)
    check(not other.differences(seedd.download_dir), "the other torrent is wrong")
    claimed = seedd.claimed(large_id, len(large.pieces))
    right = large.right_pieces(small)
    check(not [i for i, c in enumerate(claimed) if c and not right[i]], "claims what is not there")
    done = subprocess.run(["mount", "-o", "remount,size=80m", small], capture_output=True, check=False)
    check(done.returncode == 0, "remount")
    wait_for(lambda: seedd.get(large_id, "left_until_done") == 0, 60,
             f"the torrent going on by itself (it said: {text})", alive=[seedd.process])
    wait_for(lambda: seedd.get(large_id, "status") in (SEED_WAIT, SEEDING), 10, "seeding")
    check(seedd.get(large_id, "error") == 0, "the error is over")
    check(not large.differences(small), "the large torrent is wrong")
    seed.stop()
    check(seedd.stop() == 0, "seedd ends with 0")
    return text


def full_state():
    """Orders that cannot be saved are answered so and not carried out; the log is not flooded."""
    home = folder("full-state")
    if not mount("tmpfs", os.path.join(home, "state"), "-o", "size=2m"):
        raise Skip("tmpfs cannot be mounted here (not root)")
    torrent = single_file(os.path.join(home, "content"), size=MIB)
    seedd = Seedd(home, message_level="info").start()
    torrent_id = seedd.add(torrent.path, paused=True)
    seedd.rpc("token_create", name="lost", scopes=["read"])
    ballast = os.path.join(seedd.state_dir, "ballast")
    with open(ballast, "wb", buffering=0) as out:
        try:
            while out.write(b"x" * 4096):
                pass
        except OSError:
            pass

    def refused_with(method, words, **params):
        try:
            seedd.rpc(method, **params)
        except RpcError as error:
            return words in str(error)
        return False

    def refused(method, **params):
        return refused_with(method, "full", **params)

    before = seedd.rpc("session_get", fields=["speed_limit_up"])
    # What the log of the database has room for may be saved yet.
    wait_for(lambda: refused("session_set", blocklist_url="x" * 4000, speed_limit_up=4321), 20, "a full state")
    check(refused("torrent_remove", ids=[torrent_id]), "the removal is not refused")
    check(seedd.get(torrent_id, "id") == torrent_id, "the torrent is gone")
    check(seedd.rpc("session_get", fields=["speed_limit_up"]) == before, "the setting holds")
    revoked = not refused("token_revoke", name="lost")
    check(seedd.rpc("token_list")["tokens"] == [], "a token that is revoked counts no more")
    if not revoked:
        check(not refused_with("token_revoke", "no token", name="lost"), "what is not durable can be asked for again")
    os.unlink(ballast)
    refused_with("token_revoke", "", name="lost")
    check(refused_with("token_revoke", "no token", name="lost"), "now it is gone")
    seedd.rpc("session_set", speed_limit_up=4321)
    check(seedd.rpc("session_get", fields=["speed_limit_up"])["speed_limit_up"] == 4321, "it does not hold")
    seedd.rpc("torrent_remove", ids=[torrent_id])
    check(log_count(seedd, "the state cannot be saved") <= 1, "the log is flooded")
    check(seedd.stop() == 0, "seedd ends with 0")


def root_away(replaced_by_empty):
    """The folder goes away (or an empty one stands in its place): errors, nothing made there; it
    comes back: all go on, nothing is read again."""
    home = folder("away")
    content = os.path.join(home, "content")
    whole = multi_file(content, name="whole", seed=1)
    part = single_file(content, name="part.bin", size=48 * MIB, seed=2)
    seedd = Seedd(home, message_level="info")
    place = os.path.join(home, "disk")
    os.makedirs(place)
    seedd.start()
    whole_id = seedd.add(whole.path, download_dir=place)
    fast = seed_of(home, [whole], seedd)
    seedd.wait_complete(whole_id)
    fast.stop()
    # What came in the last two seconds may have to be looked at again: it is not yet synced.
    time.sleep(4)
    part_id = seedd.add(part.path, download_dir=place)
    slow = seed_of(home, [part], seedd, up=4 * MIB)
    wait_for(lambda: seedd.get(part_id, "have_valid") > 4 * MIB, 30, "a part", alive=[seedd.process])
    verified = log_count(seedd, ": verified torrent=whole")
    away = os.path.join(home, "away")
    os.rename(place, away)
    if replaced_by_empty:
        os.makedirs(place)
    wait_for(lambda: seedd.get(part_id, "error") == LOCAL_ERROR, 60, "error of the download",
             alive=[seedd.process])
    part_text = seedd.get(part_id, "error_string")
    # A seed at rest finds out when it looks: somebody asks, or it is checked.
    wait_for(lambda: seedd.get(whole_id, "error") == LOCAL_ERROR, 60, "error of the seed",
             alive=[seedd.process])
    check(part_text.strip() and seedd.get(whole_id, "error_string").strip(), "a reason is given")
    time.sleep(3)
    check(not files_below(place), f"made in the empty place: {files_below(place)[:3]}")
    check(os.path.exists(place) == replaced_by_empty, "the folder itself was made again")
    if replaced_by_empty:
        os.rmdir(place)
    os.rename(away, place)
    wait_for(lambda: seedd.get(whole_id, "error") == 0 and seedd.get(part_id, "error") == 0, 90,
             "both going on by themselves", alive=[seedd.process])
    facts = seedd.get(whole_id, "status", "have_valid")
    check(facts["status"] in (SEED_WAIT, SEEDING) and facts["have_valid"] == whole.total, f"{facts}")
    wait_for(lambda: seedd.get(part_id, "status") in (DOWNLOADING, SEEDING, SEED_WAIT), 20,
             "the download going on", alive=[seedd.process])
    slow.stop()
    quick = seed_of(home, [part], seedd)
    seedd.wait_complete(part_id)
    # The last name loses its ".part" a moment after the last piece is there.
    wait_for(lambda: not part.differences(place), 10, "the whole file under its own name")
    check(not whole.differences(place), "the content is wrong")
    again = log_count(seedd, ": verified torrent=whole") - verified
    check(again == 0, "the complete torrent was verified again")
    quick.stop()
    check(seedd.stop() == 0, "seedd ends with 0")
    return part_text


def root_made_anew():
    """The folder is lost for good: only who is told to look there again takes the new one."""
    home = folder("anew")
    torrent = single_file(os.path.join(home, "content"), name="lost.bin", size=4 * MIB, seed=5)
    place = os.path.join(home, "disk")
    os.makedirs(place)
    seedd = Seedd(home, message_level="info").start()
    torrent_id = seedd.add(torrent.path, download_dir=place)
    seed = seed_of(home, [torrent], seedd)
    seedd.wait_complete(torrent_id)
    shutil.rmtree(place)
    os.makedirs(place)
    wait_for(lambda: seedd.get(torrent_id, "error") == LOCAL_ERROR, 60, "the error", alive=[seedd.process])
    seedd.rpc("torrent_start", ids=[torrent_id])
    wait_for(lambda: "is not there" in seedd.get(torrent_id, "error_string"), 30, "the same error",
             alive=[seedd.process])
    check(not files_below(place), "made in a folder nobody spoke for")
    seedd.rpc("torrent_set_location", ids=[torrent_id], location=place, move=False)
    wait_for(lambda: "is not there" not in seedd.get(torrent_id, "error_string"), 30,
             "the folder being taken", alive=[seedd.process])
    seedd.rpc("torrent_start", ids=[torrent_id])
    seedd.wait_complete(torrent_id)
    check(not torrent.differences(place), "the content is wrong")
    seed.stop()
    check(seedd.stop() == 0, "seedd ends with 0")
    return "taken when told so"


def log_count(seedd, text):
    with open(seedd.process.log_path, errors="replace") as log:
        return sum(text in line for line in log)


def main():
    begin()
    need_libtorrent()
    report = Report("e2e: disks that are full or gone")
    report.run("a full disk", full_disk)
    report.run("a full disk under the state", full_state)
    report.run("a download folder goes and comes back", root_away, False)
    report.run("an empty folder in its place", root_away, True)
    report.run("a download folder made anew", root_made_anew)
    finish(report)


if __name__ == "__main__":
    main()
