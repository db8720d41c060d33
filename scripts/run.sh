#!/usr/bin/env bash
# Installs what is missing, builds seedd and starts it in the foreground.
# Usage: scripts/run.sh [ARGS of seedd]
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$top/scripts/deps.sh"
"$top/scripts/build.sh" release -DSEED_TESTS=OFF
exec "$top/build/release/bin/seedd" "$@"
