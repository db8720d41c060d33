#!/usr/bin/python3
"""seedctl on a terminal, in pipes and with several daemons: against a daemon of canned torrents where
something has to happen at a certain moment, and against seedd."""

import json
import os
import signal
import stat
import subprocess
import time

from setting import MIB, begin
from interop.fake_seedd import FakeSeedd
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.screen import Screen
from interop.seedd import Seedd
from interop.torrents import single_file

PROGRAM = None


def torrent(number, name, **more):
    return {"id": number, "hash_string": f"{number:040x}", "name": name, "status": 4, "error": 0,
            "error_string": "", "percent_done": 0.25, "metadata_percent_complete": 1.0, "is_stalled": False,
            "is_finished": False, "recheck_progress": 0.0, "rate_download": 0, "rate_upload": 0,
            "left_until_done": 750, "size_when_done": 1000, "eta": -1, "upload_ratio": 0.5,
            "labels": [], "peers_connected": 3, "added_date": 1700000000 + number, **more}


def ctl(*arguments, host=None, status=0, env=None, home="/nonexistent", **more):
    """Its output, and what it has said on the side."""
    done = subprocess.run([PROGRAM, *(["--host", host] if host else []), *arguments], capture_output=True,
                          text=True, timeout=60, check=False,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": home, **(env or {})},
                          **more)
    check(done.returncode == status, f"{arguments}: status {done.returncode}, not {status}: {done.stderr}")
    return done.stdout, done.stderr


def watched(fake, *arguments, rows=24, columns=100):
    return Screen([PROGRAM, "--host", fake.url(), *arguments], rows, columns)


def watching(*command):
    """Drawn in place by the event stream: what changes, comes and goes; q gives the terminal back."""
    fake = FakeSeedd([torrent(1, "debian.iso"), torrent(2, "ubuntu.iso")]).start()
    screen = watched(fake, *command)
    screen.wait_for(lambda text: "debian.iso" in text and "25.0%" in text, 20, "list")
    check(screen.is_full(), "it has the screen")
    wait_for(lambda: fake.watchers, 10, "an open stream")
    check(fake.opened == ["7"], f"it listens from where the list ends: {fake.opened}")
    fake.change(1, percent_done=0.5, rate_download=123000)
    screen.wait_for(lambda text: "50.0%" in text and "123 kB/s" in text, 10, "change")
    fake.change(3, **torrent(3, "arch.iso"))
    screen.wait_for(lambda text: "arch.iso" in text and "3 torrents" in text, 10, "new one")
    fake.remove(2)
    screen.wait_for(lambda text: "ubuntu.iso" not in text, 10, "removal")
    asked = [method for method, _ in fake.calls]
    check(asked == ["torrent_get"], f"a list once, and no questions: {asked}")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    wait_for(screen.is_given_back, 5, "the terminal as it was")
    screen.close()
    fake.stop()


def interrupted(number):
    """Ctrl-C and SIGTERM give the terminal back too."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    screen = watched(fake, "top")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    check(not screen.modes_are_back(), "keys come at once")
    if number is None:
        screen.press("\x03")
    else:
        screen.signal(number)
    check(screen.wait() == 0, "it ends well")
    wait_for(screen.is_given_back, 5, "the terminal as it was")
    screen.close()
    fake.stop()


def resized():
    """Another size is another picture, at once and without what the old one left."""
    fake = FakeSeedd([torrent(number, f"torrent number {number}") for number in range(1, 41)]).start()
    screen = watched(fake, "top", rows=40, columns=120)
    screen.wait_for(lambda text: "torrent number 30" in text, 20, "long list")
    screen.resize(12, 50)
    screen.wait_for(lambda text: "torrent number 30" not in text and "torrent number 2" in text, 10,
                    "short list")
    screen.wait_for(lambda text: len(text.splitlines()) <= 12 and
                    max(len(line) for line in text.splitlines()) <= 50, 10, "picture that fits")
    screen.press("\x1b[B" * 5)
    screen.wait_for(lambda text: "6-" in text and "of 40" in text, 10, "scrolled list")
    screen.press("G")
    screen.wait_for(lambda text: "torrent number 40" in text, 10, "end of the list")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    screen.close()
    fake.stop()


def suspended():
    """Ctrl-Z gives the terminal back, fg takes it again."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    screen = watched(fake, "top")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    screen.signal(signal.SIGTSTP)
    wait_for(screen.is_given_back, 10, "the terminal as it was")
    screen.signal(signal.SIGCONT)
    wait_for(screen.is_full, 10, "the screen taken again")
    screen.wait_for(lambda text: "debian.iso" in text, 10, "picture")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    check(screen.modes_are_back(), "the terminal is as it was")
    screen.close()
    fake.stop()


