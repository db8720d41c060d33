"""What is asked of a daemon, in order, in one dialect. $HOME, $WEB, $SESSION and $PORT in a request
stand for the daemon's folder, a web server of the script, the session id and the RPC's port;
"$PEER_PORT" for the number of the port for peers."""

import base64
import hashlib
import json
from dataclasses import dataclass, field

import content
from names import ALL_FIELDS, legacy_fields, legacy_key

A, B, C, D = 1, 2, 3, 4  # ids, by the order of adding
NOBODY = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Step:
    name: str
    kind: str  # "rpc": POST with the session id; "http": octets; "wait": until it is so; "peer"
    daemon: str = "plain"
    body: str = ""
    octets: str = ""
    until: dict = field(default_factory=dict)

    def digest(self):
        """Of what is asked, so that a recording of something else is found out."""
        return hashlib.sha1((self.daemon + self.body + self.octets).encode()).hexdigest()[:8]


class Script:
    """The steps of one dialect."""

    def __init__(self, dialect):
        self.dialect, self.steps = dialect, []

    def raw(self, name, body):
        self.steps.append(Step(name, "rpc", body=body if isinstance(body, str) else json.dumps(body)))

    def call(self, step, method, /, id=7, **params):
        if self.dialect == "new":
            self.raw(step, {"jsonrpc": "2.0", "id": id, "method": method, "params": params})
            return
        spelt = {legacy_key(method, key): value for key, value in params.items()}
        if "fields" in spelt:
            spelt["fields"] = legacy_fields(method, spelt["fields"])
        self.raw(step, {"method": method.replace("_", "-"), "arguments": spelt, "tag": id})

    def get(self, step, ids, /, *fields, **params):
        self.call(step, "torrent_get", ids=ids, fields=list(fields), **params)

    def wait(self, ids, field, *values):
        """Until the field of all these is one of the values (in the older dialect, which all speak)."""
        self.steps.append(Step(f"wait for {field} of {ids}", "wait", until={
            "ids": ids, "field": field, "values": list(values)}))


def base64_of(octets):
    return base64.b64encode(octets).decode()


def session(s):
    s.call("session_get", "session_get")
    s.call("session_get of some", "session_get", fields=["version", "download_dir", "units", "nothing"])
    s.call("session_get of unknown ones", "session_get", fields=["nothing"])
    s.call("session_get of none", "session_get", fields=[])
    s.call("session_get of no list", "session_get", fields="version")
    s.call("session_get in the other spelling", "session_get", fields=["rpc-version", "rpc_version"])
    s.call("session_stats", "session_stats")
    changes = {
        "alt_speed_down": 11, "alt_speed_enabled": False, "alt_speed_time_begin": 61,
        "alt_speed_time_day": 62, "alt_speed_time_enabled": False, "alt_speed_time_end": 121,
        "alt_speed_up": 12, "anti_brute_force_enabled": True, "anti_brute_force_threshold": 99,
        "blocklist_enabled": False, "blocklist_url": "$WEB/nothing", "cache_size_mib": 8,
        "default_trackers": "", "dht_enabled": False, "download_queue_enabled": False,
        "download_queue_size": 4, "encryption": "required", "idle_seeding_limit": 31,
        "idle_seeding_limit_enabled": True, "incomplete_dir": "$HOME/incomplete",
        "incomplete_dir_enabled": False, "lpd_enabled": False, "peer_limit_global": 201,
        "peer_limit_per_torrent": 51, "peer_port_random_on_start": False, "pex_enabled": False,
        "port_forwarding_enabled": False, "preferred_transports": ["tcp"], "utp_enabled": False,
        "queue_stalled_enabled": False, "queue_stalled_minutes": 29, "rename_partial_files": False,
        "reqq": 500, "script_torrent_added_enabled": False, "script_torrent_added_filename": "$HOME/a",
        "script_torrent_done_enabled": False, "script_torrent_done_filename": "$HOME/b",
        "script_torrent_done_seeding_enabled": False, "script_torrent_done_seeding_filename": "$HOME/c",
        "seed_queue_enabled": True, "seed_queue_size": 9, "seed_ratio_limit": 1.5,
        "seed_ratio_limited": True, "sequential_download": False, "speed_limit_down": 1001,
        "speed_limit_down_enabled": True, "speed_limit_up": 1002, "speed_limit_up_enabled": True,
        "start_added_torrents": False, "trash_original_torrent_files": True}
    s.call("session_set of all", "session_set", **changes)
    s.call("session_get after session_set", "session_get")
    s.call("session_set back", "session_set", encryption="preferred", idle_seeding_limit_enabled=False,
           download_queue_enabled=True, seed_queue_enabled=False, seed_ratio_limited=False,
           speed_limit_down_enabled=False, speed_limit_up_enabled=False, start_added_torrents=True,
           anti_brute_force_enabled=False, trash_original_torrent_files=False, peer_limit_per_torrent=50)


