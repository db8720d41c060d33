#!/usr/bin/python3
"""Client libraries made for Transmission, against seedd: Debian's python3-transmissionrpc (12) and
python3-transmission-rpc (13), and the JavaScript package of tests/e2e/javascript, installed from its
lock file."""

import base64
import os
import shutil
import subprocess

from setting import begin
from interop.processes import folder, have, wait_for
from interop.report import Report, Skip, check, finish
from interop.seedd import Seedd
from interop.torrents import multi_file, single_file

HERE = os.path.dirname(os.path.abspath(__file__))


def python_library():
    try:
        import transmissionrpc  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skip("python3-transmissionrpc is not installed (scripts/deps.sh --tests)") from None
    home = folder("python-library")
    content, elsewhere = os.path.join(home, "content"), os.path.join(home, "elsewhere")
    made = multi_file(content, name="several", piece_bytes=16384, files=[("a", 20_000), ("b", 50_000)])
    seedd = Seedd(home).start()
    client = transmissionrpc.Client("127.0.0.1", port=seedd.rpc_port)
    check(client.rpc_version == 19, f"{client.rpc_version}")
    with open(made.path, "rb") as file:
        metainfo = base64.b64encode(file.read()).decode()
    added = client.add_torrent(metainfo, download_dir=content, paused=True)
    check(added.hashString == made.info_hash and added.name == "several", f"{added}")
    check(client.add_torrent(metainfo).id == added.id, "the same one is another")

    def now(**wanted):
        torrent = client.get_torrent(added.id)
        return all(getattr(torrent, key) == value for key, value in wanted.items())

    wait_for(lambda: now(leftUntilDone=0), 20, "its data to be found")
    check(now(status="stopped", progress=100.0, ratio=0.0), "it is stopped and whole")
    client.start_torrent(added.id)
    wait_for(lambda: now(status="seeding"), 20, "it to seed")
    client.stop_torrent(made.info_hash)
    wait_for(lambda: now(status="stopped"), 20, "it to stop")
    client.verify_torrent([added.id])
    client.reannounce_torrent([added.id])
    wait_for(lambda: now(status="stopped", progress=100.0), 20, "the check to end")
    client.change_torrent(added.id, downloadLimit=77, downloadLimited=True, bandwidthPriority=1,
                          seedRatioMode=1, seedRatioLimit=2.5)
    check(now(downloadLimit=77, downloadLimited=True, bandwidthPriority=1, seed_ratio_limit=2.5), "changes")
    check(client.get_torrent(added.id).seed_ratio_mode == "single", "the mode of the ratio")
    files = client.get_files(added.id)[added.id]
    check([f["name"] for f in files.values()] == ["several/a", "several/b"], f"{files}")
    check(all(f["selected"] and f["completed"] == f["size"] for f in files.values()), f"{files}")
    client.set_files({added.id: {1: {"selected": False, "priority": "high"}}})
    check(seedd.get(added.id, "wanted") == [True, False], "the second file is wanted")
    for move in (client.queue_top, client.queue_up, client.queue_down, client.queue_bottom):
        move(added.id)
    client.rename_torrent_path(added.id, "several/a", "c")
    check(client.get_files(added.id)[added.id][0]["name"] == "several/c", "the file has its old name")
    client.move_torrent_data(added.id, elsewhere)
    wait_for(lambda: now(downloadDir=elsewhere), 20, "the move")
    client.set_session(speed_limit_down=88, speed_limit_down_enabled=True)
    session = client.get_session()
    check(session.speed_limit_down == 88 and session.speed_limit_down_enabled, "changes of the session")
    check(client.session_stats().torrentCount == 1, "the count of torrents")
    check(client.free_space(home) > 0, "free space")
    try:
        client.add_torrent(base64.b64encode(b"rubbish").decode())
        check(False, "rubbish is taken")
    except transmissionrpc.TransmissionError:
        pass
    client.remove_torrent(added.id, delete_data=True)
    wait_for(lambda: not client.get_torrents(), 20, "the removal")
    check(seedd.stop() == 0, "it ended with an error")


