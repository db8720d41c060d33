#!/usr/bin/python3
"""The tracker that seedd is itself: other clients meet through it, over HTTP and UDP, IPv4 and IPv6, and whoever asks
nonsense, in whatever number, does not keep it from answering."""

import os
import random
import resource
import socket
import struct
import sys
import time
import urllib.parse
import urllib.request

from setting import begin
from interop import prometheus
from interop.clients import Aria2, Libtorrent, Transmission
from interop.own_network import enter, ip
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import bdecode, single_file

PORT = 6969
V4, V6 = "10.78.0.1", "fd78::1"
PROTOCOL_ID = 0x41727101980
CONNECT, ANNOUNCE, SCRAPE, ERROR = range(4)


def raw(hex_hash):
    return bytes.fromhex(hex_hash)


class UdpAsker:
    """A client of BEP 15."""

    def __init__(self, address):
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect((address, PORT))

    def ask(self, connection, action, body=b""):
        """(action, body) of the answer."""
        number = random.getrandbits(32)
        self.socket.send(struct.pack(">QII", connection, action, number) + body)
        answer = self.socket.recv(2048)
        told, same = struct.unpack(">II", answer[:8])
        check(same == number, "the answer is for the question")
        return told, answer[8:]

    def connect(self):
        action, body = self.ask(PROTOCOL_ID, CONNECT)
        check(action == CONNECT, "a connection id comes")
        return struct.unpack(">Q", body)[0]

    def announce(self, info_hash, port=7001, left=0, event=0):
        """The number of seeds and leechers and the peers, or the error as text."""
        body = raw(info_hash) + os.urandom(20) + struct.pack(
            ">QQQIIIiH", 0, left, 0, event, 0, random.getrandbits(32), -1, port)
        action, answer = self.ask(self.connect(), ANNOUNCE, body)
        if action == ERROR:
            return answer.decode()
        _, leechers, seeds = struct.unpack(">III", answer[:12])
        width = 18 if self.family == socket.AF_INET6 else 6
        return seeds, leechers, [answer[i:i + width] for i in range(12, len(answer), width)]


def url_of(address, scheme="http"):
    return f"{scheme}://{f'[{address}]' if ':' in address else address}:{PORT}/announce"


def http_get(address, what, **query):
    with urllib.request.urlopen(
            url_of(address).replace("announce", what) + "?" + urllib.parse.urlencode(query), timeout=10) as answer:
        check(int(answer.headers["Content-Length"]) >= 0, "an answer says its length")
        return bdecode(answer.read())[0]


def http_announce(address, info_hash, port=7002, left=0):
    return http_get(address, "announce", info_hash=raw(info_hash), peer_id=os.urandom(20), port=port, left=left,
                    uploaded=0, downloaded=0, compact=1)