def settings_one_by_one(s):
    """Good and bad values, and what is there after each."""
    some = ["download_dir", "incomplete_dir", "speed_limit_down", "peer_port", "encryption",
            "speed_limit_up_enabled", "alt_speed_enabled", "preferred_transports", "utp_enabled",
            "tcp_enabled", "seed_ratio_limit", "download_queue_size", "version", "config_dir",
            "alt_speed_time_begin", "alt_speed_time_day", "alt_speed_up", "speed_limit_up"]
    for name, given in {
            "a relative folder": {"download_dir": "relative"}, "no folder": {"download_dir": ""},
            "a relative incomplete_dir": {"incomplete_dir": "relative"},
            "an unknown encryption": {"encryption": "sometimes"},
            "encryption as tolerated": {"encryption": "tolerated"},
            "encryption as allowed": {"encryption": "allowed"},
            "encryption 0": {"encryption": 0}, "encryption 2": {"encryption": 2},
            "encryption 3": {"encryption": 3},
            "encryption preferred": {"encryption": "preferred"},
            "an unknown transport": {"preferred_transports": ["tcp", "pigeon"]},
            "a transport twice": {"preferred_transports": ["tcp", "tcp"]},
            "one transport as a text": {"preferred_transports": "tcp"},
            "utp on": {"utp_enabled": True}, "utp off": {"utp_enabled": False},
            "both transports": {"preferred_transports": ["utp", "tcp"], "utp_enabled": True},
            "read-only keys": {"version": "x", "config_dir": "/x", "rpc_version": 1, "units": {}},
            "unknown keys": {"nothing": 1, "rpc_port": 1},
            "a bool as text": {"speed_limit_up_enabled": "true"},
            "a bool as number": {"speed_limit_up_enabled": 0},
            "a bool as another text": {"speed_limit_up_enabled": "yes"},
            "a bool as another number": {"speed_limit_up_enabled": 2},
            "an int as bool": {"download_queue_size": True},
            "an int as text": {"download_queue_size": "9"},
            "an int as fraction": {"download_queue_size": 9.5},
            "a number as text": {"seed_ratio_limit": "2.5"},
            "a number as int": {"seed_ratio_limit": 2}, "a fraction again": {"seed_ratio_limit": 2.5},
            "a text as int": {"download_dir": 7},
            "null": {"download_dir": None, "speed_limit_down": None, "speed_limit_up_enabled": None},
            "a negative speed": {"speed_limit_down": -5}, "the speed back": {"speed_limit_down": 1001},
            "a port too large": {"peer_port": 70000},
            "the port back": {"peer_port": "$PEER_PORT"},
            "an hour of the day": {"alt_speed_time_begin": 1439, "alt_speed_time_day": 127},
            "two changes and an error between": {"alt_speed_up": 21, "download_dir": "x", "speed_limit_up": 1234},
            "the speed again": {"alt_speed_up": 12},
            "an int of 64 bits": {"download_queue_size": 2**63 - 1},
            "the size back": {"download_queue_size": 5}, "an int beyond": {"download_queue_size": 2**64},
            "the size back again": {"download_queue_size": 5},
            "nothing": {}}.items():
        s.call(f"session_set, {name}", "session_set", **given)
        if given:
            s.call(f"session_get after {name}", "session_get", fields=some)


def asking_around(s):
    s.call("free_space", "free_space", path="$HOME/downloads")
    s.call("free_space without a path", "free_space")
    s.call("free_space, relative", "free_space", path="downloads")
    s.call("free_space of what is not there", "free_space", path="$HOME/nothing")
    s.call("free_space of no text", "free_space", path=7)
    s.call("port_test of another protocol", "port_test", ip_protocol="ipv5")
    s.call("blocklist_update, not found", "blocklist_update")
    s.call("session_set, blocklist_url", "session_set", blocklist_url="$WEB/blocklist.p2p",
           blocklist_enabled=True)
    s.call("blocklist_update", "blocklist_update")
    s.call("session_get of the blocklist", "session_get",
           fields=["blocklist_size", "blocklist_url", "blocklist_enabled"])
    s.call("session_set, blocklist off", "session_set", blocklist_enabled=False)


def groups(s):
    s.call("group_get, none there", "group_get")
    s.call("group_set without a name", "group_set", speed_limit_down=5)
    s.call("group_set with a blank name", "group_set", name="")
    s.call("group_set", "group_set", name="evening")
    s.call("group_get", "group_get")
    s.call("group_set of all", "group_set", name="night", honors_session_limits=False,
           speed_limit_down=55, speed_limit_down_enabled=True, speed_limit_up=66,
           speed_limit_up_enabled=True)
    s.call("group_get by name", "group_get", name="night")
    s.call("group_get by names", "group_get", name=["night", "evening"])
    s.call("group_get of an unknown one", "group_get", name="nobody")
    s.call("group_set changes", "group_set", name="night", speed_limit_up=77)
    s.call("group_get after the change", "group_get", name=["night"])
    s.call("group_set, wrong types", "group_set", name="night", speed_limit_up="much",
           speed_limit_down_enabled=7)
    s.call("group_get after wrong types", "group_get", name=["night"])


