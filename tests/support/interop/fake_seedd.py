"""A daemon of canned torrents for seedctl: JSON-RPC at /rpc with `since`, /events, /healthz, /readyz."""

import base64
import http.server
import json
import queue
import threading
from urllib.parse import parse_qs, urlsplit


class FakeSeedd:
    """`torrents` by id. What changes does so through change(), remove() and happen(), which number it."""

    def __init__(self, torrents=(), token=None, streams=True):
        self.torrents = {torrent["id"]: dict(torrent) for torrent in torrents}
        self.token, self.streams = token, streams
        self.login = None    # "name:password" that is asked for
        self.refusals = {}   # path: (status, headers, page), before anything else
        self.hangs = threading.Event()  # while set no call is answered
        self.hanging = 0  # calls that were not answered
        self.stopped = threading.Event()
        self.results = {}   # method: its result, for all but torrent_get
        self.health = {"/healthz": (200, {"status": "ok", "reasons": []}),
                       "/readyz": (200, {"status": "ok", "reasons": []})}
        self.calls = []     # (method, params)
        self.opened = []    # Last-Event-ID of each stream
        self.sequence = 7
        self.changed = {number: self.sequence for number in self.torrents}
        self.gone = {}      # id: when
        self.lock = threading.RLock()
        self.watchers = []
        self.server, self.port = None, 0

    def start(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def refused(self):
                path = urlsplit(self.path).path
                if path not in fake.refusals:
                    return False
                status, headers, page = fake.refusals[path]
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(page))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page.encode())
                return True

            def let_in(self):
                if fake.login is not None:
                    wanted = base64.b64encode(fake.login.encode()).decode()
                    if self.headers["Authorization"] == f"Basic {wanted}":
                        return True
                    self.answer(401, {})
                    return False
                if fake.token is None or self.headers["Authorization"] == f"Bearer {fake.token}":
                    return True
                self.answer(401, {})
                return False

            def do_POST(self):
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.wait_while_hanging()
                if not self.refused() and self.let_in():
                    self.answer(200, fake.call(call))

            def do_GET(self):
                url = urlsplit(self.path)
                if self.refused():
                    return None
                if url.path in fake.health:
                    return self.answer(*fake.health[url.path])
                if url.path != "/events" or not fake.streams:
                    return self.answer(404, {})
                if self.let_in():
                    fake.stream(self, parse_qs(url.query)["fields"][0].split(","))

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.stopped.clear()
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        """Gone, with its streams; start() has the same port again."""
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self.tell(None)

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    # --- what happens

    def change(self, number, **fields):
        with self.lock:
            self.sequence += 1
            self.torrents.setdefault(number, {"id": number}).update(fields)
            self.changed[number] = self.sequence
            self.tell(("torrents", {"torrents": [{"id": number, **fields}], "removed": [],
                                    "sequence": self.sequence, "full": False}))

    def remove(self, number):
        with self.lock:
            self.sequence += 1
            del self.torrents[number]
            self.gone[number] = self.sequence
            self.tell(("torrents", {"torrents": [], "removed": [number],
                                    "sequence": self.sequence, "full": False}))

    def happen(self, event, **data):
        with self.lock:
            self.sequence += 1
            self.tell((event, data))

    def tell(self, what):
        with self.lock:
            for watcher in self.watchers:
                watcher.put((self.sequence, what))

    # --- what is served

    def wait_while_hanging(self):
        if self.hangs.is_set():
            self.hanging += 1
        while self.hangs.is_set() and not self.stopped.wait(0.05):
            pass

    def call(self, call):
        method, params = call["method"], call.get("params", {})
        with self.lock:
            self.calls.append((method, params))
            if method == "torrent_get":
                result = self.torrent_get(params)
            elif method in self.results:
                result = self.results[method]
            else:
                return {"jsonrpc": "2.0", "id": call["id"],
                        "error": {"code": -32601, "message": "method not found"}}
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    def torrent_get(self, params):
        fields, since = params["fields"], params.get("since", 0)
        full = since <= 0
        ids = params.get("ids")
        rows = [{"id": number, **{field: torrent[field] for field in fields if field in torrent}}
                for number, torrent in self.torrents.items()
                if (full or self.changed[number] > since) and (ids is None or number in ids)]
        removed = [] if full else [number for number, when in self.gone.items() if when > since]
        return {"torrents": rows, "removed": removed, "sequence": self.sequence, "full": full}

    def stream(self, handler, _fields):
        watcher = queue.Queue()
        with self.lock:
            self.opened.append(handler.headers["Last-Event-ID"])
            number = self.sequence
            self.watchers.append(watcher)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.close_connection = True
        try:
            handler.wfile.write(f": hello\n\nid: {number}\nevent: open\ndata: {{}}\n\n".encode())
            while True:
                number, what = watcher.get()
                if what is None:
                    return
                event, data = what
                handler.wfile.write(
                    f"id: {number}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode())
        except OSError:
            pass
        finally:
            with self.lock:
                self.watchers.remove(watcher)
