#!/usr/bin/python3
"""Who may do what: passwords, tokens, scopes, labels, guessing, other sites' pages; with curl."""

import base64
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
        check(server.call(name, "session_stats", at="/healthz").status == 421, "also where none is asked for")
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


class Labels:
    def __init__(self):
        self.server = Server().start()
        self.torrents = [single_file(os.path.join(self.server.home, f"c{n}"), name=f"t{n}", size=40_000,
                                     piece_bytes=16384, seed=n) for n in range(3)]

    def _metainfo(self, n):
        with open(self.torrents[n].path, "rb") as file:
            return base64.b64encode(file.read()).decode()

    def prepare(self):
        server = self.server
        server.result(OWNER, "torrent_add", metainfo=self._metainfo(0), paused=True, labels=["music"])
        self.token = server.token(OWNER, "films", [READ, ADD, CONTROL], labels=["films", "new"])
        check(server.error(OWNER, "token_create", name="x", scopes=[ADMIN], labels=["films"])["code"] == -32602,
              "admin is not kept to labels")

    def seen(self, who=None):
        listed = self.server.result(who or self.token, "torrent_get", fields=["name", "labels"])["torrents"]
        return sorted(t["name"] for t in listed)

    def sees(self):
        server, token = self.server, self.token
        check(self.seen() == [] and self.seen(OWNER) == ["t0"], "it sees nothing of others")
        for ids in (1, [1], [self.torrents[0].info_hash], "recently_active"):
            got = server.result(token, "torrent_get", fields=["name"], ids=ids)["torrents"]
            check(got == [], f"by {ids}: {got}")

    def adds(self):
        server, token = self.server, self.token
        server.result(token, "torrent_add", metainfo=self._metainfo(1), paused=True)
        got = server.result(token, "torrent_get", fields=["name", "labels"])["torrents"]
        check(got == [{"name": "t1", "labels": ["films", "new"]}], f"it gets the labels: {got}")
        refused = server.error(token, "torrent_add", metainfo=self._metainfo(2), labels=["music"])
        check(refused["code"] == NOT_ALLOWED, f"a label of others: {refused}")
        there = server.error(token, "torrent_add", metainfo=self._metainfo(0))
        check(there["code"] == NOT_ALLOWED and "t0" not in json.dumps(there), f"one of others: {there}")

    def touches(self):
        server, token = self.server, self.token
        for method in ("torrent_start", "torrent_remove", "torrent_verify", "queue_move_top"):
            server.result(token, method, ids=[1])
        server.result(token, "torrent_set", ids=[1], peer_limit=7)
        server.result(token, "torrent_remove")
        check(self.seen(OWNER) == ["t0"], "only its own can be removed")
        got = server.result(OWNER, "torrent_get", ids=[1], fields=["status", "peer_limit"])["torrents"][0]
        check(got["status"] == 0 and got["peer_limit"] != 7, f"the others are as they were: {got}")

    def labels(self):
        server, token = self.server, self.token
        server.result(token, "torrent_add", metainfo=self._metainfo(2), paused=True, labels=["new"])
        one = self.torrents[2].info_hash
        server.result(OWNER, "torrent_set", ids=[one], labels=["new", "kept"])
        server.result(token, "torrent_set", ids=[one], labels=["films", "music"])
        got = server.result(OWNER, "torrent_get", ids=[one], fields=["labels"])["torrents"][0]["labels"]
        check(sorted(got) == ["films", "kept"], f"labels of others stay: {got}")
        check(server.error(token, "torrent_set", ids=[one], labels=["music"])["code"] == NOT_ALLOWED,
              "one of its own stays")

    def gains(self):
        """One that gets a label is new to who is kept to it: all of it is told, though others have seen it."""
        server, token = self.server, self.token
        fields = ["name", "status", "labels", "total_size"]
        server.result(OWNER, "torrent_get", fields=fields, since=0)
        number = server.result(token, "torrent_get", fields=fields, since=0)["sequence"]
        server.result(OWNER, "torrent_set", ids=[self.torrents[0].info_hash], labels=["music", "films"])
        server.result(OWNER, "torrent_get", fields=fields, since=number)
        got = server.result(token, "torrent_get", fields=fields, since=number)
        check(not got["full"] and [set(t) for t in got["torrents"]] == [{"id", *fields}], f"told: {got}")
        server.result(OWNER, "torrent_set", ids=[self.torrents[0].info_hash], labels=["music"])

    def rest(self):
        server, token = self.server, self.token
        check(server.error(token, "session_set", speed_limit_down=1)["code"] == NOT_ALLOWED, "session_set")
        check(server.error(token, "free_space", path="/")["code"] == NOT_ALLOWED, "another folder's space")
        server.result(token, "free_space", path=server.seedd.download_dir)

    def _told(self, who):
        """All that one caller can read, in one text."""
        server, other = self.server, self.torrents[0].info_hash
        schema = json.loads(subprocess.run([daemon.binary, "--schema"], capture_output=True, check=True).stdout)
        methods = [m for m in schema["methods"] if m["scope"] == READ]
        check(len(methods) > 5, "there are methods to read with")
        text = ""
        for method in methods:
            text += server.call(who, method["name"]).body
            text += curl(server.url + "/rpc", *who, "-d", json.dumps({"method": method["legacy"]})).body
        for ids in ({}, {"ids": [other]}, {"ids": "recently_active"}):
            text += server.call(who, "torrent_get", fields=["name", "hash_string", "group", "error_string"], **ids).body
            text += server.call(who, "torrent_why", **ids).body
        stream = subprocess.run(["curl", "-sN", "--max-time", "2", *who,
                                 server.url + "/events?since=0&fields=name,hash_string,group"],
                                capture_output=True, check=False)
        return text + stream.stdout.decode() + curl(server.url + "/metrics", *who).body

    def hidden(self):
        """What is the owner's is in nothing that one who is kept to labels can read."""
        server, other = self.server, self.torrents[0].info_hash
        server.result(OWNER, "session_set", default_trackers="http://t.example/key-one/announce",
                      blocklist_url="http://b.example/key-two", port_test_url="http://127.0.0.1:1/key-three",
                      script_torrent_added_filename="/key-four", script_torrent_done_filename="/key-five",
                      script_torrent_done_seeding_filename="/key-six")
        server.result(OWNER, "group_set", name="key-seven")
        server.result(OWNER, "group_set", name="shared")
        server.result(OWNER, "torrent_set", ids=[other], group="key-seven")
        server.result(OWNER, "torrent_set", ids=[self.torrents[2].info_hash], group="shared")
        owner, kept = self._told(OWNER), self._told(self.token)
        for word in ("key-one", "key-two", "key-three", "key-four", "key-five", "key-six", "key-seven", other):
            check(word in owner, f"the owner is told {word}")
            check(word not in kept, f"one kept to labels is told {word}")
        got = [group["name"] for group in server.result(self.token, "group_get")["group"]]
        check(got == ["shared"], f"groups of its torrents: {got}")

    def end(self):
        check(self.server.seedd.stop() == 0, "seedd ends with 0")