def gone_and_back():
    """A daemon that goes is said to be away, and watched again when it returns."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    screen = watched(fake, "watch")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    wait_for(lambda: fake.watchers, 10, "an open stream")
    fake.stop()
    screen.wait_for(lambda text: "Trying again" in text and "debian.iso" in text, 15, "word about it")
    fake.torrents[1]["name"] = "debian-13.iso"
    fake.start()
    screen.wait_for(lambda text: "debian-13.iso" in text and "Trying again" not in text, 20, "new list")
    wait_for(lambda: fake.watchers, 10, "another stream")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    screen.close()
    fake.stop()


def started_over():
    """Told to start over, it fetches all of it anew."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    screen = watched(fake, "watch")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    wait_for(lambda: fake.watchers, 10, "an open stream")
    with fake.lock:
        fake.torrents = {5: torrent(5, "other.iso")}
        fake.changed = {5: fake.sequence}
    fake.happen("reset")
    screen.wait_for(lambda text: "other.iso" in text and "debian.iso" not in text, 10, "new list")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    screen.close()
    fake.stop()


def without_streams():
    """A daemon that has none is asked for changes once a second."""
    fake = FakeSeedd([torrent(1, "debian.iso")], streams=False).start()
    screen = watched(fake, "watch")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    fake.change(1, percent_done=0.75)
    screen.wait_for(lambda text: "75.0%" in text, 10, "change")
    check(any(params.get("since", 0) > 0 for _, params in fake.calls), "it asks for changes")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    screen.close()
    fake.stop()


