"""Daemons of one face, and the steps played to them."""

import http.client
import http.server
import io
import json
import os
import re
import socket
import threading

import content
import steps
from interop.processes import Process, free_port, wait_for
from interop.seedd import Seedd
from interop.wire import Wire

PASSWORD = "pass:word"
SETTINGS = {"dht_enabled": False, "encryption": "preferred", "pex_enabled": True,
            "lpd_enabled": False, "port_forwarding_enabled": False, "preferred_transports": "utp,tcp"}
LOGIN = {"rpc_authentication_required": True, "rpc_username": "user", "rpc_password": PASSWORD}
KINDS = {"plain": {}, "login": LOGIN,
         "guessed": {**LOGIN, "anti_brute_force_enabled": True, "anti_brute_force_threshold": 1},
         "shut": {"rpc_whitelist_enabled": True, "rpc_whitelist": "192.0.2.*"}}
# Of the headers of an answer, those that clients look at.
HEADERS = ("location", "allow", "www-authenticate", "content-type", "content-encoding",
           "x-transmission-session-id", "x-transmission-rpc-version", "server", "x-frame-options",
           "content-security-policy", "access-control-allow-origin")


class TransmissionDaemon:
    """`root` is a folder that it is changed into, "" for none; `home` is as the daemon sees it."""

    def __init__(self, root, home, kind):
        self.rpc_port, self.peer_port = free_port(), free_port()
        self.config = f"{home}/config-{kind}"
        settings = {"bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1",
                    "download-dir": f"{home}/downloads", "incomplete-dir": f"{home}/incomplete",
                    "peer-port": self.peer_port, "rpc-bind-address": "127.0.0.1",
                    "rpc-port": self.rpc_port,
                    **{key.replace("_", "-"): value for key, value in {**SETTINGS, **KINDS[kind]}.items()}}
        os.makedirs(root + self.config)
        with open(f"{root}{self.config}/settings.json", "w") as out:
            json.dump(settings, out)
        self.argv = (["chroot", root, "/usr/bin/env", "-i", "PATH=/usr/bin"] if root else ["/usr/bin/env"])
        self.argv += [f"TRANSMISSION_WEB_HOME={home}/web", "transmission-daemon", "-f", "-g", self.config]
        self.log = f"{root}{self.config}/log"

    def start(self):
        self.process = Process("transmission", self.argv, cwd="/", log=self.log)
        wait_for(lambda: listens(self.rpc_port), 20, "answer of transmission-daemon", alive=[self.process])

    def stop(self):
        self.process.stop(20)