def adding(s):
    s.call("torrent_add", "torrent_add", metainfo=base64_of(content.SINGLE.metainfo), paused=True)
    s.wait([A], "status", 0)
    s.call("torrent_add again", "torrent_add", metainfo=base64_of(content.SINGLE.metainfo))
    s.call("torrent_add with all", "torrent_add", metainfo=base64_of(content.MULTI.metainfo), paused=True,
           download_dir="$HOME/downloads", peer_limit=33, bandwidth_priority=1, files_unwanted=[0, 2],
           files_wanted=[2], priority_high=[1], priority_low=[3], priority_normal=[0],
           labels=["one", " two ", "one", 3], sequential_download=True,
           sequential_download_from_piece=2)
    s.wait([B], "status", 0)
    s.call("torrent_add, private", "torrent_add", metainfo=base64_of(content.PRIVATE.metainfo),
           paused="true", download_dir="$HOME/not there yet")
    s.wait([C], "status", 0)
    s.call("torrent_add, another name", "torrent_add",
           metainfo="\n".join([base64_of(content.UNICODE.metainfo)[:60],
                               base64_of(content.UNICODE.metainfo)[60:].rstrip("=")]), paused=1)
    s.wait([D], "status", 0)
    # Not one of version 2 alone: Transmission refuses it, and all that follows would count one torrent less.
    for name, given in {
            "nothing": {}, "an empty filename": {"filename": ""}, "bad base64": {"metainfo": "!!!"},
            "rubbish": {"metainfo": base64_of(b"rubbish")},
            "half a torrent": {"metainfo": base64_of(content.SPARE.metainfo[:80])},
            "no info": {"metainfo": base64_of(b"d8:announce1:xe")},
            "a file that is not there": {"filename": "$HOME/files/nothing.torrent"},
            "a file that is no torrent": {"filename": "$HOME/files/no.torrent"},
            "a magnet without a hash": {"filename": "magnet:?dn=x"},
            "a URL that is not found": {"filename": "$WEB/nothing.torrent"},
            "a URL of rubbish": {"filename": "$WEB/rubbish.torrent"},
            "a URL without a server": {"filename": "http://127.0.0.1:1/x.torrent"},
            "a URL by ftp": {"filename": "ftp://127.0.0.1:1/x.torrent"},
            "a URL by sftp": {"filename": "sftp://127.0.0.1:1/x.torrent"},
            "a relative folder": {"metainfo": base64_of(content.SPARE.metainfo), "download_dir": "x"},
            "an empty folder": {"metainfo": base64_of(content.SPARE.metainfo), "download_dir": ""},
            "an empty label": {"metainfo": base64_of(content.SPARE.metainfo), "labels": ["a", ""]},
            "a label with a comma": {"metainfo": base64_of(content.SPARE.metainfo), "labels": ["a,b"]},
            "metainfo of no text": {"metainfo": 7}}.items():
        s.call(f"torrent_add, {name}", "torrent_add", **given)
    s.call("torrent_remove of what 3.00 took", "torrent_remove", ids=[content.SPARE.hash])
    s.get("torrent_get after adding", [A, B, C, D], "id", "name", "hash_string", "labels", "peer_limit",
          "bandwidth_priority", "wanted", "priorities", "sequential_download",
          "sequential_download_from_piece", "download_dir", "status")


def getting(s):
    for name, number in (("a whole one", A), ("a part", B), ("a private one", C), ("a text", D)):
        s.get(f"torrent_get of all fields of {name}", [number], *ALL_FIELDS)
    s.get("torrent_get as a table", [A, D], "id", "name", "file_count", "wanted", "labels", format="table")
    s.get("torrent_get as a table of none", [], "id", "primary_mime_type", format="table")
    s.get("torrent_get as objects", [A], "id", "name", format="objects")
    s.get("torrent_get in an unknown form", [A], "id", format="sentences")
    s.call("torrent_get of all", "torrent_get", fields=["id", "total_size"])
    for name, ids in {
            "an id": A, "a hash": content.MULTI.hash, "a hash in capitals": content.MULTI.hash.upper(),
            "both kinds": [B, content.SINGLE.hash], "unknown ones": [B, 99, NOBODY, A], "one twice": [A, A],
            "one twice by both kinds": [A, content.SINGLE.hash], "none": [], "null": None, "an object": {},
            "a fraction": 1.5, "a text": "1", "another text": "all", "a negative id": -1, "true": True,
            "fractions within": [1.5, A], "texts within": ["1", A], "null within": [None, A],
            "recently_active": "recently_active", "recently_active within": ["recently_active"]}.items():
        s.get(f"torrent_get by ids, {name}", ids, "id")
    s.get("torrent_get by ids, recently-active", "recently-active", "id")
    s.get("torrent_get of an unknown field", [A], "id", "nothing", "announce_response")
    s.get("torrent_get of one field twice", [A], "id", "id")
    s.get("torrent_get of unknown fields alone", [A], "nothing")
    s.get("torrent_get of no fields", [A])
    s.call("torrent_get without fields", "torrent_get", ids=[A])
    s.call("torrent_get, fields of no list", "torrent_get", ids=[A], fields="id")
    s.call("torrent_get, fields of no texts", "torrent_get", ids=[A], fields=[1, None, "id"])


