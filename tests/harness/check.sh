#!/usr/bin/env bash
# Installs the real agents from npm and runs each through `proxyagent run` against the offline model.
#   tests/harness/check.sh                          against a server of its own
#   tests/harness/check.sh --url URL --token T      against another home, which must have the mock model
# More: --only NAME, --scratch DIR (kept, so that a second run need not install), --strict (what could not run is a failure).
# PROXYAGENT_TOKEN serves instead of --token; with PROXYAGENT_ADMIN_TOKEN the rows of another home are checked too.
set -euo pipefail
cd "$(dirname "$0")"

binary=${PROXYAGENT_BIN:-}
if [ -z "$binary" ]; then
  cargo build --quiet --locked -p proxyagent
  binary=$(cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory')/debug/proxyagent
fi
PROXYAGENT_BIN=$binary exec node check.mjs "$@"