def broken_pipe():
    """`| head` is no error, and no word is said about it."""
    fake = FakeSeedd([torrent(number, "x" * 200) for number in range(1, 3001)]).start()
    child = subprocess.Popen([PROGRAM, "--host", fake.url(), "list"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    said = child.stderr.read()
    check(child.wait(20) == 141 and not said, f"status {child.returncode}: {said}")
    child.stderr.close()
    fake.stop()


def told_events():
    """A line for each that happens; as JSON an object a line; it goes on where a daemon has returned."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()

    def listen(*arguments):
        child = subprocess.Popen([PROGRAM, "--host", fake.url(), "events", *arguments], text=True,
                                 stdout=subprocess.PIPE)
        wait_for(lambda: fake.watchers, 20, "an open stream")
        return child
    child = listen("--count", "2")
    fake.change(1, percent_done=0.5)
    fake.happen("completed", id=1, hash_string="00", name="debian.iso\x1b[2J")
    fake.happen("removed", id=1, hash_string="00", name="debian.iso")
    out = child.communicate(timeout=20)[0]
    check("completed" in out and "removed" in out and len(out.splitlines()) == 2, f"it says: {out}")
    check("\x1b" not in out, "no sequence comes through")
    wait_for(lambda: not fake.watchers or fake.tell(("comment", {})), 10, "the end of the stream")
    child = listen("--json", "-n", "2", "--type", "added,torrents")
    fake.change(1, percent_done=0.6)
    wait_for(lambda: fake.watchers, 10, "an open stream")
    fake.stop()
    wait_for(lambda: not fake.watchers, 10, "the end of the stream")
    fake.start()
    wait_for(lambda: fake.watchers, 20, "another stream")
    check(fake.opened[-1] == str(fake.sequence), f"it goes on where it was: {fake.opened}")
    fake.happen("added", id=9, name="new.iso")
    lines = [json.loads(line) for line in child.communicate(timeout=20)[0].splitlines()]
    check([line["event"] for line in lines] == ["torrents", "added"], f"it says: {lines}")
    check(lines[1]["data"]["id"] == 9, f"it says: {lines}")
    fake.stop()


def health():
    fake = FakeSeedd().start()
    out, _ = ctl("health", host=fake.url())
    check(out.split() == ["healthz", "ok", "readyz", "ok"], f"it says: {out}")
    fake.health["/readyz"] = (503, {"status": "failing", "reasons": [{"code": "root", "text": "/x is gone"}]})
    out, err = ctl("health", host=fake.url(), status=1)
    check("failing" in out and "root: /x is gone" in out, f"it says: {out}")
    out, err = ctl("--json", "health", host=fake.url(), status=1)
    check(json.loads(out)["readyz"]["reasons"][0]["code"] == "root", f"it says: {out}")
    fake.stop()
    out, err = ctl("health", host=fake.url(), status=1)
    check("does not answer" in err, f"it says: {err}")


def several_hosts():
    """Each says which it is; the worst status wins; JSON is one document."""
    fakes = [FakeSeedd([torrent(1, f"on-{number}.iso")]).start() for number in range(2)]
    nobody = f"127.0.0.1:{free_port()}"
    home = folder("hosts")
    os.makedirs(os.path.join(home, ".config", "seedd"))
    config = os.path.join(home, ".config", "seedd", "seedctl.toml")
    with open(os.path.join(home, ".config", "seedd", "one.token"), "w") as out:
        out.write("secret-one\n")
    os.chmod(out.name, 0o600)
    fakes[0].token = "secret-one"
    with open(config, "w") as out:
        out.write(f'default = "one"\n[hosts.one]\nhost = "{fakes[0].url()}"\ntoken_file = "one.token"\n'
                  f'[hosts.two]\nhost = "{fakes[1].url()}"\n[hosts.lost]\nhost = "{nobody}"\n')
    out, err = ctl("list", home=home)
    check("on-0.iso" in out and not err, "the default one, by its token")
    out, err = ctl("list", "-c", "name", "--no-header", host="one,two", home=home)
    check(out == "one:\non-0.iso\ntwo:\non-1.iso\n", f"it says: {out}")
    out, err = ctl("list", host="one,lost,two", home=home, status=3)
    check("on-0.iso" in out and "on-1.iso" in out, "the others do it")
    check("seedctl: lost: " in err and "2 of 3 hosts" in err, f"it says: {err}")
    out, err = ctl("--json", "list", host="two,lost", home=home, status=3)
    told = json.loads(out)["hosts"]
    check([each["exit"] for each in told] == [0, 3] and "error" in told[1], f"it says: {told}")
    check(told[0]["result"]["torrents"][0]["name"] == "on-1.iso", f"it says: {told}")
    with open(config, "a") as out:
        out.write('[hosts.open]\nhost = "x"\npassword = "hunter2"\n')
    os.chmod(config, 0o644)
    out, err = ctl("list", host="two", home=home)
    check("others may read" in err and "hunter2" not in err, f"it says: {err}")
    os.chmod(config, 0o600)
    check(not ctl("list", host="two", home=home)[1], "then no word")
    with open(config, "a") as out:
        out.write('pasword = "x"\n')
    _, err = ctl("list", home=home, status=2)
    check(f"{config}:12" in err and "Did you mean password" in err, f"it says: {err}")
    for fake in fakes:
        fake.stop()


def made_tokens():
    """A new file that nobody else can read, and never another's."""
    fake = FakeSeedd().start()
    fake.results["token_create"] = {"token": "s3cret", "name": "sonarr", "scopes": ["read", "add"]}
    home = folder("tokens")
    path = os.path.join(home, "sonarr.token")
    out, _ = ctl("token", "create", "sonarr", "--scope", "read,add", "--expires", "30d", "--out", path,
                 host=fake.url())
    check("s3cret" not in out and stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"it says: {out}")
    with open(path) as kept:
        check(kept.read() == "s3cret\n", "the token")
    params = fake.calls[-1][1]
    check(params["scopes"] == ["read", "add"] and abs(params["expires"] - time.time() - 30 * 86400) < 60,
          f"asked for {params}")
    ctl("token", "create", "sonarr", "--out", path, host=fake.url(), status=2)
    check(len(fake.calls) == 1, "none is made that cannot be kept")
    out, err = ctl("token", "create", "sonarr", host=fake.url())
    check(out == "s3cret\n" and not err, "in a pipe nothing but the token")
    fake.stop()


def secured():
    """https with a certificate of one's own: refused, trusted by its file, trusted blindly."""
    import ssl
    import http.server
    import threading
    home = folder("tls")
    key, certificate = os.path.join(home, "key.pem"), os.path.join(home, "cert.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                           key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                           "subjectAltName=DNS:localhost"], capture_output=True, check=False)
    if made.returncode != 0:
        raise Skip("openssl makes no certificate")

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"jsonrpc":"2.0","id":1,"result":{"torrents":[]}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    host = f"https://localhost:{server.server_address[1]}/rpc"
    _, err = ctl("list", host=host, status=3)
    check("not trusted" in err and "--cacert" in err, f"it says: {err}")
    ctl("list", "--cacert", certificate, host=host)
    ctl("list", host=host, env={"SEEDCTL_CACERT": certificate})
    ctl("list", "-k", host=host)
    server.shutdown()
    server.server_close()


def completions():
    """The shells that are here take their scripts, and bash completes."""
    for shell in ("bash", "zsh", "fish"):
        script, _ = ctl("completion", shell)
        path = os.path.join(folder("completion"), f"script.{shell}")
        with open(path, "w") as out:
            out.write(script)
        try:
            done = subprocess.run([shell, "-n", path], capture_output=True, text=True, timeout=20, check=False)
        except FileNotFoundError:
            continue
        check(done.returncode == 0 and not done.stderr, f"{shell}: {done.stderr}")
        if shell != "bash":
            continue

        def completed(line):
            words = line.split(" ")
            typed = " ".join(f"'{word}'" for word in words)
            text = f"source {path}; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; " \
                   "_seedctl 2>/dev/null; printf '%s\\n' \"${COMPREPLY[@]}\""
            done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, timeout=20, check=False)
            return done.stdout.split()
        check("settings" in completed("seedctl sett"), "a command")
        check("--origin" in completed("seedctl settings --o"), "a flag")
        check("speed_limit_down=" in completed("seedctl settings set speed_limit_d"), "a setting")
        check("downloading" in completed("seedctl list --state down"), "a state")
        check("torrent_get" in completed("seedctl raw torrent_g"), "a method")


def manual():
    """The page has no fault that groff sees."""
    page, _ = ctl("help", "--man")
    try:
        done = subprocess.run(["groff", "-man", "-Tutf8", "-wall", "-z"], input=page, capture_output=True,
                              text=True, timeout=60, check=False)
    except FileNotFoundError:
        raise Skip("groff is not there") from None
    check(done.returncode == 0 and not done.stderr, done.stderr[:500])


def on_seedd():
    """As a person would, on a real one."""
    home = folder("person")
    torrents = [single_file(os.path.join(home, "content"), name=f"film {number}", size=MIB, seed=number)
                for number in range(3)]
    seedd = Seedd(home).start()
    host = f"127.0.0.1:{seedd.rpc_port}"

    def run(*arguments, **more):
        return ctl(*arguments, host=host, **more)[0]
    folder_of = os.path.dirname(torrents[0].path)
    run("add", os.path.join(folder_of, "*.torrent"), "--label", "film", "--paused", "--set", "upload_limit=7")
    check(len(seedd.rpc("torrent_get", fields=["id"])["torrents"]) == 3, "the pattern means all of them")
    check(run("list", "--sort", "-name", "--format", "{name}").split("\n")[:3] == ["film 2", "film 1", "film 0"],
          "sorted the other way round")
    check(run("list", "film 1", "-c", "size", "--exact", "--no-header").strip() == str(MIB), "exact")
    run("label", "add", "hd,new", "film 1")
    run("label", "remove", "new", "all")
    check(seedd.get(2, "labels") in (["film", "hd"], ["film"]), "labels")
    check("hd" in run("label", "list"), "labels counted")
    run("limits", "film 1", "down=1.5M", "ratio=2", "session=off")
    facts = seedd.get(next(each["id"] for each in seedd.rpc("torrent_get", fields=["id", "name"])["torrents"]
                           if each["name"] == "film 1"),
                      "download_limit", "download_limited", "seed_ratio_mode", "honors_session_limits")
    check(facts == {"download_limit": 1500, "download_limited": True, "seed_ratio_mode": 1,
                    "honors_session_limits": False}, f"limits: {facts}")
    run("limits", "down=300", "up=none")
    check(seedd.rpc("session_get", fields=["speed_limit_down", "speed_limit_down_enabled"]) ==
          {"speed_limit_down": 300, "speed_limit_down_enabled": True}, "the session's")
    check("300 kB/s" in run("limits"), "shown")
    check("saved" in run("settings", "speed_limit_down", "--origin"), "whose it is")
    check("100 (initial)" in run("settings", "reset", "speed_limit_down"), "taken back")
    check(run("settings", "speed_limit_down") == "100\n", "and gone")
    check("(not shown)" in run("settings", "rpc_password"), "no secrets")
    check("0 of" in run("pieces", "film 0"), "a map")
    check("film 0" in run("files", "film 0", "--tree"), "a tree")
    for command in (["info", "1"], ["peers", "1"], ["trackers", "1"], ["stats"], ["session"], ["free-space"]):
        run(*command)
        json.loads(run("--json", *command))
    check(seedd.stop() == 0, "seedd ends with 0")


def main():
    global PROGRAM
    programs = begin()
    PROGRAM = os.path.join(programs, "seedctl")
    report = Report("e2e: seedctl")
    if not os.path.exists(PROGRAM):
        print("skipped: seedctl was not built")
        raise SystemExit(77)
    report.run("watch", watching, "watch")
    report.run("list --watch", watching, "list", "--watch")
    report.run("top", watching, "top")
    report.run("Ctrl-C", interrupted, None)
    report.run("SIGTERM", interrupted, signal.SIGTERM)
    report.run("another size", resized)
    report.run("Ctrl-Z", suspended)
    report.run("a daemon that goes and returns", gone_and_back)
    report.run("starting over", started_over)
    report.run("a daemon without events", without_streams)
    report.run("a reader that has gone", broken_pipe)
    report.run("events", told_events)
    report.run("health", health)
    report.run("several hosts", several_hosts)
    report.run("tokens", made_tokens)
    report.run("https", secured)
    report.run("completions", completions)
    report.run("the manual page", manual)
    report.run("on seedd", on_seedd)
    finish(report)


if __name__ == "__main__":
    main()
