#!/usr/bin/python3
"""HTTPS by rpc_tls_certificate and rpc_tls_key, as curl and openssl see it: versions, protocols, a
certificate read again at SIGHUP, pairs that are no good, plain HTTP, handshakes that dribble."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

from setting import begin
from interop.processes import folder, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd

BODY = '{"jsonrpc":"2.0","id":1,"method":"session_get","params":{"fields":["version"]}}'


def make_pair(home, name):
    """(certificate, key), self-signed, for 127.0.0.1."""
    paths = [os.path.join(home, f"{name}.{end}") for end in ("pem", "key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True, timeout=60)
    os.chmod(paths[1], 0o600)
    return paths


class TlsSeedd(Seedd):
    """With an answer looked for over TLS, by whatever certificate."""

    def context(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def rpc(self, method, timeout=30, **params):
        connection = http.client.HTTPSConnection("127.0.0.1", self.rpc_port, timeout=timeout,
                                                 context=self.context())
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        connection.request("POST", "/rpc", body)
        try:
            return json.loads(connection.getresponse().read())["result"]
        finally:
            connection.close()


class Tls:
    def __init__(self):
        for tool in ("openssl", "curl"):
            if not shutil.which(tool):
                raise Skip(f"{tool} is not installed")
        self.home = folder("tls")
        self.certificate, self.key = (os.path.join(self.home, f"used.{end}") for end in ("pem", "key"))
        self.pairs = {name: make_pair(self.home, name) for name in ("first", "second")}
        self.use("first")
        self.seedd = TlsSeedd(self.home, rpc_tls_certificate=self.certificate, rpc_tls_key=self.key)

    def use(self, certificate, key=None):
        shutil.copy(self.pairs[certificate][0], self.certificate)
        shutil.copy(self.pairs[key or certificate][1], self.key)
        os.chmod(self.key, 0o600)

    def curl(self, *arguments, authority="first", scheme="https"):
        return subprocess.run(["curl", "-sS", "--max-time", "10", "--cacert", self.pairs[authority][0], *arguments,
                               f"{scheme}://127.0.0.1:{self.seedd.rpc_port}/rpc"],
                              capture_output=True, text=True, timeout=30)

    def s_client(self, *arguments, send=""):
        return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.seedd.rpc_port}", *arguments],
                              input=send, capture_output=True, text=True, timeout=30)

    def name_now(self):
        with socket.create_connection(("127.0.0.1", self.seedd.rpc_port), 10) as plain:
            with self.seedd.context().wrap_socket(plain) as secure:
                octets = secure.getpeercert(binary_form=True)
        text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=octets,
                              capture_output=True, timeout=30).stdout.decode()
        return text.strip().split("=")[-1].strip()

    def log_says(self, text):
        with open(os.path.join(self.home, "seedd.log")) as log:
            return text in log.read()

    def calls(self):
        self.seedd.start()
        answer = self.curl("-d", BODY)
        check('"version"' in answer.stdout, f"curl has {answer.stdout!r} {answer.stderr!r}")
        wrong = self.curl("-d", BODY, authority="second")
        check(wrong.returncode == 60, f"a stranger's certificate is {wrong.returncode}")
        path = os.path.join(self.home, "large")
        with open(path, "w") as out:
            out.write(BODY + " " * 3_000_000)
        large = self.curl("-d", "@" + path)
        check('"version"' in large.stdout, f"3 MB are answered by {large.stdout!r} {large.stderr!r}")

    def versions(self):
        request = f"POST /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
        for version in ("-tls1_2", "-tls1_3"):
            seen = self.s_client(version, "-quiet", send=request).stdout
            check("HTTP/1.1 200 OK" in seen, f"{version}: {seen!r}")
        old = self.s_client("-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
        check(old.returncode != 0, "TLS 1.1 is spoken")
        chosen = self.s_client("-alpn", "h2,http/1.1").stdout
        check("ALPN protocol: http/1.1" in chosen, "no http/1.1 by ALPN")
        check(self.s_client("-alpn", "h2").returncode != 0, "h2 alone is agreed on")

    def plain(self):
        answer = self.curl("-i", scheme="http")
        check(answer.stdout.startswith("HTTP/1.1 400"), f"plain HTTP is answered {answer.stdout!r}")
        check("HTTPS" in answer.stdout, "the page does not say what is wrong")

    def reload(self):
        session = os.path.join(self.home, "session")
        request = "GET /rpc HTTP/1.0\r\nHost: localhost\r\n\r\n"
        self.s_client("-tls1_2", "-ign_eof", "-sess_out", session, send=request)
        again = self.s_client("-tls1_2", "-ign_eof", "-sess_in", session, send=request).stdout
        check("Reused, " in again, "a session is not gone on with")
        kept = http.client.HTTPSConnection("127.0.0.1", self.seedd.rpc_port, timeout=10, context=self.seedd.context())
        kept.request("POST", "/rpc", BODY)
        kept.getresponse().read()
        held = kept.sock
        self.use("second")
        self.seedd.process.signal(signal.SIGHUP)
        wait_for(lambda: self.name_now() == "second", 10, "the second certificate")
        kept.request("POST", "/rpc", BODY)
        check(kept.getresponse().status == 200 and kept.sock is held, "a connection was dropped")
        expired = self.s_client("-tls1_2", "-ign_eof", "-sess_in", session, send=request).stdout
        check("New, " in expired and "HTTP/1.1 405" in expired, "a session that is over does not begin anew")

    def bad_pair(self):
        self.use("first", key="second")
        self.seedd.process.signal(signal.SIGHUP)
        wait_for(lambda: self.log_says("the certificate is as before"), 10, "word of the wrong key")
        check(self.name_now() == "second", "a pair that does not fit is used")
        os.remove(self.certificate)
        self.seedd.process.signal(signal.SIGHUP)
        wait_for(lambda: self.log_says("cannot use rpc_tls_certificate"), 10, "word of no certificate")
        check(self.name_now() == "second", "no certificate is used")
        self.use("second")

    def best_call(self, rounds):
        """How long a call takes at best: in other rounds the machine may have had something else to do."""
        times = []
        for _ in range(rounds):
            begun = time.monotonic()
            check("version" in self.seedd.rpc("session_get", fields=["version"]), "no answer")
            times.append(time.monotonic() - begun)
        return min(times)

    def dribbled(self):
        """An octet of a handshake now and then, from each of many: nobody waits for them."""
        slow = [socket.create_connection(("127.0.0.1", self.seedd.rpc_port), 10) for _ in range(200)]
        record = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400)
        over = threading.Event()

        def dribble():
            for octet in record:
                for one in slow:
                    try:
                        one.send(bytes([octet]))
                    except OSError:
                        pass  # It was closed.
                if over.wait(0.1):
                    return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            took = self.best_call(5)
            check(took < 1, f"a call takes {took:.1f} s beside 200 slow handshakes")
            wait_for(lambda: closed(slow[0]), 20, "an end of a handshake that goes on for too long")
        finally:
            over.set()
            thread.join()
            for one in slow:
                one.close()
        return f"{took * 1000:.0f} ms"

    def flooded(self):
        """Clients that do nothing but change their keys, as fast as they can."""
        command = ["openssl", "s_client", "-tls1_3", "-connect", f"127.0.0.1:{self.seedd.rpc_port}"]
        floods = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL) for _ in range(4)]

        def flood(one):
            try:
                while True:
                    one.stdin.write(b"K\n")  # A command of s_client, if it is read by itself.
                    one.stdin.flush()
            except OSError:
                pass  # It has ended.

        threads = [threading.Thread(target=flood, args=(one,)) for one in floods]
        for thread in threads:
            thread.start()
        try:
            took = self.best_call(5)
        finally:
            for one in floods:
                one.kill()
            for thread in threads:
                thread.join()
            for one in floods:
                one.wait(10)
        check(took < 1, f"a call takes {took:.1f} s beside floods of new keys")
        return f"{took * 1000:.0f} ms"

    def doubts(self):
        os.chmod(self.key, 0o644)
        said = subprocess.run([*self.seedd.argv(), "--check-config"], capture_output=True, text=True, timeout=30)
        check("others can read" in said.stderr + said.stdout, f"not a word: {said.stderr!r}")
        alone = Seedd(folder("alone"), rpc_tls_key=self.key)
        failed = subprocess.run(alone.argv(), capture_output=True, text=True, timeout=30)
        check(failed.returncode != 0 and "one is set and the other is not" in failed.stderr, f"{failed.stderr!r}")
        os.chmod(self.key, 0o600)
        check(self.seedd.stop() == 0, "seedd ends with 0")
        self.use("first", key="second")
        failed = subprocess.run(self.seedd.argv(), capture_output=True, text=True, timeout=30)
        check(failed.returncode != 0 and "rpc_tls_key" in failed.stderr, f"a wrong key starts: {failed.stderr!r}")


def closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(100) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def main():
    begin()
    report = Report("e2e: HTTPS")
    tls = Tls()
    report.run("curl trusts what signed the certificate, and nothing else", tls.calls)
    report.run("TLS 1.2 and 1.3 are spoken, and HTTP/1.1", tls.versions)
    report.run("plain HTTP is told so", tls.plain)
    report.run("a new pair holds from SIGHUP, and no connection is dropped", tls.reload)
    report.run("a pair that is no good changes nothing", tls.bad_pair)
    report.run("handshakes that dribble keep nobody waiting", tls.dribbled)
    report.run("clients that change their keys on and on keep nobody waiting", tls.flooded)
    report.run("what is wrong with the files is said", tls.doubts)
    finish(report)


if __name__ == "__main__":
    main()