class SeeddDaemon:
    def __init__(self, home, kind, more):
        self.daemon = Seedd(os.path.join(home, f"config-{kind}"), watch_dir_enabled=False,
                            **{**SETTINGS, **KINDS[kind], **more})
        self.daemon.settings["download_dir"] = f"{home}/downloads"
        self.daemon.settings["incomplete_dir"] = f"{home}/incomplete"
        self.rpc_port, self.peer_port = self.daemon.rpc_port, self.daemon.peer_port

    def start(self):
        self.daemon.launch()
        self.process = self.daemon.process
        wait_for(lambda: listens(self.rpc_port), 20, "answer of seedd", alive=[self.process])

    def stop(self):
        self.process.stop(20)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, octets = content.SERVED.get(self.path, (404, b"not found"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_):
        pass


def web_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


class _Octets:
    """What http.client takes for a socket."""

    def __init__(self, octets):
        self._octets = octets

    def makefile(self, *_):
        return io.BytesIO(self._octets)


class Player:
    """Plays steps to `make(kind)`'s daemons; `home` is as they see it."""

    def __init__(self, make, home, root=""):
        self.make, self.home, self.root = make, home, root
        self.web = web_server()
        self.daemons, self.sessions, self.peers = {}, {}, []

    def play(self, plan):
        """{name: answer} of the steps that ask something."""
        answers = {}
        for step in plan:
            daemon = self._daemon(step.daemon)
            self._session(daemon)
            if step.kind == "rpc":
                answers[step.name] = self._rpc(daemon, step.body)
            elif step.kind == "http":
                answers[step.name] = self._http(daemon, step.octets)
            elif step.kind == "wait":
                self._wait(daemon, step)
            else:
                self._connect_peer(daemon)
            if step.name in answers:
                answers[step.name]["asked"] = step.digest()
        for peer in self.peers:
            peer.close()
        for daemon in self.daemons.values():
            daemon.stop()
        return answers

    def _daemon(self, kind):
        if kind not in self.daemons:
            self.daemons[kind] = self.make(kind)
            self.daemons[kind].start()
        return self.daemons[kind]

    def _session(self, daemon):
        if daemon not in self.sessions:
            got = self._exchange(daemon, "GET /transmission/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                 + f"Authorization: {steps.USER}\r\nConnection: close\r\n\r\n", 10)
            self.sessions[daemon] = got["headers"].get("x-transmission-session-id", "none")
        return self.sessions[daemon]

    def _exchange(self, daemon, octets, seconds):
        """{status, headers, body}, or {"silent": True}."""
        with socket.create_connection(("127.0.0.1", daemon.rpc_port), 5) as link:
            link.settimeout(seconds)
            link.sendall(octets.encode("utf-8", "surrogateescape"))
            got = b""
            try:
                while chunk := link.recv(65536):
                    got += chunk
            except (TimeoutError, ConnectionResetError):
                pass
        got = got.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not got:
            return {"silent": True}
        method = octets.split(" ", 1)[0]
        answer = http.client.HTTPResponse(_Octets(got), method=method)
        try:
            answer.begin()
            body = answer.read()
        except http.client.HTTPException as error:
            return {"broken": type(error).__name__}
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return {"status": answer.status, "headers": headers, "body": body}

    def _filled(self, daemon, text):
        text = text.replace("$HOME", self.home).replace("$WEB", self.web)
        text = text.replace("$PORT", str(daemon.rpc_port))
        text = text.replace('"$PEER_PORT"', str(daemon.peer_port))
        return text.replace("$SESSION", self._session(daemon)) if "$SESSION" in text else text

    def _blanked(self, daemon, value):
        if isinstance(value, str):
            for what, name in ((self.home, "$HOME"), (self.web, "$WEB"),
                               (self.sessions.get(daemon, "none yet"), "$SESSION")):
                value = value.replace(what, name)
            return value
        if isinstance(value, list):
            return [self._blanked(daemon, item) for item in value]
        if isinstance(value, dict):
            return {key: self._blanked(daemon, item) for key, item in value.items()}
        return value

    def _rpc(self, daemon, body):
        body = self._filled(daemon, body)
        got = self._exchange(daemon, (
            "POST /transmission/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"X-Transmission-Session-Id: {self._session(daemon)}\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"), 4)
        if "status" not in got:
            return got
        out = {"status": got["status"]}
        if got["body"]:
            out["answer"] = self._blanked(daemon, json.loads(got["body"]))
        return out

    def _http(self, daemon, octets):
        got = self._exchange(daemon, self._filled(daemon, octets), 4)
        if "status" not in got:
            return got
        out = {"status": got["status"], "headers": {
            name: self._blanked(daemon, got["headers"][name]) for name in HEADERS if name in got["headers"]}}
        body = got["body"]
        if got["headers"].get("content-encoding") == "gzip":
            out["is_gzip"] = body.startswith(b"\x1f\x8b")
        elif "json" in got["headers"].get("content-type", ""):
            out["answer"] = json.loads(body)
        else:
            text = body.decode("utf-8", "replace")
            out["body_names_session"] = "X-Transmission-Session-Id: " + self._session(daemon) in \
                re.sub("<[^>]*>", "", text)
            out["is_empty"] = not text
        return out

    def _wait(self, daemon, step):
        want = step.until
        key, _, part = want["field"].partition(".")
        values = [self._filled(daemon, v) if isinstance(v, str) else v for v in want["values"]]
        body = json.dumps({"method": "torrent-get", "arguments": {"ids": want["ids"], "fields": [key]}})

        def is_so():
            asked = self._rpc(daemon, body)["answer"]["arguments"]["torrents"]
            asked = [self._unblanked(t[key]) for t in asked]
            if part:
                return bool(asked) and all(any(item[part] in values for item in t) for t in asked)
            return len(asked) == len(want["ids"]) and all(value in values for value in asked)

        try:
            wait_for(is_so, 8, step.name, alive=[daemon.process])
        except Exception as error:
            said = self._rpc(daemon, body.replace(f'"{key}"]', f'"{key}", "errorString"]'))
            raise RuntimeError(f"{step.name}: {said}") from error

    def _unblanked(self, value):
        return value.replace("$HOME", self.home) if isinstance(value, str) else value

    def _connect_peer(self, daemon):
        peer = Wire("127.0.0.1", daemon.peer_port)
        peer.handshake(content.SINGLE.hash, peer_id=b"-qB4250-abcdefghijkl")
        peer.send(2)  # interested
        self.peers.append(peer)
