#!/usr/bin/python3
"""The DHT: torrents without a tracker, found through nodes of libtorrent and of seedd."""

import base64
import hashlib
import os
import subprocess
import urllib.request

from setting import begin
from interop import prometheus
from interop.clients import Libtorrent
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop import seedd as daemon
from interop.seedd import RpcError, Seedd
from interop.torrents import single_file

# RFC 8032, section 7.1, test 1.
SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


class Swarm:
    """Nodes on addresses of their own: a table takes one of each."""

    def __init__(self):
        self.home = folder("dht")
        self.content = os.path.join(self.home, "content")
        self.first = single_file(self.content, name="first.bin", size=2**20, piece_bytes=2**15, seed=1)
        self.second = single_file(self.content, name="second.bin", size=2**20, piece_bytes=2**15, seed=2)
        self.third = single_file(self.content, name="third.bin", size=2**20, piece_bytes=2**15, seed=3)
        self.nodes = []
        self.routers = ""

    def node(self, number):
        one = Libtorrent(os.path.join(self.home), save=os.path.join(self.home, f"lt{number}"),
                         address=f"127.0.0.{50 + number}")
        one.home = folder(f"node{number}", self.home)
        one.port = free_port()
        return one

    def begin(self):
        if Libtorrent.missing():
            raise Skip(Libtorrent.missing())
        for number in range(12):
            one = self.node(number)
            one.add(None, dht=self.routers)
            self.nodes.append(one)
            # libtorrent takes none of those it begins with into its table: each begins with another.
            self.routers = f"{one.address}:{one.port}"
            wait_for(one.status, 30, "libtorrent", alive=[one.process])

    def seedd(self, name, address, **settings):
        return Seedd(folder(name, self.home), name, address, dht_enabled=True, dht_bootstrap_nodes=self.routers,
                     **settings).start()

    def nodes_of(self, seedd):
        with urllib.request.urlopen(f"http://127.0.0.1:{seedd.rpc_port}/metrics") as answer:
            return prometheus.value(prometheus.parse(answer.read().decode()), "seedd_dht_nodes")

    def meets(self):
        self.a = self.seedd("a", "127.0.0.2", download_dir=self.content)
        self.b = self.seedd("b", "127.0.0.3")
        for one in (self.a, self.b):
            wait_for(lambda: self.nodes_of(one) >= 4, 60, "nodes", alive=[one.process])
        return f"{self.nodes_of(self.a):.0f} and {self.nodes_of(self.b):.0f} nodes"

    def between_seedds(self):
        self.a.add(self.first.path)
        self.a.wait_complete(self.first.info_hash)
        # A seed takes its time; the user need not.
        self.a.rpc("torrent_reannounce", ids=[self.first.info_hash])
        self.b.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{self.first.info_hash}")
        self.complete(self.b, self.first)
        froms = self.b.get(self.first.info_hash, "peers_from")
        return f"{froms}"

    def complete(self, seedd, torrent):
        wait_for(lambda: self.nudged(seedd, torrent), 90, "the torrent", step=0.5, alive=[seedd.process])
        check(not torrent.differences(seedd.download_dir), "the octets are right")

    @staticmethod
    def nudged(seedd, torrent):
        if seedd.is_complete(torrent.info_hash) and seedd.get(torrent.info_hash, "total_size") == torrent.total:
            return True
        seedd.rpc("torrent_reannounce", ids=[torrent.info_hash])
        return False

    def from_libtorrent(self):
        one = self.node(20)
        one.save = self.content
        one.add(self.second, seed=True, dht=self.routers)
        wait_for(lambda: one.facts(self.second).get("seeding"), 30, "libtorrent", alive=[one.process])
        self.b.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{self.second.info_hash}")
        self.complete(self.b, self.second)
        one.stop()

    def to_libtorrent(self):
        self.a.add(self.third.path)
        self.a.wait_complete(self.third.info_hash)
        self.a.rpc("torrent_reannounce", ids=[self.third.info_hash])
        one = self.node(21)
        one.add(self.third, magnet=f"magnet:?xt=urn:btih:{self.third.info_hash}", dht=self.routers)
        wait_for(lambda: one.complete(self.third), 90, "libtorrent", alive=[one.process])
        one.stop()

    def _got_by_libtorrent(self, order, fits):
        one = self.nodes[3]
        def seen():
            got = [item for item in one.status()["items"]["got"] if fits(item)]
            if not got:
                one.items(order)
            return got
        return wait_for(seen, 60, "the item at libtorrent", step=1, alive=[one.process])[-1]

    def immutable_from_libtorrent(self):
        value = "put by libtorrent"
        self.nodes[5].items({"put": value})
        wait_for(lambda: any(self.nodes[5].status()["items"]["put"]), 60, "the put", alive=[self.nodes[5].process])
        octets = f"{len(value)}:{value}".encode()
        target = hashlib.sha1(octets).hexdigest()
        got = self.b.rpc("dht_get", target=target)
        check(got["value"] == value and base64.b64decode(got["value_base64"]) == octets, f"{got}")
        check(got["target"] == target and "key" not in got, f"{got}")

    def immutable_to_libtorrent(self):
        value = "put by seedd \u00fc"
        put = self.a.rpc("dht_put", value=value)
        check(put["nodes"] >= 4, f"{put}")
        octets = f"{len(value.encode())}:{value}".encode()
        check(put["target"] == hashlib.sha1(octets).hexdigest(), f"{put}")
        got = self._got_by_libtorrent({"target": put["target"]}, lambda item: item.get("target") == put["target"]
                                      and item["value"])
        check(got["value"] == value, f"{got}")
        structured = base64.b64encode(b"d1:ai1e4:listl1:x1:yee").decode()
        put = self.a.rpc("dht_put", value_base64=structured)
        got = self.b.rpc("dht_get", target=put["target"])
        check(got["value_base64"] == structured and "value" not in got, f"{got}")
        return f"on {put['nodes']} nodes"

    def mutable(self):
        """Each takes its turn at the same item."""
        put = self.a.rpc("dht_put", value="first", key_seed=SEED, salt="news")
        check(put["key"] == KEY and put["seq"] == 1, f"{put}")
        self._got_by_libtorrent({"key": KEY, "salt": "news"}, lambda item: item.get("key") == KEY
                                and (item["seq"], item["value"]) == (1, "first"))
        self.nodes[5].items({"put": "second", "seed": SEED, "key": KEY, "salt": "news"})
        got = wait_for(lambda: self._newest(2), 60, "libtorrent's item", step=1, alive=[self.b.process])
        check(got["value"] == "second" and got["key"] == KEY and len(got["signature"]) == 128, f"{got}")
        check(self.b.rpc("dht_get", target=put["target"], salt="news")["seq"] == 2, "the target is enough")
        self._refused(104, "dht_put", value="x", key_seed=SEED, salt="news", cas=1)
        self._refused(104, "dht_put", value="x", key_seed=SEED, salt="news", seq=2)
        put = self.b.rpc("dht_put", value="third", key_seed=SEED, salt="news", cas=2)
        check(put["seq"] == 3, f"{put}")
        self._got_by_libtorrent({"key": KEY, "salt": "news"}, lambda item: item.get("key") == KEY
                                and (item["seq"], item["value"]) == (3, "third"))
        with open(os.path.join(self.a.home, "a.log")) as log:
            check(SEED not in log.read(), "the private key is in no log")

    def _newest(self, seq):
        try:
            got = self.b.rpc("dht_get", key=KEY, salt="news")
        except RpcError:
            return None
        return got if got["seq"] >= seq else None

    @staticmethod
    def _code(seedd, method, **params):
        try:
            return seedd.rpc(method, **params)
        except RpcError as error:
            return str(error)

    def _refused(self, code, method, **params):
        said = self._code(self.a, method, **params)
        check(isinstance(said, str) and f"'code': {code}" in said, f"{method} {params}: {said}")

    def nowhere(self):
        self._refused(103, "dht_get", target="ab" * 20)
        self._refused(103, "dht_get", key=KEY, salt="of nobody")
        self._refused(-32602, "dht_put", value="x" * 997)
        self._refused(-32602, "dht_put", value_base64=base64.b64encode(b"d1:bi1e1:ai1ee").decode())
        self._refused(-32602, "dht_scrape", id=7000)

    def counted(self):
        """Who announced to the nodes of both programs; one of them is a seed."""
        swarm = self.first.info_hash
        def told():
            got = self.b.rpc("dht_scrape", id=swarm)
            check(got["hash_string"] == swarm and "ipv6" not in got, f"{got}")
            check(got["ipv4"] == {name: got[name] for name in ("seeder_count", "leecher_count")}, f"{got}")
            for one in (self.a, self.b):
                one.rpc("torrent_reannounce", ids=[swarm])
            return got if got["seeder_count"] + got["leecher_count"] == 2 and got["seeder_count"] > 0 else None
        got = wait_for(told, 60, "both in the swarm", step=1, alive=[self.b.process])
        nobody = self.b.rpc("dht_scrape", id="cd" * 20)
        check((nobody["seeder_count"], nobody["leecher_count"]) == (0, 0), f"{nobody}")
        private = single_file(self.content, name="private.bin", size=2**16, piece_bytes=2**14, seed=4, private=True)
        self._refused(-32602, "dht_scrape", id=self.a.add(private.path))
        self._refused(-32602, "dht_scrape", id=private.info_hash)
        return f"{got['seeder_count']} seeds and {got['leecher_count']} others"

    def by_hand(self):
        """The same by seedctl."""
        def run(*words):
            ran = subprocess.run([os.path.join(os.path.dirname(daemon.binary), "seedctl"), "--host",
                                  f"127.0.0.1:{self.a.rpc_port}", "dht", *words], capture_output=True, text=True,
                                 check=False)
            check(ran.returncode == 0, f"{words}: {ran.stderr}")
            return ran.stdout
        seed = os.path.join(self.home, "seed")
        with open(os.open(seed, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write("5e" * 32 + "\n")
        target = run("put", "by hand").split()[0]
        check(run("get", target) == "by hand\n", "an immutable item")
        key = run("put", "by hand, signed", "--seed-file", seed, "--salt", "s").split()[5]
        check(run("get", "--key", key, "--salt", "s") == "by hand, signed\n", "a mutable item")
        check("IPv4" in run("scrape", "first.bin"), "a swarm")

    def restarted(self):
        """The table is kept: a start without a router is no start from nothing."""
        check(self.b.stop() == 0, "it ends with 0")
        self.b.settings["dht_bootstrap_nodes"] = ""
        self.b.start()
        wait_for(lambda: self.nodes_of(self.b) >= 4, 60, "nodes", alive=[self.b.process])

    def off(self):
        self.b.rpc("session_set", dht_enabled=False)
        wait_for(lambda: self.nodes_of(self.b) == 0, 10, "no nodes")
        said = self._code(self.b, "dht_get", target="ab" * 20)
        check("'code': 102" in str(said) and "dht_enabled" in said, f"{said}")
        self.b.rpc("session_set", dht_enabled=True)
        wait_for(lambda: self.nodes_of(self.b) >= 4, 60, "nodes", alive=[self.b.process])

    def end(self):
        for one in (self.a, self.b):
            check(one.stop() == 0, f"{one.name} ends with 0")


def main():
    begin()
    report = Report("e2e: the DHT")
    swarm = Swarm()
    if report.run("a small DHT of libtorrent's", swarm.begin):
        report.run("seedd becomes a part of it", swarm.meets)
        report.run("a magnet without a tracker, from seedd", swarm.between_seedds)
        report.run("from libtorrent", swarm.from_libtorrent)
        report.run("to libtorrent", swarm.to_libtorrent)
        report.run("an item of libtorrent's is got", swarm.immutable_from_libtorrent)
        report.run("an item of seedd's is got by libtorrent", swarm.immutable_to_libtorrent)
        report.run("an item of a key, put in turns", swarm.mutable)
        report.run("what nobody has, and what nobody could", swarm.nowhere)
        report.run("a scrape counts who announced", swarm.counted)
        report.run("the same by seedctl", swarm.by_hand)
        report.run("the table is kept over a restart", swarm.restarted)
        report.run("off and on again", swarm.off)
        report.run("it ends", swarm.end)
    finish(report)


if __name__ == "__main__":
    main()
