#!/usr/bin/env bash
# Installs the SMT solvers that answer the proofs, where they are missing.
set -euo pipefail

packages=()
command -v z3 >/dev/null || packages+=(z3)
command -v cvc5 >/dev/null || packages+=(cvc5)
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests/solvers/setup.sh: missing: ${packages[*]}; install them (Debian: sudo apt-get install ${packages[*]})" >&2
    exit 1
  fi
  apt-get update
  apt-get install -y --no-install-recommends "${packages[@]}"
fi
