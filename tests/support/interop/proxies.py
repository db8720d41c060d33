"""Proxies from Debian: danted (SOCKS 5, with a relay for datagrams), microsocks (SOCKS 5 with a login,
TCP alone) and tinyproxy (HTTP). They know names that nobody else here knows, and go out from an address
of their own."""

import os
import shlex
import socket

from .processes import Process, free_port, have, wait_for


class Proxy:
    program = ""
    scheme = "socks5"

    @classmethod
    def missing(cls):
        """Why it cannot run here, "" when it can."""
        return "" if have(cls.program) else f"{cls.program} is not installed"

    def __init__(self, home, address="127.0.0.41", outer="127.0.0.42", names=(), user="", password=""):
        """Listens at `address`, goes out from `outer`. `names`: (name, address) that it resolves."""
        self.home, self.address, self.outer = home, address, outer
        self.user, self.password, self.port = user, password, free_port()
        self.process = None
        self._hosts = os.path.join(home, f"{self.program}.hosts")
        with open(self._hosts, "w") as out:
            out.write("127.0.0.1 localhost\n" + "".join(f"{ip} {name}\n" for name, ip in names))

    @property
    def url(self):
        return self.url_of(self.user, self.password)

    def url_of(self, user, password):
        login = f"{user}:{password}@" if user else ""
        return f"{self.scheme}://{login}{self.address}:{self.port}"

    def start(self):
        # Its own /etc/hosts, in a mount namespace of its own.
        inner = f"mount --bind {shlex.quote(self._hosts)} /etc/hosts && exec \"$@\""
        self.process = Process(self.program, ["unshare", "-m", "sh", "-c", inner, "sh", *self.argv()],
                               cwd=self.home, log=os.path.join(self.home, f"{self.program}.log"))
        wait_for(self._answers, 10, f"answer of {self.program}", alive=[self.process])
        return self

    def _answers(self):
        try:
            socket.create_connection((self.address, self.port), 1).close()
            return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def argv(self):
        raise NotImplementedError


class Danted(Proxy):
    program = "danted"

    def argv(self):
        config = os.path.join(self.home, "danted.conf")
        with open(config, "w") as out:
            out.write(f"""logoutput: stderr
internal: {self.address} port = {self.port}
external: {self.outer}
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 command: connect udpassociate }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpreply }}
""")
        return ["danted", "-f", config, "-p", os.path.join(self.home, "danted.pid")]


class Microsocks(Proxy):
    program = "microsocks"

    def argv(self):
        login = ["-u", self.user, "-P", self.password] if self.user else []
        return ["microsocks", "-i", self.address, "-p", str(self.port), "-b", self.outer, *login]


class Tinyproxy(Proxy):
    program, scheme = "tinyproxy", "http"

    def argv(self):
        config = os.path.join(self.home, "tinyproxy.conf")
        login = f"BasicAuth {self.user} {self.password}\n" if self.user else ""
        with open(config, "w") as out:
            out.write(f"Port {self.port}\nListen {self.address}\nBind {self.outer}\nTimeout 60\n"
                      f"MaxClients 100\nLogLevel Connect\n{login}")
        return ["tinyproxy", "-d", "-c", config]
