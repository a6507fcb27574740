#!/bin/sh
# Installs what the browser and graph tests need: the npm packages of this folder and, where they are missing, Chromium
# and graphviz.
# Run it once before `cargo test`; running it again costs nothing.
set -eu
cd "$(dirname "$0")"

need() {
    command -v "$1" >/dev/null 2>&1 || { echo "tests/web/setup.sh: $1 is needed: $2" >&2; exit 1; }
}
need node "install Node.js 20 or later"
need npm "install Node.js 20 or later"

if ! cmp -s package-lock.json node_modules/.synod-lock; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.synod-lock
fi

if [ -z "${SYNOD_CHROMIUM:-}" ] && ! command -v chromium >/dev/null 2>&1; then
    need apt-get "install Chromium yourself, as /usr/bin/chromium or with its path in SYNOD_CHROMIUM"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update
    $as_root apt-get install -y --no-install-recommends chromium fonts-dejavu fonts-noto-core
fi

if ! command -v dot >/dev/null 2>&1; then
    need apt-get "install graphviz yourself"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update
    $as_root apt-get install -y --no-install-recommends graphviz fonts-dejavu
fi
