#!/usr/bin/python3
"""Magnet links: metadata from peers, who may lie, and what was said of the files before they were known."""

import functools
import http.server
import os
import shutil
import socket
import threading

from setting import begin
from interop import clients, wire
from interop.clients import Libtorrent, Transmission
from interop.events import Stream
from interop.own_network import add_address, enter
from interop.processes import folder, free_port, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import DOWNLOADING, STOPPED, RpcError, Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import bdecode, bencode, multi_file, single_file
from interop.wire import Wire


# Transmission dials nobody at a loopback address.
NOT_LOOPBACK = "10.79.0."


def magnet(torrent, peers=(), more=""):
    return (f"magnet:?xt=urn:btih:{torrent.info_hash}&dn=a+name"
            + "".join(f"&x.pe={peer}" for peer in peers) + more)


class Liar:
    """A peer that has the metadata, as far as it says: of the right length, with a wrong octet."""

    def __init__(self, torrent, address="127.0.0.3"):
        self.info = bytearray(torrent.info)
        self.info[-20] ^= 1
        self.hash = bytes.fromhex(torrent.info_hash)
        self.asked = 0
        self.listener = socket.create_server((address, 0))
        self.endpoint = "%s:%d" % self.listener.getsockname()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._talk(stream)
            except (OSError, wire.Closed):
                pass
            stream.close()

    def _talk(self, stream):
        link = Wire.__new__(Wire)
        link.socket, link.kept = stream, b""
        link.socket.settimeout(30)
        link.take(68)
        stream.sendall(b"\x13BitTorrent protocol" + wire.EXTENSIONS + self.hash + b"-LI0001-" + os.urandom(12))
        link.send(wire.EXTENDED, b"\0" + bencode({"m": {"ut_metadata": 7}, "metadata_size": len(self.info)}))
        theirs = 0
        while True:
            kind, payload = link.receive()
            if kind != wire.EXTENDED:
                continue
            if payload[0] == 0:
                theirs = bdecode(payload[1:])[0][b"m"][b"ut_metadata"]
            elif payload[0] == 7:
                self.asked += 1
                piece = bdecode(payload[1:])[0][b"piece"]
                data = self.info[piece * 16384:(piece + 1) * 16384]
                link.send(wire.EXTENDED, bytes([theirs]) + bencode(
                    {"msg_type": 1, "piece": piece, "total_size": len(self.info)}) + data)

    def stop(self):
        self.listener.close()


