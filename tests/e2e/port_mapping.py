#!/usr/bin/python3
"""Port mapping, end to end: seedd behind miniupnpd of Debian with NAT by nftables, in network
namespaces of its own, and behind a gateway that gives ports as those of VPNs do. What the router
forwards, what trackers, the DHT and peers are told, and what is left when seedd ends."""

import os
import signal
import socket
import sys
import time

from setting import begin
from interop import miniupnpd
from interop.fake_gateway import REFUSED, TCP, UDP, FakeGateway, map_port
from interop.miniupnpd import EXTERNAL, INSIDE, NEIGHBOUR, OUTSIDE, ROUTER, Miniupnpd, Network
from interop.namespaces import Namespace
from interop.own_network import enter, ip
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import bdecode, bencode, single_file
from interop.wire import EXTENDED, EXTENSIONS, Wire

VPN_OURS, VPN_GATEWAY, VPN_TRACKER = "10.2.0.2", "10.2.0.1", "203.0.115.7"


class DhtNode:
    """One outside, made there, that says it knows nobody, and hears who announces himself."""

    def __init__(self, address):
        self.announced, self.answered = [], []
        self._id = os.urandom(20)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.05)
        self.name = f"{address}:{self._socket.getsockname()[1]}"

    def ping(self, address, port):
        self._socket.sendto(bencode({"a": {"id": self._id}, "q": "ping", "t": "pi", "y": "q"}), (address, port))

    def hear(self):
        """What has come; True, for use in conditions."""
        try:
            while True:
                packet, sender = self._socket.recvfrom(2048)
                said = bdecode(packet)[0]
                if said[b"y"] == b"r":
                    self.answered.append(sender)
                elif said[b"y"] == b"q":
                    if said[b"q"] == b"announce_peer":
                        self.announced.append(said[b"a"])
                    answer = {"id": self._id, "token": "x", "nodes": b""}
                    self._socket.sendto(bencode({"r": answer, "t": said[b"t"], "y": "r"}), sender)
        except TimeoutError:
            return True

    def close(self):
        self._socket.close()


class Place:
    """The networks, one torrent, and a tracker outside."""

    def __init__(self):
        self.home = folder("ports")
        self.running = []
        self.network = Network()
        with self.network.outside.inside():
            self.tracker = SmallTracker(OUTSIDE)
        self.torrent = single_file(os.path.join(self.home, "content"), [self.tracker.url], size=2**18,
                                   piece_bytes=2**15)

    def seedd(self, **settings):
        self.tracker.announces.clear()
        options = {"address": "0.0.0.0", "port_forwarding_enabled": True,
                   "download_dir": os.path.join(self.home, "content"), **settings}
        seedd = Seedd(folder("seedd", self.home), **options)
        self.running.append(seedd)
        return seedd

    def router(self, **options):
        router = Miniupnpd(self.network, **options).start()
        self.running.append(router)
        return router

    def run(self, cell, *more):
        """The cell; what it leaves running when it fails is ended."""
        try:
            return cell(self, *more)
        finally:
            for one in self.running:
                if one.process:
                    one.process.kill()
            self.running.clear()
            self.network.reset()

    def seeding(self, **settings):
        seedd = self.seedd(**settings).start()
        seedd.add(self.torrent.path)
        seedd.wait_complete(self.torrent.info_hash)
        return seedd

    def told(self):
        """The ports that the tracker was told, in their order, each once."""
        ports = [int(one["port"]) for one in self.tracker.announces]
        return [port for place, port in enumerate(ports) if place == 0 or ports[place - 1] != port]

    def rules(self):
        return self.network.forwarded()

    def wait_rules(self, seedd, seconds=40, both=True):
        """{"tcp": {external: internal}, ...} once the router forwards what seedd listens on."""
        def there():
            port, rules = facts(seedd)["peer_port_in_use"], self.rules()
            return rules if all(port in rules[kind].values() for kind in ("tcp", "udp")) else None
        return wait_for(there, seconds, "rules of the router for TCP and UDP", alive=[seedd.process])

    def reach(self, port, seedd, address=EXTERNAL):
        """A peer outside comes in by the router's port; the port that seedd tells it."""
        with self.network.outside.inside():
            peer = Wire(address, port)
        peer.handshake(self.torrent.info_hash, EXTENSIONS)
        peer.send(EXTENDED, b"\0" + bencode({"m": {}}))
        said = next(octets for kind, octets in peer.receive_until(EXTENDED) if kind == EXTENDED)
        peer.close()
        check(seedd.process.poll() is None, "seedd runs")
        return bdecode(said[1:])[0][b"p"]