SETTABLE = ["bandwidth_priority", "download_limit", "download_limited", "upload_limit",
            "upload_limited", "group", "honors_session_limits", "labels", "peer_limit",
            "max_connected_peers", "queue_position", "seed_idle_limit", "seed_idle_mode",
            "seed_ratio_limit", "seed_ratio_mode", "sequential_download",
            "sequential_download_from_piece", "wanted", "priorities", "tracker_list", "name",
            "download_dir"]


def setting(s):
    s.call("torrent_set of all", "torrent_set", ids=[B], bandwidth_priority=-1, download_limit=111,
           download_limited=True, upload_limit=112, upload_limited=True, files_wanted=[0],
           files_unwanted=[1], priority_high=[0], priority_low=[1], priority_normal=[3], group="evening",
           honors_session_limits=False, labels=["x", "y"], peer_limit=44, queue_position=0,
           seed_idle_limit=45, seed_idle_mode=1, seed_ratio_limit=2.25, seed_ratio_mode=2,
           sequential_download=False, sequential_download_from_piece=1)
    s.get("torrent_get after torrent_set", [B], *SETTABLE)
    s.call("torrent_get of the places", "torrent_get", fields=["id", "queue_position"])
    for name, given in {
            "all files": {"files_wanted": [], "priority_normal": []},
            "all unwanted": {"files_unwanted": []}, "all wanted again": {"files_wanted": []},
            "a file out of range": {"files_unwanted": [0, 99], "download_limit": 113},
            "all wanted once more": {"files_wanted": []}, "a negative file": {"priority_high": [-1]},
            "a piece out of range": {"sequential_download_from_piece": 1000, "upload_limit": 114},
            "a priority out of range": {"bandwidth_priority": 5},
            "a mode out of range": {"seed_ratio_mode": 3, "seed_idle_mode": -1},
            "the modes again": {"seed_ratio_mode": 2, "seed_idle_mode": 1},
            "labels with blanks and doubles": {"labels": ["x", " y ", "x", 5]},
            "an empty label": {"labels": ["a", " "]}, "a label with a comma": {"labels": ["a,b"]},
            "no labels": {"labels": []}, "labels of no list": {"labels": "x"},
            "what is ignored": {"location": "/x", "download_dir": "/x", "name": "x"},
            "wrong types": {"download_limit": "5", "download_limited": "no", "labels": {}, "peer_limit": 1.5,
                            "files_wanted": 0, "tracker_list": 7, "tracker_add": "x"},
            "lenient types": {"download_limited": 0, "upload_limited": "false", "seed_ratio_limit": "3.5"},
            "a place beyond": {"queue_position": 99}, "a place below": {"queue_position": -1},
            "a place again": {"queue_position": 0}, "a negative limit": {"download_limit": -5},
            "the limit back": {"download_limit": 110}, "a negative peer_limit": {"peer_limit": -1},
            "peer_limit back": {"peer_limit": 44}, "a peer_limit too large": {"peer_limit": 70000},
            "peer_limit back again": {"peer_limit": 44},
            "trackers": {"tracker_list": "http://127.0.0.1:1/x\nhttp://127.0.0.1:1/y\n\nudp://127.0.0.1:1/z"},
            "a bad tracker": {"tracker_list": "http://127.0.0.1:1/x\nnothing", "download_limit": 115},
            "a tracker of another scheme": {"tracker_list": "wss://127.0.0.1:1/x"},
            "more trackers": {"tracker_add": ["http://127.0.0.1:2/more"]},
            "a tracker that is there": {"tracker_add": ["http://127.0.0.1:2/more"]},
            "bad trackers": {"tracker_add": ["nothing"]},
            "an unknown tracker to remove": {"tracker_remove": [9999]},
            "an unknown tracker to replace": {"tracker_replace": [9999, "http://127.0.0.1:1/r"]},
            "no trackers": {"tracker_list": ""},
            "two errors": {"files_wanted": [99], "tracker_add": ["nothing"], "labels": [""]}}.items():
        s.call(f"torrent_set, {name}", "torrent_set", ids=[B], **given)
        s.get(f"torrent_get after {name}", [B], *SETTABLE)
    s.call("torrent_set of several", "torrent_set", ids=[A, C], labels=["both"], download_limit=222)
    s.get("torrent_get of several", [A, C], "labels", "download_limit")
    s.call("torrent_set of several, no labels", "torrent_set", ids=[A, C], labels=[])
    s.call("torrent_set of nobody", "torrent_set", ids=[], download_limit=999)
    s.call("torrent_set of an unknown one", "torrent_set", ids=[99], download_limit=999)
    s.get("torrent_get of limits", [A, B, C, D], "id", "download_limit")


