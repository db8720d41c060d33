#!/usr/bin/python3
"""seedd as a program: its exit statuses and what it says, SIGTERM under load, seedctl."""

import base64
import http.client
import json
import os
import pty
import signal
import socket
import subprocess
import time

from setting import MIB, begin
from interop import seedd as daemon
from interop.clients import Libtorrent
from interop.processes import Process, folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file


def config_error(text, key, line):
    """Exit status 2, and file, line and key are named."""
    home = folder("config")
    path = os.path.join(home, "seedd.toml")
    with open(path, "w") as out:
        out.write(text)
    done = subprocess.run([daemon.binary, "--config", path, "--state-dir", home], timeout=20,
                          capture_output=True, text=True, check=False)
    said = done.stderr + done.stdout
    check(done.returncode == 2, f"status {done.returncode}: {said}")
    check(f"{path}:{line}" in said and key in said, f"it says: {said}")
    return said.strip().splitlines()[0][len(path) - 10:][:90]


def argument_errors():
    for argument in (["--set", "no_such_key=1"], ["--set", "peer_port=70000"], ["--nonsense"]):
        done = subprocess.run([daemon.binary, *argument], capture_output=True, timeout=20, check=False)
        check(done.returncode == 2, f"{argument}: status {done.returncode}")
    for argument in ("--version", "--help", "--schema", "--print-config"):
        done = subprocess.run([daemon.binary, argument], capture_output=True, timeout=20, check=False)
        check(done.returncode == 0 and done.stdout, f"{argument}: status {done.returncode}")


def doubtful_settings():
    """--check-config says them; they are no reason not to start."""
    home = folder("doubtful")
    path = os.path.join(home, "seedd.toml")

    def checked(text):
        with open(path, "w") as out:
            out.write(text)
        done = subprocess.run([daemon.binary, "--config", path, "--state-dir", home, "--check-config"],
                              timeout=20, capture_output=True, text=True, check=False)
        check(done.returncode == 0 and not done.stdout, f"status {done.returncode}: {done.stdout}")
        return done.stderr
    said = checked('rpc_authentication_required = true\nrpc_username = "me"\nrpc_password = "{pw}"\n')
    check(said.startswith("seedd: doubtful: rpc_password: "), f"it says: {said}")
    check(not checked("peer_port = 6882\n"), "nothing to say")
    return said.strip()