def facts(seedd):
    return seedd.rpc("session_get", fields=["peer_port_in_use", "peer_port_external", "port_mapping_status"])


def wait_status(seedd, *words, seconds=40):
    def there():
        status = facts(seedd)["port_mapping_status"]
        return status if all(word in status for word in words) else None
    try:
        return wait_for(there, seconds, f"{words} in the status", alive=[seedd.process])
    except Exception as error:
        raise AssertionError(f"{error}\nthe status is: {facts(seedd)}") from error


def logged(seedd, *words):
    with open(seedd.process.log_path, errors="replace") as log:
        return any(all(word in line for word in words) for line in log)


def ends(place, seedd, at_most=4.0):
    """SIGTERM: seedd has gone in time, the tracker has heard of it, nothing is forwarded any more."""
    # A tracker that has a seed listed already hears nothing after a crash until its interval is over.
    told = place.told() or [facts(seedd)["peer_port_external"]]
    place.tracker.stopped.clear()
    begun = time.monotonic()
    check(seedd.stop() == 0, "seedd ends with 0")
    took = time.monotonic() - begun
    check(took < at_most, f"it took {took:.1f} s to end")
    check(place.tracker.stopped.is_set(), "the tracker heard of it")
    check(place.told() == told, f"the tracker was told of {told}, at the end of {place.told()[-1]}")
    check(place.rules() == {"tcp": {}, "udp": {}}, f"the router still forwards {place.rules()}")
    return f"ended in {took:.1f} s"


def all_agree(place, seedd, way):
    """Router, status, tracker, and a peer that comes in, have one and the same port; that port."""
    rules = place.wait_rules(seedd)
    status = wait_status(seedd, "TCP " + EXTERNAL, "UDP " + EXTERNAL, way)
    external = facts(seedd)["peer_port_external"]
    check(rules["tcp"] == {external: seedd.peer_port} and list(rules["udp"].values()) == [seedd.peer_port],
          f"the router forwards {rules}; {status}")
    wait_for(lambda: place.told() and place.told()[-1] == external, 10, f"announce of {external}; told {place.told()}")
    told = place.reach(external, seedd)
    check(told == external, f"a peer was told {told}")
    check(logged(seedd, "forwards the peer port", "tcp", way), "the log says it")
    return external


def by_nat_pmp(place):
    """Another one in the network has the port: the router gives another."""
    place.network.drop_pcp()
    router = place.router(enable_upnp="no")
    with place.network.outside.inside():
        node = DhtNode(OUTSIDE)
    seedd = place.seedd(dht_enabled=True, dht_bootstrap_nodes=node.name)
    for protocol in (TCP, UDP):
        check(map_port(NEIGHBOUR, ROUTER, protocol, seedd.peer_port) == seedd.peer_port, "the neighbour has it")
    seedd.start()
    seedd.add(place.torrent.path)
    external = all_agree(place, seedd, "NAT-PMP")
    check(external != seedd.peer_port, "it is another port")
    (udp,) = place.rules()["udp"]
    node.ping(EXTERNAL, udp)
    wait_for(lambda: node.hear() and node.answered, 10, "answer of the DHT by the router's port")
    check(node.answered[0] == (EXTERNAL, udp), f"it came from {node.answered[0]}")
    # A seed takes its time; the user need not.
    wait_for(lambda: node.hear() and seedd.rpc("torrent_reannounce", ids=[place.torrent.info_hash]) is not None
             and [one for one in node.announced if one[b"port"] == external], 30,
             f"announce of {external} in the DHT", step=0.3, alive=[seedd.process])
    check(not node.announced[-1].get(b"implied_port"), "the port of the datagram is not meant")
    told, ended = place.told(), ends(place, seedd)
    kept = place.network.forwarded(NEIGHBOUR)
    check(kept["tcp"] and kept["udp"], "what is the neighbour's stays")
    node.close()
    return f"{seedd.peer_port} from {external}; tracker told {told}; {ended}"