def properties_that_raise(thing):
    """Of an object whose properties look for fields of the answer."""
    wrong = []
    for name in dir(type(thing)):
        if not name.startswith("_") and isinstance(getattr(type(thing), name), property):
            try:
                getattr(thing, name)
            except Exception as error:  # pylint: disable=broad-except
                wrong.append(f"{name}: {error!r}")
    return wrong


def newer_python_library():
    try:
        import transmission_rpc  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skip("python3-transmission-rpc is not installed; Debian 13 has it") from None
    home = folder("newer-python-library")
    content, elsewhere = os.path.join(home, "content"), os.path.join(home, "elsewhere")
    made = single_file(content, name="single.bin", size=70_000, piece_bytes=16384)
    seedd = Seedd(home).start()
    client = transmission_rpc.Client(host="127.0.0.1", port=seedd.rpc_port)
    with open(made.path, "rb") as file:
        number = client.add_torrent(file, download_dir=content, paused=True, labels=["x"]).id

    def now():
        return client.get_torrent(number)

    wait_for(lambda: now().percent_done == 1, 20, "its data to be found")
    check(now().labels == ["x"] and now().hash_string == made.info_hash, f"{now().labels}")
    check(not properties_that_raise(now()), f"{properties_that_raise(now())}")
    check(not properties_that_raise(client.get_session()), f"{properties_that_raise(client.get_session())}")
    for order, status in (("start", "seeding"), ("stop", "stopped"), ("verify", "stopped")):
        getattr(client, f"{order}_torrent")(number)
        wait_for(lambda s=status: now().status == s, 20, f"{status} after {order}")
    client.change_torrent(number, labels=["a", "b"], seed_ratio_limit=3.5, group="g", tracker_list=[
        ["http://127.0.0.1:1/a"], ["http://127.0.0.1:1/b"]])
    check((now().labels, now().seed_ratio_limit, now().group) == (["a", "b"], 3.5, "g"), "what was changed")
    check(now().tracker_list == ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"], f"{now().tracker_list}")
    client.set_group(name="g", speed_limit_down=7)
    check(client.get_group("g").speed_limit_down == 7, "the limit of the group")
    client.set_session(speed_limit_down=5, encryption="required")
    check((client.get_session().speed_limit_down, client.get_session().encryption) == (5, "required"), "settings")
    check(client.session_stats().torrent_count == 1 and client.free_space(home) > 0, "statistics")
    check(client.rename_torrent_path(number, "single.bin", "other.bin") == ("single.bin", "other.bin"), "the name")
    client.move_torrent_data(number, elsewhere)
    wait_for(lambda: now().download_dir == elsewhere, 20, "the move")
    client.remove_torrent(number, delete_data=True)
    wait_for(lambda: not client.get_torrents(), 20, "the removal")
    check(seedd.stop() == 0, "it ended with an error")


def javascript_library():
    if not have("npm") or not have("node"):
        raise Skip("node and npm are not installed (scripts/deps.sh --tests)")
    home = folder("javascript-library")
    where = os.path.join(home, "client")
    shutil.copytree(os.path.join(HERE, "javascript"), where, ignore=shutil.ignore_patterns("node_modules"))
    try:
        installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=where,
                                   capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        raise Skip("npm ci took over 180 s") from None
    if installed.returncode:
        raise Skip("npm ci: " + installed.stderr.strip().splitlines()[-1][:120])
    content = os.path.join(home, "content")
    made = single_file(content, name="single.bin", size=70_000, piece_bytes=16384)
    seedd = Seedd(home).start()
    done = subprocess.run(["node", "client.mjs", str(seedd.rpc_port), made.path, content,
                           os.path.join(home, "elsewhere")], cwd=where, capture_output=True, text=True,
                          timeout=200, check=False)
    check(done.returncode == 0, done.stdout + done.stderr)
    check(seedd.get(made.info_hash, "labels") == ["last"], "its label")
    check(seedd.stop() == 0, "it ended with an error")


def main():
    begin()
    report = Report("e2e: client libraries")
    report.run("Python, transmissionrpc", python_library)
    report.run("Python, transmission-rpc", newer_python_library)
    report.run("JavaScript, @ctrl/transmission", javascript_library)
    finish(report)


if __name__ == "__main__":
    main()
