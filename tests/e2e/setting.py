"""What every script here begins with: the arguments, where the programs are, mounts that go away."""

import argparse
import atexit
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interop import seedd as daemon  # noqa: E402
from interop.clients import Libtorrent  # noqa: E402

MIB = 2**20
# Where Debian has Transmission's web page: in 13, and in 12.
_WEB_PAGES = ("/usr/share/transmission/public_html", "/usr/share/transmission/web")
_mounts = []


def begin():
    """Takes --bin FOLDER, where seedd (and seedctl, stall_fs) are; the folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=os.path.dirname(daemon.binary))
    options = parser.parse_args()
    daemon.binary = os.path.join(os.path.abspath(options.bin), "seedd")
    if not os.path.exists(daemon.binary):
        sys.exit(f"{daemon.binary} is not there; build it or give --bin")
    return os.path.abspath(options.bin)


def need_libtorrent():
    if why := Libtorrent.missing():
        print(f"skipped: {why} (scripts/deps.sh --tests)")
        sys.exit(77)


def transmissions_page():
    """The folder of Transmission's web page, None where it is not installed."""
    return next((where for where in _WEB_PAGES if os.path.isdir(where)), None)


def mount(kind, where, *options):
    """Mounts, to be unmounted when the program ends. False when that is not allowed."""
    os.makedirs(where, exist_ok=True)
    done = subprocess.run(["mount", "-t", kind, *options, kind, where], capture_output=True,
                          check=False)
    if done.returncode == 0:
        _mounts.append(where)
    return done.returncode == 0


def will_unmount(where):
    _mounts.append(where)


def _unmount_all():
    for where in reversed(_mounts):
        subprocess.run(["umount", "-l", where], capture_output=True, check=False)


# Registered after the processes' own clean-up, so it runs before: lazily, it does not mind.
atexit.register(_unmount_all)
