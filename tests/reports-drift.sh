#!/usr/bin/env bash
# Fails if the committed reports/ are not what the suite gives now. With --write, writes them instead.
# SYNOD is the program to run, by default the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
synod="${SYNOD:-${CARGO_TARGET_DIR:-target}/release/synod}"
if [ ! -x "$synod" ]; then
  echo "tests/reports-drift.sh: there is no $synod; cargo build --release makes it" >&2
  exit 1
fi
if [ "${1:-}" = --write ]; then
  exec env -u GITHUB_ACTIONS "$synod" suite --quiet --reports reports
fi
fresh="$(mktemp -d)"
trap 'rm -rf "$fresh"' EXIT
env -u GITHUB_ACTIONS "$synod" suite --quiet --reports "$fresh/reports"
if ! diff -r reports "$fresh/reports" | head -n 40; then
  echo "tests/reports-drift.sh: reports/ is not what the suite gives now; tests/reports-drift.sh --write renews it" >&2
  exit 1
fi
