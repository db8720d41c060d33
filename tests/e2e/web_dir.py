#!/usr/bin/python3
"""A folder of web pages, served by rpc_web_dir: what is in it and nothing else, as browsers ask for
it; Transmission's own pages when they are installed."""

import gzip
import http.client
import os
import re

from setting import begin, transmissions_page
from interop.processes import folder
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd


class WebDir:
    def __init__(self, pages=None):
        self.home = folder("web_dir")
        self.pages = pages or os.path.join(self.home, "pages")
        self.seedd = Seedd(self.home, rpc_web_dir=self.pages)

    def get(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.seedd.rpc_port, timeout=20)
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def web(self, name, **headers):
        return self.get("/transmission/web/" + name, **headers)

    def write(self, name, octets):
        path = os.path.join(self.pages, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(octets)

    def make(self):
        self.write("index.html", b"<h1>page</h1>")
        self.write("app.js", b"let x = 1;\n" * 1000)
        self.write("a b/style.css", b"p {}")
        self.write("a b/index.html", b"inner")
        self.write("large.bin", os.urandom(5_000_000))
        self.write(".secret", b"hidden")
        self.write(".git/config", b"hidden")
        os.mkfifo(os.path.join(self.pages, "pipe"))
        with open(os.path.join(self.home, "outside.txt"), "w") as out:
            out.write("outside")
        os.symlink(os.path.join(self.home, "outside.txt"), os.path.join(self.pages, "out.txt"))
        os.symlink("..", os.path.join(self.pages, "up"))
        os.symlink("app.js", os.path.join(self.pages, "same.js"))
        self.seedd.start()

    def served(self):
        for name, kind, size in (("", "text/html", 13), ("index.html", "text/html", 13), ("app.js", "text/javascript", 11000),
                                 ("same.js", "text/javascript", 11000), ("a%20b/style.css", "text/css", 4),
                                 ("a%20b/", "text/html", 5), ("large.bin", "application/octet-stream", 5_000_000)):
            answer, body = self.web(name)
            check(answer.status == 200 and len(body) == size, f"{name}: {answer.status}, {len(body)} octets")
            check(answer.headers["Content-Type"].startswith(kind), f"{name} is {answer.headers['Content-Type']}")
            check(answer.headers["Server"] == "Transmission", f"{name} has no Server")
        with open(os.path.join(self.pages, "large.bin"), "rb") as file:
            check(self.web("large.bin")[1] == file.read(), "a large file is not the same")

    def refused(self):
        for name in ("none.html", ".secret", ".git/config", "%2esecret", "../outside.txt", "%2e%2e/outside.txt",
                     "a%20b/../app.js", "..%2foutside.txt", "out.txt", "up/outside.txt", "up/", "pipe", "a%20b", "app.js/",
                     "//app.js", "app.js%00.html", "%zz", "%"):
            answer, body = self.web(name)
            check(answer.status == 404 and b"outside" not in body and b"hidden" not in body,
                  f"{name}: {answer.status} {body[:40]}")
        check(self.get("/transmission/web/app.js", method="POST")[0].status == 405, "POST is taken")
        check(self.get("/transmission/web/app.js", method="HEAD")[0].status == 501, "HEAD is taken")

    def again(self):
        answer, _ = self.web("app.js")
        tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
        for same in ({"If_None_Match": tag}, {"If_None_Match": "*"}, {"If_None_Match": f'"x", {tag}'},
                     {"If_Modified_Since": date}):
            answer, body = self.web("app.js", **same)
            check(answer.status == 304 and body == b"", f"{same}: {answer.status}")
            check(answer.headers["Vary"] == "Accept-Encoding", f"{same}: it varies by {answer.headers['Vary']}")
        self.write("app.js", b"let x = 2;\n" * 1001)
        check(self.web("app.js", If_None_Match=tag)[0].status == 200, "what has changed is not sent")

    def packed(self):
        answer, body = self.web("app.js", Accept_Encoding="gzip, deflate")
        check(answer.headers["Content-Encoding"] == "gzip" and len(body) < 500, "not packed")
        check(gzip.decompress(body) == b"let x = 2;\n" * 1001, "packed into something else")
        check("Accept-Encoding" in answer.headers["Vary"], "no Vary")
        check(self.web("app.js", Accept_Encoding="gzip; q=0")[0].headers["Content-Encoding"] is None, "unwanted gzip")
        check(self.web("large.bin", Accept_Encoding="gzip")[0].headers["Content-Encoding"] is None, "noise is packed")
        check(self.seedd.stop() == 0, "seedd ends with 0")

    @staticmethod
    def transmissions():
        """Its page, and all that the page names."""
        pages = transmissions_page()
        if pages is None:
            raise Skip("transmission-common is not installed")
        web = WebDir(pages)
        web.seedd.start()
        answer, body = web.get("/")
        check(answer.status == 301 and answer.headers["Location"] == "/transmission/web/", "no way to the page")
        answer, body = web.web("")
        check(answer.status == 200, f"the page is {answer.status}")
        names = set(re.findall(r'(?:src|href)="(?:\./)?([^"#?:]+)"', body.decode()))
        check(len(names) > 1, f"the page names {names}")
        for name in names:
            answer, body = web.web(name)
            check(answer.status == 200 and body, f"{name} is {answer.status}")
        check(web.seedd.stop() == 0, "seedd ends with 0")
        return f"{len(names)} files"


def main():
    begin()
    report = Report("e2e: web pages")
    web = WebDir()
    web.make()
    report.run("files are served with their types", web.served)
    report.run("nothing else is", web.refused)
    report.run("what a browser has is not sent again", web.again)
    report.run("what gets smaller is packed for who asks", web.packed)
    report.run("Transmission's page is served with all it needs", WebDir.transmissions)
    finish(report)


if __name__ == "__main__":
    main()
