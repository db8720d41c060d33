#!/usr/bin/python3
"""transmission-remote against seedd: every option of its manual that has a method, its effect seen by
RPC, and what it prints.

--remote COMMAND runs another one, with --root FOLDER in another Debian: its options that 3.00 lacks are
tried when it knows them.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys

import setting
from interop.processes import folder, free_port, have, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import multi_file, single_file

DEAD = "http://127.0.0.1:1"

# Arguments, and what session_get says then. $HOME is the folder of the test.
SESSION = [
    ("-as", {"alt_speed_enabled": True}), ("-AS", {"alt_speed_enabled": False}),
    ("-asd 77", {"alt_speed_down": 77}), ("-asu 78", {"alt_speed_up": 78}),
    ("-asc", {"alt_speed_time_enabled": True}), ("-ASC", {"alt_speed_time_enabled": False}),
    ("--alt-speed-time-begin 0130", {"alt_speed_time_begin": 90}),
    ("--alt-speed-time-end 2359", {"alt_speed_time_end": 1439}),
    ("--alt-speed-days 1-5", {"alt_speed_time_day": 62}),
    ("-c $HOME/incomplete", {"incomplete_dir": "$HOME/incomplete", "incomplete_dir_enabled": True}),
    ("-C", {"incomplete_dir_enabled": False}),
    ("-d 333", {"speed_limit_down": 333, "speed_limit_down_enabled": True}),
    ("-D", {"speed_limit_down_enabled": False}),
    ("-u 334", {"speed_limit_up": 334, "speed_limit_up_enabled": True}),
    ("-U", {"speed_limit_up_enabled": False}), ("-e 9", {"cache_size_mib": 9}),
    ("-er", {"encryption": "required"}), ("-ep", {"encryption": "preferred"}),
    ("-et", {"encryption": "allowed"}), ("-ep", {"encryption": "preferred"}),
    ("-m", {"port_forwarding_enabled": True}), ("-M", {"port_forwarding_enabled": False}),
    ("-o", {"dht_enabled": True}), ("-O", {"dht_enabled": False}),
    ("-y", {"lpd_enabled": True}), ("-Y", {"lpd_enabled": False}),
    ("-X", {"pex_enabled": False}), ("-x", {"pex_enabled": True}),
    ("--no-utp", {"utp_enabled": False}), ("--utp", {"utp_enabled": True}),
    ("-P", {"peer_port_random_on_start": True}),
    ("-p $PORT", {"peer_port": "$PORT"}),
    ("-pr 123", {"peer_limit_global": 123}),
    ("--torrent-done-script $HOME/done", {"script_torrent_done_filename": "$HOME/done",
                                          "script_torrent_done_enabled": True}),
    ("--no-torrent-done-script", {"script_torrent_done_enabled": False}),
    ("-gsr 1.5", {"seed_ratio_limit": 1.5, "seed_ratio_limited": True}),
    ("-GSR", {"seed_ratio_limited": False}), ("--start-paused", {"start_added_torrents": False}),
    ("--no-start-paused", {"start_added_torrents": True}),
    ("--trash-torrent", {"trash_original_torrent_files": True}),
    ("--no-trash-torrent", {"trash_original_torrent_files": False}),
    ("-w $HOME/other", {"download_dir": "$HOME/other"}), ("-w $HOME/downloads", {"download_dir": "$HOME/downloads"}),
    # Since 4.
    ("-gisl 44", {"idle_seeding_limit": 44, "idle_seeding_limit_enabled": True}),
    ("-GISL", {"idle_seeding_limit_enabled": False}),
    ("--preferred-transports tcp", {"preferred_transports": ["tcp"]}),
    ("--preferred-transports utp,tcp", {"preferred_transports": ["utp", "tcp"]}),
    ("--torrent-done-seeding-script $HOME/seeded", {"script_torrent_done_seeding_filename": "$HOME/seeded",
                                                    "script_torrent_done_seeding_enabled": True}),
    ("--no-torrent-done-seeding-script", {"script_torrent_done_seeding_enabled": False}),
]

# The same with -t and a torrent, and what torrent_get says. Both files are of the torrent "several".
TORRENT = [
    ("-d 44", {"download_limit": 44, "download_limited": True}), ("-D", {"download_limited": False}),
    ("-u 45", {"upload_limit": 45, "upload_limited": True}), ("-U", {"upload_limited": False}),
    ("-G 1", {"wanted": [True, False]}), ("-g 1", {"wanted": [True, True]}),
    ("-G all", {"wanted": [False, False]}), ("-g all", {"wanted": [True, True]}),
    ("-ph 0", {"priorities": [1, 0]}), ("-pl 1", {"priorities": [1, -1]}),
    ("-pn all", {"priorities": [0, 0]}), ("-Bh", {"bandwidth_priority": 1}),
    ("-Bl", {"bandwidth_priority": -1}), ("-Bn", {"bandwidth_priority": 0}),
    ("-L one,two", {"labels": ["one", "two"]}), ("-pr 22", {"peer_limit": 22}),
    ("-sr 1.25", {"seed_ratio_limit": 1.25, "seed_ratio_mode": 1}), ("-SR", {"seed_ratio_mode": 2}),
    ("-srd", {"seed_ratio_mode": 0}), ("-HL", {"honors_session_limits": False}),
    ("-hl", {"honors_session_limits": True}),
    (f"-td {DEAD}/one", {"tracker_list": f"{DEAD}/one\n"}),
    (f"-td {DEAD}/two", {"tracker_list": f"{DEAD}/one\n\n{DEAD}/two\n"}),
    ("-tr $TRACKER", {"tracker_list": f"{DEAD}/two\n"}),
    ("--find $HOME/other", {"download_dir": "$HOME/other"}),
    ("--move $HOME/moved", {"download_dir": "$HOME/moved"}),
    # Since 4.
    ("-isl 12", {"seed_idle_limit": 12, "seed_idle_mode": 1}), ("-ISL", {"seed_idle_mode": 2}),
    ("-isld", {"seed_idle_mode": 0}), ("-seq", {"sequential_download": True}),
    ("-SEQ", {"sequential_download": False}), ("-bwg night", {"group": "night"}), ("-nwg", {"group": ""}),
    ("--path several/a.txt --rename b.txt", {"files": ["several/b.txt", "several/sub/c.bin"]}),
]


class Remote:
    def __init__(self, options):
        self.command = shlex.split(options.remote)
        self.root = options.root
        if self.root:
            self.command = ["chroot", self.root, "/usr/bin/env", "-i", "PATH=/usr/bin"] + self.command
        self.help = subprocess.run(self.command + ["--help"], capture_output=True, text=True, check=False)
        self.home = folder("remote")
        content = os.path.join(self.home, "content")
        self.single = single_file(content, name="single.bin", size=70_000, piece_bytes=16384)
        self.several = multi_file(content, name="several", piece_bytes=16384,
                                  files=[("a.txt", 20_000), ("sub/c.bin", 50_000)])
        self.seedd = Seedd(self.home, dht_enabled=False, lpd_enabled=False, port_forwarding_enabled=False,
                           pex_enabled=True, preferred_transports="utp,tcp")
        self.values = {"HOME": self.home, "PORT": str(free_port())}
        self.unknown = set()

    def knows(self, option):
        return any(option in line.split()[:2] for line in self.help.stdout.splitlines())

    def filled(self, text):
        for name, value in self.values.items():
            text = text.replace(f"${name}", value)
        return text

    def run(self, *arguments, host=None, env=None):
        """What it prints."""
        done = subprocess.run(
            self.command + [host or f"127.0.0.1:{self.seedd.rpc_port}", *arguments], capture_output=True,
            text=True, timeout=30, check=False, env={**os.environ, **(env or {})})
        self.status = done.returncode
        return done.stdout + done.stderr

    def local(self, path):
        """A file where the remote sees it."""
        if not self.root:
            return path
        shutil.copy(path, os.path.join(self.root, "tmp"))
        return os.path.join("/tmp", os.path.basename(path))

    # --- the cells -------------------------------------------------------------------------------

    def start(self):
        self.seedd.start()

    def rows(self, rows, before, get):
        tried = 0
        for given, wanted in rows:
            words = [self.filled(word) for word in given.split()]
            if not self.knows(words[0]):
                self.unknown.add(words[0])
                continue
            wanted = {key: int(self.values["PORT"]) if value == "$PORT" else
                      self.filled(value) if isinstance(value, str) else value for key, value in wanted.items()}
            now = get(list(wanted))
            check(now != wanted, f"{given} would change nothing: {now}")
            printed = self.run(*before, *words)
            check(went_well(printed) and self.status == 0, f"{given}: {self.status} {printed}")
            wait_for(lambda w=wanted: get(list(w)) == w, 10, f"{wanted} after {given}, but {get(list(wanted))}")
            tried += 1
        return f"{tried} options"

    def session(self):
        return self.rows(SESSION, [], lambda fields: self.seedd.rpc("session_get", fields=fields))

    def add(self):
        self.run("--start-paused")  # in 3.00 of the session, whatever else is said
        for torrent in (self.single, self.several):
            printed = self.run("-a", self.local(torrent.path), "-w", f"{self.home}/content")
            check(went_well(printed), printed)
        for at in (1, 2):
            wait_for(lambda at=at: self.seedd.get(at, "percent_done") == 1 and self.seedd.get(at, "status") == 0, 10,
                     "the data to be found")
        got = self.seedd.rpc("torrent_get", fields=["name", "status", "download_dir"])["torrents"]
        check([t["name"] for t in got] == ["single.bin", "several"], f"{got}")
        check(all(t["status"] == 0 and t["download_dir"] == f"{self.home}/content" for t in got), f"{got}")
        again = self.run("-a", self.local(self.single.path))
        check(went_well(again) and len(self.seedd.rpc("torrent_get", fields=["id"])["torrents"]) == 2, again)
        bad = self.run("-a", self.filled("$HOME/nothing.torrent"))
        check(not went_well(bad), bad)

    def get(self, fields):
        got = self.seedd.rpc("torrent_get", ids=[2], fields=fields)["torrents"][0]
        if "files" in got:
            got["files"] = [file["name"] for file in got["files"]]
        return got

    def torrent(self):
        ready = [row for row in TORRENT if "$TRACKER" not in row[0]]
        rows = TORRENT
        at = next(i for i, row in enumerate(rows) if "$TRACKER" in row[0])
        first = self.rows(rows[:at], ["-t", "2"], self.get)
        self.values["TRACKER"] = str(self.seedd.get(2, "trackers")[0]["id"])
        second = self.rows(rows[at:], ["-t", "2"], self.get)
        return f"{first} and {second} of {len(ready) + 1}"

    def run_and_stop(self):
        self.run("-t", "1", "-s")
        wait_for(lambda: self.seedd.get(1, "status") == 6, 10, "the torrent to seed")
        printed = self.run("-t", "1", "--reannounce")
        check(went_well(printed), printed)
        self.run("-t", "1", "-S")
        wait_for(lambda: self.seedd.get(1, "status") == 0, 10, "the torrent to stop")
        printed = self.run("-t", self.single.info_hash, "-v")
        check(went_well(printed), printed)
        wait_for(lambda: self.seedd.get(1, "status") == 0, 10, "the check to end")
        self.run("-t", "all", "-s")
        wait_for(lambda: self.seedd.get(2, "status") in (4, 6), 10, "all to run")
        self.run("-t", "all", "-S")
        wait_for(lambda: self.seedd.get(2, "status") == 0, 10, "all to stop")

    def prints(self):
        for arguments, words in {
                "-l": ["single.bin", "several", "100%", "Stopped", "Sum:"],
                "-t 1 -i": ["Name: single.bin", f"Hash: {self.single.info_hash}", "State: Stopped",
                            "Percent Done: 100", "Piece Count: 5", "Location: "],
                "-t 1 -if": ["single.bin (1 file", "100%", "Normal", "Yes"], "-t 1 -f": ["single.bin"],
                "-t 1 -ip": ["Address"], "-t 1 -pi": ["Address"], "-t 1 -ic": ["11111"],
                "-t 2 -it": ["Tracker", "127.0.0.1:1"],
                "-si": ["Daemon version: ", "RPC version: 19", "Download directory: ", "orwarding enabled: No"],
                "-st": ["CURRENT SESSION", "TOTAL", "Started 1 times"]}.items():
            printed = self.run(*arguments.split())
            check(self.status == 0, f"{arguments}: {self.status} {printed}")
            for word in words:
                check(word in printed, f"{word} is not in what {arguments} prints:\n{printed}")
        if self.knows("-ids"):
            for wanted, ids in (("n:s", "1,2,"), ("n:several", "2,"), ("l:one", "2,"), ("~l:one", "1,")):
                check(self.run("-F", wanted, "-ids").strip() == ids, self.run("-F", wanted, "-ids"))
            check("single.bin" in self.run("-t", "1", "-j", "-l"), "-j prints no JSON")

    def asks_others(self):
        """What needs a server outside, which there is none of: the reason is printed."""
        for option in ("-pt", "--blocklist-update"):
            printed = self.run(option)
            check("Couldn't" in printed or "No Response" in printed or "not" in printed, f"{option}: {printed}")

    def login(self):
        home = folder("remote-login")
        guarded = Seedd(home, rpc_authentication_required=True, rpc_username="user", rpc_password="p:w")
        guarded.launch()
        host = f"127.0.0.1:{guarded.rpc_port}"
        wait_for(lambda: "401" in self.run("-l", host=host), 20, "a refused login", alive=[guarded.process])
        check("Sum:" in self.run("-n", "user:p:w", "-l", host=host), "-n does not let in")
        netrc = os.path.join(home, "netrc")
        with open(netrc, "w") as out:
            out.write("machine 127.0.0.1 login user password p:w\n")
        check("Sum:" in self.run("-N", self.local(netrc), "-l", host=host), "-N does not let in")
        if not self.root:
            check("Sum:" in self.run("-ne", "-l", host=host, env={"TR_AUTH": "user:p:w"}), "-ne does not let in")
        guarded.stop()

    def remove(self):
        self.run("-t", "1", "-r")
        check(os.path.exists(os.path.join(self.home, "content", "single.bin")), "the data is gone")
        self.run("-t", "2", "-rad")
        wait_for(lambda: not self.seedd.rpc("torrent_get", fields=["id"])["torrents"], 10, "the removal")
        check(not os.path.exists(os.path.join(self.home, "moved", "several")), "the data is there")

    def exit(self):
        printed = self.run("--exit")
        check(went_well(printed), printed)
        check(self.seedd.process.wait(15) == 0, "it ended with an error")
        return f"options that this one does not know: {' '.join(sorted(self.unknown)) or 'none'}"


def went_well(printed):
    """In the words of 3.00, and of 4.1 for a call and a notification."""
    return any(words in printed for words in (
        'responded: "success"', "responded: success", "returned a successful response", "acknowledged notification"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="")
    parser.add_argument("--remote", default="transmission-remote")
    parser.add_argument("--root", default="")
    options = parser.parse_args()
    sys.argv = sys.argv[:1] + (["--bin", options.bin] if options.bin else [])
    setting.begin()
    report = Report("e2e: transmission-remote")
    if not options.root and not have(shlex.split(options.remote)[0]):
        report.run("all of it", missing)
        finish(report)
    remote = Remote(options)
    report.title = remote.help.stdout.split("\n", 1)[0]
    for name, cell in {
            "it starts": remote.start, "options of the session": remote.session, "adding": remote.add,
            "options of a torrent": remote.torrent, "running, stopping, verifying": remote.run_and_stop,
            "what it prints": remote.prints, "what needs others": remote.asks_others,
            "logins": remote.login, "removing": remote.remove, "the end": remote.exit}.items():
        report.run(name, cell)
    finish(report)


def missing():
    raise Skip("transmission-remote is not installed (scripts/deps.sh --tests)")


if __name__ == "__main__":
    main()
