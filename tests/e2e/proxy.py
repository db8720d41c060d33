#!/usr/bin/python3
"""Through proxies: danted, microsocks and tinyproxy. seedd has an address of its own, and what leaves that
is watched: nothing goes past the proxy, whatever happens."""

import json
import os
import socket

from setting import MIB, begin
from https_tracker import Authority
from interop.nameserver import Nameserver
from interop.processes import folder, wait_for
from interop.proxies import Danted, Microsocks, Tinyproxy
from interop.report import Report, Skip, check, finish
from interop.seedd import RpcError, Seedd
from interop.small_tracker import SmallTracker
from interop.sniffer import Sniffer
from interop.torrents import single_file
from interop.tracker import OpenTracker

OURS = "127.0.0.77"
PROXY, OUTER = "127.0.0.41", "127.0.0.42"
NAMES = [("tracker.proxied.test", "127.0.0.1"), ("peer.proxied.test", "127.0.0.3"),
         ("node.proxied.test", "127.0.0.4")]
ONE = 8 * MIB


class Place:
    """A seed, a tracker, and one who watches what leaves OURS."""

    def __init__(self, name, size=ONE, tracker=None, limit=0, **seed_settings):
        if Sniffer.missing():
            raise Skip(Sniffer.missing())
        self.home = folder(name)
        self.tracker = tracker or SmallTracker()
        self.content = os.path.join(self.home, "content")
        self.torrent = single_file(self.content, [self.tracker.url.replace("127.0.0.1", "tracker.proxied.test")],
                                   name=f"{name}.bin", size=size)
        # The seed asks the tracker by its address, which the torrent does not name.
        direct = os.path.join(self.home, "direct.torrent")
        with open(direct, "wb") as out:
            out.write(self.torrent.metainfo([self.tracker.url]))
        more = {"speed_limit_up_enabled": True, "speed_limit_up": limit} if limit else {}
        self.seed = Seedd(folder("seed", self.home), "seed", "127.0.0.3", **more, **seed_settings).start()
        self.number = self.seed.add(direct, download_dir=self.content)
        self.seed.wait_complete(self.number)
        self.sniffer = Sniffer(OURS)
        self.leech = None

    def proxy(self, kind, **login):
        if kind.missing():
            raise Skip(kind.missing())
        return kind(folder(kind.program, self.home), PROXY, OUTER, NAMES, **login)

    def begin(self, proxy_url, torrent=True, environment=None, nameserver=None, **settings):
        self.leech = Seedd(folder("leech", self.home), "leech", OURS, proxy_url=proxy_url, **settings)
        self.leech.environment = environment or {}
        if nameserver:
            self.leech.run_by = nameserver.run_by(self.leech.home)
        self.leech.start()
        return self.leech.add(self.torrent.path) if torrent else None

    def complete(self, number, seconds=40):
        self.leech.wait_complete(number, seconds)
        check(not (wrong := self.torrent.differences(self.leech.download_dir)), f"{wrong}")

    def peers(self):
        """Where the seed sees its peers."""
        return {peer["address"] for peer in self.seed.get(self.number, "peers")}

    def row(self, number, good=None, which=0):
        """A tracker's row, once it was tried (and came out so)."""
        def tried():
            row = self.leech.get(number, "tracker_stats")[which]
            return row if row["has_announced"] and good in (None, row["last_announce_succeeded"]) else None
        return wait_for(tried, 40, "an announce", alive=[self.leech.process])

    def why(self, number):
        """What torrent_why says, by code."""
        told = self.leech.rpc("torrent_why", ids=[number])["torrents"][0]
        return {reason["code"]: reason["text"] for reason in [told["reason"], *told["contributing"]]}

    def stays_home(self):
        check(not (past := self.sniffer.others(PROXY)), f"past the proxy: {past}")

    def log(self):
        with open(self.leech.process.log_path, errors="replace") as log:
            return log.read()

    def end(self):
        for one in (self.leech, self.seed):
            check(one.stop() == 0, f"{one.name} ends with 0")
        self.sniffer.stop()
        if isinstance(self.tracker, SmallTracker):
            self.tracker.stop()