class Folder:
    """Serves a folder's files by HTTP, and counts who asks."""

    def __init__(self, path):
        asked = self.asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                asked.append(self.path)
                super().do_GET()

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=path))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Magnets:
    def __init__(self, own_network):
        """`own_network`: addresses can be added."""
        self.own_network = own_network
        if own_network:
            for number in (2, 5):
                add_address(f"{NOT_LOOPBACK}{number}")
        self.home = folder("magnet")
        content = os.path.join(self.home, "content")
        self.single = single_file(content, size=2**20 + 5)
        # Metadata of several pieces of 16 KiB: 20 octets a piece.
        self.long = single_file(content, name="long.bin", size=3000 * 16384, piece_bytes=16384, seed=5)
        self.multi = multi_file(content)
        self.seedd = Seedd(os.path.join(self.home, "a"), address="127.0.0.1", fetch_private_addresses=True).start()
        self.seeder_at = f"{NOT_LOOPBACK}2" if own_network else "127.0.0.2"
        self.seeder = Seedd(os.path.join(self.home, "b"), "seeder", self.seeder_at, download_dir=content).start()
        for torrent in (self.single, self.long, self.multi):
            self.seeder.add(torrent.path)
            self.seeder.wait_complete(torrent.info_hash)
        self.peer = f"{self.seeder_at}:{self.seeder.peer_port}"

    def add(self, link, **params):
        return self.seedd.rpc("torrent_add", filename=link, **params)["torrent_added"]

    def remove(self, torrent):
        self.seedd.rpc("torrent_remove", ids=[torrent.info_hash], delete_local_data=True)

    def refused(self):
        for link, word in (("magnet:?dn=x", "xt"), ("magnet:?xt=urn:btih:12", "xt"),
                           (magnet(self.single, more="&so=5-2"), "so"), (magnet(self.single, ["nobody"]), "x.pe")):
            try:
                self.add(link)
            except RpcError as error:
                check(word in str(error), f"{link}: {error}")
                continue
            check(False, f"{link} was taken")
        check(not self.seedd.rpc("torrent_get", fields=["id"])["torrents"], "none is there")
        return "with the reason"

    def download(self, torrent):
        stream = Stream(self.seedd.rpc_port, "?events=metadata,completed")
        added = self.add(magnet(torrent, [self.peer]))
        # It may have its metadata before the addition is durable.
        check(added["name"] in ("a name", torrent.name), f"it is called {added['name']}")
        self.seedd.wait_complete(torrent.info_hash)
        check(not torrent.differences(self.seedd.download_dir), "the octets are right")
        told = []
        for event, _, _ in stream:
            told.append(event)
            if event == "completed":
                break
        stream.close()
        check([one for one in told if one in ("metadata", "completed")] == ["metadata", "completed"], f"told {told}")
        link = self.seedd.get(torrent.info_hash, "magnet_link")
        check(torrent.info_hash in link and torrent.name in link, link)

    def restarted(self):
        self.seedd.kill()
        self.seedd.start()
        for torrent in (self.single, self.long):
            facts = self.seedd.get(torrent.info_hash, "name", "metadata_percent_complete", "total_size")
            check(facts == {"name": torrent.name, "metadata_percent_complete": 1, "total_size": torrent.total},
                  f"{facts}")
            self.seedd.wait_complete(torrent.info_hash)
            self.remove(torrent)

    def selected(self):
        """Two ways to say which files: by the link, and by calls before anybody knows the files."""
        self.add(magnet(self.multi, more="&so=1"), paused=True, labels=["early"])
        self.seedd.rpc("torrent_set", ids=[self.multi.info_hash], files_wanted=[2], priority_high=[2])
        self.seedd.kill()
        self.seedd.start()
        facts = self.seedd.get(self.multi.info_hash, "status", "metadata_percent_complete", "labels", "files", "name")
        check(facts == {"status": STOPPED, "metadata_percent_complete": 0, "labels": ["early"], "files": [],
                        "name": "a name"}, f"{facts}")
        # The peer was not in the link: another one with the same hash is no news.
        again = self.seedd.rpc("torrent_add", filename=magnet(self.multi))
        check("torrent_duplicate" in again, f"{again}")
        self.remove(self.multi)
        self.add(magnet(self.multi, [self.peer], "&so=1"), paused=True)
        self.seedd.rpc("torrent_set", ids=[self.multi.info_hash], files_wanted=[2], priority_high=[2])
        self.seedd.rpc("torrent_start", ids=[self.multi.info_hash])
        self.seedd.wait_complete(self.multi.info_hash)
        stats = self.seedd.get(self.multi.info_hash, "file_stats")
        check([s["wanted"] for s in stats] == [i in (1, 2) for i in range(len(stats))], f"{stats}")
        check(stats[2]["priority"] == 1, f"{stats}")
        check(not self.multi.differences(self.seedd.download_dir, only=(1, 2)), "the octets are right")
        self.remove(self.multi)

    def paused(self):
        self.add(magnet(self.long, [self.peer]), paused=True)
        check(self.seedd.get(self.long.info_hash, "metadata_percent_complete") == 0, "it is not fetched")
        self.seedd.rpc("session_set", fetch_metadata_while_paused=True)
        wait_for(lambda: self.seedd.get(self.long.info_hash, "metadata_percent_complete") == 1, 20, "metadata")
        facts = self.seedd.get(self.long.info_hash, "status", "left_until_done", "total_size")
        check(facts == {"status": STOPPED, "left_until_done": self.long.total, "total_size": self.long.total}, f"{facts}")
        wait_for(lambda: self.seedd.get(self.long.info_hash, "peers_connected") == 0, 20, "no links while it is paused")
        self.remove(self.long)
        self.seedd.rpc("session_set", fetch_metadata_while_paused=False)

    def why(self):
        self.add(magnet(self.single))
        facts = self.seedd.get(self.single.info_hash, "status", "error", "eta", "size_when_done", "percent_done")
        check(facts["status"] == DOWNLOADING and facts["error"] == 0, f"{facts}")
        reason = self.seedd.rpc("torrent_why", ids=[self.single.info_hash])["torrents"][0]
        check(reason["reason"]["code"] == "waiting_for_metadata", f"{reason}")
        check("no_trackers" in [one["code"] for one in reason["contributing"]], f"{reason}")
        self.remove(self.single)

    def of_sources(self):
        """xs and as: a file that is not there, one of another torrent, and the one; no peer has it."""
        served = os.path.join(self.home, "served")
        os.makedirs(served)
        shutil.copy(self.multi.path, os.path.join(served, "other.torrent"))
        folder_server = Folder(served)
        links = "".join(f"&{key}={folder_server.url}/{name}.torrent"
                        for key, name in (("as", "right"), ("xs", "none"), ("xs", "other")))
        self.add(magnet(self.long, more=links), paused=True)
        check(not folder_server.asked, "a paused one asks nobody")
        self.seedd.kill()
        self.seedd.start()
        shutil.copy(self.long.path, os.path.join(served, "right.torrent"))
        self.seedd.rpc("torrent_start", ids=[self.long.info_hash])
        wait_for(lambda: self.seedd.get(self.long.info_hash, "metadata_percent_complete") == 1, 20, "metadata")
        check(folder_server.asked == [f"/{name}.torrent" for name in ("none", "other", "right")],
              f"{folder_server.asked}")
        check(self.seedd.get(self.long.info_hash, "name") == self.long.name, "it has its name")
        folder_server.stop()
        self.remove(self.long)

    def lied_to(self):
        liars = [Liar(self.long, f"127.0.0.{3 + i}") for i in range(2)]
        try:
            self.add(magnet(self.long, [liar.endpoint for liar in liars]))
            wait_for(lambda: any(liar.asked for liar in liars), 20, "asks")
            self.remove(self.long)
            self.add(magnet(self.long, [liar.endpoint for liar in liars] + [self.peer]))
            self.seedd.wait_complete(self.long.info_hash, 90)
            check(not self.long.differences(self.seedd.download_dir), "the octets are right")
            return f"{sum(liar.asked for liar in liars)} false pieces"
        finally:
            for liar in liars:
                liar.stop()
            self.remove(self.long)

    def from_client(self, kind):
        """seedd knows the hash and where it is, and gets the metadata (BEP 9) and the data of it."""
        if kind.missing():
            raise Skip(kind.missing())
        client = kind(folder(kind.name, self.home), save=os.path.join(self.home, "content"), address="127.0.0.5")
        client.port = free_port()
        client.start()
        client.add(self.long, **({"seed": True} if kind is Libtorrent else {}))
        client.wait_complete(self.long)
        self.add(magnet(self.long, [f"127.0.0.5:{client.port}"]))
        try:
            self.seedd.wait_complete(self.long.info_hash)
            check(not self.long.differences(self.seedd.download_dir), "the octets are right")
        finally:
            self.remove(self.long)
            client.stop()

    def to_client(self, kind):
        """It knows the hash and a tracker, which tells of seedd."""
        if kind.missing():
            raise Skip(kind.missing())
        if kind is Transmission and not self.own_network:
            raise Skip("a network of its own is not allowed, and transmission dials nobody at a loopback address")
        before = self.seeder.get(self.long.info_hash, "uploaded_ever")
        tracker = SmallTracker()
        tracker.add_peer(self.long, self.seeder_at, self.seeder.peer_port)
        net = NOT_LOOPBACK if kind is Transmission else "127.0.0."
        client = kind(folder(kind.name, self.home), address=f"{net}5")
        client.port = free_port()
        client.start()
        client.add(self.long, magnet=f"magnet:?xt=urn:btih:{self.long.info_hash}&tr={tracker.url}")
        client.wait_complete(self.long)
        wait_for(lambda: not self.long.differences(client.save), 20, "the right octets", step=0.2)
        client.stop()
        wait_for(lambda: self.seeder.get(self.long.info_hash, "uploaded_ever") >= before + self.long.total, 10,
                 "all of it counted as sent by seedd")
        tracker.stop()

    def end(self):
        for one in (self.seedd, self.seeder):
            check(one.stop() == 0, f"{one.name} ends with 0")


def main():
    begin()
    own_network = enter()
    report = Report("e2e: magnet links")
    magnets = Magnets(own_network)
    report.run("what is malformed is refused", magnets.refused)
    report.run("a small torrent comes from its hash and a peer", magnets.download, magnets.single)
    report.run("so does one with metadata of several pieces", magnets.download, magnets.long)
    report.run("both are there after kill -9", magnets.restarted)
    report.run("files chosen before they were known", magnets.selected)
    report.run("metadata while paused, by a setting", magnets.paused)
    report.run("one without peers says why", magnets.why)
    report.run("metadata of the link's sources", magnets.of_sources)
    report.run("peers that lie of the metadata", magnets.lied_to)
    for kind in clients.ALL:
        report.run(f"from {kind.name}", magnets.from_client, kind)
        report.run(f"to {kind.name}, which asks a tracker", magnets.to_client, kind)
    report.run("it ends", magnets.end)
    finish(report)


if __name__ == "__main__":
    main()