class Folders:
    """What a caller without the scope admin may not choose."""

    def __init__(self):
        self.server = Server()
        self.open = os.path.join(self.server.home, "open")
        self.server.seedd.settings["rpc_token_dirs"] = self.open
        self.server.start()
        self.torrents = [single_file(os.path.join(self.server.home, f"f{n}"), name=f"f{n}", size=40_000,
                                     piece_bytes=16384, seed=50 + n) for n in range(3)]
        self.token = self.server.token(OWNER, "mover", [READ, ADD, CONTROL])
        self.kept = self.server.token(OWNER, "kept", [READ, ADD, CONTROL], labels=["films"])

    def _metainfo(self, n):
        with open(self.torrents[n].path, "rb") as file:
            return base64.b64encode(file.read()).decode()

    def _refused(self, who, method, parameter, folder, **params):
        error = self.server.error(who, method, **{parameter: folder}, **params)
        check(error["code"] == NOT_ALLOWED, f"{method} to {folder}: {error}")
        return error["data"]["error_string"]

    def added(self):
        server = self.server
        downloads, state = server.seedd.download_dir, server.seedd.state_dir
        for who in (self.token, self.kept):
            for folder in (state, "/tmp", os.path.join(server.home, ".config", "seedd"), downloads + "2", "/"):
                text = self._refused(who, "torrent_add", "download_dir", folder, metainfo=self._metainfo(0))
                check("download_dir" in text and "rpc_token_dirs" in text, f"it says what to do: {text}")
            outside = server.error(who, "torrent_add", metainfo=self._metainfo(0), download_dir=downloads + "/../x")
            check("error_string" in outside["data"], f"no way out: {outside}")
        check(server.result(OWNER, "torrent_get", fields=["id"])["torrents"] == [], "nothing was added")
        server.result(self.token, "torrent_add", metainfo=self._metainfo(0), paused=True,
                      download_dir=os.path.join(downloads, "series"))
        server.result(self.kept, "torrent_add", metainfo=self._metainfo(1), paused=True,
                      download_dir=os.path.join(self.open, "films"))

    def moved(self):
        server = self.server
        for move in (True, False):
            self._refused(self.token, "torrent_set_location", "location", "/tmp", ids=[], move=move)
            self._refused(self.kept, "torrent_set_location", "location", server.seedd.state_dir, ids=[], move=move)
        server.result(self.token, "torrent_set_location", ids=[], location=self.open)

    def owner(self):
        server = self.server
        self._refused(OWNER, "torrent_add", "download_dir", os.path.join(server.seedd.state_dir, "x"),
                      metainfo=self._metainfo(2))
        self._refused(OWNER, "torrent_set_location", "location", server.seedd.state_dir, ids=[])
        server.result(OWNER, "torrent_add", metainfo=self._metainfo(2), paused=True,
                      download_dir=os.path.join(server.home, "elsewhere"))

    def groups(self):
        server = self.server
        error = server.error(self.token, "torrent_set", ids=[], group="mine")
        check(error["code"] == NOT_ALLOWED, f"a group is made by the owner: {error}")
        error = server.error(self.token, "torrent_add", metainfo=self._metainfo(2), group="mine")
        check(error["code"] == NOT_ALLOWED, f"{error}")
        check(server.result(OWNER, "group_get")["group"] == [], "none was made")
        server.result(OWNER, "group_set", name="mine")
        server.result(self.token, "torrent_set", ids=[], group="mine")

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
    labels = Labels()
    for name, cell in (("a token kept to labels", labels.prepare), ("what it sees", labels.sees),
                       ("what it adds", labels.adds), ("what it touches", labels.touches),
                       ("which labels it sets", labels.labels), ("what gets its label", labels.gains),
                       ("what else", labels.rest), ("what is the owner's", labels.hidden), ("it ends", labels.end)):
        report.run(name, cell)
    folders = Folders()
    for name, cell in (("folders for what is added", folders.added), ("folders to move to", folders.moved),
                       ("folders of seedd itself", folders.owner), ("bandwidth groups", folders.groups),
                       ("it ends", folders.end)):
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
