"""An HTTP tracker of a few lines, for what opentracker cannot do: TLS, IPv6, and never to answer a
`stopped`. It tells everybody of everybody, compactly: `peers` and `peers6`."""

import http.server
import ipaddress
import ssl
import socket
import threading
import urllib.parse

from .torrents import bencode


class SmallTracker:
    def __init__(self, address="127.0.0.1", certificate=None, deaf_to_stopped=False, min_interval=None):
        """`certificate`: (file of the chain, file of the key), for HTTPS. `min_interval`: how soon one may
        ask again, in seconds; without it clients choose that."""
        self.announces, self.stopped = [], threading.Event()
        self._more = {} if min_interval is None else {"min interval": min_interval}
        self._deaf = deaf_to_stopped
        self._peers = {}  # by info-hash: addresses and ports
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = type("Server", (http.server.ThreadingHTTPServer,),
                      {"address_family": family, "daemon_threads": True, "handle_error": lambda *_: None})
        self._server = server((address, 0), self._handler())
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is the handler's thread's, so that one who does not finish it holds nobody.
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        host = f"[{address}]" if ":" in address else address
        self.url = f"{'https' if certificate else 'http'}://{host}:{self._server.server_port}/announce"

    def add_peer(self, torrent, address, port):
        """One that does not announce itself."""
        swarm = self._peers.setdefault(bytes.fromhex(torrent.info_hash).decode("latin-1"), {})
        swarm[(ipaddress.ip_address(address), int(port))] = True

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(tracker):  # pylint: disable=no-self-argument
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                target = urllib.parse.urlsplit(self.path)
                if target.path != "/announce":  # a scrape
                    self.send_error(404)
                    return
                asked = urllib.parse.parse_qs(target.query, encoding="latin-1", keep_blank_values=True)
                asked = {key: values[0] for key, values in asked.items()}
                event = asked.get("event", "")
                if event == "stopped" and tracker._deaf:
                    tracker.stopped.set()
                    self.rfile.read()  # until the other side hangs up
                    return
                body = tracker._answer(asked, self.client_address[0])
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass
        return Handler

    def _answer(self, asked, address):
        self.announces.append({**asked, "from": address})
        swarm = self._peers.setdefault(asked["info_hash"], {})
        me = (ipaddress.ip_address(address), int(asked["port"]))
        others = [peer for peer in swarm if peer != me]
        swarm[me] = True
        if asked.get("event") == "stopped":
            del swarm[me]
            self.stopped.set()

        def compact(version):
            return b"".join(ip.packed + port.to_bytes(2, "big") for ip, port in others
                            if ip.version == version)
        return bencode({"interval": 1800, "peers": compact(4), "peers6": compact(6), **self._more})
