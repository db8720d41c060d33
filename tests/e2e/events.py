#!/usr/bin/python3
"""Changes instead of lists: torrent_get with `since`, and GET /events, against full lists."""

import os
import random
import signal
import threading
import time

from setting import begin
from interop.events import Picture, Stream
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import RpcError, Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

CUTS = int(os.environ.get("SEED_E2E_CUTS", "100"))
RESTING = 60

# What runs with the clock alone is told with the next change only.
BY_CLOCK = {"seconds_downloading", "seconds_seeding", "eta", "eta_idle", "manual_announce_time"}
FIELDS = ["id", "name", "status", "error", "error_string", "labels", "left_until_done", "have_valid", "percent_done",
          "rate_download", "rate_upload", "downloaded_ever", "uploaded_ever", "queue_position", "peers_connected",
          "download_limit", "tracker_stats", "pieces", "files", "is_stalled", "start_date"]


class Daemons:
    def __init__(self):
        self.home = folder("events")
        self.tracker = SmallTracker()
        url = self.tracker.url
        self.big = single_file(os.path.join(self.home, "big"), [url], size=24 * 2**20, piece_bytes=2**18)
        self.small = [single_file(os.path.join(self.home, "small", str(i)), name=f"small{i}", size=20000 + i,
                                  piece_bytes=16384, seed=i + 10) for i in range(RESTING)]
        seed = Seedd(os.path.join(self.home, "seed"), name="seed")
        seed.settings["download_dir"] = self.big.folder
        self.seed = seed.start()
        self.leech = Seedd(os.path.join(self.home, "leech"), name="leech", download_queue_size=10)
        self.configure('rpc_whitelist = "127.*"')
        self.leech.start()
        self.seed.add(self.big.path)
        self.seed.wait_complete(self.big.info_hash)
        self.dice = random.Random()
        self.dice_seed = self.dice.randrange(2**32)
        self.dice.seed(self.dice_seed)

    def configure(self, text):
        """Not on the command line, which would win over it for ever."""
        with open(self.leech.config, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def changes(self, since, fields=None, ids=None):
        more = {} if ids is None else {"ids": ids}
        return self.leech.rpc("torrent_get", since=since, fields=fields or FIELDS, **more)

    # --- torrent_get

    def only_what_changed(self):
        for torrent in self.small:
            self.leech.add(torrent.path, paused=True)
        wait_for(lambda: all(t["status"] == 0 for t in self.leech.rpc("torrent_get", fields=["status"])["torrents"]),
                 20, "all to be stopped")
        fields = ["name", "labels", "peer_limit", "status"]
        full = self.changes(0, fields)
        check(full["full"] and len(full["torrents"]) == RESTING, "0 gets all")
        quiet = wait_for(lambda: self.quiet(fields), 20, "quiet")
        self.leech.rpc("torrent_set", ids=[3, 5], labels=["a"])
        got = self.changes(quiet, fields)
        check(not got["full"] and got["removed"] == [], f"it is not full: {got}")
        check(got["torrents"] == [{"id": 3, "labels": ["a"]}, {"id": 5, "labels": ["a"]}],
              f"two torrents, one field: {got}")
        check(self.changes(got["sequence"], fields)["torrents"] == [], "and then nothing")
        check(self.changes(quiet, fields, ids=[5])["torrents"] == [{"id": 5, "labels": ["a"]}], "of those asked for")

    def quiet(self, fields):
        """The number, when nothing has changed for a second."""
        before = self.changes(0, fields)["sequence"]
        time.sleep(1)
        after = self.changes(before, fields)
        return after["sequence"] if after["torrents"] == [] else None

    def removed_ones(self):
        before = self.changes(0)["sequence"]
        extra = single_file(os.path.join(self.home, "extra"), name="extra", size=999, piece_bytes=16384, seed=99)
        number = self.leech.add(extra.path, paused=True)
        self.leech.rpc("torrent_remove", ids=[number])
        got = self.changes(before)
        check(got["removed"] == [number], f"who was removed is named: {got['removed']}")

    def foreign_numbers(self):
        for number in (1, 2**52):
            got = self.changes(number)
            check(got["full"] and len(got["torrents"]) == RESTING, f"{number} gets all")
        for bad in (-1, -2**62):
            try:
                self.changes(bad)
                check(False, f"{bad} is refused")
            except RpcError as error:
                check("since" in str(error), f"the error names the parameter: {error}")

    # --- events

    def happenings(self):
        stream = Stream(self.leech.rpc_port)
        check(stream.status == 200, f"status {stream.status}")
        events = iter(stream)
        name, number, data = next(events)
        check(name == "open" and data["sequence"] == number, f"it begins with open: {name} {data}")
        extra = single_file(os.path.join(self.home, "more"), name="more", size=999, piece_bytes=16384, seed=98)
        torrent = self.leech.add(extra.path, paused=True)
        self.leech.rpc("session_set", speed_limit_up=777)
        self.leech.rpc("torrent_remove", ids=[torrent])
        seen = {}
        last = number
        while "removed" not in seen:
            name, number, data = next(events)
            check(number is None or number >= last, f"ids rise: {last}, {number}")
            last = number or last
            seen.setdefault(name, data)
        check(seen["added"]["id"] == torrent and seen["added"]["name"] == "more", f"added: {seen['added']}")
        check(seen["removed"]["hash_string"] == extra.info_hash, f"removed: {seen['removed']}")
        check(seen["settings"]["names"] == ["speed_limit_up"], f"settings: {seen['settings']}")
        stream.close()

    def other_rules(self):
        """A stream ends when it is another matter who may come in; one that comes again is judged by that."""
        stream = Stream(self.leech.rpc_port)
        events = iter(stream)
        next(events)
        self.configure('rpc_whitelist = "127.*,10.0.0.1"')
        self.leech.process.signal(signal.SIGHUP)
        begun = time.monotonic()
        rest = {name for name, _, _ in events}
        took = time.monotonic() - begun
        check(took < 10, f"it ended after {took:.1f} s, with {rest}")
        stream.close()
        wait_for(self.stream, 10, "a stream that comes again").close()

    def too_many(self):
        # Those of before give their places back when it shows that they are closed. All who come through a proxy
        # on this host have its address, so that it may take all places.
        streams = [wait_for(self.stream, 10, "a place") for _ in range(16)]
        one_more = Stream(self.leech.rpc_port, source="127.0.0.3")
        check(one_more.status == 503, f"the seventeenth gets {one_more.status}")
        one_more.close()
        check(self.leech.rpc("session_stats") is not None, "calls go on")
        for stream in streams:
            stream.close()

        wait_for(self.stream, 20, "a place that was given back").close()

    def stream(self):
        """None when there is no place."""
        stream = Stream(self.leech.rpc_port)
        if stream.status == 200:
            return stream
        stream.close()
        return None

    def lost(self):
        """Who comes back too late is told to start over."""
        before = self.changes(0)["sequence"]
        self.change_settings(1100)
        stream = Stream(self.leech.rpc_port, last=before)
        events = iter(stream)
        names = [next(events)[0], next(events)[0]]
        check(names == ["open", "reset"], f"told: {names}")
        stream.close()
        stream = Stream(self.leech.rpc_port, query="?since=0&fields=name,status")
        events = iter(stream)
        next(events)
        name, _, data = next(events)
        check(name == "torrents" and data["full"] and len(data["torrents"]) == RESTING, "since=0 begins with all")
        check(set(data["torrents"][0]) == {"id", "name", "status"}, f"with the fields: {data['torrents'][0]}")
        stream.close()

    def change_settings(self, times):
        """Many at once, so that they are saved together."""
        many = 20

        def change(share, user):
            for value in range(times // many + 1):
                user.rpc("session_set", speed_limit_up=share * 1000 + value)
        users = [threading.Thread(target=change, args=(share, self.leech.another())) for share in range(1, many + 1)]
        for user in users:
            user.start()
        for user in users:
            user.join()

    # --- a watcher that is cut

    def stir(self, stopped):
        """What users do, at random, until `stopped`."""
        dice = random.Random(self.dice_seed + 1)
        user = self.leech.another()
        while not stopped.is_set():
            one = dice.randrange(RESTING)
            what = dice.randrange(5)
            ids = [self.small[one].info_hash]
            if what == 0:
                user.rpc("torrent_remove", ids=ids)
            elif what == 1:
                user.add(self.small[one].path, paused=dice.random() < 0.5)
            elif what == 2:
                user.rpc("torrent_set", ids=ids, labels=[str(dice.randrange(3))], download_limit=dice.randrange(99))
            elif what == 3:
                user.rpc(dice.choice(["torrent_start", "torrent_stop", "torrent_verify"]), ids=ids)
            else:
                user.rpc(dice.choice(["queue_move_top", "queue_move_down"]), ids=ids)
            time.sleep(dice.random() * 0.05)

    def watch(self, picture, polls):
        """Takes the stream, cut `CUTS` times; every now and then asks by torrent_get as well."""
        resets = 0
        query = "?fields=" + ",".join(FIELDS)
        for _ in range(CUTS):
            if picture.last is None:
                picture.take(self.changes(0))
                picture.last = picture.sequence
            stream = Stream(self.leech.rpc_port, query=query, last=picture.last)
            end = time.monotonic() + self.dice.random() * 0.4
            for name, number, data in stream:
                if number is not None:
                    picture.last = number
                if name == "torrents":
                    picture.take(data)
                elif name == "reset":
                    resets += 1
                    picture.take(self.changes(0))
                if time.monotonic() > end or self.dice.random() < 0.2:
                    break
            stream.close()
            polls.take(self.changes(polls.sequence))
        return resets

    def cut(self):
        print(f"    dice {self.dice_seed}")
        self.leech.rpc("session_set", speed_limit_down_enabled=True, speed_limit_down=1500)
        self.leech.add(self.big.path)
        stopped = threading.Event()
        stirring = threading.Thread(target=self.stir, args=(stopped,))
        stirring.start()
        picture, polls = Picture(), Picture()
        try:
            resets = self.watch(picture, polls)
        finally:
            stopped.set()
            stirring.join()
        print(f"    {CUTS} cuts, {resets} resets")
        check(self.leech.get(self.big.info_hash, "downloaded_ever") > 0, "something was downloaded meanwhile")
        stream = Stream(self.leech.rpc_port, query="?fields=" + ",".join(FIELDS), last=picture.last)
        deadline = time.monotonic() + 60
        for name, _, data in stream:
            if name == "torrents":
                picture.take(data)
            polls.take(self.changes(polls.sequence))
            if self.same(picture) and self.same(polls):
                break
            check(time.monotonic() < deadline, f"the picture is the list: {self.difference(picture)} "
                                               f"by polls: {self.difference(polls)}")
        stream.close()

    def full(self):
        torrents = self.leech.rpc("torrent_get", fields=FIELDS)["torrents"]
        return {t["id"]: {k: v for k, v in t.items() if k not in BY_CLOCK} for t in torrents}

    def same(self, picture):
        return self.difference(picture) is None

    def difference(self, picture):
        full = self.full()
        if set(full) != set(picture.torrents):
            return f"torrents {sorted(set(full) ^ set(picture.torrents))}"
        for number, torrent in full.items():
            for field, value in torrent.items():
                if picture.torrents[number].get(field) != value:
                    return f"torrent {number}: {field} {picture.torrents[number].get(field)} is {value}"
        return None

    def ends(self):
        def opened():  # those that were cut off keep their places until that is noticed
            events = iter(Stream(self.leech.rpc_port))
            return events if next(events, None) else None
        events = wait_for(opened, 20, "a place for a stream", alive=[self.leech.process])
        begun = time.monotonic()
        check(self.leech.stop() == 0, "it ends with a stream open")
        took = time.monotonic() - begun
        # A stream that did not end with the server would be waited for until it is cut off.
        check(took < 8, f"the end took {took:.1f} s with a stream open")
        list(events)
        check(self.seed.stop() == 0, "the seed ends")


def main():
    begin()
    report = Report("e2e: changes and events")
    daemons = Daemons()
    report.run("only what changed is told", daemons.only_what_changed)
    report.run("those removed are told", daemons.removed_ones)
    report.run("a number of another run gets all", daemons.foreign_numbers)
    report.run("what happens is told as it happens", daemons.happenings)
    report.run("a stream ends with the rules of access", daemons.other_rules)
    report.run("there are sixteen streams", daemons.too_many)
    report.run("who comes too late starts over", daemons.lost)
    report.run("a watcher that is cut has the same picture as a full list", daemons.cut)
    report.run("it ends", daemons.ends)
    finish(report)


if __name__ == "__main__":
    main()
