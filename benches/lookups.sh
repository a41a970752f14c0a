#!/usr/bin/env bash
# Look-ups of whole person documents with recording on, beside nginx serving the same bytes from the same machine in the
# same run (DESIGN §11): cold (another citizen each time, far more of them than documents are kept) and repeated (one
# citizen). Only citizens whose document with all parts and history has 3 kB or more are asked for.
#
#   cargo build --release && benches/lookups.sh [SIZE]
#
# Needs wrk, nginx (Debian: wrk, nginx-light), curl and python3; without them it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
source benches/served.sh "${1:-10000}" wrk nginx

path=/folkeregisteret/offentlig-med-hjemmel/api/v1/personer
# nginx finds the file by the path and leaves the query alone, so both are asked for the same address.
query='part=person-basis,relasjon-utvidet,historikk'
mkdir -p "$place/files$path"
# Everybody's document is written down as it came; kept are the large ones. The middle one in size is the repeated one.
python3 - "$port" "$path" "$query" "$token" "$place" <<'PYTHON'
import http.client, json, sys
port, path, query, token, place = sys.argv[1:]
server = http.client.HTTPConnection("127.0.0.1", int(port))
def get(address):
    server.request("GET", address, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    answer = server.getresponse()
    body = answer.read()
    assert answer.status == 200, (address, answer.status, body)
    return body
people, after, more = [], "", True
while more:
    page = json.loads(get(f"/_byteby/v1/worlds/main/people?limit=500&fields=id{after}"))
    people += [person["id"] for person in page["people"]]
    more, after = page["more"], f"&after={page['next']}"
large = {}
for person in people:
    body = get(f"{path}/{person}?{query}")
    if len(body) >= 3072:
        large[person] = len(body)
        open(f"{place}/files{path}/{person}", "wb").write(body)
open(f"{place}/people", "w").writelines(f"{person}\n" for person in large)
middle = sorted(large, key=lambda person: (large[person], person))[len(large) // 2]
total = sum(large.values())
open(f"{place}/middle", "w").write(middle)
open(f"{place}/sizes", "w").write(f"cold: {len(large)} documents of {total // len(large)} bytes on average, "
    f"{total / 1e6:.1f} MB together; repeated: one of {large[middle]} bytes")
PYTHON
middle="$(cat "$place/middle")"

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
theirs="http://127.0.0.1:$((port + 1))"
for server in "$base" "$theirs"; do
  curl -fs "$server$path/$middle?$query" -H "Authorization: Bearer $token" | cmp - "$place/files$path/$middle"
done

cat >"$place/cold.lua" <<LUA
local people = {}
for line in io.lines("$place/people") do people[#people + 1] = line end
local at = 0
request = function()
  at = at % #people + 1
  return wrk.format("GET", "$path/" .. people[at] .. "?$query")
end
LUA
load() { # name, base, script or empty
  wrk -t1 -c16 -d8s ${3:+-s "$3"} -H "Authorization: Bearer $token" -H 'Accept: application/json' "$2$path/$middle?$query" >"$place/$1"
  if grep -q 'Non-2xx' "$place/$1"; then grep 'Non-2xx' "$place/$1" >&2; exit 1; fi
  awk '/Requests\/sec/ { print int($2) }' "$place/$1"
}
recorded() { curl -fs "$base/_byteby/v1/worlds/main/requests?limit=1" | field '["dropped"]'; }
echo "wrk -t1 -c16, $(nproc) cores, $size people; $(cat "$place/sizes")"
for kind in cold repeated; do
  script=""; [ "$kind" = cold ] && script="$place/cold.lua"
  before="$(recorded)"
  ours="$(load "ours-$kind" "$base" "$script")"
  # Whatever was asked went through the record, which is full: as many have left it.
  [ $(($(recorded) - before)) -gt $((ours * 4)) ] || { echo "the look-ups were not recorded" >&2; exit 1; }
  theirs_per_second="$(load "nginx-$kind" "$theirs" "$script")"
  printf '%-10s byteby %7d/s   nginx %7d/s   %3d %%\n' "$kind" "$ours" "$theirs_per_second" \
    $((100 * ours / theirs_per_second))
done
