#!/usr/bin/python3
"""GET /healthz and /readyz: 200 while all is well, 503 with the reason when the loop hangs, a folder
of torrents is gone or the peer port is taken; to strangers the reason has no text."""

import json
import os
import socket
import time

from metrics import get
from setting import begin, mount
from interop import blocked
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import single_file


def asked(seedd, path):
    status, text = get(seedd, path)
    return status, json.loads(text)


def codes(said):
    return [reason["code"] for reason in said["reasons"]]


class Patient:
    def __init__(self):
        self.home = folder("health")
        self.root = os.path.join(self.home, "root")
        self.torrent = single_file(self.root, size=100_000, piece_bytes=16384)
        self.seedd = Seedd(self.home).start()
        self.seedd.add(self.torrent.path, download_dir=self.root)
        self.seedd.wait_complete(self.torrent.info_hash)

    def is_well(self):
        for path in ("/healthz", "/readyz"):
            status, said = asked(self.seedd, path)
            check((status, said) == (200, {"status": "ok", "reasons": []}), f"{path}: {status}, {said}")

    def loop_hangs(self):
        try:
            with blocked.main_thread(self.seedd.process.pid):
                for path in ("/healthz", "/readyz"):
                    begun = time.monotonic()
                    status, said = asked(self.seedd, path)
                    took = time.monotonic() - begun
                    check(status == 503 and codes(said) == ["loop_blocked"], f"{path}: {status}, {said}")
                    check(took < 4, f"{path} took {took:.1f} s")
        except blocked.NotAllowed as why:
            raise Skip(str(why)) from None
        self.is_well()
        return f"503 after {took:.1f} s"

    def root_is_gone(self):
        gone = self.root + ".gone"
        os.rename(self.root, gone)
        # It may be made again only where nothing is claimed in it: something is.
        wait_for(lambda: asked(self.seedd, "/readyz")[0] == 503, 30, "not ready", alive=[self.seedd.process])
        _, said = asked(self.seedd, "/readyz")
        check(codes(said) == ["root_missing"], f"reasons: {said}")
        check(self.root in said["reasons"][0]["text"], f"the text names it: {said}")
        check(asked(self.seedd, "/healthz")[0] == 200, "the daemon lives")
        self.hidden_from_strangers()
        os.rename(gone, self.root)
        wait_for(lambda: asked(self.seedd, "/readyz")[0] == 200, 30, "ready again", alive=[self.seedd.process])

    def hidden_from_strangers(self):
        """With a login, who has none hears the code alone."""
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.seedd.settings.update(rpc_authentication_required="true", rpc_username="u", rpc_password="p")
        self.seedd.launch()

        def not_ready():
            try:
                return asked(self.seedd, "/readyz")[0] == 503
            except OSError:
                return False
        wait_for(not_ready, 40, "not ready, without login", alive=[self.seedd.process])
        status, said = asked(self.seedd, "/readyz")
        check(status == 503 and said["reasons"] == [{"code": "root_missing", "text": ""}], f"{status}: {said}")
        check(get(self.seedd, "/metrics")[0] == 401, "metrics ask for the login")

    def port_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            deaf = Seedd(folder("deaf"), "deaf", peer_port=other.getsockname()[1]).start()
            status, said = asked(deaf, "/readyz")
            check(status == 503 and codes(said) == ["not_listening"], f"{status}: {said}")
            check(said["reasons"][0]["text"] != "", "it says why")
            check(asked(deaf, "/healthz")[0] == 200, "it lives")
        wait_for(lambda: asked(deaf, "/readyz")[0] == 200, 30, "ready once the port is free",
                 alive=[deaf.process])
        check(deaf.stop() == 0, "seedd ends with 0")

    def state_is_full(self):
        """An idle daemon notices that its state cannot be written, and that it can be again."""
        home = folder("full-state")
        if not mount("tmpfs", os.path.join(home, "state"), "-o", "size=2m"):
            raise Skip("tmpfs cannot be mounted here (not root)")
        idle = Seedd(home).start()
        ballast = os.path.join(idle.state_dir, "ballast")
        with open(ballast, "wb", buffering=0) as out:
            try:
                while out.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        # A write a minute; the log of the database may have room for the first.
        wait_for(lambda: asked(idle, "/readyz")[0] == 503, 150, "not ready", alive=[idle.process])
        _, said = asked(idle, "/readyz")
        check(codes(said) == ["state_not_saved"], f"reasons: {said}")
        os.unlink(ballast)
        wait_for(lambda: asked(idle, "/readyz")[0] == 200, 30, "ready again", alive=[idle.process])
        check(idle.stop() == 0, "seedd ends with 0")

    def end(self):
        check(self.seedd.stop() == 0, "seedd ends with 0")


def main():
    begin()
    report = Report("e2e: health and readiness")
    patient = Patient()
    report.run("all is well", patient.is_well)
    report.run("the loop hangs", patient.loop_hangs)
    report.run("a folder of torrents is gone", patient.root_is_gone)
    report.run("the peer port is taken", patient.port_is_taken)
    report.run("the state cannot be written", patient.state_is_full)
    report.run("it ends", patient.end)
    finish(report)


if __name__ == "__main__":
    main()