def hash_of(given):
    done = subprocess.run([daemon.binary, "--hash-password"], input=given, timeout=20, capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout


def hashed_password():
    """What --hash-password prints is a rpc_password: it lets the password in and nothing else."""
    check(hash_of("")[0] == 2 and hash_of("\n") == (2, ""), "no password, no hash")
    status, line = hash_of("open s\u00e9same\n")
    check(status == 0 and line.startswith("{pbkdf2-sha256}") and line.endswith("\n"), f"{status}: {line}")
    check(hash_of("open s\u00e9same\n")[1] != line, "each has a salt of its own")
    seedd = Seedd(folder("password"), rpc_authentication_required="true", rpc_username="me",
                  rpc_password=line.strip()).launch()

    def status_with(password):
        login = base64.b64encode(f"me:{password}".encode()).decode()
        link = http.client.HTTPConnection("127.0.0.1", seedd.rpc_port, timeout=20)
        try:
            link.request("POST", "/rpc", "{}", {"Authorization": f"Basic {login}"})
            return link.getresponse().status
        except ConnectionError:
            return None
        finally:
            link.close()
    wait_for(lambda: status_with("open s\u00e9same") not in (None, 401), 20, "login", alive=[seedd.process])
    check(status_with("open sesame") == 401, "another password")
    check(status_with(line.strip()) == 401, "the hash itself")
    check(seedd.stop() == 0, "seedd ends with 0")


def unseen_password():
    """Typed on a terminal it is not shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([daemon.binary, "--hash-password"], stdin=theirs, stdout=subprocess.PIPE,
                               stderr=theirs, text=True)
    os.close(theirs)
    shown = b""
    while b"Password: " not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, b"open sesame\n")
    line, _ = process.communicate(timeout=20)
    try:
        while more := os.read(ours, 1000):
            shown += more
    except OSError:  # the other end is closed and all was read
        pass
    os.close(ours)
    check(process.returncode == 0 and line.startswith("{pbkdf2-sha256}"), f"{process.returncode}: {line}")
    check(b"sesame" not in shown, f"shown: {shown}")


def health_check(programs):
    """The image's health check finds seedd by its settings."""
    if not os.path.exists(os.path.join(programs, "seedctl")):
        raise Skip("seedctl was not built")
    home = folder("health")
    port = free_port()
    os.makedirs(os.path.join(home, "seedd"))
    with open(os.path.join(home, "seedd", "seedd.toml"), "w") as out:
        out.write(f"rpc_port = {port}\npeer_port = {free_port()}\n")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "container_health")
    for address in ("0.0.0.0", f"unix:{home}/rpc.sock"):
        environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": home, "XDG_CONFIG_HOME": home,
                       "STATE_DIRECTORY": os.path.join(home, "state"), "SEEDD_RPC_BIND_ADDRESS": address}

        def healthy(**more):
            done = subprocess.run([script], env={**environment, **more}, capture_output=True, timeout=20,
                                  check=False)
            return done.returncode == 0
        check(not healthy(), "nobody there")
        process = Process("seedd", [daemon.binary], env=environment, cwd=home)
        wait_for(healthy, 20, f"health at {address}", alive=[process])
        check(not healthy(SEEDCTL_HOST=f"127.0.0.1:{free_port()}"), "SEEDCTL_HOST goes over the settings")
        process.signal(signal.SIGTERM)
        check(process.wait(15) == 0, "seedd ends with 0")


def rpc_port_taken():
    seedd = Seedd(folder("taken"))
    with socket.create_server(("127.0.0.1", seedd.rpc_port)):
        begun = time.monotonic()
        seedd.launch()
        status = seedd.process.wait(10)
    check(status == 1, f"status {status}")
    check(str(seedd.rpc_port) in seedd.process.log_tail(), "the port is named")
    return f"after {time.monotonic() - begun:.1f} s"


def peer_port_taken():
    """Said clearly; RPC serves on; the port is taken when it becomes free."""
    seedd = Seedd(folder("taken"), message_level="info")
    taken = socket.create_server(("127.0.0.1", seedd.peer_port))
    seedd.start()
    wait_for(lambda: str(seedd.peer_port) in seedd.process.log_tail(), 5, "a word about the port")
    taken.close()

    def listens():
        try:
            socket.create_connection(("127.0.0.1", seedd.peer_port), 1).close()
            return True
        except OSError:
            return False
    wait_for(listens, 60, "the peer port being tried again", step=0.5, alive=[seedd.process])
    check(seedd.stop() == 0, "seedd ends with 0")


def second_process():
    seedd = Seedd(folder("second")).start()
    other = dict(seedd.settings)
    seedd.settings["rpc_port"], seedd.settings["peer_port"] = free_port(), free_port()
    second = Process("second", seedd.argv(), cwd=seedd.home)
    status = second.wait(10)
    seedd.settings = other
    check(status not in (0, None) and status > 0, f"status {status}")
    check(str(seedd.process.pid) in second.log_tail(), f"the pid is named: {second.log_tail()}")
    check(seedd.stop() == 0, "seedd ends with 0")


