#!/usr/bin/env bash
# Installs the schemas and validators that the tests of the reports need, at the versions and hashes of package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
command -v npm >/dev/null || { echo "tests/schemas/setup.sh: needs node and npm (Debian: apt-get install nodejs npm)" >&2; exit 1; }
if ! cmp -s package-lock.json node_modules/.synod-lock; then
  npm ci --silent --no-audit --no-fund
  cp package-lock.json node_modules/.synod-lock
fi
