"""A network of this script's own: it starts itself again in a namespace that has nothing but itself."""

import os
import subprocess
import sys

_MARK = "SEED_OWN_NETWORK"


def enter():
    """Goes on in a network namespace with a loopback interface; False where that is not allowed."""
    if os.environ.get(_MARK):
        return _has_links()
    flags = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user"]
    if subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False).returncode:
        return False
    os.environ[_MARK] = "1"
    os.execvp("unshare", ["unshare", *flags, sys.executable, *sys.argv])


def ip(*arguments):
    """`ip` of iproute2."""
    subprocess.run(["ip", *arguments], check=True)


def add_address(address):
    """One more of this machine, for clients that dial nobody at a loopback address."""
    ip("address", "add", f"{address}/32", "dev", "lo")


def _has_links():
    """Not each kernel has what these networks are made of."""
    ip("link", "set", "lo", "up")
    tried = subprocess.run(["ip", "link", "add", "try", "type", "veth", "peer", "name", "try-end"],
                           capture_output=True, check=False)
    if tried.returncode:
        return False
    ip("link", "delete", "try")
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError:
        return False
    return True