def download(kind, **login):
    """By a name that only the proxy knows, from a seed that sees the proxy's address."""
    place = Place("download", limit=4000)
    proxy = place.proxy(kind, **login).start()
    number = place.begin(proxy.url)
    seen = wait_for(lambda: place.peers(), 20, "a peer of the seed", alive=[place.leech.process])
    check(seen == {OUTER}, f"the seed sees {seen}")
    place.complete(number)
    ours = [a for a in place.tracker.announces if a["from"] != "127.0.0.3"]
    check({a["from"] for a in ours} == {OUTER}, f"announced from {ours}")
    check(place.leech.rpc("session_get", fields=["peer_port_in_use"])["peer_port_in_use"] == 0, "it listens")
    try:
        socket.create_connection((OURS, place.leech.peer_port), 2).close()
        check(False, "it listens")
    except OSError:
        pass
    place.stays_home()
    check(place.sniffer.to(PROXY, "tcp") > 0, "the watcher sees something")
    place.end()
    place.stays_home()


def wrong_login():
    place = Place("login")
    proxy = place.proxy(Microsocks, user="me", password="right").start()
    number = place.begin(proxy.url_of("me", "wr0ngsecret"))
    row = place.row(number, good=False)
    said = row["last_announce_result"]
    check("proxy" in said and ("reject" in said or "login" in said), f"it says: {said}")
    # Peers are told by hand: they need no tracker.
    place.leech.rpc("torrent_set", ids=[number], tracker_list="")
    magnet = f"magnet:?xt=urn:btih:{place.torrent.info_hash}&x.pe=127.0.0.3:{place.seed.peer_port}"
    place.leech.rpc("torrent_remove", ids=[number])
    place.leech.rpc("torrent_add", filename=magnet)
    wait_for(lambda: "proxy_fails" in place.why(place.torrent.info_hash), 20, "a reason", alive=[place.leech.process])
    reason = place.why(place.torrent.info_hash)["proxy_fails"]
    check("does not take the user and password" in reason, f"why: {reason}")
    shown = json.dumps([place.leech.rpc("session_get"), place.leech.rpc("settings_get")])
    check("wr0ngsecret" not in shown and "me:***@" in shown, "the password is shown")
    # As a form sends it back: that changes nothing.
    shown = place.leech.rpc("session_get", fields=["proxy_url"])["proxy_url"]
    place.leech.rpc("session_set", proxy_url=shown, peer_limit_global=77)
    check(not place.peers(), "it got in")
    place.leech.rpc("session_set", proxy_url=proxy.url)
    wait_for(lambda: place.leech.is_complete(place.torrent.info_hash), 40, "the download", alive=[place.leech.process])
    check("wr0ngsecret" not in place.log() and "right" not in place.log(), "the log has the password")
    place.stays_home()
    place.end()
    return reason


def udp_tracker():
    tracker = OpenTracker()
    tracker.url = tracker.udp
    place = Place("udp", tracker=tracker)
    tracker.allow([place.torrent])
    tracker.start()
    place.seed.rpc("torrent_reannounce", ids=[place.number])
    wait_for(lambda: tracker.counts(place.torrent)[0] == 1, 40, "the seed's announce")
    number = place.begin(place.proxy(Danted).start().url)
    place.row(number, good=True)
    place.complete(number)
    place.stays_home()
    check(place.sniffer.to(PROXY, "udp") > 0, "datagrams went to the relay")
    place.end()


def utp_by_relay():
    """Peers over uTP alone: the datagrams go by the relay, each way."""
    place = Place("utp", limit=4000, preferred_transports="utp")
    place.begin(place.proxy(Danted).start().url, torrent=False, preferred_transports="utp")
    number = place.torrent.info_hash
    place.leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{number}&x.pe=127.0.0.3:{place.seed.peer_port}")
    linked = wait_for(lambda: place.leech.get(number, "peers"), 20, "a peer", alive=[place.leech.process])
    check([peer["is_utp"] for peer in linked] == [True], f"the peers of the leech: {linked}")
    told = place.seed.get(place.number, "peers")
    check([(peer["address"], peer["is_utp"]) for peer in told] == [(OUTER, True)], f"the peers of the seed: {told}")
    place.complete(number)
    place.stays_home()
    sent = place.sniffer.to(PROXY, "udp")
    check(sent > 0, "datagrams went to the relay")
    place.end()
    return f"{sent} datagrams to the relay"


