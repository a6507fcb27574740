#!/usr/bin/env bash
# Installs what the browser, graph and terminal tests need: the npm packages of this folder and, where they are missing,
# Chromium, graphviz and tmux.
set -euo pipefail
cd "$(dirname "$0")"

packages=()
if [ -z "${SYNOD_CHROMIUM:-}" ] && [ ! -x /usr/bin/chromium ]; then
  packages+=(chromium fonts-dejavu fonts-noto-core)
fi
command -v tmux >/dev/null || packages+=(tmux)
command -v dot >/dev/null || packages+=(graphviz fonts-dejavu)
command -v node >/dev/null && command -v npm >/dev/null || packages+=(nodejs npm)
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests/web/setup.sh: missing: ${packages[*]}; install them (Debian: sudo apt-get install ${packages[*]}), or name your Chromium in SYNOD_CHROMIUM" >&2
    exit 1
  fi
  apt-get update
  apt-get install -y --no-install-recommends "${packages[@]}"
fi

if ! cmp -s package-lock.json node_modules/.synod-lock; then
  npm ci --silent --no-audit --no-fund
  cp package-lock.json node_modules/.synod-lock
fi
