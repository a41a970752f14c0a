#!/usr/bin/env bash
# The admin API against its own description: starts a town on a free port and lets schemathesis send what the OpenAPI
# document allows and what it forbids. Fails on any 5xx and on any answer that breaks the document.
#
#   tests/schemathesis.sh [examples per operation] [seed]
#
# Skipped with a message when schemathesis is missing (pip install schemathesis, or SCHEMATHESIS=/path/to/it).
set -euo pipefail
cd "$(dirname "$0")/.."

examples="${1:-50}"
seed="${2:-1}"
tool="${SCHEMATHESIS:-$(command -v schemathesis || true)}"
if [ -z "$tool" ]; then
  echo "schemathesis: skipped, the tool is not installed (pip install schemathesis)"
  exit 0
fi

byteby="${BYTEBY:-}"
if [ -z "$byteby" ]; then
  cargo build --quiet
  byteby="${CARGO_TARGET_DIR:-target}/debug/byteby"
fi
work="$(mktemp -d)"
trap 'kill "$town" 2>/dev/null || true; wait "$town" 2>/dev/null || true; rm -rf "$work"' EXIT
# Made here: on a busy machine the reader below comes before the program has opened it.
: > "$work/up.log"
"$byteby" up --size 1500 --port 0 --clock frozen > "$work/up.log" 2> "$work/up.err" &
town=$!
url=""
for _ in $(seq 1 300); do
  url="$(sed -n 's/^Listening on //p' "$work/up.log")"
  [ -n "$url" ] && break
  kill -0 "$town" 2>/dev/null || { cat "$work/up.err" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "schemathesis: the town did not start within 30 s" >&2; exit 1; }

# Most calls should reach a world that is there, and nobody is to stop the server or to wait for a stream to end.
cat > "$work/hooks.py" <<'PY'
import random
import schemathesis

@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and "world" in path_parameters and random.random() < 0.9:
        path_parameters["world"] = "main"
    return path_parameters
PY
cat > "$work/schemathesis.toml" <<'TOML'
hooks = "hooks.py"
TOML
status=0
(
  cd "$work"
  PYTHONHASHSEED=0 "$tool" run "$url/_byteby/v1/openapi.json" \
    --max-examples "$examples" --seed "$seed" --phases examples,coverage,fuzzing --mode all --workers 2 \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
    --exclude-path /server/shutdown --exclude-path-regex '/stream$' --request-timeout 20 --no-color
) || status=$?

kill -0 "$town" 2>/dev/null || { echo "schemathesis: the town has ended" >&2; cat "$work/up.err" >&2; exit 1; }
grep -i "panicked" "$work/up.err" && { echo "schemathesis: a panic" >&2; status=1; }
exit "$status"
