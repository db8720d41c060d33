"""seedd, driven over JSON-RPC at /rpc."""

import base64
import http.client
import json
import os
import signal

from .processes import Process, free_port, wait_for

_top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
binary = os.environ.get("SEEDD") or os.path.join(_top, "build", "release", "bin", "seedd")

STOPPED, CHECK_WAIT, CHECKING, DOWNLOAD_WAIT, DOWNLOADING, SEED_WAIT, SEEDING = range(7)


class RpcError(Exception):
    pass


class Seedd:
    def __init__(self, home, name="seedd", address="127.0.0.1", **settings):
        self.home, self.name, self.address = home, name, address
        self.state_dir = os.path.join(home, "state")
        self.download_dir = os.path.join(home, "downloads")
        for path in (self.state_dir, self.download_dir):
            os.makedirs(path, exist_ok=True)
        self.rpc_port, self.peer_port = free_port(), free_port()
        self.settings = {
            "download_dir": self.download_dir, "rpc_port": self.rpc_port,
            "peer_port": self.peer_port, "bind_address_ipv4": address, "bind_address_ipv6": "",
            "watch_dir_enabled": "false", "message_level": "debug",
            # Nobody outside is to be met by a test.
            "dht_enabled": "false", "port_forwarding_enabled": "false", "pex_enabled": "false", "lpd_enabled": "false",
            # Clients that have no uTP are met at once; tests/e2e/utp.py has the rest.
            "preferred_transports": "tcp", "encryption": "allowed"}
        self.settings.update({k: str(v).lower() if isinstance(v, bool) else v
                              for k, v in settings.items()})
        self.environment = {}  # added to our own
        self.run_by = []  # a program that runs it, and that one's arguments
        self.process = None
        self._connection = None
        config = os.path.join(home, "empty.toml")
        open(config, "a").close()
        self.config = config

    def argv(self):
        argv = [binary, "--config", self.config, "--state-dir", self.state_dir]
        for key, value in self.settings.items():
            argv += ["--set", f"{key}={value}"]
        return argv

    def launch(self):
        """Starts it without waiting."""
        self._connection = None
        self.process = Process(self.name, self.run_by + self.argv(), cwd=self.home,
                               env=self.environment, log=os.path.join(self.home, f"{self.name}.log"))
        return self

    def start(self, seconds=20):
        self.launch()
        wait_for(self.answers, seconds, "answer of seedd", step=0.01, alive=[self.process])
        return self

    def answers(self):
        try:
            self.rpc("session_get", fields=["version"])
            return True
        except (OSError, http.client.HTTPException):
            return False

    def rpc(self, method, timeout=30, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        for attempt in (0, 1):
            fresh = self._connection is None
            if fresh:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.rpc_port, timeout=timeout)
            try:
                self._connection.timeout = timeout
                if self._connection.sock:
                    self._connection.sock.settimeout(timeout)
                self._connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
                answer = json.loads(self._connection.getresponse().read())
                break
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                self._connection = None
                if fresh or attempt:
                    raise
            except BaseException:
                self._connection = None
                raise
        if "error" in answer:
            raise RpcError(f"{method}: {answer['error']}")
        return answer["result"]

    def another(self):
        """The same daemon by a connection of its own, for another thread."""
        other = Seedd.__new__(Seedd)
        other.__dict__.update(self.__dict__)
        other._connection = None
        return other

    def add(self, torrent_path, **params):
        """The id of the torrent."""
        with open(torrent_path, "rb") as file:
            metainfo = base64.b64encode(file.read()).decode()
        result = self.rpc("torrent_add", metainfo=metainfo, **params)
        return (result.get("torrent_added") or result["torrent_duplicate"])["id"]

    def get(self, id_or_hash, *fields):
        """One field's value, or a dict of several."""
        torrents = self.rpc("torrent_get", ids=[id_or_hash], fields=list(fields))["torrents"]
        if not torrents:
            raise RpcError(f"no torrent {id_or_hash}")
        return torrents[0][fields[0]] if len(fields) == 1 else torrents[0]

    def claimed(self, id_or_hash, piece_count):
        """The have-bitfield as booleans."""
        octets = base64.b64decode(self.get(id_or_hash, "pieces"))
        return [bool(octets[i // 8] >> (7 - i % 8) & 1) if i // 8 < len(octets) else False
                for i in range(piece_count)]

    def is_complete(self, id_or_hash):
        facts = self.get(id_or_hash, "left_until_done", "status", "error", "error_string")
        if facts["error"] == 3:
            raise RpcError(facts["error_string"])
        return facts["left_until_done"] == 0 and facts["status"] in (SEED_WAIT, SEEDING)

    def wait_complete(self, id_or_hash, seconds=60):
        wait_for(lambda: self.is_complete(id_or_hash), seconds, f"{self.name} completing the torrent",
                 alive=[self.process])

    def stop(self, seconds=15):
        """SIGTERM. The exit status."""
        self._connection = None
        self.process.signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        self.process.kill()
        return status

    def kill(self):
        self._connection = None
        self.process.kill()
