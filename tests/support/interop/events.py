"""A watcher of GET /events, which keeps a picture of all torrents by what it is told."""

import http.client
import json


class Stream:
    """One connection: an iterator over (event, id, data)."""

    def __init__(self, port, query="", last=None, timeout=20, headers=None, source="127.0.0.1"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=(source, 0))
        asked = dict(headers or {})
        if last is not None:
            asked["Last-Event-ID"] = str(last)
        self.connection.request("GET", "/events" + query, headers=asked)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.octets = 0

    def __iter__(self):
        name, number, data = "message", None, []
        while line := self.answer.readline():
            self.octets += len(line)
            text = line.decode().rstrip("\n")
            if not text:
                if data:
                    yield name, number, json.loads("\n".join(data))
                name, number, data = "message", None, []
                continue
            key, _, value = text.partition(":")
            value = value.removeprefix(" ")
            if key == "event":
                name = value
            elif key == "id":
                number = int(value)
            elif key == "data":
                data.append(value)

    def close(self):
        # The answer holds the socket too.
        self.answer.close()
        self.connection.close()


class Picture:
    """What is known of all torrents: id to fields."""

    def __init__(self):
        self.torrents = {}
        self.sequence = 0
        self.last = None  # the id of the last event that had one

    def take(self, changes):
        """An answer of torrent_get with since, or the data of an event `torrents`."""
        if changes["full"]:
            self.torrents = {}
        for torrent in changes["torrents"]:
            self.torrents.setdefault(torrent["id"], {}).update(torrent)
        for number in changes["removed"]:
            self.torrents.pop(number, None)
        self.sequence = changes["sequence"]
