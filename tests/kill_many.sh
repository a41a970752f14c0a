#!/usr/bin/env bash
# Kills the program a thousand times (or as often as the first argument says) under load and looks for lost changes.
set -euo pipefail
cd "$(dirname "$0")/.."
BYTEBY_KILL_ROUNDS="${1:-1000}" exec cargo test --test it kill:: -- --nocapture