def settings_told():
    """--print-config names what RPC has saved, whether the daemon runs or not; a reload names what it
    does not take over, and what the command line will take back."""
    seedd = Seedd(folder("told"), message_level="info", ratio_limit="3").start()
    seedd.rpc("session_set", speed_limit_down=777, seed_ratio_limit=5)
    wait_for(lambda: "ratio_limit" in seedd.process.log_tail(), 5, "a word about the command line")
    doubts = [line for line in seedd.process.log_tail().splitlines() if "audit" not in line]
    check("speed_limit_down" not in "\n".join(doubts), "and about nothing else")

    def printed():
        done = subprocess.run([*seedd.argv(), "--print-config"], capture_output=True, text=True,
                              timeout=20, check=False)
        check("Origin: saved.\nspeed_limit_down = 777\n" in done.stdout, "the saved value")
        check("Origin: command line.\nratio_limit = 3" in done.stdout, "the command line's")
    printed()
    with open(seedd.config, "w") as out:
        out.write('log_format = "json"\npreallocation = "full"\n')
    seedd.process.signal(signal.SIGHUP)
    wait_for(lambda: "was read again" in seedd.process.log_tail(), 5, "the reload")
    tail = seedd.process.log_tail()
    check("log_format" in tail and "preallocation" not in tail, "what waits for the next start")
    check(seedd.rpc("session_get", fields=["preallocation"])["preallocation"] == "full", "what does not")
    check(seedd.stop() == 0, "seedd ends with 0")
    printed()
    check(not os.path.exists(os.path.join(seedd.state_dir, "state.db-wal")), "nothing was left beside the state")


def saved_values():
    """What RPC sets holds for the next start, also where the command line says the same now."""
    seedd = Seedd(folder("saved")).start()
    seedd.rpc("session_set", speed_limit_down=300)
    check(seedd.stop() == 0, "seedd ends with 0")
    seedd.settings["speed_limit_down"] = "500"
    seedd.start()
    seedd.rpc("session_set", speed_limit_down=500)
    check(seedd.stop() == 0, "seedd ends with 0")
    del seedd.settings["speed_limit_down"]
    seedd.start()
    limit = seedd.rpc("session_get", fields=["speed_limit_down"])["speed_limit_down"]
    check(limit == 500, f"speed_limit_down is {limit}")
    check(seedd.stop() == 0, "seedd ends with 0")


def reset_values():
    """What RPC has saved is taken back: the next one in line holds at once, and after a restart."""
    seedd = Seedd(folder("reset"), speed_limit_up="500")
    del seedd.settings["preferred_transports"]
    seedd.start()
    with open(seedd.config, "w") as out:
        out.write("speed_limit_down = 700\n")
    seedd.process.signal(signal.SIGHUP)

    def told(name):
        setting, = seedd.rpc("settings_get", names=[name])["settings"]
        return setting["value"], setting["origin"]
    wait_for(lambda: told("speed_limit_down") == (700, "file"), 5, "the reload")
    check(told("speed_limit_up") == (500, "command_line"), f"up: {told('speed_limit_up')}")
    check(told("rpc_password") == (None, "initial"), "no word of the password")
    seedd.rpc("session_set", speed_limit_down=300, speed_limit_up=400, utp_enabled=False)
    check(told("speed_limit_down") == (300, "saved"), f"down: {told('speed_limit_down')}")
    check(told("speed_limit_up") == (400, "saved"), "until the next start")
    check(told("preferred_transports") == (["tcp"], "saved"), "what follows was saved with it")
    after = seedd.rpc("settings_reset", names=["speed_limit_down", "speed_limit_up", "utp_enabled"])["settings"]
    check([one["origin"] for one in after] == ["file", "command_line", "initial"], f"after: {after}")
    live = seedd.rpc("session_get", fields=["speed_limit_down", "speed_limit_up", "preferred_transports"])
    check((live["speed_limit_down"], live["speed_limit_up"]) == (700, 500), f"in force: {live}")
    check(live["preferred_transports"] == ["utp", "tcp"], f"in force: {live}")
    check(seedd.stop() == 0, "seedd ends with 0")
    seedd.start()
    check(told("speed_limit_down") == (700, "file"), "after a restart")
    check(told("utp_enabled") == (True, "initial"), "after a restart")
    check(seedd.stop() == 0, "seedd ends with 0")


