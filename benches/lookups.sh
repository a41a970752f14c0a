#!/usr/bin/env bash
# Look-ups of whole person documents with recording on, beside nginx serving the same bytes from the same machine in the
# same run (DESIGN §11): cold (another citizen each time) and repeated (one citizen).
#
#   cargo build --release && benches/lookups.sh [SIZE]
#
# Needs wrk, nginx (Debian: wrk, nginx-light), curl and python3; without them it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in wrk nginx python3 curl; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
binary="${BYTEBY_BINARY:-${CARGO_TARGET_DIR:-target}/release/byteby}"
size="${1:-5000}"
place="$(mktemp -d)"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$place"' EXIT
field() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }

"$binary" --json up --size "$size" --port 0 --clock frozen >"$place/up.json" 2>"$place/up.err" &
for _ in $(seq 200); do
  port="$(field '["port"]' <"$place/up.json" 2>/dev/null)" && break
  sleep 0.05
done
base="http://127.0.0.1:$port"
admin="$base/_byteby/v1/worlds/main"
client="$(curl -fs "$admin/clients" | python3 -c '
import json, sys
for client in json.load(sys.stdin)["clients"]:
    if client.get("integration_type") == "maskinporten":
        print(client["client_id"]); break')"
token="$(curl -fs "$admin/tokens" -H 'Content-Type: application/json' \
  -d "{\"issuer\":\"maskinporten\",\"client_id\":\"$client\"}" | field '["access_token"]')"
curl -fs "$admin/people?limit=500&fields=id" | python3 -c '
import json, sys
answer = json.load(sys.stdin)
for person in answer["people"]:
    print(person["id"])' >"$place/people"

path=/folkeregisteret/offentlig-med-hjemmel/api/v1/personer
mkdir -p "$place/files$path"
first="$(head -1 "$place/people")"
get() { curl -fs "$base$path/$1" -H "Authorization: Bearer $token" -H 'Accept: application/json'; }
while read -r person; do get "$person" >"$place/files$path/$person"; done <"$place/people"
bytes="$(wc -c <"$place/files$path/$first")"

cat >"$place/nginx.conf" <<NGINX
$( [ "$(id -u)" = 0 ] && echo "user root;" )
worker_processes 1; daemon off; pid $place/nginx.pid; error_log $place/error.log;
events { worker_connections 256; }
http { access_log off; sendfile on; keepalive_requests 10000000; default_type application/json;
  client_body_temp_path $place/b; proxy_temp_path $place/p; fastcgi_temp_path $place/f; uwsgi_temp_path $place/u; scgi_temp_path $place/s;
  server { listen 127.0.0.1:$((port + 1)); root $place/files; } }
NGINX
nginx -c "$place/nginx.conf" 2>/dev/null &
sleep 0.5

cat >"$place/cold.lua" <<LUA
local people = {}
for line in io.lines("$place/people") do people[#people + 1] = line end
local at = 0
request = function()
  at = at % #people + 1
  return wrk.format("GET", "$path/" .. people[at])
end
LUA
load() { # name, base, script or empty
  wrk -t1 -c16 -d8s ${3:+-s "$3"} -H "Authorization: Bearer $token" -H 'Accept: application/json' "$2$path/$first" >"$place/$1"
  if grep -q 'Non-2xx' "$place/$1"; then grep 'Non-2xx' "$place/$1" >&2; exit 1; fi
  awk '/Requests\/sec/ { print int($2) }' "$place/$1"
}
echo "person documents of $bytes bytes, wrk -t1 -c16, $(nproc) cores, $size people"
for kind in cold repeated; do
  script=""; [ "$kind" = cold ] && script="$place/cold.lua"
  ours="$(load "ours-$kind" "$base" "$script")"
  theirs="$(load "nginx-$kind" "http://127.0.0.1:$((port + 1))" "$script")"
  printf '%-10s byteby %7d/s   nginx %7d/s   %3d %%\n' "$kind" "$ours" "$theirs" $((100 * ours / theirs))
done
