#!/usr/bin/python3
"""seedctl on a terminal, in pipes and with several daemons: against a daemon of canned torrents where
something has to happen at a certain moment, and against seedd."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time

from setting import MIB, begin
from tls import TlsSeedd, make_pair
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
    """Ctrl-C, Ctrl-\\ and SIGTERM give the terminal back too."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    screen = watched(fake, "top")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    check(not screen.modes_are_back(), "keys come at once")
    if isinstance(number, str):
        screen.press(number)
    else:
        screen.signal(number)
    check(screen.wait() == 0, "it ends well")
    wait_for(screen.is_given_back, 5, "the terminal as it was")
    screen.close()
    fake.stop()


def hanging():
    """While a call is not answered Ctrl-C still ends it."""
    fake = FakeSeedd([torrent(1, "debian.iso")], streams=False).start()
    screen = watched(fake, "top")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    fake.hangs.set()
    wait_for(lambda: fake.hanging, 10, "a call that is not answered")
    screen.press("\x03")
    check(screen.wait(5) == 0, "Ctrl-C ends it")
    wait_for(screen.is_given_back, 5, "the terminal as it was")
    screen.close()
    fake.stop()


PAGE = "<h1>503: Service Unavailable</h1><p>16 event streams are open, and that is the most</p>"