def trackers_of_all(s):
    """The session's own trackers join those of public torrents."""
    s.call("session_set, default_trackers", "session_set",
           default_trackers="http://127.0.0.1:1/d\n\nhttp://127.0.0.1:1/e\n")
    s.call("session_get of default_trackers", "session_get", fields=["default_trackers"])
    for name, number in (("a public one", D), ("a private one", C)):
        s.get(f"torrent_get of the trackers of {name}", [number], "trackers", "tracker_stats",
              "tracker_list", "magnet_link")
    s.call("session_set, no default_trackers", "session_set", default_trackers="")
    s.get("torrent_get of no trackers", [D], "trackers", "tracker_stats", "tracker_list", "magnet_link")


def moving_on(s):
    s.call("torrent_verify", "torrent_verify", ids=[B])
    s.wait([B], "status", 0)
    s.get("torrent_get after torrent_verify", [B], "id", "status", "have_valid", "left_until_done",
          "percent_done", "recheck_progress")
    s.call("torrent_start", "torrent_start", ids=[A])
    s.wait([A], "status", 6)
    s.wait([A], "trackerStats.hasAnnounced", True)
    s.get("torrent_get of one that seeds", [A], *ALL_FIELDS)
    s.call("torrent_reannounce", "torrent_reannounce", ids=[A])
    s.steps.append(Step("a peer comes", "peer"))
    s.wait([A], "peersConnected", 1)
    s.wait([A], "peers.peerIsInterested", True)
    s.get("torrent_get of one with a peer", [A], "peers", "peers_connected", "peers_from",
          "peers_getting_from_us", "peers_sending_to_us")
    s.call("session_stats of some", "session_stats")
    s.call("torrent_stop", "torrent_stop", ids=[A])
    s.wait([A], "status", 0)
    s.call("torrent_stop again", "torrent_stop", ids=[A])
    s.call("torrent_reannounce of a stopped one", "torrent_reannounce", ids=[A])
    s.get("torrent_get of one that is stopped", [A], "status", "error", "error_string", "is_finished",
          "start_date", "manual_announce_time", "eta", "eta_idle")
    s.call("torrent_start_now", "torrent_start_now", ids=[A, C])
    s.wait([A], "status", 6)
    s.wait([C], "status", 4)
    s.get("torrent_get of one that downloads", [C], *ALL_FIELDS)
    s.call("torrent_stop of all", "torrent_stop")
    s.wait([A, C], "status", 0)
    for move in ("top", "up", "down", "bottom"):
        s.call(f"queue_move_{move}", f"queue_move_{move}", ids=[C, A])
        s.call(f"torrent_get after queue_move_{move}", "torrent_get", fields=["id", "queue_position"])


