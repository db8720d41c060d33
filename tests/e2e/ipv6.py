#!/usr/bin/python3
"""Over IPv6 alone: seedd gets a torrent from libtorrent, whom a tracker's `peers6` names, and gives it
to another libtorrent. IPv4 is off, and nobody dials over it."""

import os
import socket
import sys

from setting import MIB, begin, need_libtorrent
from interop.clients import Libtorrent
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import multi_file


def need_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        print(f"skipped: there is no ::1 here: {error}")
        sys.exit(77)


def libtorrent(home, name, torrent, seed, save=None):
    home = os.path.join(home, name)
    os.makedirs(home)
    client = Libtorrent(home, save=save, address="[::1]")
    client.add(torrent, seed=seed)
    return client


def check_addresses(seedd, number, seen):
    """All its peers are at ::1; `seen` learns them."""
    for peer in seedd.get(number, "peers"):
        check(peer["address"] == "::1", f"a peer at {peer['address']}")
        seen.add(peer["port"])
    return seedd


def both_ways():
    home = folder("ipv6")
    tracker = SmallTracker("::1")
    content = os.path.join(home, "content")
    torrent = multi_file(content, [tracker.url], files=[("a/one.bin", 3 * MIB + 7), ("two.bin", 5 * MIB)])
    seed = libtorrent(home, "seed", torrent, seed=True, save=content)
    wait_for(lambda: tracker.announces, 20, "the seed's announce", alive=[seed.process])
    seedd = Seedd(home, address="", bind_address_ipv6="::1").start()
    number = seedd.add(torrent.path)
    seen = set()
    wait_for(lambda: check_addresses(seedd, number, seen).is_complete(number), 40, "the download",
             alive=[seedd.process, seed.process])
    check(not (wrong := torrent.differences(seedd.download_dir)), f"{wrong}")
    seed.stop()
    wait_for(lambda: not seedd.get(number, "peers"), 20, "the seed to go")

    leech = libtorrent(home, "leech", torrent, seed=False)
    leech.wait_complete(torrent, 40)
    check(not (wrong := torrent.differences(leech.save)), f"{wrong}")
    check(seedd.get(number, "uploaded_ever") >= torrent.total, "somebody else gave it")
    leech.stop()
    check(seedd.stop() == 0, "seedd ends with 0")
    ours = [a for a in tracker.announces if a["port"] == str(seedd.peer_port)]
    events = [a.get("event", "") for a in ours if a.get("event")]
    check(events == ["started", "completed", "stopped"], f"announced: {events}")
    check(all(a["from"] == "::1" for a in ours), f"announced from {[a['from'] for a in ours]}")
    tracker.stop()


def no_ipv4(address=""):
    """Nobody gets in over IPv4, and peers of IPv4 are not dialled."""
    home = folder("no-ipv4")
    tracker = SmallTracker("::1")
    torrent = multi_file(os.path.join(home, "content"), [tracker.url], files=[("one.bin", MIB)])
    with (socket.create_server(("127.0.0.1", 0)) as old,
          socket.create_server(("::1", 0), family=socket.AF_INET6) as new):
        for one in (old, new):
            tracker.add_peer(torrent, *one.getsockname()[:2])
        seedd = Seedd(home, address=address, bind_address_ipv6="::1").start()
        seedd.add(torrent.path)
        new.settimeout(20)
        new.accept()[0].close()  # so the other, of the same answer, was passed over
        old.setblocking(False)
        try:
            old.accept()
            check(False, "it dialled over IPv4")
        except BlockingIOError:
            pass
    try:
        socket.create_connection(("127.0.0.1", seedd.peer_port), 2).close()
        check(False, "it listens over IPv4")
    except OSError:
        pass
    check(seedd.stop() == 0, "seedd ends with 0")
    tracker.stop()


def main():
    begin()
    need_ipv6()
    need_libtorrent()
    report = Report("e2e: IPv6 alone")
    report.run("from libtorrent and back, by a tracker's peers6", both_ways)
    report.run("nothing goes over IPv4", no_ipv4)
    finish(report)


if __name__ == "__main__":
    main()
