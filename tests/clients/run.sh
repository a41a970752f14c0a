#!/usr/bin/env bash
# Well-known clients against a town with strict policy over TLS, each with its own defaults.
#
#   tests/clients/run.sh [name of one client]
#
# BYTEBY names the binary (default: a debug build made here). CLIENTS_PYTHON names a Python with Authlib and httpx. A
# client whose tools are missing is skipped with a message; CHECK_CLIENTS=required makes that a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
wanted=${1:-}

if [ -z "${BYTEBY:-}" ]; then
  (cd "$root" && cargo build --quiet)
  BYTEBY=${CARGO_TARGET_DIR:-$root/target}/debug/byteby
fi
work=$(mktemp -d)
town=
trap '[ -n "$town" ] && kill "$town" 2>/dev/null; rm -rf "$work"' EXIT

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "clients: skipped: node and npm are not installed"
  [ "${CHECK_CLIENTS:-}" = required ] && exit 1
  exit 0
fi
cp "$here"/package.json "$here"/*.mjs "$work/"
if ! (cd "$work" && npm install --no-audit --no-fund --no-package-lock --silent >"$work/npm.log" 2>&1); then
  echo "clients: skipped: npm could not install openid-client and oauth4webapi"
  [ "${CHECK_CLIENTS:-}" = required ] && exit 1
  exit 0
fi

"$BYTEBY" trust --ca-dir "$work/ca" --print > "$work/ca.pem"
# Made here: on a busy machine the reader below comes before the program has opened it.
: > "$work/up.log"
"$BYTEBY" up --size 1500 --port 0 --eformidling-port off --ca-dir "$work/ca" > "$work/up.log" 2>&1 &
town=$!
url=
for _ in $(seq 300); do
  url=$(sed -n 's/^Listening on \(http[^ ]*\).*/\1/p' "$work/up.log")
  [ -n "$url" ] && break
  kill -0 "$town" 2>/dev/null || { cat "$work/up.log" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "clients: the town did not start within 30 s" >&2; exit 1; }
export TOWN="https://localhost:${url##*:}" CLIENTS="$work/clients.json" CA_FILE="$work/ca.pem"
export APACHE_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export NODE_EXTRA_CA_CERTS="$CA_FILE" SSL_CERT_FILE="$CA_FILE" REQUESTS_CA_BUNDLE="$CA_FILE"

(cd "$work" && node town.mjs)
failed=0
skipped=0
try() {
  local name=$1
  shift
  [ -z "$wanted" ] || [ "$wanted" = "$name" ] || return 0
  echo "-- $name"
  local status=0
  (cd "$work" && "$@") || status=$?
  if [ "$status" -eq 77 ]; then skipped=$((skipped + 1)); elif [ "$status" -ne 0 ]; then echo "-- $name failed"; failed=$((failed + 1)); fi
}
try openid-client node openid_client.mjs
try oauth4webapi node oauth4webapi.mjs
python=${CLIENTS_PYTHON:-python3}
if "$python" -c 'import authlib, httpx, requests' 2>/dev/null; then
  try authlib "$python" "$here/authlib_client.py"
else
  echo "-- authlib skipped: pip install authlib httpx requests"
  skipped=$((skipped + 1))
fi
try mod_auth_openidc "$here/mod_auth_openidc.sh"
echo "clients: $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && { [ "$skipped" -eq 0 ] || [ "${CHECK_CLIENTS:-}" != required ]; }
