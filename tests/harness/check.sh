#!/usr/bin/env bash
# Installs the real agents and SDKs from npm and PyPI and runs each through the proxy against the offline model.
#   tests/harness/check.sh                          against servers of its own: with the mock, and before it with nothing but
#                                                   one provider that speaks another dialect than the agent
#   tests/harness/check.sh --edge                   and against the Worker in workerd (needs Node 22 and `npm run check`)
#   tests/harness/check.sh --url URL --token T      against another home, which must have the mock model
# More: --only NAME (an agent, or sdks), --scratch DIR (kept, so that a second run need not install), --strict (what could not run is a failure).
# PROXYAGENT_TOKEN serves instead of --token; with PROXYAGENT_ADMIN_TOKEN the rows of another home are checked too.
set -euo pipefail
cd "$(dirname "$0")"

binary=${PROXYAGENT_BIN:-}
if [ -z "$binary" ]; then
  cargo build --quiet --locked -p proxyagent
  binary=$(cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory')/debug/proxyagent
fi
PROXYAGENT_BIN=$binary exec node check.mjs "$@"
