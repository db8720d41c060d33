#!/usr/bin/python3
"""kill -9 again and again during downloads under load: after each, no piece is claimed that is not
on the disk, none that was had is gone, and no torrent that was saved as complete is read again.
SEED_E2E_KILLS says how often (6)."""

import os
import random
import re
import time

from setting import MIB, begin, need_libtorrent
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import CHECK_WAIT, CHECKING, Seedd
from interop.torrents import multi_file, single_file

KILLS = int(os.environ.get("SEED_E2E_KILLS", "6"))
KILOBYTES_A_SECOND = 16000
DICE_SEED = int(os.environ.get("SEED_E2E_DICE", str(random.randrange(10**6))))


class Crashes:
    def __init__(self):
        self.dice = random.Random(DICE_SEED)
        self.home = folder("crashes")
        content = os.path.join(self.home, "content")
        self.torrents = [
            single_file(content, name="first.bin", size=16 * MIB + 1, piece_bytes=2**16, seed=1),
            multi_file(content, name="many", seed=2),
            single_file(content, name="large pieces.bin", size=30 * MIB, piece_bytes=2**21, seed=3),
            single_file(content, name="fourth.bin", size=20 * MIB - 7, piece_bytes=2**18, seed=4)]
        paths = [t.path for t in self.torrents]
        self.seeds = []
        for number in (2, 3):
            seed = Libtorrent(os.path.join(self.home), save=content, address=f"127.0.0.{number}",
                              up=6 * MIB)
            seed.home = os.path.join(self.home, f"seed{number}")
            os.makedirs(seed.home)
            self.seeds.append(seed)
        # The port of the one who is killed stays the same, so its seeds dial it again and again.
        self.seedd = Seedd(self.home, download_queue_enabled=False, message_level="info",
                           speed_limit_down=0)
        for seed in self.seeds:
            seed.add(None, paths=paths, seed=True, peers=[f"127.0.0.1:{self.seedd.peer_port}"])
        self.saved_complete = set()
        self.log_read = 0
        self.had_before = {}
        self.crashes_when_saved = 0

    def begin(self):
        self.hold(True)
        self.seedd.start()
        self.add_all()

    def hold(self, on):
        """From the next start on nothing is downloaded, until let_go()."""
        self.seedd.settings["speed_limit_down_enabled"] = "true" if on else "false"

    def let_go(self):
        """All would be there within a second: so slowly that most crashes come in the middle."""
        self.seedd.rpc("session_set", speed_limit_down=KILOBYTES_A_SECOND, speed_limit_down_enabled=True)

    def add_all(self):
        for torrent in self.torrents:
            self.seedd.add(torrent.path)

    def bytes_held(self):
        got = self.seedd.rpc("torrent_get", fields=["have_valid", "have_unchecked"])["torrents"]
        return sum(t["have_valid"] + t["have_unchecked"] for t in got)

    def done(self):
        got = self.seedd.rpc("torrent_get", fields=["left_until_done"])["torrents"]
        return all(t["left_until_done"] == 0 for t in got)

    def again(self):
        """All is there and right: from the start."""
        for torrent in self.torrents:
            check(not torrent.differences(self.seedd.download_dir), f"{torrent.name} is wrong")
        ids = [t.info_hash for t in self.torrents]
        self.seedd.rpc("torrent_remove", ids=ids, delete_local_data=True)
        wait_for(lambda: not self.seedd.rpc("torrent_get", fields=["id"])["torrents"], 20,
                 "the torrents to go")
        self.saved_complete.clear()
        self.had_before.clear()
        self.seedd.rpc("session_set", speed_limit_down=0, speed_limit_down_enabled=True)
        self.add_all()
        self.let_go()

    def crash(self):
        """Lets it download for a while, kills it, starts it held, and compares."""
        try:
            self.load_for_a_while()
            self.seedd.kill()
            self.verified()
            self.seedd.start()
            note = self.compare()
            self.let_go()
            return note
        except Exception:
            print(self.seedd.process.log_tail())
            raise

    def load_for_a_while(self):
        self.dial()
        held = self.bytes_held()
        wait_for(lambda: self.bytes_held() > held or self.done(), 25, "bytes coming in",
                 alive=[self.seedd.process])
        time.sleep(self.dice.uniform(0.05, 3.5))
        if self.done() and self.dice.random() < 0.5:
            # Longer than a sync and a save wait for more to come.
            time.sleep(5)
            self.saved_complete.update(torrent.name for torrent in self.torrents)
        elif self.done():
            self.again()
            time.sleep(self.dice.uniform(0.05, 1.0))

    def dial(self):
        """The seeds dial when they like; what is at hand is enough, else they are started anew."""
        def linked():
            got = self.seedd.rpc("torrent_get", fields=["peers_connected", "left_until_done"])
            return all(t["peers_connected"] or not t["left_until_done"] for t in got["torrents"])
        try:
            wait_for(linked, 4, "links")
        except Exception:
            for seed in self.seeds:
                seed.stop()
                seed.add(None, paths=[t.path for t in self.torrents], seed=True,
                         peers=[f"127.0.0.1:{self.seedd.peer_port}"])
            wait_for(linked, 20, "links after the seeds were started anew",
                     alive=[self.seedd.process])

    def compare(self):
        """At once, and when all that was not saved is read again: then nothing that was had is
        missing, for a kill takes nothing from the disk."""
        self.crashes_when_saved += 1 if self.saved_complete else 0
        for torrent in self.torrents:
            self.claims(torrent)
        wait_for(lambda: not self.checking(), 60, "the checks", alive=[self.seedd.process])
        verified = self.verified()
        claimed_in_all = 0
        for torrent in self.torrents:
            claimed = self.claims(torrent)
            claimed_in_all += sum(claimed)
            if torrent.name in self.saved_complete:
                check(all(claimed) and torrent.name not in verified,
                      f"{torrent.name} was saved as complete: {sum(claimed)} pieces, read again: "
                      f"{torrent.name in verified}")
            if all(claimed) and torrent.name not in verified:
                self.saved_complete.add(torrent.name)
            before = self.had_before.get(torrent.name, 0)
            check(sum(claimed) >= before,
                  f"{torrent.name}: {sum(claimed)} pieces, {before} at the crash before")
            self.had_before[torrent.name] = sum(claimed)
        return f"{claimed_in_all} pieces, {len(self.saved_complete)} saved as complete"

    def claims(self, torrent):
        claimed = self.seedd.claimed(torrent.info_hash, len(torrent.pieces))
        right = torrent.right_pieces(self.seedd.download_dir)
        wrong = [i for i, (c, r) in enumerate(zip(claimed, right)) if c and not r]
        check(not wrong, f"{torrent.name}: claims pieces {wrong[:10]} that are not there")
        return claimed

    def checking(self):
        got = self.seedd.rpc("torrent_get", fields=["status"])["torrents"]
        return any(t["status"] in (CHECK_WAIT, CHECKING) for t in got)

    def verified(self):
        """The torrents that were read and hashed since the last call, as the log tells."""
        with open(self.seedd.process.log_path, errors="replace") as log:
            log.seek(self.log_read)
            lines = log.read()
            self.log_read = log.tell()
        return {name.strip('"') for name in re.findall(r': verified torrent=("[^"]*"|\S+)', lines)}

    def not_read_again(self):
        """Each comparison has looked whether what was saved as complete was read again; with enough
        crashes some came when something was."""
        check(self.crashes_when_saved > 0 or KILLS < 20, "no crash came when a torrent was saved as complete")
        return f"{self.crashes_when_saved} crashes with a torrent that was"

    def finish(self):
        self.dial()
        wait_for(self.done, 120, "the end of the downloads", alive=[self.seedd.process])
        time.sleep(0.5)
        for torrent in self.torrents:
            check(not torrent.differences(self.seedd.download_dir), f"{torrent.name} is wrong")
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    need_libtorrent()
    report = Report(f"e2e: {KILLS} times kill -9 under load (SEED_E2E_DICE={DICE_SEED})")
    crashes = Crashes()
    crashes.begin()
    first = crashes.seedd
    report.run("nothing is downloaded at a limit of 0", lambda: check(
        (time.sleep(1), crashes.bytes_held())[1] == 0, "something came"))
    crashes.let_go()
    del first
    for number in range(1, KILLS + 1):
        if not report.run(f"crash {number}: no wrong claim", crashes.crash):
            break
    else:
        report.run("no complete torrent is read again", crashes.not_read_again)
        report.run("the end result is right", crashes.finish)
    finish(report)


if __name__ == "__main__":
    main()
