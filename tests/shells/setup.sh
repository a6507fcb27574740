#!/usr/bin/env bash
# Installs the shells whose completions are tried, and what reads manual pages, where they are missing.
set -euo pipefail

packages=()
command -v zsh >/dev/null || packages+=(zsh)
command -v fish >/dev/null || packages+=(fish)
command -v mandoc >/dev/null || packages+=(mandoc)
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests/shells/setup.sh: missing: ${packages[*]}; install them (Debian: sudo apt-get install ${packages[*]})" >&2
    exit 1
  fi
  apt-get update
  apt-get install -y --no-install-recommends "${packages[@]}"
fi
