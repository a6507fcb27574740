#!/bin/sh
# What the browser and graph tests need: Chromium, graphviz, and the node modules of this folder.
set -eu
cd "$(dirname "$0")"
if ! command -v chromium >/dev/null || ! command -v dot >/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends chromium graphviz fonts-dejavu-core
fi
if [ -f package-lock.json ]; then npm ci; else npm install; fi