def no_datagrams():
    """A proxy that relays none: nothing goes by another way, and the user is told."""
    tracker = OpenTracker()
    tracker.url = tracker.udp
    place = Place("nodatagrams", tracker=tracker)
    number = place.begin(place.proxy(Microsocks).start().url, dht_enabled=True,
                         dht_bootstrap_nodes="127.0.0.4:6881,node.proxied.test:6881")
    said = place.row(number, good=False)["last_announce_result"]
    check("proxy" in said, f"the tracker's row: {said}")
    reason = place.why(number)["proxy_fails"]
    check("no DHT and no UDP trackers" in reason, f"why: {reason}")
    check("no DHT and no UDP trackers" in place.log(), "the log does not say it")
    place.stays_home()
    place.end()
    return said


def web_proxy(mode):
    """An HTTP proxy carries the announce to an HTTPS tracker by CONNECT, and no peers."""
    authority = Authority()
    tracker = SmallTracker(certificate=authority.certificate_for("127.0.0.1"))
    place = Place("web")
    secure = os.path.join(place.home, "secure.torrent")
    with open(secure, "wb") as out:
        out.write(place.torrent.metainfo([tracker.url, "udp://127.0.0.1:6969/announce"]))
    place.torrent.path = secure
    tracker.add_peer(place.torrent, "127.0.0.3", place.seed.peer_port)
    proxy = place.proxy(Tinyproxy, user="me", password="secret").start()
    number = place.begin(proxy.url, proxy_mode=mode, environment={"CURL_CA_BUNDLE": authority.path},
                         announce_to_all_tiers=True)
    place.row(number, good=True)
    check({a["from"] for a in tracker.announces} == {OUTER}, f"announced from {tracker.announces}")
    said = place.row(number, good=False, which=1)["last_announce_result"]
    check("relays no datagrams" in said, f"the UDP tracker's row: {said}")
    if mode == "strict":
        check("nothing but HTTP goes through it" in place.why(number)["proxy_fails"], f"{place.why(number)}")
        check(not place.peers(), "it reached the seed")
        place.leech.rpc("session_set", proxy_url=proxy.url_of("me", "wrong"))
        said = place.row(number, good=False)["last_announce_result"]
        # tinyproxy answers 401 to a wrong login, and 407 to none.
        check("proxy" in said and ("401" in said or "407" in said), f"it says: {said}")
        place.stays_home()
    else:
        place.complete(number)
        check(not (past := place.sniffer.others(PROXY, "127.0.0.3")), f"past the proxy: {past}")
    place.end()
    return said


def plain_web():
    """HTTP trackers, and torrents by URL, through an HTTP proxy."""
    place = Place("plainweb")
    number = place.begin(place.proxy(Tinyproxy).start().url)
    place.row(number, good=True)
    place.leech.rpc("torrent_remove", ids=[number])
    address = place.tracker.url.replace("127.0.0.1", "tracker.proxied.test").replace("/announce", "/none.torrent")
    try:
        place.leech.rpc("torrent_add", filename=address)
        check(False, "there is no such torrent")
    except RpcError as error:
        check("404" in str(error) or "Not Found" in str(error), f"it says: {error}")
    for private in (f"http://127.0.0.1:{place.seed.rpc_port}/x.torrent", "http://127.1/x.torrent"):
        try:
            place.leech.rpc("torrent_add", filename=private)
            check(False, "it was fetched")
        except RpcError as error:
            check("private" in str(error), f"it says: {error}")
    place.stays_home()
    place.end()


