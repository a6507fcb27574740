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

# The counterexamples that are drawn as well; README shows the first.
drawn=(single-decree/simulator-2x3-values-5-1.agreement)

write() {
  rm -rf "$1/diagrams"
  node tests/findings/findings.mjs "$synod" "$1" >"$front"
  env -u GITHUB_ACTIONS "$synod" suite --quiet --reports "$1" --front "$front"
  for trace in "${drawn[@]}"; do
    "$synod" replay "$1/traces/$trace.json" --format svg --output "$1/diagrams/$(basename "$trace").svg"
  done
}

front="$(mktemp)"
fresh=""
trap 'rm -rf "$front" ${fresh:+"$fresh"}' EXIT
if [ "${1:-}" = --write ]; then
  write reports
  exit
fi
# Beside reports/, so that links from a report to a model file are the same.
fresh="$(mktemp -d .reports-XXXXXX)"
write "$fresh"
if ! diff -r reports "$fresh" | cut -c 1-300 | head -n 40; then
  echo "tests/reports-drift.sh: reports/ is not what the suite gives now; tests/reports-drift.sh --write renews it" >&2
  exit 1
fi
