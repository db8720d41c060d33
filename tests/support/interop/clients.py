"""BitTorrent clients from Debian's packages, all with one face: add(), complete(), stop()."""

import base64
import json
import os
import re
import socket
import subprocess
import urllib.parse
import urllib.request
import xmlrpc.client

from .processes import Process, free_port, have, wait_for

_here = os.path.dirname(os.path.abspath(__file__))
SYSTEM_PYTHON = "/usr/bin/python3"


class Client:
    """A client that runs in `home` and keeps content in `save`."""

    name = ""
    program = ""

    @classmethod
    def missing(cls):
        """Why it cannot run here, "" when it can."""
        return "" if have(cls.program) else f"{cls.program} is not installed"

    @classmethod
    def cannot_announce(cls, scheme):
        """Why it cannot use trackers of this URL scheme on loopback, "" when it can."""
        return ""

    def __init__(self, home, save=None, address="127.0.0.2", up=0, **features):
        """features: lpd, utp ("only", or True beside TCP), pex, each off unless given; encryption: "forced",
        "enabled" or "" for none; watched, for a libtorrent whose progress is timed."""
        self.features = features
        # Not seedd's address: rtorrent keeps one port an address, and a tracker tells it its own too.
        self.home, self.address, self.up = home, address, up
        self.save = save or os.path.join(home, "downloads")
        os.makedirs(self.save, exist_ok=True)
        self.port = free_port()
        self.process = None

    def stop(self):
        if self.process:
            self.process.stop(5)

    def wait_complete(self, torrent, seconds=60):
        wait_for(lambda: self.complete(torrent), seconds, f"{self.name} completing {torrent.name}",
                 alive=[self.process])


class Transmission(Client):
    name, program = "transmission", "transmission-daemon"
    ENCRYPTION = {"": 0, "enabled": 1, "forced": 2}

    @classmethod
    def cannot_announce(cls, scheme):
        # 4.1 asks the system which source address leads from its bind address to a public one. From
        # a loopback address none does, and it takes IPv4 for absent: no datagram goes out at all.
        # HTTP announces go out all the same.
        said = subprocess.run([cls.program, "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"transmission-daemon (\d+)\.(\d+)\S*", said.stdout + said.stderr)
        if scheme == "udp" and found and (int(found[1]), int(found[2])) >= (4, 1):
            return f"{found[0]} sends no UDP announce when bound to a loopback address"
        return ""

    def start(self):
        self.rpc_port, self._session = free_port(), ""
        settings = {
            "bind-address-ipv4": self.address, "dht-enabled": False,
            "lpd-enabled": self.features.get("lpd", False), "pex-enabled": self.features.get("pex", True),
            "utp-enabled": bool(self.features.get("utp")), "tcp-enabled": self.features.get("utp") != "only",
            "encryption": self._encryption(), "port-forwarding-enabled": False,
            "rpc-bind-address": "127.0.0.1", "rpc-port": self.rpc_port, "peer-port": self.port,
            "download-dir": self.save, "incomplete-dir-enabled": False, "preallocation": 1,
            "rename-partial-files": False, "download-queue-enabled": False,
            "speed-limit-up-enabled": self.up > 0, "speed-limit-up": self.up // 1000,
            "peer-limit-global": 2000, "peer-limit-per-torrent": 2000, "upload-slots-per-torrent": 30,
            "cache-size-mb": 4}
        config = os.path.join(self.home, "transmission")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "settings.json"), "w") as out:
            json.dump(settings, out)
        self.process = Process(self.name, [self.program, "-f", "-g", config, "--log-info"], cwd=self.home,
                               env={"TR_CURL_VERBOSE": ""})
        wait_for(lambda: self._answers(), 15, "answer of transmission", alive=[self.process])
        return self

    def _encryption(self):
        policy = self.features.get("encryption", "")
        return self.ENCRYPTION.get(policy, policy)

    def _answers(self):
        try:
            self.rpc("session-get")
            return True
        except OSError:
            return False

    def rpc(self, method, **arguments):
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(3):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.rpc_port}/transmission/rpc", body,
                {"X-Transmission-Session-Id": self._session})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)["arguments"]
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise
                self._session = error.headers["X-Transmission-Session-Id"]
        raise OSError("transmission: no session")

    def add(self, torrent, path=None, magnet=None):
        if magnet:
            self.rpc("torrent-add", filename=magnet, **{"download-dir": self.save})
            return
        with open(path or torrent.path, "rb") as file:
            self.rpc("torrent-add", metainfo=base64.b64encode(file.read()).decode(),
                     **{"download-dir": self.save})

    def complete(self, torrent):
        got = self.rpc("torrent-get", ids=[torrent.info_hash],
                       fields=["leftUntilDone", "status", "errorString"])["torrents"]
        return bool(got) and got[0]["leftUntilDone"] == 0 and got[0]["status"] in (5, 6)


