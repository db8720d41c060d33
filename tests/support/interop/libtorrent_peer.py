#!/usr/bin/python3
"""A libtorrent session as a program: adds torrents, writes what it knows as JSON to --status."""

import argparse
import hashlib
import json
import os
import signal
import time

import libtorrent as lt

parser = argparse.ArgumentParser()
parser.add_argument("--listen", required=True, help="address:port, [address]:port")
parser.add_argument("--save", required=True)
parser.add_argument("--torrent", action="append", default=[])
parser.add_argument("--magnet", action="append", default=[])
parser.add_argument("--peer", action="append", default=[], help="address:port to connect to")
parser.add_argument("--status")
parser.add_argument("--up", type=int, default=0, help="bytes a second, 0 for no limit")
parser.add_argument("--down", type=int, default=0)
parser.add_argument("--seed", action="store_true", help="the data is there and right")
parser.add_argument("--dht", default=None, help="address:port of a node to begin with; \"\" for none")
parser.add_argument("--items", help="file of items to put and to get, as JSON; done when it appears, and removed")
parser.add_argument("--encryption", default="", help="forced or enabled; else none")
parser.add_argument("--lsd", action="store_true")
parser.add_argument("--utp", choices=("only", "too"))
parser.add_argument("--watched", action="store_true",
                    help="write --status each 10 ms until content moves, then rarely and when all is there: "
                         "exact times that cost next to nothing")
parser.add_argument("--plain", action="store_true", help="defaults of the library, TCP only")
options = parser.parse_args()

settings = {
    "listen_interfaces": options.listen, "enable_dht": False, "enable_lsd": options.lsd,
    "enable_upnp": False, "enable_natpmp": False, "user_agent": "interop",
    "allow_multiple_connections_per_ip": True, "enable_outgoing_utp": options.utp is not None,
    "enable_incoming_utp": options.utp is not None, "enable_outgoing_tcp": options.utp != "only",
    "enable_incoming_tcp": options.utp != "only", "upload_rate_limit": options.up,
    "download_rate_limit": options.down}
if not options.plain:
    settings.update({
        "out_enc_policy": 2, "in_enc_policy": 1, "allowed_enc_level": 3,
        "min_reconnect_time": 1, "announce_to_all_trackers": True, "announce_to_all_tiers": True,
        "outgoing_interfaces": options.listen.rsplit(":", 1)[0].strip("[]")})
if options.encryption:
    policy = 0 if options.encryption == "forced" else 1
    settings.update({"out_enc_policy": policy, "in_enc_policy": policy, "allowed_enc_level": 2, "prefer_rc4": True})
if options.dht is not None:
    # All nodes are on this machine.
    settings.update({
        "enable_dht": True, "dht_bootstrap_nodes": options.dht, "dht_restrict_routing_ips": False,
        "dht_restrict_search_ips": False, "dht_ignore_dark_internet": False, "dht_enforce_node_id": False,
        "dht_prefer_verified_node_ids": False, "dht_block_ratelimit": 1000, "dht_announce_interval": 5})
if options.watched:
    settings["alert_mask"] = lt.alert.category_t.status_notification
if options.items:
    settings["alert_mask"] = lt.alert.category_t.dht_notification
session = lt.session(settings)
if options.up or options.down:
    # Limits hold for peers on this machine too.
    session.set_peer_class_filter(lt.ip_filter())
handles = []
# Not among the names Python has.
UTP = 1 << 17


def added(params):
    params.save_path = options.save
    params.flags &= ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
    if options.seed:
        params.flags |= lt.torrent_flags.seed_mode
    handles.append(session.add_torrent(params))


for path in options.torrent:
    made = lt.add_torrent_params()
    made.ti = lt.torrent_info(path)
    added(made)
for uri in options.magnet:
    added(lt.parse_magnet_uri(uri))
for peer in options.peer:
    host, port = peer.rsplit(":", 1)
    for handle in handles:
        handle.connect_peer((host, int(port)))


def value_of(alert):
    """The item's, which is a string; "" when there is none."""
    value = alert.item["value"]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def begin_items():
    """Keys are octets for the library, private ones the 64 that RFC 8032 expands a seed to."""
    if not os.path.exists(options.items):
        return
    with open(options.items) as file:
        orders = json.load(file)
    os.remove(options.items)
    for order in orders:
        salt = order.get("salt", "").encode()
        if "seed" in order:
            expanded = bytearray(hashlib.sha512(bytes.fromhex(order["seed"])).digest())
            expanded[0] &= 248
            expanded[31] = expanded[31] & 127 | 64
            session.dht_put_mutable_item(bytes(expanded), bytes.fromhex(order["key"]), order["put"].encode(), salt)
        elif "put" in order:
            session.dht_put_immutable_item(order["put"])
        elif "key" in order:
            session.dht_get_mutable_item(bytes.fromhex(order["key"]), salt)
        else:
            session.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(order["target"])))


def note_items(alerts):
    for alert in alerts:
        if isinstance(alert, lt.dht_put_alert):
            items["put"].append(alert.num_success)
        elif isinstance(alert, lt.dht_immutable_item_alert):
            items["got"].append({"target": str(alert.target), "value": value_of(alert)})
        elif isinstance(alert, lt.dht_mutable_item_alert):
            items["got"].append({"key": alert.key.hex(), "seq": alert.seq, "value": value_of(alert)})


def links(peers):
    """How those are linked who have shaken hands."""
    shaking = lt.peer_info.connecting | lt.peer_info.handshake
    return [{"utp": bool(p.flags & UTP), "rc4": bool(p.flags & lt.peer_info.rc4_encrypted)}
            for p in peers if not p.flags & shaking]


items = {"put": [], "got": []}
ending = []
signal.signal(signal.SIGTERM, lambda *_: ending.append(1))
turns = 0
while not ending:
    turns += 1
    if turns % 30 == 0:
        # It may have been busy with the torrent's files when it was told, or turned away once.
        for handle in handles:
            if not handle.status().num_peers and not handle.status().is_seeding:
                for peer in options.peer:
                    host, port = peer.rsplit(":", 1)
                    handle.connect_peer((host, int(port)))
    if options.items:
        begin_items()
        note_items(session.pop_alerts())
    moved = False
    if options.status:
        facts = {"at": time.monotonic()}
        for handle in handles:
            s, peers = handle.status(), handle.get_peer_info()
            moved = moved or s.total_payload_download + s.total_payload_upload > 0
            hashes = s.info_hashes
            facts[str(hashes.v1) if hashes.has_v1() else str(hashes.v2)[:40]] = {
                "progress": s.progress, "seeding": s.is_seeding, "state": str(s.state),
                "down": s.total_payload_download, "up": s.total_payload_upload, "peers": s.num_peers,
                "has_metadata": s.has_metadata, "error": s.errc.message() if s.errc.value() else "",
                "clients": [str(p.client) for p in peers], "links": links(peers)}
        facts["dht_nodes"] = session.status().dht_nodes
        facts["items"] = items
        with open(options.status + ".new", "w") as out:
            json.dump(facts, out)
        os.rename(options.status + ".new", options.status)
    if options.watched:
        session.wait_for_alert(500 if moved else 10)
        session.pop_alerts()
    else:
        time.sleep(0.1)
