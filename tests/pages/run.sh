#!/usr/bin/env bash
# Checks every page in headless Chromium with the axe rules (see check.mjs).
#
#   tests/pages/run.sh [folder for pictures]
#
# BYTEBY names the binary (default: a debug build made here), CHROMIUM the browser (default /usr/bin/chromium). When a
# tool is missing the check is skipped with a message and exit code 0; CHECK_PAGES=required makes that exit code 1.
# PAGES_VIEWS=share looks at every page in two views instead of twelve.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

skip() {
  echo "pages: skipped: $1" >&2
  [ "${CHECK_PAGES:-}" = required ] && exit 1
  exit 0
}

command -v node >/dev/null || skip "node is not installed"
command -v npm >/dev/null || skip "npm is not installed"
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
[ -x "$CHROMIUM" ] || skip "no browser at $CHROMIUM; on Debian: apt-get install chromium"

if [ -z "${BYTEBY:-}" ]; then
  (cd "$root" && cargo build --quiet)
  BYTEBY=${CARGO_TARGET_DIR:-$root/target}/debug/byteby
fi

work=$(mktemp -d)
server=
clean() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT

cp "$here/package.json" "$here/check.mjs" "$here/login.mjs" "$work/"
(cd "$work" && npm install --no-audit --no-fund --no-package-lock --silent >"$work/npm.log" 2>&1) \
  || skip "npm could not install playwright-core and axe-core"

# Made here: on a busy machine the reader below comes before the program has opened it.
: > "$work/up.log"
"$BYTEBY" up --port 0 --size 5000 --clock frozen >"$work/up.log" 2>&1 &
server=$!
for _ in $(seq 300); do
  url=$(sed -n 's/^Listening on \(http[^ ]*\).*/\1/p' "$work/up.log")
  [ -n "$url" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$work/up.log" >&2; echo "pages: the town did not start" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "pages: the town did not start within 30 s" >&2; exit 1; }

node "$work/check.mjs" "$url" ${1:+"$(realpath -m "$1")"}