def by_pcp(place):
    """With a short lifetime: renewed before it is over, gone when seedd is killed, had again after."""
    router = place.router(enable_upnp="no", max_lifetime="16")
    seedd = place.seeding()
    external = all_agree(place, seedd, "PCP")
    begun = time.monotonic()
    asked = router.log().count("PCP request received")
    # Two for each round.
    wait_for(lambda: router.log().count("PCP request received") >= asked + 6, 60, "three renewals")
    took = time.monotonic() - begun
    check(took > 20, f"three renewals came within {took:.0f} s")
    check(external in place.rules()["tcp"], "it is forwarded still, for longer than its lifetime")
    check(place.told() in ([external], [seedd.peer_port, external]), f"the tracker was told {place.told()}")
    seedd.kill()
    check(external in place.rules()["tcp"], "a crash leaves the mapping")
    place.tracker.announces.clear()
    seedd.start()
    wait_status(seedd, f"TCP {EXTERNAL}:{external} by PCP", f"UDP {EXTERNAL}:{external} by PCP")
    place.reach(external, seedd)
    ended = ends(place, seedd)
    return f"renewed three times in {took:.0f} s; {ended}"


def by_upnp(place):
    router = place.router(enable_natpmp="no")
    begun = time.monotonic()
    seedd = place.seeding()
    external = all_agree(place, seedd, "UPnP")
    took = time.monotonic() - begun
    ended = ends(place, seedd)
    return f"{external} after {took:.0f} s; {ended}"


def router_restarts(place):
    router = place.router(enable_upnp="no", max_lifetime="16")
    seedd = place.seeding()
    external = all_agree(place, seedd, "PCP")
    # Only by what has been up for a while can be seen that it began anew.
    asked = router.log().count("PCP request received")
    wait_for(lambda: router.log().count("PCP request received") >= asked + 2, 30, "a renewal")
    router.cut_power()
    check(place.rules() == {"tcp": {}, "udp": {}}, "the rules are gone")
    router.start()
    begun = time.monotonic()
    rules = place.wait_rules(seedd, 30)
    check(list(rules["tcp"]) == [external], f"{rules}, before from {external}")
    took = time.monotonic() - begun
    wait_for(lambda: logged(seedd, "router began anew"), 10, "line in the log")
    place.reach(external, seedd)
    ended = ends(place, seedd)
    return f"again after {took:.0f} s; {ended}"


def refused(place):
    """By UPnP: by the others miniupnpd tries each port before it says no, and a minute is not enough."""
    place.router(allow=False, enable_natpmp="no")
    seedd = place.seeding()
    status = wait_status(seedd, "TCP the router did not forward the port", "UDP the router did not forward the port")
    check(facts(seedd)["peer_port_external"] == 0, "there is no external port")
    check(place.told() == [seedd.peer_port], f"the tracker was told {place.told()}")
    return f"{status}; {ends(place, seedd)}"


def nobody_answers(place):
    seedd = place.seeding()
    worst = 0.0

    def given_up():
        nonlocal worst
        begun = time.monotonic()
        status = facts(seedd)["port_mapping_status"]
        worst = max(worst, time.monotonic() - begun)
        return "no router answers by UPnP" in status and status
    status = wait_for(given_up, 40, "words of UPnP", alive=[seedd.process])
    check(worst < 2, f"session_get took {worst:.1f} s")
    check(place.told() == [seedd.peer_port], f"the tracker was told {place.told()}")
    ended = ends(place, seedd)
    # While it is being searched by UPnP.
    seedd = place.seeding()
    time_of_search = time.monotonic()
    wait_for(lambda: time.monotonic() - time_of_search > 4.5, 10, "search")
    searching = ends(place, seedd, 5.0)
    return f"{status}; {ended}; while it searches: {searching}"


