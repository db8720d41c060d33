#!/usr/bin/python3
"""What seedd fetches on order: the blocklist, that it acts, is swapped and kept; the port test; and what
may not be fetched or shown."""

import gzip
import http.server
import os
import shutil
import socket
import threading

from setting import begin
from interop import wire
from interop.processes import folder, free_port, wait_for
from interop.report import Report, check, finish
from interop.seedd import RpcError, Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file

SECRET = b"root:x:secret-that-nobody-may-see\n"


class Web:
    """Answers what the test says, by path."""

    def __init__(self):
        self.pages, self.asked = {}, []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web.asked.append(self.path)
                status, body = web.pages.get(self.path, (404, b"no"))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"


class Blocked:
    def __init__(self):
        self.web = Web()
        self.home = folder("blocklist")
        self.torrent = single_file(os.path.join(self.home, "content"), size=300_000, piece_bytes=16384)
        self.seedd = Seedd(self.home, blocklist_enabled=True, blocklist_url=f"{self.web.url}/list.gz",
                           fetch_private_addresses=True)
        shutil.copyfile(self.torrent.path_of(""),
                        os.path.join(self.seedd.download_dir, self.torrent.name))
        self.seedd.start()
        self.id = self.seedd.add(self.torrent.path)
        self.seedd.wait_complete(self.id)

    def serve(self, *lines):
        self.web.pages["/list.gz"] = (200, gzip.compress("\n".join(lines).encode()))

    def update(self):
        return self.seedd.rpc("blocklist_update")["blocklist_size"]

    def refused(self, code, method, **params):
        """The call fails with that code; the error's text."""
        try:
            self.seedd.rpc(method, **params)
        except RpcError as error:
            check(f"'code': {code}," in str(error), f"{method} fails with {code}: {error}")
            return str(error)
        raise AssertionError(f"{method} succeeds")

    def fact(self, name):
        return self.seedd.rpc("session_get", fields=[name])[name]

    def log(self):
        with open(self.seedd.process.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def greets(self, source):
        """Whether a peer at that address is answered."""
        try:
            peer = wire.Wire("127.0.0.1", self.seedd.peer_port, source=source)
            peer.handshake(self.torrent.info_hash)
            peer.close()
            return True
        except (OSError, wire.Closed):
            return False

    def is_turned_away(self, *sources):
        for source in sources:
            check(not self.greets(source), f"{source} is turned away")

    def is_let_in(self, *sources):
        for source in sources:
            check(self.greets(source), f"{source} is let in")

    # --- the cases

    def acts(self):
        self.serve("# a list", "bad: people:127.0.0.2-127.0.0.2", "127.000.000.004 - 127.000.000.005 , 000 , x",
                   "127.0.0.6 - 127.0.0.6 , 200 , allowed", "rubbish", "2001:db8::/32")
        self.is_let_in("127.0.0.2", "127.0.0.3")
        check(self.update() == 3, "three rules are loaded")
        check(self.fact("blocklist_size") == 3, "and shown")
        self.is_turned_away("127.0.0.2", "127.0.0.5")
        self.is_let_in("127.0.0.3", "127.0.0.6")
        check(self.fact("peers_blocked") == 2, f"two were turned away: {self.fact('peers_blocked')}")

    def swaps(self):
        held = wire.Wire("127.0.0.1", self.seedd.peer_port, source="127.0.0.3")
        held.handshake(self.torrent.info_hash)
        waiting = wire.Wire("127.0.0.1", self.seedd.peer_port, source="127.0.0.3")
        self.serve("127.0.0.3")
        check(self.update() == 1, "the new list is loaded")
        check(held.closed_within(10), "a peer that is blocked now is dropped")
        check(waiting.closed_within(10), "and one that has not said what it wants")
        self.is_turned_away("127.0.0.3")
        self.is_let_in("127.0.0.2")

    def switches(self):
        self.seedd.rpc("session_set", blocklist_enabled=False)
        self.is_let_in("127.0.0.3")
        check(self.fact("blocklist_size") == 1, "the list is still loaded")
        held = wire.Wire("127.0.0.1", self.seedd.peer_port, source="127.0.0.3")
        held.handshake(self.torrent.info_hash)
        self.seedd.rpc("session_set", blocklist_enabled=True)
        check(held.closed_within(10), "a peer that is blocked now is dropped")
        self.is_turned_away("127.0.0.3")

    def keeps_the_old(self):
        good = self.web.pages["/list.gz"]
        self.web.pages["/list.gz"] = (200, gzip.compress(b"127.0.0.2\n" * 1000)[:-9])
        self.refused(10, "blocklist_update")
        for page in (b"<html>\nno list\n</html>\n", b"<html>\n127.0.0.2\n127.0.0.3\n",
                     b"no such list\nask at the office\n127.0.0.2\n"):
            self.web.pages["/list.gz"] = (200, page)
            self.refused(10, "blocklist_update")
        self.web.pages["/list.gz"] = (200, gzip.compress(b"127.0.0.2\n" * 1_000_001))
        check("rules" in self.refused(5, "blocklist_update"), "one that is too large is said to be so")
        self.web.pages["/list.gz"] = (503, b"127.0.0.2\n")
        check("(503)" in self.refused(8, "blocklist_update"), "the status is told")
        self.web.pages["/list.gz"] = (302, b"file:///etc/passwd")
        self.refused(8, "blocklist_update")
        self.web.pages["/list.gz"] = good
        self.seedd.rpc("session_set", blocklist_url="http://127.0.0.1:1/list")
        check("(0)" in self.refused(8, "blocklist_update"), "nobody answers")
        check(self.fact("blocklist_size") == 1, "the old list stays")
        self.is_turned_away("127.0.0.3")
        self.is_let_in("127.0.0.2")

    def reads_files(self):
        path = os.path.join(self.home, "list of mine")
        with open(path, "w", encoding="utf-8") as out:
            out.write("127.0.0.3\n127.0.0.7\n")
        for url in (path, "file://" + path.replace(" ", "%20")):
            self.seedd.rpc("session_set", blocklist_url=url)
            check(self.update() == 2, f"{url} is read")
        fifo = os.path.join(self.home, "fifo")
        os.mkfifo(fifo)
        for url in (fifo, "/dev/zero", self.home, "/no/such/list"):
            self.seedd.rpc("session_set", blocklist_url=url)
            self.refused(8, "blocklist_update")
        check(self.fact("blocklist_size") == 2, "the old list stays")

    def restarts(self):
        self.seedd.kill()
        self.seedd.start()
        check(self.fact("blocklist_size") == 2, "the kept list is there before anybody else")
        wait_for(lambda: self.greets("127.0.0.2"), 30, "another peer is let in")
        self.is_turned_away("127.0.0.3", "127.0.0.7")

    def damaged(self):
        check(self.seedd.stop() == 0, "it ends")
        kept = os.path.join(self.seedd.state_dir, "blocklist")
        with open(kept, "r+b") as file:
            file.seek(30)
            file.write(b"\xff\xff")
        self.seedd.start()
        wait_for(lambda: "blocklist cannot be loaded" in self.log(), 20, "a line in the log")
        check(self.fact("blocklist_size") == 0, "it is not used")
        self.serve("127.0.0.3", "127.0.0.9")
        self.seedd.rpc("session_set", blocklist_url=f"{self.web.url}/list.gz")
        check(self.update() == 2, "a good one takes its place")
        self.is_turned_away("127.0.0.3")

    def dials(self):
        """Of two peers that a tracker names the blocked one is not dialled."""
        listeners = {}
        for address in ("127.0.0.9", "127.0.0.10"):
            listeners[address] = socket.create_server((address, free_port()))
        wanted = single_file(os.path.join(self.home, "wanted"), name="wanted", seed=3)
        tracker = SmallTracker()
        for address, listener in listeners.items():
            tracker.add_peer(wanted, address, listener.getsockname()[1])
        before = self.fact("peers_blocked")
        self.seedd.add(wanted.with_trackers([tracker.url], wanted.path))
        listeners["127.0.0.10"].settimeout(20)
        listeners["127.0.0.10"].accept()[0].close()
        check(self.fact("peers_blocked") > before, "the blocked one was turned away")
        listeners["127.0.0.9"].setblocking(False)
        try:
            listeners["127.0.0.9"].accept()
            check(False, "the blocked one was dialled")
        except BlockingIOError:
            pass
        tracker.stop()

    def tests_port(self):
        check("No Response (0)" in self.refused(8, "port_test", ip_protocol="ipv4"), "nobody is asked")
        self.seedd.rpc("session_set", port_test_url=f"{self.web.url}/port?p={{port}}")
        page = f"/port?p={self.seedd.peer_port}"
        for digit, is_open in ((b"1", True), (b"0\n", False)):
            self.web.pages[page] = (200, digit)
            for params in ({}, {"ip_protocol": "ipv4"}):
                got = self.seedd.rpc("port_test", **params)
                check(got == {"port_is_open": is_open, "ip_protocol": "ipv4"}, f"it says {got}")
        self.web.pages[page] = (200, b"perhaps")
        text = self.refused(8, "port_test")
        check("'ip_protocol': 'ipv4'" in text, f"the protocol is told: {text}")
        # seedd has no IPv6 here, and the checker neither.
        text = self.refused(8, "port_test", ip_protocol="ipv6")
        check("'ip_protocol': 'ipv6'" in text, f"the protocol is told: {text}")

    def shows_nothing(self):
        """Files that are no torrents are refused without a word of what is in them."""
        path = os.path.join(self.home, "secret")
        for content in (SECRET, b"d4:info" + SECRET, b"d1:a" + SECRET, b"i" + SECRET, b"d%d:" % len(SECRET) + SECRET,
                        b"d4:infod6:lengthi1e4:name6:secret12:piece lengthi16384e6:pieces1:xee",
                        b"d4:infod6:lengthi1e4:name1:a12:piece lengthi2000074717eee",
                        b"d4:infod12:meta versioni74717e4:name1:aee"):
            with open(path, "wb") as out:
                out.write(content)
            text = self.refused(9, "torrent_add", filename=path).replace(path, "")
            check(not any(word in text for word in ("secret", "root", "74717")), f"it tells nothing: {text}")
        check("nobody-may-see" not in self.log(), "nor does the log")
        for path in (os.path.join(self.home, "fifo"), "/dev/zero", "/dev/tty", self.home):
            self.refused(4, "torrent_add", filename=path)
        for path in ("/proc/self/environ", "/proc/self/maps"):
            self.refused(9, "torrent_add", filename=path)

    def stays_public(self):
        with open(self.torrent.path, "rb") as file:
            self.web.pages["/x.torrent"] = (200, file.read())
        self.seedd.rpc("torrent_add", filename=f"{self.web.url}/x.torrent")
        check(self.seedd.stop() == 0, "it ends")
        self.seedd.settings["fetch_private_addresses"] = "false"
        self.seedd.start()
        self.web.asked.clear()
        self.seedd.rpc("session_set", blocklist_url=f"{self.web.url}/list.gz",
                       port_test_url=f"http://localhost:{self.web.url.rsplit(':', 1)[1]}/port")
        for text in (self.refused(8, "blocklist_update"), self.refused(8, "port_test"),
                     self.refused(8, "torrent_add", filename=f"{self.web.url}/x.torrent"),
                     self.refused(8, "torrent_add", filename="http://127.1:9/")):
            check("fetch_private_addresses" in text, f"the setting is named: {text}")
        check(not self.web.asked, f"nobody was asked: {self.web.asked}")
        self.seedd.rpc("session_set", fetch_private_addresses=True)
        check(self.fact("fetch_private_addresses") is False, "who has the RPC cannot allow it")
        self.refused(8, "blocklist_update")

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: what is fetched on order")
    blocked = Blocked()
    report.run("a blocked peer is turned away", blocked.acts)
    report.run("a new list takes the place of the old", blocked.swaps)
    report.run("it is switched off and on", blocked.switches)
    report.run("a list that is none leaves the old one", blocked.keeps_the_old)
    report.run("lists of this host", blocked.reads_files)
    report.run("it is kept over a kill", blocked.restarts)
    report.run("a kept list that is damaged", blocked.damaged)
    report.run("a blocked peer is not dialled", blocked.dials)
    report.run("the port test", blocked.tests_port)
    report.run("files that are no torrents stay secret", blocked.shows_nothing)
    report.run("private addresses are not fetched from", blocked.stays_public)
    report.run("it ends", blocked.end)
    finish(report)


if __name__ == "__main__":
    main()
