#!/usr/bin/python3
"""What a token may do that is not the owner's: torrents of some labels only, folders and groups."""

import base64
import json
import os
import subprocess

from setting import begin
from auth import ADD, ADMIN, CONTROL, NOT_ALLOWED, OWNER, READ, Server, curl
from interop import seedd as daemon
from interop.processes import have
from interop.report import Report, Skip, check, finish
from interop.torrents import single_file


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
        own = self.torrents[2].info_hash
        server.result(self.token, "torrent_set", ids=[own], group="shared")
        texts = {server.error(self.token, "torrent_set", ids=[own], group=group)["data"]["error_string"]
                 for group in ("key-seven", "of-nobody")}
        check(len(texts) == 1, f"what is not seen is as what is not there: {texts}")

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


def main():
    begin()
    report = Report("e2e: what tokens may do")
    if not have("curl"):
        report.run("curl", lambda: (_ for _ in ()).throw(Skip("curl is not installed (scripts/deps.sh --tests)")))
        finish(report)
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
    finish(report)


if __name__ == "__main__":
    main()
