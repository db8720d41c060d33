"""opentracker from Debian: it serves only info-hashes of a whitelist, gives up root and changes its
root into a folder."""

import os
import urllib.parse
import urllib.request

from .processes import Process, folder, free_port, wait_for


class OpenTracker:
    def __init__(self, torrents=(), address="127.0.0.1"):
        self.address, self.port, self.dir = address, free_port(), folder("tracker")
        hashes = [t.info_hash for t in torrents]
        with open(os.path.join(self.dir, "wl"), "w") as whitelist:
            whitelist.write("".join(h + "\n" for h in hashes))
        os.chmod(os.path.join(self.dir, "wl"), 0o644)
        self.process = None

    def start(self):
        port = str(self.port)
        self.process = Process(
            "opentracker", ["opentracker", "-i", self.address, "-p", port, "-P", port, "-d", self.dir,
                            "-w", "wl", "-u", "nobody"], cwd=self.dir)
        wait_for(self._answers, 10, "answer of opentracker", alive=[self.process])
        return self

    def allow(self, torrents):
        """Serves these too (read again on SIGHUP)."""
        with open(os.path.join(self.dir, "wl"), "a") as whitelist:
            whitelist.write("".join(t.info_hash + "\n" for t in torrents))
        if self.process:
            self.process.signal(1)

    def _answers(self):
        try:
            urllib.request.urlopen(f"http://{self.address}:{self.port}/scrape", timeout=2).read()
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    @property
    def http(self):
        return f"http://{self.address}:{self.port}/announce"

    @property
    def udp(self):
        return f"udp://{self.address}:{self.port}/announce"

    def counts(self, torrent):
        """(complete, incomplete) as it knows them."""
        from .torrents import bdecode
        query = urllib.parse.quote(bytes.fromhex(torrent.info_hash))
        url = f"http://{self.address}:{self.port}/scrape?info_hash={query}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            files = bdecode(answer.read())[0].get(b"files", {})
        facts = files.get(bytes.fromhex(torrent.info_hash), {})
        return facts.get(b"complete", 0), facts.get(b"incomplete", 0)

    def wait_known(self, torrent, complete=0, incomplete=0, seconds=20, alive=()):
        def known():
            have = self.counts(torrent)
            return have[0] >= complete and have[1] >= incomplete
        wait_for(known, seconds, f"{complete} seeds and {incomplete} leeches at the tracker",
                 alive=[self.process, *alive])

    def stop(self):
        if self.process:
            self.process.stop(3)
