#!/usr/bin/env bash
# Installs what seedd is built from, from Debian's packages (12 and 13); does nothing when nothing is
# missing. With --tests also what the tests run against, with --fuzz what the fuzz preset is compiled
# with, with --package what cpack needs.
# Usage: scripts/deps.sh [--tests | --fuzz | --package]
set -euo pipefail

build=(g++ cmake ninja-build pkg-config libuv1-dev libcurl4-openssl-dev libc-ares-dev nlohmann-json3-dev
  libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev libsqlite3-dev
  libssl-dev zlib1g-dev libminiupnpc-dev ca-certificates)
tests=(catch2 curl python3 sqlite3 transmission-daemon transmission-cli aria2 rtorrent
  python3-libtorrent opentracker libfuse3-dev fuse3 transmission-common chromium chromium-driver
  python3-selenium prometheus python3-jsonschema wrk zsh fish iproute2 nftables
  microsocks dante-server tinyproxy miniupnpd-nftables)
# Clients that not each Debian has, or that what is installed does not go with (a node of others brings
# an npm of its own); their tests are skipped where they are missing.
clients=(python3-transmissionrpc python3-transmission-rpc nodejs npm nginx-light
  qbittorrent-nox)
fuzz=(catch2 clang-19 libclang-rt-19-dev llvm-19)
# dpkg-shlibdeps finds the libraries' packages, by what `file` says of the programs.
package=(dpkg-dev file)

wanted=("${build[@]}")
case "${1:-}" in
  --tests) wanted+=("${tests[@]}") ;;
  --fuzz) wanted+=("${fuzz[@]}") ;;
  --package) wanted+=("${package[@]}") ;;
esac

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }
is_installable() { apt-get install -s -q --no-remove --no-install-recommends "$1" >/dev/null 2>&1; }
add_missing_clients() {
  for one in "${clients[@]}"; do
    is_installed "$one" || ! is_installable "$one" || missing+=("$one")
  done
}

missing=()
for one in "${wanted[@]}"; do is_installed "$one" || missing+=("$one"); done
needed=${#missing[@]}
[ "${1:-}" != --tests ] || add_missing_clients
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "deps.sh: not root and no sudo; install: ${missing[*]}" >&2
    exit $((needed > 0))
  fi
  as_root=(sudo)
fi
# A tracker or daemon that comes as a package must not be started by its installation.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  made_policy=1
fi
trap '[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"' EXIT
echo "deps.sh: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -q >&2
# What was not known before there were lists.
[ "${1:-}" != --tests ] || add_missing_clients
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
