#!/usr/bin/env bash
# Installs what the tests need beside Rust: npm packages, Chromium, graphviz, tmux, SMT solvers and shells. Run it once
# before `cargo test`; running it again costs nothing.
set -euo pipefail
cd "$(dirname "$0")"
web/setup.sh
schemas/setup.sh
solvers/setup.sh
shells/setup.sh