def dead_and_back():
    """A proxy that dies in the middle: nothing goes past it, and all goes on when it is back."""
    # One may ask this tracker again at once.
    place = Place("dead", size=24 * MIB, limit=2000, tracker=SmallTracker(min_interval=1))
    proxy = place.proxy(Danted).start()
    number = place.begin(proxy.url, dht_enabled=True, dht_bootstrap_nodes="127.0.0.4:6881")
    wait_for(lambda: place.leech.get(number, "downloaded_ever") > MIB, 30, "a beginning", alive=[place.leech.process])
    proxy.kill()
    wait_for(lambda: not place.peers(), 20, "the end of the link")
    place.leech.rpc("torrent_reannounce", ids=[number])
    said = place.row(number, good=False)["last_announce_result"]
    check("proxy" in said, f"the tracker's row: {said}")
    wait_for(lambda: "proxy_fails" in place.why(number), 20, "a reason", alive=[place.leech.process])
    before = len(place.tracker.announces)
    place.leech.rpc("torrent_add", filename="magnet:?xt=urn:btih:" + "1" * 40 + "&x.pe=127.0.0.3:"
                    f"{place.seed.peer_port}&tr=http://127.0.0.1:1/announce&tr=udp://127.0.0.1:1/announce")
    place.stays_home()
    place.seed.rpc("session_set", speed_limit_up_enabled=False)
    proxy.start()
    place.complete(number, 120)
    wait_for(lambda: "proxy_fails" not in place.why(number), 60, "no reason", alive=[place.leech.process])
    wait_for(lambda: len(place.tracker.announces) > before, 60, "an announce again", alive=[place.leech.process])
    place.row(number, good=True)
    place.stays_home()
    place.end()


def never_there():
    """A proxy that is not there from the start, by a name that nobody knows."""
    place = Place("never")
    number = place.begin("socks5://nobody.invalid:1080", dht_enabled=True, dht_bootstrap_nodes="127.0.0.4:6881")
    said = place.row(number, good=False)["last_announce_result"]
    check("proxy" in said, f"the tracker's row: {said}")
    wait_for(lambda: "is not known yet" in place.why(number).get("proxy_fails", ""), 20, "a reason",
             alive=[place.leech.process])
    check(not (past := place.sniffer.others()), f"it went out: {past}")
    place.leech.rpc("session_set", proxy_url=place.proxy(Danted).start().url)
    place.complete(number)
    place.stays_home()
    place.end()
    return said


def switched():
    """On and off while a download runs: the links go over, and nothing goes on by the old way."""
    place = Place("switch", size=40 * MIB, limit=1000)
    proxy = place.proxy(Danted).start()
    direct = place.torrent.path = os.path.join(place.home, "direct.torrent")
    check(os.path.exists(direct), "the torrent that names the tracker's address")
    number = place.begin("", torrent=True)
    wait_for(lambda: place.peers() == {OURS}, 30, "a direct link", alive=[place.leech.process])
    place.leech.rpc("session_set", proxy_url=proxy.url)
    wait_for(lambda: OURS not in place.peers(), 10, "the end of the direct link")
    place.sniffer.forget()
    wait_for(lambda: place.peers() == {OUTER}, 40, "a link through the proxy", alive=[place.leech.process])
    got = place.leech.get(number, "downloaded_ever")
    wait_for(lambda: place.leech.get(number, "downloaded_ever") > got + MIB, 30, "octets", alive=[place.leech.process])
    place.stays_home()
    wait_for(lambda: any(a["from"] == OUTER for a in place.tracker.announces), 20, "an announce through the proxy",
             alive=[place.leech.process])
    through = len(place.tracker.announces)
    place.leech.rpc("session_set", proxy_url="")
    # The seed may still have the link by the proxy, and refuse another: who asks again does so in a minute.
    wait_for(lambda: place.peers() == {OURS}, 120, "a direct link again", alive=[place.leech.process])
    socket.create_connection((OURS, place.leech.peer_port), 5).close()
    wait_for(lambda: any(a["from"] == OURS for a in place.tracker.announces[through:]), 20, "a direct announce again",
             alive=[place.leech.process])
    place.seed.rpc("session_set", speed_limit_up_enabled=False)
    place.complete(number, 60)
    place.end()


