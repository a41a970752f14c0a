# What the benches over HTTP begin with: the tools they need, a town that is served, and a token of Maskinporten for the
# population register in it. Sourced from the top of the repository with the size first and the tools behind it; sets
# place (a directory that goes with the script), pid, port, base, admin and token. Needs curl and python3 itself; when
# anything is missing it says so and ends well.
size="$1"
shift
for tool in curl python3 "$@"; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
place="$(mktemp -d)"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$place"' EXIT
field() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }

"${BYTEBY_BINARY:-${CARGO_TARGET_DIR:-target}/release/byteby}" \
  --json up --size "$size" --port 0 --clock frozen >"$place/up.json" 2>"$place/up.err" &
pid=$!
# A town of a million takes its time.
for _ in $(seq 2400); do
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