def elsewhere(s):
    s.call("torrent_set_location without one", "torrent_set_location", ids=[B])
    s.call("torrent_set_location, relative", "torrent_set_location", ids=[B], location="x")
    s.call("torrent_set_location, empty", "torrent_set_location", ids=[B], location="")
    s.call("torrent_set_location", "torrent_set_location", ids=[B], location="$HOME/elsewhere", move=False)
    s.wait([B], "downloadDir", "$HOME/elsewhere")
    s.call("torrent_verify elsewhere", "torrent_verify", ids=[B])
    s.wait([B], "percentDone", 1)
    s.wait([B], "status", 0)
    s.get("torrent_get elsewhere", [B], "download_dir", "percent_done", "have_valid", "left_until_done",
          "bytes_completed", "status", "size_when_done")
    s.call("torrent_set_location, moving", "torrent_set_location", ids=[A], location="$HOME/moved/to",
           move=True)
    s.wait([A], "downloadDir", "$HOME/moved/to")
    s.get("torrent_get after moving", [A], "download_dir", "percent_done", "error", "status")
    for name, given in {
            "two torrents": {"ids": [A, B], "path": "multi", "name": "x"},
            "no torrent": {"ids": [], "path": "multi", "name": "x"},
            "an unknown path": {"path": "multi/nothing", "name": "x"},
            "no path": {"name": "x"}, "no name": {"path": "multi"},
            "an empty name": {"path": "multi/readme.txt", "name": ""},
            "a dot": {"path": "multi/readme.txt", "name": "."},
            "two dots": {"path": "multi/readme.txt", "name": ".."},
            "a slash": {"path": "multi/readme.txt", "name": "a/b"},
            "a name that is taken": {"path": "multi/readme.txt", "name": "video.mkv"},
            "the same name": {"path": "multi/readme.txt", "name": "readme.txt"},
            "a file": {"path": "multi/readme.txt", "name": "read this.txt"},
            "a folder": {"path": "multi/sub", "name": "under"},
            "the root": {"path": "multi", "name": "several"},
            "a single file": {"ids": [A], "path": "single.bin", "name": "one.bin"},
            "what is no text": {"path": 7, "name": ["x"]}}.items():
        s.call(f"torrent_rename_path, {name}", "torrent_rename_path", **{"ids": [B], **given})
    s.get("torrent_get after renaming", [B], "name", "files", "hash_string")
    s.get("torrent_get after renaming a single file", [A], "name", "files", "percent_done", "error")
    s.call("torrent_add, by URL", "torrent_add", filename="$WEB/good.torrent", cookies="a=1; b=2",
           paused=True)
    s.call("torrent_add, by file", "torrent_add", filename="$HOME/files/by file.torrent", paused=True)
    s.wait([content.BY_URL.hash, content.BY_FILE.hash], "status", 0)
    s.get("torrent_get of what was added", [content.BY_URL.hash, content.BY_FILE.hash], "name", "status")
    s.get("torrent_get of a table with the lists", [B], "files", "priorities", "wanted", "labels", format="table")
    s.call("torrent_remove", "torrent_remove", ids=[content.BY_URL.hash])
    s.call("torrent_remove with data", "torrent_remove", ids=content.BY_FILE.hash, delete_local_data=True)
    s.call("torrent_remove of nobody", "torrent_remove", ids=[])
    s.call("torrent_remove of an unknown one", "torrent_remove", ids=[99])
    s.get("torrent_get of what is removed", "recently_active", "id")
    s.call("torrent_get of what is left", "torrent_get", fields=["id", "name"])


def magnets(s):
    s.call("torrent_add, a magnet", "torrent_add", paused=True,
           filename=f"magnet:?xt=urn:btih:{NOBODY}&dn=by%20magnet&tr=http%3A%2F%2F127.0.0.1%3A1%2Fm")
    s.call("torrent_add, a bare hash", "torrent_add", filename=NOBODY[::-1], paused=True)
    s.get("torrent_get of magnets", [NOBODY, NOBODY[::-1]], *ALL_FIELDS)


def envelope_new(s):
    get = {"method": "session_get", "params": {"fields": ["rpc_version"]}}

    def request(**parts):
        return {"jsonrpc": "2.0", **get, **parts}

    for name, value in {
            "a text": "webui", "an empty text": "", "a fraction": 1.5, "null": None, "0": 0, "negative": -3,
            "63 bits": 2**63 - 1, "an object": {}, "a list": [1], "true": True}.items():
        s.raw(f"id, {name}", request(id=value))
    s.raw("a notification", request())
    s.raw("a notification of a change", {
        "jsonrpc": "2.0", "method": "session_set", "params": {"download_queue_size": 6}})
    s.raw("after the notification", {"jsonrpc": "2.0", "id": 1, "method": "session_get",
                                     "params": {"fields": ["download_queue_size"]}})
    s.raw("a notification of an unknown method", {"jsonrpc": "2.0", "method": "nothing"})
    s.raw("a notification that fails", {"jsonrpc": "2.0", "method": "free_space"})
    s.raw("an unknown method", {"jsonrpc": "2.0", "id": 1, "method": "nothing"})
    s.raw("a method in the older spelling", request(id=1, method="session-get"))
    s.raw("no method", {"jsonrpc": "2.0", "id": 1})
    s.raw("a method of no text", request(id=1, method=7))
    s.raw("params as a list", request(id=1, params=["rpc_version"]))
    s.raw("params as null", request(id=1, params=None))
    s.raw("another version", request(id=1, jsonrpc="1.0"))
    s.raw("an empty version", request(id=1, jsonrpc=""))
    s.raw("a batch", [request(id=1), request(id="two"), request(id=None)])
    s.raw("a batch with notifications", [request(id=1), request(), request(id=3)])
    s.raw("a batch of notifications", [request(), request()])
    s.raw("a batch with errors", [request(id=1, method="nothing"), 7, "x", None, [],
                                  {"method": "session-get", "tag": 1}, request(id={}), request(id=2)])
    s.raw("an empty batch", [])
    s.raw("a number", "7")
    s.raw("a text", '"text"')
    s.raw("null", "null")
    s.raw("no content", "")
    s.raw("no JSON", "{nothing}")
    s.raw("half a request", '{"jsonrpc":"2.0","id":1')
    s.raw("a byte order mark", "\ufeff" + json.dumps(request(id=1)))
    s.raw("text after it", json.dumps(request(id=1)) + " and more")
    s.raw("NaN", '{"jsonrpc":"2.0","id":1,"method":"session_set","params":{"seed_ratio_limit":NaN}}')
    s.raw("Infinity", '{"jsonrpc":"2.0","id":1,"method":"session_set","params":{"seed_ratio_limit":1e999}}')
    s.raw("ids in capitals", {"jsonrpc": "2.0", "id": 1, "method": "torrent_get", "params": {
        "ids": [content.SINGLE.hash.upper()], "fields": ["hash_string"]}})
    s.raw("fields in the older spelling", {"jsonrpc": "2.0", "id": 1, "method": "torrent_get", "params": {
        "ids": [A], "fields": ["hashString", "id"]}})


