#!/usr/bin/python3
"""A move to another file system: seeded from the old place meanwhile, killed at any moment whole in
one place; and one that cannot be done, which says so and changes nothing."""

import os
import random
import shutil
import time

from setting import MIB, begin, mount
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import CHECK_WAIT, CHECKING, SEED_WAIT, SEEDING, Seedd
from interop.torrents import multi_file

KILLS = int(os.environ.get("SEED_E2E_KILLS", "6"))
DICE_SEED = int(os.environ.get("SEED_E2E_DICE", str(random.randrange(10**6))))
FILES = [("one.bin", 40 * MIB + 3), ("sub/two.bin", 30 * MIB), ("sub/deep/three.bin", 10 * MIB + 1),
         ("empty.txt", 0)]


class Moves:
    def __init__(self):
        self.dice = random.Random(DICE_SEED)
        self.home = folder("moves")
        other = os.path.join(self.home, "other")
        if not mount("tmpfs", other, "-o", "size=300m"):
            raise Skip("tmpfs cannot be mounted here (not root)")
        self.places = [os.path.join(self.home, "downloads"), os.path.join(other, "downloads")]
        self.torrent = multi_file(os.path.join(self.home, "content"), name="moved", files=FILES)
        self.seedd = Seedd(self.home, message_level="info")
        os.makedirs(self.places[0], exist_ok=True)
        shutil.copytree(os.path.join(self.torrent.folder, "moved"), os.path.join(self.places[0], "moved"))
        self.seedd.start()
        self.id = self.seedd.add(self.torrent.path, download_dir=self.places[0])
        self.seedd.wait_complete(self.id)
        # So that what is held is durable before the first kill.
        time.sleep(3)

    def place(self):
        return self.seedd.get(self.id, "download_dir")

    def move(self):
        to = self.places[1 - self.places.index(self.place())]
        self.seedd.rpc("torrent_set_location", ids=[self.id], location=to, move=True)
        return to

    def whole(self, place):
        check(not self.torrent.differences(place), f"{place}: {self.torrent.differences(place)}")

    def only_in(self, place):
        for other in self.places:
            left = [f for d, _, names in os.walk(os.path.join(other, "moved")) for f in names]
            check(other == place or not left, f"left behind in {other}: {left[:4]}")

    def undisturbed(self):
        to = self.move()
        seen = set()

        def there():
            seen.add(self.seedd.get(self.id, "status"))
            return self.place() == to
        wait_for(there, 60, "the move", step=0.01, alive=[self.seedd.process])
        check(seen <= {SEED_WAIT, SEEDING}, f"it did not go on seeding: {seen}")
        wait_for(lambda: not os.path.exists(os.path.join(self.places[0], "moved")), 20,
                 "the old place to be cleared")
        self.whole(to)

    def killed(self):
        self.move()
        time.sleep(self.dice.choice([0.01, 0.05, 0.1, 0.2, 0.4]) * self.dice.uniform(0.2, 1.5))
        self.seedd.kill()
        self.seedd.start()
        place = self.place()
        # What was begun is finished after the start.
        wait_for(lambda: not self.torrent.differences(place), 20, f"all of it in {place}",
                 alive=[self.seedd.process])
        facts = self.seedd.get(self.id, "status", "error_string", "left_until_done")
        check(facts["left_until_done"] == 0 and facts["status"] not in (CHECK_WAIT, CHECKING),
              f"after the kill: {facts}")
        return "moved" if place == self.places[1] else "not yet moved"

    def again(self):
        """After all that, one more goes through and leaves nothing behind."""
        to = self.move()
        wait_for(lambda: self.place() == to, 60, "the move", alive=[self.seedd.process])
        wait_for(lambda: not os.path.exists(os.path.join(self.places[1 - self.places.index(to)],
                                                         "moved")), 20, "the old place cleared")
        self.whole(to)
        self.only_in(to)

    def impossible(self):
        before = self.place()
        self.seedd.rpc("torrent_set_location", ids=[self.id], location="/proc/nowhere", move=True)
        wait_for(lambda: "/proc/nowhere" in self.seedd.get(self.id, "error_string"), 10,
                 "the reason in the torrent", alive=[self.seedd.process])
        check(self.place() == before, "it says it is elsewhere")
        check(self.seedd.get(self.id, "status") in (SEED_WAIT, SEEDING), "it does not seed any more")
        self.whole(before)
        to = self.move()
        wait_for(lambda: self.place() == to, 60, "another move", alive=[self.seedd.process])
        check(self.seedd.get(self.id, "error") == 0, "the error stays though it is mended")


def main():
    begin()
    report = Report(f"e2e: moves to another file system (SEED_E2E_DICE={DICE_SEED})")
    moves = Moves()
    report.run("seeding goes on while it is moved", moves.undisturbed)
    for number in range(1, KILLS + 1):
        if not report.run(f"killed while moving {number}: whole in one place", moves.killed):
            break
    report.run("then it moves, and nothing is left behind", moves.again)
    report.run("a move that cannot be done", moves.impossible)
    report.run("the end", lambda: check(moves.seedd.stop() == 0, "seedd ends with 0"))
    finish(report)


if __name__ == "__main__":
    main()