def saved_peer_port(overruled):
    """The first of the ports that are tried when none is set, set by RPC: no other one is taken, also
    when the command line said another one (`overruled`) or nobody any."""
    seedd = Seedd(folder("saved"), message_level="info")
    if not overruled:
        del seedd.settings["peer_port"]
    seedd.start()
    seedd.rpc("session_set", peer_port=6881)
    check(seedd.stop() == 0, "seedd ends with 0")
    seedd.settings.pop("peer_port", None)
    try:
        taken = socket.create_server(("127.0.0.1", 6881))
    except OSError:
        taken = None  # by somebody else, who will do
    seedd.start()
    wait_for(lambda: "cannot listen for peers" in seedd.process.log_tail(), 5, "a word about the port")
    if taken:
        taken.close()
    check(seedd.stop() == 0, "seedd ends with 0")


def turtle_and_reload():
    """A reload and what else is saved leave what the schedule has switched."""
    seedd = Seedd(folder("turtle"), message_level="info")
    hour = time.localtime().tm_hour

    def window(begin, end):
        return {"alt_speed_time_begin": (hour + begin) % 24 * 60, "alt_speed_time_end": (hour + end) % 24 * 60}
    with open(seedd.config, "w") as out:
        out.write("alt_speed_time_enabled = true\n")
        out.writelines(f"{key} = {value}\n" for key, value in window(-1, 2).items())
    seedd.start()

    def is_on():
        return seedd.rpc("session_get", fields=["alt_speed_enabled"])["alt_speed_enabled"]

    def reload(times):
        seedd.process.signal(signal.SIGHUP)
        wait_for(lambda: seedd.process.log_tail().count("was read again") == times, 5, "the reload")
    wait_for(is_on, 10, "the schedule")
    reload(1)
    check(is_on(), "on after a reload")
    seedd.rpc("session_set", speed_limit_up=77)
    seedd.rpc("session_set", **window(3, 4))
    wait_for(lambda: not is_on(), 10, "the schedule's end")
    reload(2)
    check(not is_on(), "off after another")
    check(seedd.stop() == 0, "seedd ends with 0")


def stop_under_load():
    if why := Libtorrent.missing():
        raise Skip(why)
    home = folder("load")
    content = os.path.join(home, "content")
    torrents = [single_file(content, name=f"t{i}", size=60 * MIB, piece_bytes=2**20, seed=i)
                for i in range(2)]
    seedd = Seedd(home).start()
    ids = [seedd.add(t.with_trackers(["http://127.0.0.1:9/announce"], t.path)) for t in torrents]
    seed = Libtorrent(home, save=content, up=30 * MIB)
    seed.add(None, paths=[t.path for t in torrents], seed=True,
             peers=[f"127.0.0.1:{seedd.peer_port}"])
    wait_for(lambda: any(seedd.get(i, "rate_download") > 0 or seedd.get(i, "have_valid")
                         for i in ids), 30, "load", alive=[seedd.process], step=0.01)
    begun = time.monotonic()
    status = seedd.stop(seconds=10)
    took = time.monotonic() - begun
    check(status == 0 and took < 10, f"status {status} after {took:.1f} s")
    seed.stop()
    return f"after {took:.2f} s"


def one_signal():
    seedd = Seedd(folder("once")).start()
    os.kill(seedd.process.pid, signal.SIGINT)
    status = seedd.process.wait(10)
    check(status == 0, f"SIGINT: status {status}")


def second_signal(first, second):
    """While it waits for a tracker, another signal ends it at once with 130; the torrent is kept."""
    home = folder("twice")
    torrent = single_file(os.path.join(home, "content"), size=MIB)
    tracker = SmallTracker(deaf_to_stopped=True)
    seedd = Seedd(home).start()
    number = seedd.add(torrent.with_trackers([tracker.url], torrent.path))
    wait_for(lambda: seedd.get(number, "tracker_stats")[0]["last_announce_succeeded"], 10, "an announce",
             alive=[seedd.process])
    seedd.process.signal(first)
    check(tracker.stopped.wait(10), "no `stopped` came")
    check(seedd.process.poll() is None, "it does not wait for its tracker")
    seedd.process.signal(second)
    status = seedd.process.wait(2)  # the tracker would be waited for longer
    check(status == 130, f"status {status}")
    check("told twice to stop" in seedd.process.log_tail(), "it says why")
    tracker.stop()
    seedd.start()
    check(seedd.get(number, "name") == torrent.name, "the torrent is not there")
    check(seedd.stop() == 0, "seedd ends with 0")


