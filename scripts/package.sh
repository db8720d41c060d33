#!/usr/bin/env bash
# Installs what is missing and makes a .deb of seedd for the Debian it is made on.
# Usage: scripts/package.sh     (prints the package's path)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$top/scripts/deps.sh" --package
"$top/scripts/build.sh" release -DSEED_TESTS=OFF >&2
cd "$top/build/release"
rm -f seedd_*.deb
cpack -G DEB >&2
ls "$PWD"/seedd_*.deb
