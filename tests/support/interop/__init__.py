"""What tests/interop, tests/e2e and bench share: programs started and stopped by pid, torrents made,
clients from Debian's packages, seedd under JSON-RPC. Standard library only, but for the script that
is a libtorrent peer."""
