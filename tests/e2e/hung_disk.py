#!/usr/bin/python3
"""A disk that hangs (a FUSE file system that stands still) while somebody else wants something: the
RPC answers whatever calls wait for that disk or for a server on the web, and SIGTERM saves all else
and ends in time."""

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time

from setting import MIB, begin, need_libtorrent
from stalled import Stalled
from interop.processes import folder, wait_for
from interop.report import Report, check, finish
from interop.seedd import Seedd

HTTP_ERROR = 8
BUSY = -32603


def call(seedd, method, **params):
    """The answer to a call over a connection of its own, as (status, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", seedd.rpc_port, timeout=40)
    connection.request("POST", "/rpc", json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    answer = connection.getresponse()
    said = (answer.status, json.loads(answer.read()))
    connection.close()
    return said


def in_background(seedd, count, method, **params):
    """So many calls at once; their answers come into the list."""
    answers = []
    for _ in range(count):
        threading.Thread(target=lambda: answers.append(call(seedd, method, **params)),
                         daemon=True).start()
    return answers


def worst_of_session_get(seedd, seconds):
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        status, _ = call(seedd, "session_get", fields=["version"])
        check(status == 200, f"session_get is answered with {status}")
        worst = max(worst, time.monotonic() - begun)
        time.sleep(0.05)
    return worst


def others_fetch():
    """Torrents are added by the URL of a server that takes connections and says nothing."""
    seedd = Seedd(folder("fetch"), fetch_private_addresses=True).start()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.torrent"
        answers = in_background(seedd, 30, "torrent_add", filename=url)
        worst = worst_of_session_get(seedd, 5)
        check(worst < 2, f"session_get took {worst:.1f} s")
        begun = time.monotonic()
        status, space = call(seedd, "free_space", path="/")
        took = time.monotonic() - begun
        check(status == 200 and "result" in space and took < 2, f"free_space: {status}, {space} in {took:.1f} s")
        wait_for(lambda: len(answers) == 30, 40, "answers to all")
    codes = sorted((status, body["error"]["code"]) for status, body in answers)
    check((200, HTTP_ERROR) in codes, f"the fetch that failed is answered so: {codes}")
    check(not [c for c in codes if c not in ((200, HTTP_ERROR), (200, BUSY))], f"answers: {codes}")
    check(seedd.stop() == 0, "seedd ends with 0")
    return f"session_get took {worst * 1000:.0f} ms at most; {codes.count((200, HTTP_ERROR))} fetched in vain"


def stall(case):
    wait_for(lambda: all(case.seedd.get(i, "have_valid") > 2 * MIB
                         for i in (case.stalls_id, case.goes_on_id)), 60, "both running",
             alive=[case.seedd.process])
    open(case.control, "w").close()


def space_is_asked_for(case):
    answers = in_background(case.seedd, 30, "free_space", path=case.disk)
    lists = in_background(case.seedd, 10, "torrent_get", fields=["id", "files"])
    worst = worst_of_session_get(case.seedd, 5)
    check(worst < 2, f"session_get took {worst:.1f} s")
    wait_for(lambda: len(answers) == 30 and len(lists) == 10, 10, "answers to all")
    return f"session_get took {worst * 1000:.0f} ms at most"


def pages_are_asked_for(case):
    """Pages of that disk: eight wait for it, and the others are told so."""
    statuses = []

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", case.seedd.rpc_port, timeout=20)
        try:
            connection.request("GET", "/transmission/web/page.html")
            statuses.append(connection.getresponse().status)
        except OSError:
            statuses.append(None)  # It waits for the disk, or seedd has ended.
        finally:
            connection.close()

    for _ in range(30):
        threading.Thread(target=ask, daemon=True).start()
    wait_for(lambda: statuses.count(503) == 22, 10, "word for all but eight")
    worst = worst_of_session_get(case.seedd, 3)
    check(worst < 2, f"session_get took {worst:.1f} s")
    return f"session_get took {worst * 1000:.0f} ms at most"


def has_ended(process):
    """It says so in its last line; a thread that the disk holds may keep its id alive."""
    return process.log_tail(1).endswith("stopped")


def ends_in_time(case):
    """Also where the system cannot end a thread, the next seedd begins with what was saved."""
    before = case.seedd.get(case.goes_on_id, "have_valid")
    old, begun = case.seedd.process, time.monotonic()
    old.signal(signal.SIGTERM)
    wait_for(lambda: has_ended(old), 10, "the end")
    took = time.monotonic() - begun
    case.seed.stop()
    case.seedd.name = "seedd again"
    case.seedd.start()
    saved = case.seedd.get(case.goes_on_id, "have_valid", "status")
    check(saved["have_valid"] >= before, f"{before} octets were had, {saved} came back")
    os.unlink(case.control)
    check(old.wait(10) == 0, "the old one ends with 0")
    return f"saved and ended in {took:.1f} s"


def main():
    programs = begin()
    need_libtorrent()
    report = Report("e2e: a disk that hangs, a server that does not answer")
    report.run("session_get is answered while torrents are fetched", others_fetch)
    for path, why in ((os.path.join(programs, "stall_fs"), "stall_fs was not built (libfuse3-dev)"),
                      ("/dev/fuse", "there is no /dev/fuse")):
        if not os.path.exists(path):
            print(f"skipped: {why}")
            sys.exit(77)
    case = Stalled(programs)
    stall(case)
    report.run("session_get is answered while others ask for the disk", lambda: space_is_asked_for(case))
    report.run("session_get is answered while others ask for pages of it", lambda: pages_are_asked_for(case))
    report.run("SIGTERM saves what can be saved, and ends", lambda: ends_in_time(case))
    report.run("all is right in the end", lambda: ends_right(case))
    finish(report)


def ends_right(case):
    case.ends_right()


if __name__ == "__main__":
    main()
