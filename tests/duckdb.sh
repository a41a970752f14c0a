#!/usr/bin/env bash
# Asks DuckDB, which knows nothing of Byteby, whether an export keeps the invariants of tests/duckdb.sql.
#
#   tests/duckdb.sh [DIR]      an export that is there; without it a town of 5000 is made
#
# BYTEBY names the program, DUCKDB_PYTHON a python with duckdb. Skipped with a message when there is none
# (pip install duckdb). Every check is also run on damaged data, where it must find something.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${DUCKDB_PYTHON:-$(command -v python3 || true)}"
if [ -z "$python" ] || ! "$python" -c 'import duckdb' 2>/dev/null; then
  echo "duckdb: skipped, python has no duckdb (pip install duckdb)"
  exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
dir="${1:-}"
if [ -z "$dir" ]; then
  byteby="${BYTEBY:-}"
  if [ -z "$byteby" ]; then
    cargo build --quiet
    byteby="${CARGO_TARGET_DIR:-target}/debug/byteby"
  fi
  dir="$work/tables"
  "$byteby" population generate --size 5000 --seed 7 --out "$dir" > "$work/generate.out"
fi
"$python" - "$dir" tests/duckdb.sql <<'PYTHON'
import glob, json, re, sys
import duckdb

folder, queries = sys.argv[1:]
sheets = [json.load(open(path)) for path in sorted(glob.glob(f"{folder}/population*.json"))]
assert sheets, f"no population.json in {folder}"
sheet = sheets[0]
assert len(sheets) == sheet["share"]["of"], f"{len(sheets)} of {sheet['share']['of']} shares are there"
types = {"integer": "BIGINT", "text": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN"}
town = duckdb.connect()

def ask(query, values=None):
    return town.execute(query, values).fetchall()

ask("SET threads = 2")
for place, table in enumerate(sheet["tables"]):
    name, ending = table["name"], sheet["format"]
    files = sorted(glob.glob(f"{folder}/{name}.{ending}") + glob.glob(f"{folder}/{name}-?????-of-*.{ending}"))
    columns = {field["name"]: types[field["type"]] for field in table["fields"]}
    if ending == "parquet":
        rows = town.read_parquet(files)
    elif ending == "csv":
        # Only the first share names the fields, so the shares are read as the one text they are.
        whole = f"{folder}/{name}.csv"
        rows = None
        for number, file in enumerate(files):
            part = town.read_csv(file, header=number == 0, dtype=columns, names=list(columns), quotechar='"',
                                 delimiter=",", allow_quoted_nulls=False)
            rows = part if rows is None else rows.union(part)
    else:
        rows = town.sql(f"SELECT * FROM read_json({files}, format = 'newline_delimited', columns = {columns})")
    rows.create(name)
    found = [(column, str(kind)) for column, kind, *_ in ask(f"DESCRIBE {name}")]
    wanted = list(columns.items())
    assert found == wanted, f"{name}: {found} instead of {wanted}"
    count = ask(f"SELECT count(*) FROM {name}")[0][0]
    said = sum(one["tables"][place]["rows"] for one in sheets)
    assert count == said, f"{name} has {count} rows, population.json says {said}"
# An empty list of tags is empty text, which CSV cannot tell from none.
ask("UPDATE personer SET merker = coalesce(merker, '')")
made = sheet["inputs"]
ask(
    "CREATE TABLE eksport AS SELECT CAST(? AS BIGINT) AS size, CAST(? AS DATE) AS dato, CAST(? AS BIGINT) AS deler",
    [made["size"], made["date"][:10], sheet["made_in_parts"]])

passed = failed = idle = 0
for name, body in re.findall(r"^-- check (.*)\n((?:(?!-- check ).*\n?)*)", open(queries).read(), re.M):
    plain = "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("--"))
    *damages, query = [part.strip() for part in plain.split(";") if part.strip()]
    broken = ask(f"SELECT * FROM ({query}) LIMIT 3")
    town.begin()
    changed = sum(ask(damage)[0][0] for damage in damages)
    seen = ask(f"SELECT 1 FROM ({query}) LIMIT 1")
    town.rollback()
    if broken:
        failed += 1
        print(f"BROKEN  {name}: {broken}")
    elif changed == 0:
        idle += 1
        print(f"nothing {name}: this export has none of the kind")
    elif not seen:
        failed += 1
        print(f"BLIND   {name}: does not see the damage")
    else:
        passed += 1
        print(f"ok      {name}")
print(f"duckdb {duckdb.__version__}: {passed} kept, {idle} with nothing to check, {failed} broken")
sys.exit(1 if failed or not passed else 0)
PYTHON