def late_signals():
    """Whatever comes when it has said its last word, it ends as it was told to."""
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        for _ in range(3):
            process = Seedd(folder("late"), message_level="info").start().process
            process.signal(signal.SIGTERM)
            # A second SIGTERM before that would mean: now.
            while process.poll() is None and not process.log_tail(1).endswith("stopped"):
                pass
            while process.poll() is None:
                process.signal(number)
            check(process.poll() == 0, f"{number.name}: status {process.poll()}")


def seedctl(programs):
    program = os.path.join(programs, "seedctl")
    if not os.path.exists(program):
        raise Skip("seedctl was not built")
    home = folder("ctl")
    torrent = single_file(os.path.join(home, "content"), size=MIB)
    seedd = Seedd(home).start()

    def ctl(*arguments):
        done = subprocess.run([program, "--host", f"http://127.0.0.1:{seedd.rpc_port}/rpc", *arguments],
                              capture_output=True, text=True, timeout=30, check=False,
                              env={**os.environ, "HOME": home, "LC_ALL": "C.UTF-8"})
        check(done.returncode == 0, f"seedctl {arguments}: {done.returncode} {done.stderr}")
        return done.stdout
    ctl("add", torrent.path)
    check("single.bin" in ctl("list"), "the torrent is listed")
    listed = json.loads(ctl("--json", "list"))
    check("single.bin" in json.dumps(listed), "the torrent is listed as JSON")
    number = str(seedd.rpc("torrent_get", fields=["id"])["torrents"][0]["id"])
    check("single.bin" in ctl("info", number), "info")
    ctl("stop", number)
    wait_for(lambda: seedd.get(int(number), "status") == 0, 10, "a stopped torrent")
    ctl("start", number)
    wait_for(lambda: seedd.get(int(number), "status") != 0, 10, "a started torrent")
    ctl("session")
    ctl("stats")
    ctl("remove", number)
    wait_for(lambda: not seedd.rpc("torrent_get", fields=["id"])["torrents"], 10, "none left")
    check(seedd.stop() == 0, "seedd ends with 0")


def main():
    programs = begin()
    report = Report("e2e: the command line")
    report.run("an unknown key", config_error, "# one\npeer_prt = 6881\n", "peer_prt", 2)
    report.run("a wrong type", config_error, 'peer_port = "x"\n', "peer_port", 1)
    report.run("a value out of range", config_error, "\n\npeer_port = 70000\n", "peer_port", 3)
    report.run("broken TOML", config_error, "dht_enabled = true\npeer_port = = 1\n", "", 2)
    report.run("arguments", argument_errors)
    report.run("doubtful settings", doubtful_settings)
    report.run("a hashed password", hashed_password)
    report.run("a password on a terminal", unseen_password)
    report.run("the image's health check", health_check, programs)
    report.run("the RPC port is taken", rpc_port_taken)
    report.run("the peer port is taken", peer_port_taken)
    report.run("a second process on one state", second_process)
    report.run("whose setting it is", settings_told)
    report.run("what RPC has set", saved_values)
    report.run("what RPC has set taken back", reset_values)
    report.run("a peer port set by RPC", saved_peer_port, overruled=False)
    report.run("a peer port set by RPC and by the command line", saved_peer_port, overruled=True)
    report.run("the turtle and reloads", turtle_and_reload)
    report.run("SIGTERM under load", stop_under_load)
    report.run("SIGINT", one_signal)
    report.run("SIGTERM and SIGINT while a tracker is waited for", second_signal, signal.SIGTERM, signal.SIGINT)
    report.run("SIGINT twice while a tracker is waited for", second_signal, signal.SIGINT, signal.SIGINT)
    report.run("signals at the very end", late_signals)
    report.run("seedctl", seedctl, programs)
    finish(report)


if __name__ == "__main__":
    main()