class Aria2(Client):
    name, program = "aria2", "aria2c"
    ENCRYPTION = {"": [], "enabled": ["--bt-min-crypto-level=arc4"], "forced": ["--bt-force-encryption=true"]}

    def start(self):
        self.rpc_port = free_port()
        # UDP trackers need its DHT, which knows nobody here.
        self.process = Process(self.name, [
            self.program, f"--dir={self.save}", f"--listen-port={self.port}", "--enable-dht=true",
            f"--dht-listen-port={free_port()}", f"--dht-file-path={self.home}/dht.dat",
            "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--check-integrity=true",
            "--seed-ratio=0.0", "--bt-max-peers=0", "--allow-overwrite=true", "--disable-ipv6=true",
            "--file-allocation=none", f"--interface={self.address}", f"--max-upload-limit={self.up}",
            "--no-conf", "--enable-rpc=true", f"--rpc-listen-port={self.rpc_port}",
            "--rpc-max-request-size=64M", "--max-concurrent-downloads=1000", "--summary-interval=0",
            *self.ENCRYPTION[self.features.get("encryption", "")]], cwd=self.home)
        wait_for(self._answers, 15, "answer of aria2", alive=[self.process])
        return self

    def _answers(self):
        try:
            self.rpc("aria2.getVersion")
            return True
        except OSError:
            return False

    def rpc(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rpc_port}/jsonrpc", body, 60) as answer:
            return json.load(answer)["result"]

    def add(self, torrent, path=None, magnet=None):
        if magnet:
            self.rpc("aria2.addUri", [magnet])
            return
        with open(path or torrent.path, "rb") as file:
            self.rpc("aria2.addTorrent", base64.b64encode(file.read()).decode())

    def complete(self, torrent):
        return any(t.get("infoHash") == torrent.info_hash and t.get("seeder") == "true"
                   and t["completedLength"] == t["totalLength"]
                   for t in self.rpc("aria2.tellActive"))