def envelope_legacy(s):
    get = {"method": "session-get", "arguments": {"fields": ["rpc-version"]}}
    for name, value in {"0": 0, "negative": -3, "63 bits": 2**63 - 1, "a text": "x", "a fraction": 1.5,
                        "null": None, "a list": [1], "true": True}.items():
        s.raw(f"tag, {name}", {**get, "tag": value})
    s.raw("no tag", get)
    s.raw("id as tag", {**get, "id": 5})
    s.raw("an unknown method", {"method": "nothing", "tag": 1})
    s.raw("no method", {"arguments": {}, "tag": 1})
    s.raw("a method of no text", {"method": 7, "tag": 1})
    s.raw("arguments as a list", {"method": "session-get", "arguments": ["rpc-version"], "tag": 1})
    s.raw("no arguments", {"method": "session-stats", "tag": 1})
    s.raw("the newer spelling", {"method": "session_get", "params": {"fields": ["rpc_version"]}, "tag": 1})
    s.raw("the newer spelling of an argument", {"method": "torrent-set", "tag": 1, "arguments": {
        "ids": [B], "download_limit": 77}})
    s.raw("after the newer spelling", {"method": "torrent_get", "tag": 1, "params": {
        "ids": [B], "fields": ["download_limit", "hashString"]}})
    s.raw("jsonrpc of no text", {**get, "jsonrpc": 2, "tag": 1})
    s.raw("no JSON", "{nothing}")
    s.raw("no content", "")


def rpc_steps(dialect):
    s = Script(dialect)
    session(s)
    settings_one_by_one(s)
    asking_around(s)
    groups(s)
    adding(s)
    getting(s)
    setting(s)
    trackers_of_all(s)
    moving_on(s)
    elsewhere(s)
    (envelope_new if dialect == "new" else envelope_legacy)(s)
    magnets(s)
    s.call("session_close", "session_close")
    seen = {}
    for step in s.steps:  # a name a step
        seen[step.name] = seen.get(step.name, 0) + 1
        if seen[step.name] > 1:
            step.name += f" ({seen[step.name]})"
    return s.steps


BODY = '{"method":"session-get","arguments":{"fields":["rpc-version"]},"tag":1}'
USER = "Basic " + base64_of(b"user:pass:word")


class Asking:
    """Requests as octets."""

    def __init__(self):
        self.steps = []

    def ask(self, name, line, *headers, body="", daemon="plain", host="127.0.0.1:$PORT", session=False,
            version="HTTP/1.1"):
        head = [f"{line} {version}"] + ([f"Host: {host}"] if host is not None else [])
        head += ["X-Transmission-Session-Id: $SESSION"] * session + list(headers)
        if body:
            head.append(f"Content-Length: {len(body)}")
        head.append("Connection: close")
        self.steps.append(Step(name, "http", daemon, octets="\r\n".join(head) + "\r\n\r\n" + body))


