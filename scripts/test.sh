#!/usr/bin/env bash
# Installs what is missing, builds seedd with its tests and runs them all.
# Usage: scripts/test.sh [CTEST ARGS]
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$top/scripts/deps.sh" --tests
"$top/scripts/build.sh" release -DSEED_TESTS=ON
cd "$top"
exec ctest --preset release -j "$(nproc)" "$@"
