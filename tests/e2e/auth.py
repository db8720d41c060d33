#!/usr/bin/python3
"""Who may do what: passwords, tokens, scopes, guessing, other sites' pages; with curl."""

import json
import os
import stat
import subprocess
import time

from setting import begin
from interop import seedd as daemon
from interop.processes import folder, have, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file

READ, ADD, CONTROL, ADMIN = "read", "add", "control", "admin"
SCOPES = (READ, ADD, CONTROL, ADMIN)
NOT_ALLOWED = 101
USER, PASSWORD = "bob", "pass:w\u00f6rd"
CONFIG = """# who may come in
rpc_authentication_required = true   # always
rpc_username = "bob"
    rpc_password = 'pass:w\u00f6rd'  # do not tell
anti_brute_force_threshold = 5
"""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def curl(url, *options):
    """One request. Headers by lower-case name."""
    done = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", "-g", *options, url],
                          capture_output=True, timeout=30, check=False)
    check(done.returncode == 0, f"curl {options} {url}: {done.stderr.decode()}")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    return Answer(int(lines[0].split()[1]), headers, body.decode())


class Server:
    """seedd with a config file of its own."""

    def __init__(self, config=CONFIG, **settings):
        self.home = folder("auth")
        self.seedd = Seedd(self.home, **settings)
        self.seedd.config = os.path.join(self.home, "seedd.toml")
        with open(self.seedd.config, "w") as out:
            out.write(config)
        os.chmod(self.seedd.config, 0o640)
        self.url = f"http://127.0.0.1:{self.seedd.rpc_port}"

    def start(self):
        self.seedd.launch()
        wait_for(lambda: "serving" in self.log(), 20, "seedd", alive=[self.seedd.process])
        return self

    def restart(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")
        os.unlink(os.path.join(self.home, "seedd.log"))
        self.start()

    def log(self):
        try:
            with open(os.path.join(self.home, "seedd.log")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def call(self, who, method, at="/rpc", **params):
        """The answer to one call. `who`: curl's options for the login."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return curl(self.url + at, *who, "-d", body)

    def result(self, who, method, **params):
        answer = self.call(who, method, **params)
        check(answer.status == 200, f"{method}: {answer.status} {answer.body}")
        said = answer.json()
        check("result" in said, f"{method}: {said}")
        return said["result"]

    def error(self, who, method, **params):
        answer = self.call(who, method, **params)
        check(answer.status == 200, f"{method}: {answer.status}")
        check("error" in answer.json(), f"{method} was carried out: {answer.body}")
        return answer.json()["error"]

    def token(self, who, name, scopes, **more):
        return bearer(self.result(who, "token_create", name=name, scopes=list(scopes), **more)["token"])


def bearer(token):
    return ("-H", f"Authorization: Bearer {token}")


def user(password=PASSWORD, name=USER):
    return ("-u", f"{name}:{password}")


OWNER = user()


class Passwords:
    def __init__(self):
        self.server = Server()

    def replaced(self):
        before = os.stat(self.server.seedd.config)
        self.server.start()
        with open(self.server.seedd.config) as file:
            after = file.read()
        check(PASSWORD not in after, "the password is not in the file any more")
        start = after.index('"{pbkdf2-sha256}')
        end = after.index('"', start + 1) + 1
        check(after[:start] + f"'{PASSWORD}'" + after[end:] == CONFIG, f"all else stays: {after}")
        now = os.stat(self.server.seedd.config)
        check(stat.S_IMODE(now.st_mode) == 0o640 and now.st_uid == before.st_uid, "mode and owner stay")
        check(os.listdir(self.server.home).count("seedd.toml") == 1, "nothing is left beside it")
        check(not [n for n in os.listdir(self.server.home) if n.startswith("seedd.toml.")], "no rest")
        check("replaced by its hash" in self.server.log() and PASSWORD not in self.server.log(), "the log says so")

    def logins(self):
        server = self.server
        answer = server.call((), "session_stats")
        check(answer.status == 401, f"without a login: {answer.status}")
        check(answer.headers["www-authenticate"].startswith("Basic"), "a browser asks")
        check(server.call(user("wrong"), "session_stats").status == 401, "a wrong password")
        check(server.call(user(name="eve"), "session_stats").status == 401, "a wrong name")
        server.result(OWNER, "session_stats")
        check(server.call(OWNER, "session_stats", at="/transmission/rpc").status == 409, "409 after the login")
        check(server.call((), "session_stats", at="/transmission/rpc").status == 401, "401 before 409")
        name = ("-H", "Host: evil.example")
        check(server.call((*OWNER, *name), "session_stats").status == 200, "a login stands for a strange name of ours")
        check(server.call(name, "session_stats").status == 401, "without one it is refused")
        check(curl(server.url + "/healthz", *name).status == 200, "what tells nothing is told under any name")
        check(server.call((*OWNER, *name), "session_stats", at="/transmission/rpc").status == 409,
              "where the session id is asked for a login stands for it")

    def again(self):
        with open(self.server.seedd.config) as file:
            before = file.read()
        self.server.restart()
        self.server.result(OWNER, "session_stats")
        with open(self.server.seedd.config) as file:
            check(file.read() == before, "a hash is left alone")

    def by_link(self):
        server = Server()
        real = os.path.join(server.home, "real.toml")
        os.rename(server.seedd.config, real)
        os.symlink("real.toml", server.seedd.config)
        server.start()
        check(os.path.islink(server.seedd.config), "the link stays")
        with open(real) as file:
            check(PASSWORD not in file.read(), "the file it leads to is changed")
        server.result(OWNER, "session_stats")
        check(server.seedd.stop() == 0, "seedd ends with 0")

    def not_replaced(self):
        server = Server()
        os.link(server.seedd.config, os.path.join(server.home, "other.toml"))
        server.start()
        with open(server.seedd.config) as file:
            check(file.read() == CONFIG, "a file of two names is left alone")
        check("stays plain" in server.log() and PASSWORD not in server.log(), "the log warns")
        server.result(OWNER, "session_stats")
        check(server.seedd.stop() == 0, "seedd ends with 0")

    def from_environment(self):
        server = Server(CONFIG.replace(f"    rpc_password = '{PASSWORD}'  # do not tell\n", ""))
        server.seedd.environment = {"SEEDD_RPC_PASSWORD": PASSWORD}
        server.start()
        check("where=environment" in server.log() and PASSWORD not in server.log(), "the log warns")
        server.result(OWNER, "session_stats")
        check(server.seedd.stop() == 0, "seedd ends with 0")

    def end(self):
        check(self.server.seedd.stop() == 0, "seedd ends with 0")


class Tokens:
    def __init__(self):
        self.server = Server().start()

    def created(self):
        server = self.server
        made = server.result(OWNER, "token_create", name="backup", scopes=[READ], expires=4_000_000_000)
        check(made["token"].startswith("seedd_") and len(made["token"]) == 49, f"a token: {made}")
        check(made["scopes"] == [READ] and made["labels"] == [] and made["expires_date"] == 4_000_000_000, f"{made}")
        self.text = made["token"]
        server.result(bearer(self.text), "session_stats")
        server.result(user(self.text, "anything"), "session_stats")
        listed = server.result(OWNER, "token_list")["tokens"]
        check([t["name"] for t in listed] == ["backup"] and "token" not in listed[0], f"listed: {listed}")
        check(listed[0]["last_used_date"] > 0, "its use is known")
        check(server.error(OWNER, "token_create", name="backup", scopes=[READ])["code"] == -32602, "a name twice")
        check(server.call(bearer("seedd_" + "A" * 43), "session_stats").status == 401, "a wrong one is 401")

    def legacy(self):
        body = json.dumps({"method": "token-list", "tag": 4})
        said = curl(self.server.url + "/rpc", *OWNER, "-d", body).json()
        check(said["result"] == "success" and said["tag"] == 4 and len(said["arguments"]["tokens"]) == 1, f"{said}")

    def durable(self):
        self.server.seedd.kill()
        os.unlink(os.path.join(self.server.home, "seedd.log"))
        self.server.start()
        self.server.result(bearer(self.text), "session_stats")
        for name in os.listdir(self.server.seedd.state_dir):
            with open(os.path.join(self.server.seedd.state_dir, name), "rb") as file:
                check(self.text.encode() not in file.read(), f"its text is in {name}")

    def _watch(self, login):
        """An open stream of events."""
        stream = subprocess.Popen(["curl", "-sN", *login, self.server.url + "/events"], stdout=subprocess.PIPE)
        check(stream.stdout.readline().startswith(b"id:"), "the stream begins")
        return stream

    def expired(self):
        server = self.server
        soon = int(time.time()) + 6
        brief = server.token(OWNER, "brief", [READ], expires=soon)
        server.result(brief, "session_stats")
        stream = self._watch(brief)
        wait_for(lambda: server.call(brief, "session_stats").status == 401, 20, "its end")
        check(time.time() >= soon, "not before its time")
        wait_for(lambda: stream.poll() is not None, 10, "the end of its stream")
        check(server.error(OWNER, "token_create", name="late", scopes=[READ], expires=soon)["code"] == -32602,
              "none is made for the past")

    def revoked(self):
        server = self.server
        stream, other = self._watch(bearer(self.text)), self._watch(OWNER)
        check(server.result(OWNER, "token_revoke", name="backup") == {}, "revoked")
        wait_for(lambda: stream.poll() is not None, 10, "the end of its stream")
        check(other.poll() is None, "that of the owner goes on")
        other.terminate()
        other.wait()
        check(server.call(bearer(self.text), "session_stats").status == 401, "refused at once")
        server.restart()
        check(server.call(bearer(self.text), "session_stats").status == 401, "and after a restart")
        check(server.error(OWNER, "token_revoke", name="backup")["code"] == -32602, "there is none")

    def matrix(self):
        """Every method with a token of every set of scopes: let through or refused as the schema says."""
        server = self.server
        schema = json.loads(subprocess.run([daemon.binary, "--schema"], capture_output=True, check=True).stdout)
        tokens = {}
        for bits in range(1, 16):
            scopes = [s for i, s in enumerate(SCOPES) if bits >> i & 1]
            tokens[tuple(scopes)] = server.token(OWNER, f"m{bits}", scopes)
        calls = 0
        for scopes, token in tokens.items():
            # Arguments that no method can do harm with; session_close takes none.
            methods = [m for m in schema["methods"]
                       if m["name"] != "session_close" or ADMIN not in scopes]
            batch = [{"jsonrpc": "2.0", "id": m["name"], "method": m["name"],
                      "params": {"ids": [], "fields": ["nonsense"], "name": "no such", "scopes": []}}
                     for m in methods]
            answers = {}
            for at in range(0, len(batch), 100):
                said = curl(server.url + "/rpc", *token, "-d", json.dumps(batch[at:at + 100])).json()
                answers.update({answer["id"]: answer for answer in said})
            for method in methods:
                error = answers[method["name"]].get("error", {})
                allowed = method["scope"] in scopes or ADMIN in scopes
                check((error.get("code") != NOT_ALLOWED) == allowed, f"{method['name']} with {scopes}: {error}")
                if not allowed:
                    check(method["scope"] in error["data"]["error_string"], f"it says which scope: {error}")
                calls += 1
        for bits in range(1, 16):
            server.result(OWNER, "token_revoke", name=f"m{bits}")
        return f"{calls} calls"

    def local_files(self):
        server = self.server
        adder = server.token(OWNER, "adder", [ADD])
        torrent = single_file(os.path.join(server.home, "content"), size=50_000, piece_bytes=16384)
        added = server.result(adder, "torrent_add", filename=torrent.path, paused=True)
        check(added["torrent_added"]["hash_string"] == torrent.info_hash, "from this host a path will do")

    def audit(self):
        def told():  # the log is written by a thread of its own
            return [l for l in self.server.log().splitlines() if "audit" in l and 'who="token adder"' in l]
        wait_for(told, 10, "the audit's line", alive=[self.server.seedd.process])
        line = told()[0]
        check("method=torrent_add" in line and "address=127.0.0.1" in line and "outcome=ok" in line, line)
        log = self.server.log()
        refused = [l for l in log.splitlines() if "error 101" in l]
        check(refused and 'who="token m' in refused[0], "refused calls are told")
        check("seedd_" not in log and PASSWORD not in log, "no secret is")

    def end(self):
        check(self.server.seedd.stop() == 0, "seedd ends with 0")


class Guessing:
    def __init__(self):
        self.server = Server(bind_address_ipv4="127.0.0.1", rpc_bind_address="127.0.0.1",
                             rpc_whitelist="127.*").start()

    def slowed(self):
        server = self.server
        # Their own address, as another client of the house would have.
        self.guesser = ("--interface", "127.0.0.9")
        statuses = []
        begun = time.monotonic()
        for n in range(8):
            statuses.append(server.call((*self.guesser, *user(f"guess{n}")), "session_stats").status)
        check(statuses[:3] == [401] * 3 and 429 in statuses[3:], f"after three it is slowed: {statuses}")
        check(time.monotonic() - begun < 15, "at once: nobody is made to wait")

        def let_in():
            answer = server.call((*self.guesser, *OWNER), "session_stats")
            check(answer.status == 200 or int(answer.headers["retry-after"]) > 0, f"{answer.status}")
            return answer.status == 200
        wait_for(let_in, 40, "the delay's end", step=0.5)
        return str(statuses)

    def repeated(self):
        """Programs with old passwords: told so each time, and nobody pays for them."""
        server, house = self.server, ("--interface", "127.0.0.10")
        for n in range(20):
            answer = server.call((*house, *user(f"old{n % 2}")), "session_stats")
            check(answer.status == 401, f"old password {n}: {answer.status}")
        check(server.call((*house, *OWNER), "session_stats").status == 200, "the right one is let in")

    def foreign(self):
        """What a page of another site makes the browser try counts for nobody."""
        server, house = self.server, ("--interface", "127.0.0.11")
        page = ("-H", "Origin: https://evil.example", "-H", "Sec-Fetch-Site: cross-site")
        for n in range(12):
            check(server.call((*house, *page, *user(f"try{n}")), "session_stats").status == 403, "no page may")
        check(server.call((*house, *OWNER), "session_stats").status == 200, "who sits there may")

    def others(self):
        self.server.result(OWNER, "session_stats")

    def locked(self):
        server = self.server
        guesses = iter(range(100, 10_000))

        def one():
            answer = server.call((*self.guesser, *user(f"guess{next(guesses)}")), "session_stats")
            return answer if answer.status == 403 else None
        answer = wait_for(one, 40, "lock", step=0.5)
        check(int(answer.headers["retry-after"]) > 60, f"for a while: {answer.headers}")
        check(server.call((*self.guesser, *OWNER), "session_stats").status == 403, "the right password too")
        self.server.result(OWNER, "session_stats")

    def told(self):
        def said():
            return "login failed" in self.server.log() and "address=127.0.0.9" in self.server.log()
        wait_for(said, 10, "the audit saying so", alive=[self.server.seedd.process])
        check("guess" not in self.server.log(), "but not what was tried")

    def end(self):
        check(self.server.seedd.stop() == 0, "seedd ends with 0")


class Sites:
    def __init__(self):
        self.server = Server("", rpc_cors_origins="https://panel.example").start()

    def status(self, *options, at="/rpc"):
        return self.server.call(options, "session_stats", at=at).status

    def foreign(self):
        check(self.status() == 200, "curl needs nothing")
        check(self.status("-H", "Origin: https://evil.example") == 403, "a foreign page")
        check(self.status("-H", "Sec-Fetch-Site: cross-site") == 403, "a foreign site")
        check(self.status("-H", "Sec-Fetch-Site: same-site") == 403, "a neighbour")
        check(self.status("-H", "Host: evil.example") == 421, "a strange name of ours")
        check(self.status("-H", "Origin: https://evil.example", at="/transmission/rpc") == 409,
              "the old path has its own lock")

    def listed(self):
        url = self.server.url + "/rpc"
        page = ("-H", "Origin: https://panel.example", "-H", "Sec-Fetch-Site: cross-site")
        asked = curl(url, *page, "-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST",
                     "-H", "Access-Control-Request-Headers: authorization")
        check(asked.status == 200 and "POST" in asked.headers["access-control-allow-methods"]
              and "Authorization" in asked.headers["access-control-allow-headers"], f"{asked.headers}")
        said = self.server.call(page, "session_stats")
        check(said.status == 200 and said.headers["access-control-allow-origin"] == "https://panel.example"
              and "Origin" in said.headers["vary"], f"{said.headers}")
        other = curl(url, "-X", "OPTIONS", "-H", "Origin: https://evil.example")
        check("access-control-allow-origin" not in other.headers, "nobody else's")

    def tokens_restrict(self):
        reader = self.server.token((), "reader", [READ])
        self.server.result(reader, "session_stats")
        check(self.server.error(reader, "session_set")["code"] == NOT_ALLOWED, "a token restricts")
        self.server.result((), "session_set")
        check(self.server.call(bearer("seedd_" + "B" * 43), "session_stats").status == 401, "a wrong one is refused")
        self.server.result(bearer("x"), "session_stats")
        self.server.result(user("whatever"), "session_stats")

    def end(self):
        check(self.server.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: who may do what")
    if not have("curl"):
        report.run("curl", lambda: (_ for _ in ()).throw(Skip("curl is not installed (scripts/deps.sh --tests)")))
        finish(report)
    passwords = Passwords()
    report.run("a plain password becomes a hash", passwords.replaced)
    report.run("logins", passwords.logins)
    report.run("a hash is left alone", passwords.again)
    report.run("it ends", passwords.end)
    report.run("a link to the file is followed", passwords.by_link)
    report.run("a file of two names is not replaced", passwords.not_replaced)
    report.run("a password in the environment", passwords.from_environment)
    tokens = Tokens()
    for name, cell in (("a token is made, used and listed", tokens.created), ("legacy names", tokens.legacy),
                       ("tokens outlive kill -9", tokens.durable), ("a token ends", tokens.expired),
                       ("a token is revoked", tokens.revoked), ("methods by scopes", tokens.matrix),
                       ("local files", tokens.local_files), ("the audit", tokens.audit), ("it ends", tokens.end)):
        report.run(name, cell)
    guessing = Guessing()
    for name, cell in (("guessing is slowed", guessing.slowed), ("others are not", guessing.others),
                       ("one wrong password again and again", guessing.repeated),
                       ("guesses of other sites' pages", guessing.foreign),
                       ("guessing is locked out", guessing.locked), ("it is told", guessing.told),
                       ("it ends", guessing.end)):
        report.run(name, cell)
    sites = Sites()
    for name, cell in (("pages of other sites", sites.foreign), ("pages of listed sites", sites.listed),
                       ("without a login a token restricts", sites.tokens_restrict), ("it ends", sites.end)):
        report.run(name, cell)
    finish(report)


if __name__ == "__main__":
    main()