def no_way_out(place):
    ip("route", "del", "default")
    try:
        seedd = place.seedd().start()
        status = wait_status(seedd, "no default route")
        check(seedd.stop() == 0, "seedd ends with 0")
        return status
    finally:
        ip("route", "add", "default", "via", ROUTER)


def changed_live(place):
    """The peer port, and the setting itself, while seedd runs."""
    router = place.router()
    seedd = place.seeding()
    first = all_agree(place, seedd, "PCP")
    seedd.peer_port += 1 if seedd.peer_port < 30000 else -1
    seedd.rpc("session_set", peer_port=seedd.peer_port)
    wait_for(lambda: first not in place.rules()["tcp"] and first not in place.rules()["udp"], 20, "end of the first")
    second = all_agree(place, seedd, "PCP")
    check(second == seedd.peer_port, f"{second} for {seedd.peer_port}")
    seedd.rpc("session_set", port_forwarding_enabled=False)
    wait_for(lambda: place.rules() == {"tcp": {}, "udp": {}}, 20, "end of the second")
    check(facts(seedd)["port_mapping_status"] == "", "it is off")
    seedd.rpc("session_set", port_forwarding_enabled=True)
    third = all_agree(place, seedd, "PCP")
    told, ended = place.told(), ends(place, seedd)
    return f"{first}, {second}, off, {third}; tracker told {told}; {ended}"


class Vpn:
    """A tunnel whose route has no router, as WireGuard's: only the setting names the gateway."""

    def __init__(self):
        self.there = Namespace("vpn")
        ip("link", "add", "tunnel", "type", "veth", "peer", "name", "clients")
        self.there.take("clients")
        with self.there.inside():
            ip("address", "add", f"{VPN_GATEWAY}/24", "dev", "clients")
            ip("address", "add", f"{VPN_TRACKER}/32", "dev", "lo")
            ip("link", "set", "clients", "up")
            self.gateway = FakeGateway(VPN_GATEWAY, "198.18.0.1", lifetime=20)
            self.tracker = SmallTracker(VPN_TRACKER)
        ip("address", "add", f"{VPN_OURS}/24", "dev", "tunnel")
        ip("link", "set", "tunnel", "up")
        ip("route", "add", f"{VPN_TRACKER}/32", "dev", "tunnel")

    def comes_in(self, port):
        with self.there.inside():
            try:
                socket.create_connection((VPN_OURS, port), timeout=2).close()
                return True
            except OSError:
                return False

    def end(self):
        self.gateway.stop()
        self.tracker.stop()
        # The namespace, and what is in it, goes some time after its last process.
        ip("link", "del", "tunnel")
        self.there.end()


