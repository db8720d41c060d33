"""A network of this script's own: it starts itself again in a namespace that has nothing but itself."""

import os
import subprocess
import sys

_MARK = "SEED_OWN_NETWORK"


def enter():
    """Goes on in a network namespace with a loopback interface; False where that is not allowed."""
    if os.environ.get(_MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    flags = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user"]
    if subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False).returncode:
        return False
    os.environ[_MARK] = "1"
    os.execvp("unshare", ["unshare", *flags, sys.executable, *sys.argv])


def ip(*arguments):
    """`ip` of iproute2."""
    subprocess.run(["ip", *arguments], check=True)
