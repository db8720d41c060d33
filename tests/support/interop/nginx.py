"""nginx from Debian, serving a folder on loopback."""

import os
import urllib.error
import urllib.request

from .processes import Process, folder, free_port, wait_for

CONFIG = """
daemon off;
master_process off;
pid {home}/pid;
error_log {home}/error.log;
events {{}}
http {{
  access_log {home}/access.log;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{
    listen {address}:{port};
    root {root};
    limit_rate {rate};
    location /moved/ {{ rewrite ^/moved/(.*)$ /$1 redirect; }}
    location /whole/ {{ max_ranges 0; alias {root}/; }}
    location /busy/ {{ return 503; }}
    location /none/ {{ return 404; }}
  }}
}}
"""


class Nginx:
    """`url`: of the folder; under it moved/ leads there, whole/ has no ranges, busy/ is 503 and none/ 404."""

    def __init__(self, root, address="127.0.0.1", rate=0):
        self.home, self.port = folder("nginx"), free_port()
        self.url = f"http://{address}:{self.port}/"
        self._config = os.path.join(self.home, "nginx.conf")
        with open(self._config, "w") as out:
            out.write(CONFIG.format(home=self.home, address=address, port=self.port, root=root, rate=rate))
        self.process = None

    def start(self):
        self.process = Process("nginx", ["nginx", "-c", self._config, "-p", self.home], cwd=self.home)
        wait_for(self._answers, 10, "answer of nginx", alive=[self.process])
        return self

    def _answers(self):
        try:
            urllib.request.urlopen(self.url + "none/", timeout=2)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def requests(self):
        """(status, octets, request line) of each answer so far."""
        with open(os.path.join(self.home, "access.log")) as log:
            lines = [line.split('"') for line in log]
        return [(int(line[2].split()[0]), int(line[2].split()[1]), line[1]) for line in lines]

    def stop(self):
        self.process.stop(5)