class Rtorrent(Client):
    name, program = "rtorrent", "rtorrent"
    ENCRYPTION = {"": "none", "enabled": "allow_incoming,try_outgoing,enable_retry",
                  "forced": "allow_incoming,try_outgoing,require,require_RC4"}

    def start(self):
        session = os.path.join(self.home, "session")
        os.makedirs(session, exist_ok=True)
        self.socket = os.path.join(self.home, "rt.sock")
        lines = [
            "system.daemon.set = true", f"directory.default.set = {self.save}",
            f"session.path.set = {session}", f"network.port_range.set = {self.port}-{self.port}",
            "network.port_random.set = no", f"network.bind_address.set = {self.address}",
            f"network.local_address.set = {self.address}",
            "dht.mode.set = off", "protocol.pex.set = no", "trackers.use_udp.set = yes",
            f"protocol.encryption.set = {self.ENCRYPTION[self.features.get('encryption', '')]}",
            f"throttle.global_up.max_rate.set_kb = {self.up // 1024}",
            "throttle.max_uploads.set = 30", "pieces.hash.on_completion.set = no",
            f"network.scgi.open_local = {self.socket}"]
        config = os.path.join(self.home, "rtorrent.rc")
        with open(config, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.process = Process(self.name, [self.program, "-n", "-o", f"import={config}"],
                               cwd=self.home, env={"TERM": "dumb", "HOME": self.home})
        wait_for(lambda: self._answers(), 15, "answer of rtorrent", alive=[self.process])
        return self

    def _answers(self):
        try:
            self.rpc("system.pid")
            return True
        except OSError:
            return False

    def rpc(self, method, *arguments):
        """XML-RPC over SCGI."""
        body = xmlrpc.client.dumps(arguments, method).encode()
        head = b"CONTENT_LENGTH\0%d\0SCGI\x001\0" % len(body)
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(20)
            link.connect(self.socket)
            link.sendall(b"%d:%s,%s" % (len(head), head, body))
            answer = b""
            while chunk := link.recv(65536):
                answer += chunk
        return xmlrpc.client.loads(answer.split(b"\r\n\r\n", 1)[1])[0][0]

    def add(self, torrent, path=None, magnet=None):
        if magnet:
            self.rpc("load.start", "", magnet)
            return
        with open(path or torrent.path, "rb") as file:
            self.rpc("load.raw_start", "", xmlrpc.client.Binary(file.read()))

    def complete(self, torrent):
        try:
            return (self.rpc("d.complete", torrent.info_hash.upper()) == 1
                    and self.rpc("d.is_active", torrent.info_hash.upper()) == 1)
        except (xmlrpc.client.Fault, OSError):
            return False


class Libtorrent(Client):
    name, program = "libtorrent", "python3-libtorrent"
    _why = None

    @classmethod
    def missing(cls):
        if cls._why is None:
            tried = subprocess.run([SYSTEM_PYTHON, "-c", "import libtorrent"], capture_output=True,
                                   check=False)
            cls._why = "python3-libtorrent is not installed" if tried.returncode else ""
        return cls._why

    def start(self):
        return self

    def add(self, torrent, path=None, magnet=None, peers=(), seed=False, paths=(), down=0, dht=None,
            encryption=""):
        self.status_path = os.path.join(self.home, "libtorrent.status")
        argv = [SYSTEM_PYTHON, os.path.join(_here, "libtorrent_peer.py"), "--save", self.save,
                "--listen", f"{self.address}:{self.port}", "--status", self.status_path,
                "--up", str(self.up), "--down", str(down)]
        if policy := encryption or self.features.get("encryption"):
            argv += ["--encryption", policy]
        if dht is not None:
            argv += ["--dht", dht]
        if self.features.get("lpd"):
            argv += ["--lsd"]
        if self.features.get("utp"):
            argv += ["--utp", "only" if self.features["utp"] == "only" else "too"]
        if self.features.get("watched"):
            argv += ["--watched"]
        if dht is not None:
            argv += ["--items", os.path.join(self.home, "items")]
        if magnet:
            argv += ["--magnet", magnet]
        elif torrent or paths:
            for one in paths or [path or torrent.path]:
                argv += ["--torrent", one]
        for peer in peers:
            argv += ["--peer", peer]
        if seed:
            argv += ["--seed"]
        self.process = Process(self.name, argv, cwd=self.home)

    def items(self, *orders):
        """Has its node of the DHT put and get items; what comes of it is in status()["items"]."""
        path = os.path.join(self.home, "items")
        with open(path + ".new", "w") as out:
            json.dump(orders, out)
        os.rename(path + ".new", path)

    def status(self):
        try:
            with open(self.status_path) as file:
                return json.load(file)
        except OSError:
            return {}

    def facts(self, torrent):
        return self.status().get(torrent.info_hash, {})

    def complete(self, torrent):
        return self.facts(torrent).get("seeding", False)


class Qbittorrent(Client):
    """By its web API, which asks nobody of this host for a password."""

    name, program = "qbittorrent", "qbittorrent-nox"

    def start(self):
        self.rpc_port = free_port()
        config = os.path.join(self.home, "qBittorrent", "config")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "qBittorrent.conf"), "w") as out:
            out.write(f"""[LegalNotice]
Accepted=true
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
[BitTorrent]
Session\\Port={self.port}
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress={self.address}
Session\\DefaultSavePath={self.save}
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\QueueingSystemEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\BTProtocol=TCP
""")
        self.process = Process(self.name, [self.program, f"--webui-port={self.rpc_port}", f"--profile={self.home}"],
                               cwd=self.home, env={"HOME": self.home})
        wait_for(self._answers, 30, "answer of qbittorrent", alive=[self.process])
        return self

    def _answers(self):
        try:
            self.rpc("app/version")
            return True
        except OSError:
            return False

    def rpc(self, path, **form):
        body = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rpc_port}/api/v2/{path}", body, 30) as answer:
            return answer.read().decode()

    def add(self, torrent, path=None, magnet=None, peers=(), seed=False):
        if magnet:
            self.rpc("torrents/add", urls=magnet, savepath=self.save)
        else:
            mark = "--seedd-interop"
            with open(path or torrent.path, "rb") as file:
                parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
                         for key, value in {"savepath": self.save, "skip_checking": str(seed).lower()}.items()]
                parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="torrents"; filename="a.torrent"\r\n'
                             "Content-Type: application/x-bittorrent\r\n\r\n".encode() + file.read() + b"\r\n")
            body = b"".join(parts) + f"--{mark}--\r\n".encode()
            request = urllib.request.Request(f"http://127.0.0.1:{self.rpc_port}/api/v2/torrents/add", body,
                                             {"Content-Type": f"multipart/form-data; boundary={mark}"})
            urllib.request.urlopen(request, timeout=30).read()
        wait_for(lambda: self.facts(torrent), 20, "the torrent in qbittorrent", alive=[self.process])
        if peers:
            self.rpc("torrents/addPeers", hashes=self.facts(torrent)["hash"], peers="|".join(peers))

    def facts(self, torrent):
        known = [torrent.info_hash, getattr(torrent, "info_hash_v2", "")]
        return next((one for one in json.loads(self.rpc("torrents/info")) if one["hash"] in known), {})

    def complete(self, torrent):
        facts = self.facts(torrent)
        return bool(facts) and facts["progress"] == 1 and facts["state"] in ("uploading", "stalledUP", "forcedUP")


ALL = [Transmission, Libtorrent, Aria2, Rtorrent]