def gateway_of_a_vpn(place, default_route):
    """It gives another port than asked for, and a third when that is renewed; and forwards to the same one of
    ours, which is where seedd listens then."""
    vpn = Vpn()
    if not default_route:
        ip("route", "del", "default")
    try:
        vpn.gateway.port = 51000
        torrent = single_file(os.path.join(place.home, "content"), [vpn.tracker.url], name="vpn.bin", size=2**18,
                              piece_bytes=2**15, seed=5)
        seedd = place.seedd(port_mapping_gateway=VPN_GATEWAY).start()
        seedd.add(torrent.path)
        told = lambda: [int(one["port"]) for one in vpn.tracker.announces]  # noqa: E731
        asked = lambda port: [one for one in vpn.gateway.requests(TCP) if one[3] == port]  # noqa: E731
        wait_for(lambda: 51000 in told(), 20, "announce of the first port", alive=[seedd.process])
        wait_status(seedd, VPN_GATEWAY, "198.18.0.1:51000 by NAT-PMP")
        check({one[1] for one in vpn.gateway.asked} == {VPN_OURS}, "it is asked from the tunnel's address")
        wait_for(lambda: vpn.comes_in(51000), 10, "somebody who comes in at the first port")
        wait_for(lambda: len(asked(51000)) == 2, 20, "renewal")
        renewed = asked(51000)[1][0] - asked(51000)[0][0]
        check(renewed < 15, f"20 s were renewed after {renewed:.0f} s")
        check(told()[-1] == 51000, f"the tracker was told {told()}")
        check(not vpn.comes_in(seedd.peer_port), "nobody is let in at the old one")
        vpn.gateway.port = 52000
        wait_for(lambda: vpn.gateway.mapped.get((TCP, 51000)) == 52000, 20, "the other port", step=0.01)
        given = time.monotonic()
        wait_for(lambda: told()[-1] == 52000, 5, "announce of the other port", step=0.01, alive=[seedd.process])
        took = time.monotonic() - given
        check(facts(seedd)["peer_port_external"] == 52000, "session_get has it")
        wait_for(lambda: vpn.comes_in(52000), 10, "somebody who comes in at the other port")
        # It forgets all, and would give a third; the UDP port is not waited for.
        vpn.gateway.port = 53000
        vpn.gateway.restart()
        wait_for(lambda: {(TCP, 53000), (UDP, 53000)} <= set(vpn.gateway.mapped), 20, "both again")
        # Ten seconds after the change before at the earliest.
        wait_for(lambda: told()[-1] == 53000, 15, "announce of the third port", alive=[seedd.process])
        check(vpn.comes_in(53000), "and somebody comes in there")
        check(seedd.stop() == 0, "seedd ends with 0")
        left = [inner for inner in vpn.gateway.mapped if inner[1] == 53000]
        check(not left, f"left behind: {left}")
        check(told()[-1] == 53000, f"at the end the tracker was told {told()[-1]}")
        return f"told {sorted(set(told()))}, the second {took * 1000:.0f} ms after it was given"
    finally:
        vpn.end()
        if not default_route:
            ip("route", "add", "default", "via", ROUTER)


def gateway_of_a_vpn_refuses(place):
    vpn = Vpn()
    try:
        vpn.gateway.outcome = REFUSED
        seedd = place.seedd(port_mapping_gateway=VPN_GATEWAY).start()
        status = wait_status(seedd, VPN_GATEWAY, "TCP the gateway does not allow it; UPnP: no router",
                             "UDP the gateway does not allow it; UPnP: no router")
        wait_for(lambda: logged(seedd, "warn", "does not forward the peer port", "does not allow it"), 5,
                 "line in the log")
        check(seedd.stop() == 0, "seedd ends with 0")
        return status
    finally:
        vpn.end()


def main():
    begin()
    if why := miniupnpd.missing():
        print(f"skipped: {why} (scripts/deps.sh --tests)")
        sys.exit(77)
    if not enter():
        print("skipped: a network namespace of its own is not allowed")
        sys.exit(77)
    report = Report("e2e: port mapping")
    try:
        place = Place()
    except OSError as error:
        print(f"skipped: no network with a router can be made here: {error}")
        sys.exit(77)
    for name, cell, *more in (
            ("NAT-PMP alone, the port being taken", by_nat_pmp),
            ("PCP", by_pcp),
            ("UPnP alone", by_upnp),
            ("the router restarts", router_restarts),
            ("a VPN's gateway changes the port", gateway_of_a_vpn, True),
            ("a VPN's gateway, without a default route", gateway_of_a_vpn, False),
            ("a VPN's gateway refuses", gateway_of_a_vpn_refuses),
            ("peer port and setting change", changed_live),
            ("no router answers", nobody_answers),
            ("no default route", no_way_out),
            ("refused by UPnP", refused)):
        report.run(name, place.run, cell, *more)
    finish(report)


if __name__ == "__main__":
    main()
