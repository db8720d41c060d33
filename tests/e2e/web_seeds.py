#!/usr/bin/python3
"""Web seeds (BEP 19): nginx from Debian alone and beside peers, servers that lie, fail and lead on."""

import os
import shutil

from setting import begin
from interop.nginx import Nginx
from interop.processes import folder, have, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import bencode, multi_file, single_file


class Seeds:
    def __init__(self):
        self.home = folder("web-seeds")
        self.content = os.path.join(self.home, "content")
        self.single = single_file(self.content, size=16 * 2**20 + 77)
        self.multi = multi_file(self.content)
        self.small = multi_file(self.content, name="small", seed=9,
                                files=[("a.bin", 3 * 2**20 + 1), ("b.bin", 77), ("c/d.bin", 2 * 2**20)])
        # The same names, other octets.
        self.other = os.path.join(self.home, "other")
        shutil.copytree(self.content, self.other)
        with open(os.path.join(self.other, self.single.name), "r+b") as out:
            out.seek(5 * 2**20)
            out.write(b"spoiled")
        self.nginx = Nginx(self.content).start()
        self.liar = Nginx(self.other).start()
        self.count = 0

    def seedd(self, **settings):
        self.count += 1
        return Seedd(os.path.join(self.home, f"seedd-{self.count}"), f"seedd-{self.count}",
                     address=f"127.0.0.{20 + self.count}", **{"fetch_private_addresses": True, **settings}).start()

    def torrent(self, torrent, *urls):
        """A .torrent of it that names these web seeds. Its path."""
        path = os.path.join(self.home, f"{torrent.name}-{self.count}.torrent")
        with open(path, "wb") as out:
            out.write(b"d" + bencode("info") + torrent.info + bencode("url-list") + bencode(list(urls)) + b"e")
        return path

    def alone(self, torrent, place=""):
        seedd = self.seedd()
        seedd.add(self.torrent(torrent, self.nginx.url + place))
        seedd.wait_complete(torrent.info_hash)
        check(not torrent.differences(seedd.download_dir), "the octets are right")
        facts = seedd.get(torrent.info_hash, "webseeds", "corrupt_ever", "downloaded_ever")
        check(facts["webseeds"] == [self.nginx.url + place] and not facts["corrupt_ever"], f"{facts}")
        check(facts["downloaded_ever"] == torrent.total, f"{facts}")
        check(seedd.stop() == 0, "it ends with 0")

    def by_magnet(self):
        """`ws` of a magnet, whose metadata comes from a peer that has nothing else."""
        peer, seedd = self.seedd(), self.seedd()
        peer.add(self.single.path, paused=False, files_unwanted=[0])
        seedd.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{self.single.info_hash}&ws={self.nginx.url}"
                  f"&x.pe={peer.address}:{peer.peer_port}")
        seedd.wait_complete(self.single.info_hash)
        check(not self.single.differences(seedd.download_dir), "the octets are right")
        for one in (peer, seedd):
            check(one.stop() == 0, "it ends with 0")

    def beside_peers(self):
        """Both give; nothing comes twice."""
        slow = Nginx(self.content, rate="4m").start()
        peer = self.seedd(download_dir=self.content, speed_limit_up_enabled=True, speed_limit_up=4000)
        peer.add(self.single.path)
        peer.wait_complete(self.single.info_hash)
        tracker = SmallTracker()
        tracker.add_peer(self.single, peer.address, peer.peer_port)
        seedd = self.seedd()
        seedd.add(self.torrent(self.single, slow.url), paused=True)
        seedd.rpc("torrent_set", ids=[self.single.info_hash], tracker_list=tracker.url)
        seedd.rpc("torrent_start", ids=[self.single.info_hash])
        seedd.wait_complete(self.single.info_hash)
        check(not self.single.differences(seedd.download_dir), "the octets are right")
        given = peer.get(self.single.info_hash, "uploaded_ever")
        served = sum(octets for _, octets, _ in slow.requests())
        check(given > 2**20 and served > 2**20, f"the peer gave {given}, the server {served}")
        check(given + served < self.single.total * 1.2, f"of {self.single.total}: {given} and {served}")
        for one in (peer, seedd):
            check(one.stop() == 0, "it ends with 0")
        slow.stop()
        tracker.stop()
        return f"{given * 100 // (given + served)} % by the peer"

    def liar_found(self):
        """A server of other octets is asked no more; another one gives what it spoiled."""
        seedd = self.seedd()
        seedd.add(self.torrent(self.single, self.liar.url))
        wait_for(lambda: seedd.get(self.single.info_hash, "corrupt_ever"), 30, "corrupt octets")
        wait_for(lambda: not seedd.get(self.single.info_hash, "webseeds_sending_to_us"), 30, "its end")
        before = len(self.liar.requests())
        seedd.rpc("torrent_remove", ids=[self.single.info_hash])
        seedd.add(self.torrent(self.single, self.liar.url, self.nginx.url))
        seedd.wait_complete(self.single.info_hash)
        check(not self.single.differences(seedd.download_dir), "the octets are right")
        check(seedd.stop() == 0, "it ends with 0")
        return f"{before} requests"

    def not_served(self, place):
        """Nothing comes, and the server is not asked again and again."""
        seedd = self.seedd()
        before = len(self.nginx.requests())
        seedd.add(self.torrent(self.single, self.nginx.url + place))
        wait_for(lambda: len(self.nginx.requests()) > before, 20, "a request")
        seedd.rpc("torrent_set", ids=[self.single.info_hash], labels=["seen"])
        check(seedd.get(self.single.info_hash, "downloaded_ever") == 0, "nothing came")
        asked = len(self.nginx.requests()) - before
        check(asked <= 3, f"it was asked {asked} times")
        check(seedd.stop() == 0, "it ends with 0")

    def private_addresses(self):
        seedd = self.seedd(fetch_private_addresses=False)
        before = len(self.nginx.requests())
        seedd.add(self.torrent(self.single, self.nginx.url))
        wait_for(lambda: "web seed" in open(seedd.process.log_path).read(), 20, "a line in the log")
        check(len(self.nginx.requests()) == before, "it was not asked")
        check(seedd.stop() == 0, "it ends with 0")

    def end(self):
        self.nginx.stop()
        self.liar.stop()


def main():
    begin()
    report = Report("e2e: web seeds")
    if not have("nginx"):
        raise Skip("nginx is not installed")
    seeds = Seeds()
    report.run("a single file from nginx alone", seeds.alone, seeds.single)
    report.run("many files of odd names", seeds.alone, seeds.multi)
    report.run("behind a redirect", seeds.alone, seeds.single, "moved/")
    report.run("small files from a server without ranges", seeds.alone, seeds.small, "whole/")
    report.run("a magnet's", seeds.by_magnet)
    report.run("beside a peer", seeds.beside_peers)
    report.run("a server that lies", seeds.liar_found)
    report.run("a server that has nothing", seeds.not_served, "none/")
    report.run("a server that is busy", seeds.not_served, "busy/")
    report.run("on a private address", seeds.private_addresses)
    report.run("it ends", seeds.end)
    finish(report)


if __name__ == "__main__":
    main()
