#!/usr/bin/python3
"""Trackers over HTTPS, with certificates of an authority of the test's own: one that is trusted is
announced to and its peers are found; to any other nothing is said, and its row names the certificate."""

import os
import shutil
import subprocess

from setting import MIB, begin
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.small_tracker import SmallTracker
from interop.torrents import single_file


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    """Signs certificates; `path` is its own."""

    def __init__(self):
        if not shutil.which("openssl"):
            raise Skip("openssl is not installed")
        self._home = folder("authority")
        self.path, self._key = self._make("ca", "/CN=the test's authority", "-x509", "-days", "2")

    def _make(self, name, subject, *more):
        paths = [os.path.join(self._home, f"{name}.{end}") for end in ("pem", "key")]
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
                "-out", paths[0], "-keyout", paths[1], *more)
        return paths

    def certificate_for(self, address):
        """(chain, key) for a server at that address."""
        request, key = self._make(address, f"/CN={address}")
        chain, extra = request + ".signed", request + ".ext"
        with open(extra, "w") as out:
            out.write(f"subjectAltName=IP:{address}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key, "-days", "2",
                "-CAcreateserial", "-extfile", extra, "-out", chain)
        return chain, key


def started(name, environment, address="127.0.0.1"):
    seedd = Seedd(folder(name), address=address)
    # Whatever the machine has of its own is out of it.
    seedd.environment = {"CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "", **environment}
    return seedd.start()


def announced(seedd, number):
    """Its tracker's row once it was tried."""
    return wait_for(lambda: [t for t in seedd.get(number, "tracker_stats") if t["has_announced"]], 20,
                    "an announce", alive=[seedd.process])[0]


def trusted(variable):
    authority = Authority()
    tracker = SmallTracker(certificate=authority.certificate_for("127.0.0.1"))
    content = os.path.join(folder("content"), "content")
    torrent = single_file(content, [tracker.url], size=2 * MIB)
    environment = {variable: authority.path}
    seed = started("seed", environment, "127.0.0.2")
    number = seed.add(torrent.path, download_dir=content)
    seed.wait_complete(number)
    row = announced(seed, number)
    check(row["last_announce_succeeded"], f"the tracker's row: {row['last_announce_result']}")
    leech = started("leech", environment)
    leech.wait_complete(leech.add(torrent.path), 30)
    check(not (wrong := torrent.differences(leech.download_dir)), f"{wrong}")
    for one in (leech, seed):
        check(one.stop() == 0, "seedd ends with 0")
    events = [a.get("event") for a in tracker.announces]
    check(events.count("stopped") == 2 and events.count("started") == 2, f"announced: {events}")
    tracker.stop()


def refused(address, environment):
    """What the row of a tracker with a certificate for `address` says."""
    tracker = SmallTracker(certificate=environment.pop("made by").certificate_for(address))
    torrent = single_file(os.path.join(folder("content"), "content"), [tracker.url], size=MIB)
    seedd = started("refused", environment)
    row = announced(seedd, seedd.add(torrent.path))
    said = row["last_announce_result"]
    check(not row["last_announce_succeeded"], "it was announced to")
    check("certificate" in said.lower() and "127.0.0.1" in said, f"it says: {said}")
    check(seedd.stop() == 0, "seedd ends with 0")
    check(not tracker.announces, f"it was told: {tracker.announces}")
    tracker.stop()
    return said


def unknown_authority():
    return refused("127.0.0.1", {"made by": Authority()})


def another_authority():
    return refused("127.0.0.1", {"made by": Authority(), "CURL_CA_BUNDLE": Authority().path})


def another_name():
    authority = Authority()
    return refused("127.0.0.9", {"made by": authority, "CURL_CA_BUNDLE": authority.path})


def unreadable_bundle():
    return refused("127.0.0.1", {"made by": Authority(), "CURL_CA_BUNDLE": "/nowhere/ca.pem"})


def main():
    begin()
    report = Report("e2e: trackers over HTTPS")
    report.run("an authority of CURL_CA_BUNDLE", trusted, "CURL_CA_BUNDLE")
    report.run("an authority of SSL_CERT_FILE", trusted, "SSL_CERT_FILE")
    report.run("an authority that nobody knows", unknown_authority)
    report.run("an authority other than the one trusted", another_authority)
    report.run("a certificate for another name", another_name)
    report.run("a file of certificates that is not there", unreadable_bundle)
    finish(report)


if __name__ == "__main__":
    main()