def http_steps():
    asking = Asking()
    ask, steps, rpc = asking.ask, asking.steps, "/transmission/rpc"
    ask("GET without a session id", f"GET {rpc}")
    ask("POST without a session id", f"POST {rpc}", body=BODY)
    ask("POST with a wrong one", f"POST {rpc}", "X-Transmission-Session-Id: wrong", body=BODY)
    ask("GET with the session id", f"GET {rpc}", session=True)
    ask("POST", f"POST {rpc}", body=BODY, session=True)
    ask("POST, header in small letters", f"POST {rpc}", "x-transmission-session-id: $SESSION", body=BODY)
    ask("POST with a slash", f"POST {rpc}/", body=BODY, session=True)
    ask("POST with a query", f"POST {rpc}?x=1", body=BODY, session=True)
    ask("POST to a longer name", f"POST {rpc}xyz", body=BODY, session=True)
    ask("POST of a form", f"POST {rpc}", "Content-Type: application/x-www-form-urlencoded", body=BODY,
        session=True)
    ask("POST by HTTP/1.0", f"POST {rpc}", body=BODY, session=True, version="HTTP/1.0")
    ask("POST without a length", f"POST {rpc}", session=True)
    ask("POST with Expect", f"POST {rpc}", "Expect: 100-continue", body=BODY, session=True)
    ask("POST of pieces", f"POST {rpc}", "Transfer-Encoding: chunked", session=True)
    steps[-1].octets += f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
    ask("POST that takes gzip", f"POST {rpc}", "Accept-Encoding: gzip", session=True,
        body='{"method":"session-get"}')
    for word in ("PUT", "DELETE", "HEAD", "PATCH"):
        ask(f"{word}", f"{word} {rpc}", session=True)
    ask("OPTIONS", f"OPTIONS {rpc}")
    ask("OPTIONS elsewhere", "OPTIONS /nothing")
    for path in ("/", "/transmission", "/transmission/", "/transmission/web", "/nothing",
                 "/transmission/nothing", "/transmission/upload"):
        ask(f"GET {path}", f"GET {path}")
    ask("GET of no place with the session id", "GET /transmission/nothing", session=True)
    ask("GET of the web page", "GET /transmission/web/")
    ask("GET of its style", "GET /transmission/web/style.css")
    ask("GET of its style with a query", "GET /transmission/web/style.css?v=1")
    ask("GET of what the web page lacks", "GET /transmission/web/nothing.js")
    ask("GET above the web page", "GET /transmission/web/../settings.json")
    ask("GET above the web page, escaped", "GET /transmission/web/%2e%2e/settings.json")
    ask("POST to the web page", "POST /transmission/web/", body=BODY, session=True)
    for name, host in {
            "a foreign name": "evil.example", "localhost": "localhost:$PORT", "localhost with a dot":
            "localhost.:$PORT", "LOCALHOST": "LOCALHOST", "IPv6": "[::1]:$PORT", "another address":
            "192.0.2.1", "no host": None}.items():
        ask(f"Host, {name}", f"POST {rpc}", body=BODY, session=True, host=host)
    ask("Host, a foreign name and no session id", f"POST {rpc}", body=BODY, host="evil.example")
    ask("Host, a foreign name for the web page", "GET /transmission/web/", host="evil.example")
    logins(ask, rpc)
    locked_out(ask, rpc)
    return steps


def logins(ask, rpc):
    login = {"daemon": "login"}
    ask("login, none", f"POST {rpc}", body=BODY, **login)
    ask("login, wrong", f"POST {rpc}", "Authorization: Basic " + base64_of(b"user:wrong"), body=BODY, **login)
    ask("login, no base64", f"POST {rpc}", "Authorization: Basic !!!", body=BODY, **login)
    ask("login, another scheme", f"POST {rpc}", "Authorization: Digest x", body=BODY, **login)
    ask("login, no session id", f"POST {rpc}", f"Authorization: {USER}", body=BODY, **login)
    ask("login", f"POST {rpc}", f"Authorization: {USER}", body=BODY, session=True, **login)
    ask("login, basic", f"POST {rpc}", f"Authorization: {USER.replace('B', 'b', 1)}", body=BODY,
        session=True, **login)
    ask("login, foreign name", f"POST {rpc}", f"Authorization: {USER}", body=BODY, session=True,
        host="evil.example", **login)
    ask("login, web page without", "GET /transmission/web/", **login)
    ask("login, elsewhere without", "GET /nothing", **login)
    ask("login, OPTIONS without", f"OPTIONS {rpc}", **login)
    ask("no login needed", f"POST {rpc}", f"Authorization: {USER}", body=BODY, session=True)
    shut = {"daemon": "shut"}
    ask("not on the list", f"POST {rpc}", body=BODY, session=True, **shut)
    ask("not on the list, OPTIONS", f"OPTIONS {rpc}", **shut)
    ask("not on the list, elsewhere", "GET /nothing", **shut)


def locked_out(ask, rpc):
    """One wrong password is one too many there."""
    guessed, good = {"daemon": "guessed"}, f"Authorization: {USER}"
    ask("guessed, wrong", f"POST {rpc}", "Authorization: Basic " + base64_of(b"user:wrong"), body=BODY, **guessed)
    ask("guessed, none", f"POST {rpc}", body=BODY, **guessed)
    ask("guessed, no session id", f"POST {rpc}", good, body=BODY, **guessed)
    ask("guessed, session id", f"POST {rpc}", good, body=BODY, session=True, **guessed)
    ask("guessed, OPTIONS", f"OPTIONS {rpc}", **guessed)
    ask("guessed, elsewhere", "GET /nothing", **guessed)