def busy():
    """503 and 429 end nothing: it asks again, and tries the stream again."""
    fake = FakeSeedd([torrent(1, "debian.iso")]).start()
    fake.refusals["/events"] = (503, {"Retry-After": "1"}, PAGE)
    screen = watched(fake, "watch")
    screen.wait_for(lambda text: "debian.iso" in text, 20, "list")
    fake.change(1, percent_done=0.5)
    screen.wait_for(lambda text: "50.0%" in text, 10, "change that was asked for")
    fake.refusals["/rpc"] = (429, {"Retry-After": "1"}, "<p>A login failed.</p>")
    screen.wait_for(lambda text: "Trying again" in text and "A login failed" in text, 10, "word about it")
    fake.refusals.clear()
    screen.wait_for(lambda text: "Trying again" not in text and "debian.iso" in text, 20, "list again")
    wait_for(lambda: fake.watchers, 20, "a stream after all")
    screen.press("q")
    check(screen.wait() == 0, "q ends it")
    screen.close()
    fake.refusals["/events"] = (503, {"Retry-After": "1"}, PAGE)
    child = subprocess.Popen([PROGRAM, "--host", fake.url(), "events", "-n", "1"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = child.stderr.readline()
    check("16 event streams are open" in said, f"it says: {said}")
    fake.watchers.clear()
    fake.refusals.clear()
    wait_for(lambda: fake.watchers, 20, "an open stream")
    fake.happen("completed", id=1, name="debian.iso")
    out, said = child.communicate(timeout=20)
    check("completed" in out and "go on" in said and child.returncode == 0,
          f"it ends with {child.returncode} and says: {out} {said}")
    fake.stop()


def refusals():
    """In the daemon's own words, as a refusal and not as nobody there."""
    fake = FakeSeedd().start()
    for status, page, words in (
            (429, "<h1>429: Too Many Requests</h1><p>A login failed. Wait.</p>", "A login failed"),
            (431, "<h1>431: Request Header Fields Too Large</h1>", "Too Large"),
            (500, "<h1>500: Internal Server Error</h1>", "Internal Server Error"),
            (503, "<h1>503: Service Unavailable</h1><p>Too many.</p>", "Too many")):
        fake.refusals["/rpc"] = (status, {"Retry-After": "7"} if status in (429, 503) else {}, page)
        _, err = ctl("stats", host=fake.url(), status=1)
        check(words in err and ("7 s" in err) == (status in (429, 503)), f"{status}: {err}")
    fake.refusals = {"/events": (403, {}, "<h1>403: Forbidden</h1><p>This needs the scope read.</p>"),
                     "/healthz": (421, {}, "<h1>421: Misdirected Request</h1>")}
    _, err = ctl("events", host=fake.url(), status=1)
    check("needs the scope read" in err, f"it says: {err}")
    _, err = ctl("health", host=fake.url(), status=1)
    check("rpc_host_whitelist" in err, f"it says: {err}")
    fake.stop()


def plain_to_tls():
    """Who comes to the HTTPS port by http is told so."""
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    home = folder("plain")
    certificate, key = make_pair(home, "one")
    seedd = TlsSeedd(home, rpc_tls_certificate=certificate, rpc_tls_key=key).start()
    _, err = ctl("stats", host=f"http://127.0.0.1:{seedd.rpc_port}", status=1)
    check("speaks HTTPS" in err, f"it says: {err}")
    ctl("stats", "--cacert", certificate, host=f"https://127.0.0.1:{seedd.rpc_port}")
    check(seedd.stop() == 0, "seedd ends with 0")


def asked_password():
    """Typed unseen, at the terminal also when something else is read; Ctrl-C gives the echo back."""
    fake = FakeSeedd().start()
    fake.login = "me:open sesame"
    fake.results["session_stats"] = {"torrent_count": 3}
    screen = watched(fake, "--user", "me", "stats")
    screen.wait_for(lambda text: "Password of me at http://127.0.0.1" in text, 20, "question")
    check(not screen.modes_are_back(), "nothing is shown")
    screen.press("open sesame\n")
    check(screen.wait() == 0, f"it is let in: {screen.text()}")
    check("3: " in screen.text() and "sesame" not in screen.written(), f"on the screen: {screen.text()}")
    check(screen.modes_are_back(), "the terminal as it was")
    screen.close()
    for key, number in (("\x03", signal.SIGINT), ("\x1c", signal.SIGQUIT)):
        screen = watched(fake, "--user", "me", "stats")
        screen.wait_for(lambda text: "Password of me" in text, 20, "question")
        screen.press(key)
        check(screen.wait() == -number, f"it ends by {number.name}")
        check(screen.modes_are_back(), "the echo is back")
        screen.close()
    _, err = ctl("--user", "me", "stats", host=fake.url(), status=1, stdin=subprocess.DEVNULL)
    check("does not accept" in err, f"in a pipe nobody is asked: {err}")
    fake.stop()


def terminals():
    """NO_COLOR, TERM=dumb, a size of nothing, and a locale that is not UTF-8."""
    fake = FakeSeedd([torrent(1, "d\u00e9bian.iso", rate_download=1000)]).start()

    def shown(*arguments, **more):
        screen = Screen([PROGRAM, "--host", fake.url(), *arguments], **more)
        status = screen.wait()
        wait_for(lambda: screen.written(), 5, "output")
        wait_for(lambda: "bian" in screen.written() or status != 0, 5, "output")
        written = screen.written()
        screen.close()
        return status, written
    plain = {"NO_COLOR": "", "COLUMNS": "", "LINES": ""}
    check("\x1b[3" in shown("list", env=plain)[1], "colours")
    check("\x1b" not in shown("list", env={**plain, "NO_COLOR": "1"})[1], "NO_COLOR")
    check("\x1b" not in shown("list", env={**plain, "TERM": "dumb"})[1], "a dumb terminal has no colours")
    status, written = shown("top", env={**plain, "TERM": "dumb"})
    check(status == 2 and "\x1b" not in written and "TERM=dumb" in written, f"{status}: {written}")
    written = shown("list", env={**plain, "LC_ALL": "C"})[1]
    check("d\\u00e9bian" in written and written.isascii(), f"no UTF-8: {written}")
    for size, columns in (({}, 80), ({"COLUMNS": "50", "LINES": "12"}, 50)):
        screen = Screen([PROGRAM, "--host", fake.url(), "top"], rows=0, columns=0, env={**plain, **size})
        screen.wait_for(lambda text: "bian" in text and "q quit" in text, 20, "picture without a size")
        widest = max(len(line) for line in screen.lines())
        check(columns - 20 < widest <= columns, f"{widest} columns wide")
        screen.press("q")
        check(screen.wait() == 0, "q ends it")
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
    check(ctl("health", "--live", host=fake.url())[0].split() == ["healthz", "ok"], "it lives all the same")
    # A container is not started again for a folder that is missing.
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "container_health")
    done = subprocess.run([script], capture_output=True, text=True, timeout=20, check=False,
                          env={"PATH": f"{os.path.dirname(PROGRAM)}:/usr/bin:/bin", "SEEDCTL_HOST": fake.url()})
    check(done.returncode == 0, f"the image's health check: {done.stdout}{done.stderr}")
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
    check(told["two"]["exit"] == 0 and told["lost"]["exit"] == 3 and "error" in told["lost"], f"it says: {told}")
    check(told["two"]["result"]["torrents"][0]["name"] == "on-1.iso", f"it says: {told}")
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
    run("set", "film 0", "tracker_list=http://127.0.0.1:9/a,udp://127.0.0.1:9,,http://127.0.0.1:9/b")
    row, = (each for each in seedd.rpc("torrent_get", fields=["name", "trackers"])["torrents"]
            if each["name"] == "film 0")
    tiers = [each["tier"] for each in row["trackers"]]
    check(len(tiers) == 3 and len(set(tiers)) == 2, f"tiers: {tiers}")
    check("0 of" in run("pieces", "film 0"), "a map")
    check("film 0" in run("files", "film 0", "--tree"), "a tree")
    for command in (["info", "1"], ["peers", "1"], ["trackers", "1"], ["stats"], ["session"], ["free-space"]):
        run(*command)
        json.loads(run("--json", *command))
    check(seedd.stop() == 0, "seedd ends with 0")


def outlasted():
    """Who waits for a torrent goes on when seedd starts again."""
    home = folder("outlasted")
    torrent_file = single_file(os.path.join(home, "content"), name="film", size=MIB)
    seedd = Seedd(home).start()
    said = os.path.join(home, "said")

    def has_said(words):
        with open(said) as text:
            return words in text.read()

    def there():
        return [each["id"] for each in seedd.rpc("torrent_get", fields=["id"])["torrents"]]
    with open(said, "w") as err:
        child = subprocess.Popen([PROGRAM, "--host", f"127.0.0.1:{seedd.rpc_port}", "add", "--wait",
                                  torrent_file.path], stdout=subprocess.DEVNULL, stderr=err)
    wait_for(there, 20, "the torrent")
    check(seedd.stop() == 0, "seedd ends with 0")
    wait_for(lambda: has_said("Trying again."), 20, "word of seedd's absence")
    seedd.start()
    wait_for(lambda: has_said("it answers again."), 20, "word of its return")
    check(child.poll() is None, "it waits on")
    seedd.rpc("torrent_remove", ids=there())
    check(child.wait(20) == 1 and has_said("it was removed"), "until it is gone")
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
    report.run("Ctrl-C", interrupted, "\x03")
    report.run("Ctrl-backslash", interrupted, "\x1c")
    report.run("SIGTERM", interrupted, signal.SIGTERM)
    report.run("a daemon that hangs", hanging)
    report.run("a daemon that is busy", busy)
    report.run("what the daemon refuses", refusals)
    report.run("plain HTTP to HTTPS", plain_to_tls)
    report.run("a password that is asked for", asked_password)
    report.run("colours, sizes and terminals that know nothing", terminals)
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
    report.run("the manual page", manual)
    report.run("on seedd", on_seedd)
    report.run("waiting over a restart", outlasted)
    finish(report)


if __name__ == "__main__":
    main()