class Site:
    """A seedd that is a tracker, and an address for each client."""

    def __init__(self):
        self.home = folder("tracker")
        self.content = os.path.join(self.home, "content")
        self.number = 0
        ip("link", "add", "lan", "type", "veth", "peer", "name", "lan-end")
        ip("link", "set", "lan-end", "up")
        ip("link", "set", "lan", "up")
        for last in range(1, 10):
            ip("address", "add", f"10.78.0.{last}/24", "dev", "lan")
            ip("address", "add", f"fd78::{last}/64", "dev", "lan", "nodad")
        ip("route", "add", "default", "dev", "lan")
        self.seedd = Seedd(folder("seedd", self.home), "seedd", V4, bind_address_ipv6=V6, tracker_enabled=True,
                           tracker_port=PORT, tracker_bind_address_ipv4=V4, tracker_bind_address_ipv6=V6,
                           tracker_interval_minutes=1, download_dir=self.content).start()
        wait_for(self.answers, 10, "answer of the tracker", alive=[self.seedd.process])

    def answers(self):
        try:
            http_get(V4, "scrape", info_hash=bytes(20))
            return True
        except OSError:
            return False

    def torrent(self, **more):
        self.number += 1
        return single_file(self.content, name=f"one{self.number}.bin", size=2**20 + 7, piece_bytes=2**15,
                           seed=self.number, **more)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.seedd.rpc_port}/metrics", timeout=10) as answer:
            return prometheus.parse(answer.read().decode())

    def whom_it_is_for(self):
        """Those that are here, by the list, or all."""
        own, other = self.torrent(private=True), "ab" * 20
        asker = UdpAsker(V4)
        check("not for that torrent" in str(asker.announce(own.info_hash)), "a strange torrent is refused")
        self.seedd.add(own.path, paused=True)
        wait_for(lambda: not isinstance(asker.announce(own.info_hash), str), 5, "a tracker for what is here")
        check(b"failure reason" in http_announce(V4, other), "another is refused by HTTP")
        self.seedd.rpc("session_set", tracker_allowed=[other])
        check(not isinstance(asker.announce(other), str), "one of the list is taken")
        self.seedd.rpc("session_set", tracker_allowed=[])
        check(isinstance(asker.announce(other), str), "and refused when it is not in the list any more")
        self.seedd.rpc("session_set", tracker_open=True)
        check(not isinstance(asker.announce("cd" * 20), str), "an open one takes all")
        self.seedd.rpc("session_set", tracker_open=False)
        self.seedd.rpc("torrent_remove", ids=[own.info_hash])
        wait_for(lambda: isinstance(asker.announce(own.info_hash), str), 5, "a tracker not for what is gone")

    def answers_alike(self):
        """By UDP and HTTP, over IPv4 and IPv6: each is told of those that came before it."""
        self.seedd.rpc("session_set", tracker_open=True)
        swarm = os.urandom(20).hex()
        check(UdpAsker(V4).announce(swarm, 7001)[:2] == (1, 0), "the first is a seed")
        check(UdpAsker(V6).announce(swarm, 7001, left=5)[:2] == (1, 1), "the second is over IPv6")
        told = http_announce(V4, swarm, 7002, left=5)
        check(len(told[b"peers"]) % 6 == 0 and told[b"peers"], "peers of IPv4")
        check(len(told[b"peers6"]) == 18, "and the one of IPv6")
        check(told[b"complete"] == 1 and told[b"incomplete"] == 2, f"the counts are {told}")
        check(http_announce(V6, swarm, 7003)[b"complete"] == 2, "over IPv6 too")
        asker = UdpAsker(V6)
        action, answer = asker.ask(asker.connect(), SCRAPE, raw(swarm))
        check((action, struct.unpack(">III", answer)) == (SCRAPE, (2, 0, 2)), "a scrape by UDP counts the same")
        files = http_get(V4, "scrape", info_hash=raw(swarm))[b"files"]
        check(files[raw(swarm)] == {b"complete": 2, b"downloaded": 0, b"incomplete": 2}, f"and by HTTP: {files}")

    def switched(self):
        """Off, on, and to another port, while it runs."""
        self.seedd.rpc("session_set", tracker_enabled=False)
        check(not self.answers(), "nobody answers when it is off")
        check(not any(name.startswith("seedd_own_tracker") for name, _ in self.metrics()), "no series when it is off")
        self.seedd.rpc("session_set", tracker_enabled=True, tracker_port=PORT + 1)
        check(not self.answers(), "nor at the port it had")
        self.seedd.rpc("session_set", tracker_port=PORT)
        check(self.answers(), "it answers again")

    def between(self, client, scheme, address):
        """From a libtorrent that seeds to that client, which know each other by the tracker alone."""
        for one in (client, Libtorrent):
            if one.missing():
                raise Skip(one.missing())
        v6 = ":" in address
        self.seedd.rpc("session_set", tracker_open=True)
        torrent = self.torrent(trackers=[url_of(address, scheme)])
        seed = Libtorrent(folder("seed", self.home), save=self.content, address="[fd78::3]" if v6 else "10.78.0.3")
        seed.start()
        seed.add(torrent, seed=True)
        wait_for(lambda: self.known(torrent, address)[0] == 1, 30, "a seed at the tracker", alive=[seed.process])
        leech = client(folder("leech", self.home), address="[fd78::4]" if v6 else "10.78.0.4")
        leech.start()
        leech.add(torrent)
        leech.wait_complete(torrent)
        check(not torrent.differences(leech.save), "the octets are right")
        for one in (leech, seed):
            one.stop()

    def known(self, torrent, address):
        counts = http_get(address, "scrape", info_hash=raw(torrent.info_hash))[b"files"][raw(torrent.info_hash)]
        return counts[b"complete"], counts[b"incomplete"]

    def own_torrent(self):
        """seedd seeds and is the tracker for it."""
        self.seedd.rpc("session_set", tracker_open=False)
        torrent = self.torrent(trackers=[url_of(V4, "udp")])
        self.seedd.add(torrent.path)
        self.seedd.wait_complete(torrent.info_hash)
        wait_for(lambda: self.known(torrent, V4)[0] == 1, 30, "seedd at its own tracker")
        other = Seedd(folder("other", self.home), "other", "10.78.0.5").start()
        other.add(torrent.path)
        other.wait_complete(torrent.info_hash)
        check(not torrent.differences(other.download_dir), "the octets are right")
        other.stop()

    def garbage(self):
        """Datagrams of dice, connection ids that were not given, requests that are none."""
        self.seedd.rpc("session_set", tracker_open=True)
        dice = random.Random(1)
        asker = UdpAsker(V4)
        for _ in range(5000):
            asker.socket.send(dice.randbytes(dice.randrange(1, 200)))
        for _ in range(2000):
            asker.socket.send(struct.pack(">QII", dice.getrandbits(64), ANNOUNCE, 1) + dice.randbytes(82))
        for octets in (b"\x13BitTorrent protocol" + bytes(48) + b"\n", b"\x16\x03\x01" + bytes(200) + b"\n",
                       b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000, b"GET /" + b"a" * 100_000,
                       b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000, b"POST / HTTP/1.1\r\n\r\n"):
            with socket.create_connection((V4, PORT), timeout=10) as link:
                try:
                    link.sendall(octets)
                    status = link.recv(4096).split(b" ")[1]
                    check(status in (b"400", b"405", b"414", b"431", b"505"), f"refused with {status}")
                except ConnectionError:
                    pass
        with socket.create_connection((V4, PORT), timeout=10) as link:
            link.sendall(b"GET /scrape HTTP/1.1\r\n\r\n" * 1000)
            heard = b""
            while heard.count(b"HTTP/1.1 200") < 1000:
                more = link.recv(65536)
                check(more, f"the link ended after {heard.count(b'HTTP/1.1 200')} answers")
                heard += more
        check(UdpAsker(V4).announce("ee" * 20)[0] == 1, "it answers still")
        samples = self.metrics()
        value = samples[("seedd_own_tracker_errors_total",
                         (("family", "ipv4"), ("kind", "bad_connection"), ("protocol", "udp")))]
        check(value > 0, "what is no good is counted")

    def many_connections(self):
        """Two thousand of them, that say nothing or half of something; who asks is answered between them."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if most < 3000:
            raise Skip("not so many descriptors are allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        links, worst = [], 0.0
        for number in range(2000):
            link = socket.socket()
            link.setblocking(False)
            link.bind((f"10.78.0.{6 + number % 3}", 0))
            link.connect_ex((V4, PORT))
            links.append(link)
            if number % 100:
                continue
            begun = time.monotonic()
            check(self.answers(), f"it answers beside {number}")
            worst = max(worst, time.monotonic() - begun)
        for link in links[::2]:
            try:
                link.send(b"GET /announce?info_hash=")
            except OSError:
                pass
        begun = time.monotonic()
        check(self.answers(), "it answers beside all of them")
        worst = max(worst, time.monotonic() - begun)
        open_ones = self.metrics()[("seedd_own_tracker_http_connections", ())]
        check(open_ones <= 512, f"{open_ones} are open")
        for link in links:
            link.close()
        check(worst < 5, f"an answer took {worst:.1f} s")
        return f"{open_ones:.0f} open, the slowest answer took {worst * 1000:.0f} ms"

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends well")


def main():
    begin()
    if not enter():
        print("skipped: a network namespace of its own is not allowed")
        sys.exit(77)
    report = Report("e2e: the tracker that seedd is")
    site = Site()
    report.run("whom it is for", site.whom_it_is_for)
    report.run("the same by all ways", site.answers_alike)
    report.run("switched", site.switched)
    for client in (Transmission, Libtorrent, Aria2):
        for scheme in ("http", "udp"):
            report.run(f"{client.name} by {scheme} over IPv4", site.between, client, scheme, V4)
    for scheme in ("http", "udp"):
        report.run(f"libtorrent by {scheme} over IPv6", site.between, Libtorrent, scheme, V6)
    report.run("its own torrent", site.own_torrent)
    report.run("garbage", site.garbage)
    report.run("many connections", site.many_connections)
    report.run("the end", site.end)
    finish(report)


if __name__ == "__main__":
    main()