def names_stay_home():
    """Names of peers, trackers, nodes and web servers are the proxy's to resolve: the system's nameserver
    hears of the proxy's own alone."""
    place = Place("names")
    nameserver = Nameserver(names=[("the.proxy.test", PROXY), *NAMES])
    proxy = place.proxy(Danted).start()
    udp_tracker = "udp://tracker.proxied.test:6969/announce"
    nodes = "node.proxied.test:6881"
    place.begin(proxy.url.replace(PROXY, "the.proxy.test"), torrent=False, nameserver=nameserver, dht_enabled=True,
                dht_bootstrap_nodes=nodes)
    tracker = place.tracker.url.replace("127.0.0.1", "tracker.proxied.test")
    magnet = (f"magnet:?xt=urn:btih:{place.torrent.info_hash}&x.pe=peer.proxied.test:{place.seed.peer_port}"
              f"&tr={tracker}&tr={udp_tracker}&ws=http://web.proxied.test/")
    place.leech.rpc("torrent_add", filename=magnet)
    place.complete(place.torrent.info_hash)
    place.row(place.torrent.info_hash, good=True)
    place.leech.rpc("torrent_reannounce", ids=[place.torrent.info_hash])
    try:
        place.leech.rpc("torrent_add", filename="http://fetched.proxied.test/x.torrent")
        check(False, "there is no such torrent")
    except RpcError:
        pass
    check(nameserver.asked == {"the.proxy.test"}, f"the nameserver was asked for {nameserver.asked}")
    place.stays_home()
    # So the nameserver would have seen it.
    place.leech.rpc("session_set", proxy_url="")
    wait_for(lambda: {"tracker.proxied.test", "node.proxied.test"} <= nameserver.asked, 20,
             "questions without the proxy", alive=[place.leech.process])
    asked = sorted(nameserver.asked)
    place.end()
    nameserver.stop()
    return " ".join(asked)


def dht_only():
    """A magnet without a tracker, found by nodes that only the proxy's relay reaches."""
    import dht  # pylint: disable=import-outside-toplevel
    place = Place("magnet")
    swarm = dht.Swarm()
    swarm.begin()
    router = swarm.routers.replace(swarm.routers.split(":")[0], "node.proxied.test")
    proxy = Danted(folder("danted", place.home), PROXY, OUTER,
                   [("node.proxied.test", swarm.routers.split(":")[0])]).start()
    seed = swarm.seedd("a", "127.0.0.2", download_dir=swarm.content)
    wait_for(lambda: swarm.nodes_of(seed) >= 4, 60, "nodes of the seed", alive=[seed.process])
    seed.add(swarm.first.path)
    seed.wait_complete(swarm.first.info_hash)
    seed.rpc("torrent_reannounce", ids=[swarm.first.info_hash])
    place.begin(proxy.url, torrent=False, dht_enabled=True, dht_bootstrap_nodes=router)
    wait_for(lambda: swarm.nodes_of(place.leech) >= 4, 60, "nodes by the relay", alive=[place.leech.process])
    place.leech.rpc("torrent_add", filename=f"magnet:?xt=urn:btih:{swarm.first.info_hash}")
    swarm.complete(place.leech, swarm.first)
    froms = place.leech.get(swarm.first.info_hash, "peers_from")
    place.stays_home()
    check(seed.stop() == 0, "the seed ends with 0")
    place.end()
    return f"{froms}"


def main():
    begin()
    report = Report("e2e: through a proxy")
    report.run("a download through danted", download, Danted)
    report.run("a download through microsocks, with a login", download, Microsocks, user="me", password="s3cret")
    report.run("a wrong login is told, and put right", wrong_login)
    report.run("a UDP tracker by the relay", udp_tracker)
    report.run("a download over uTP, by the relay", utp_by_relay)
    report.run("a magnet by the DHT alone, by the relay", dht_only)
    report.run("a proxy without a relay", no_datagrams)
    report.run("an HTTPS tracker by CONNECT, strict", web_proxy, "strict")
    report.run("an HTTPS tracker by CONNECT, trackers only", web_proxy, "trackers_only")
    report.run("what is fetched through an HTTP proxy", plain_web)
    report.run("a proxy that dies and comes back", dead_and_back)
    report.run("a proxy that is not there", never_there)
    report.run("names are told to the proxy alone", names_stay_home)
    report.run("on and off while it downloads", switched)
    finish(report)


if __name__ == "__main__":
    main()
