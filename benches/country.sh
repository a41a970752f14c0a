#!/usr/bin/env bash
# A country of 5.6 million as Parquet: time and peak memory beside their bars (DESIGN §11), and rows of people a second
# beside Python's Faker with eight flat fields in the same run.
#
#   cargo build --release --features analyse && benches/country.sh [SIZE] [OUT]
#
# FAKER_PYTHON names a python with faker; without one that line is left out with a message. The tables need about 2 GB of
# disk; they are removed unless OUT is given.
set -euo pipefail
cd "$(dirname "$0")/.."
byteby="${BYTEBY:-${CARGO_TARGET_DIR:-target}/release/byteby}"
size="${1:-5600000}"
format="${FORMAT:-parquet}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
out="${2:-$work/tables}"

python3 - "$byteby" "$size" "$format" "$out" <<'PYTHON'
import json, os, resource, subprocess, sys, time
byteby, size, form, out = sys.argv[1:]
began = time.monotonic()
run = subprocess.run([byteby, "--json", "population", "generate", "--size", size, "--format", form, "--out", out],
                     stdout=subprocess.PIPE)
seconds = time.monotonic() - began
if run.returncode:
    sys.exit("country: the program failed; Parquet needs a build with --features analyse")
# Kilobytes; of the largest child there was, and there was one.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
sheet = json.loads(run.stdout)
rows = {table["name"]: table["rows"] for table in sheet["tables"]}
size_mb = sum(entry.stat().st_size for entry in os.scandir(out)) / 1e6
share = int(size) / 5_600_000
def verdict(holds): return "bar held" if holds else "BAR MISSED"
print(f"{int(size):,} people as {form}, {os.cpu_count()} CPUs, {sheet['made_in_parts']} parts, "
      f"{sum(rows.values()):,} rows in {len(rows)} tables, {size_mb:,.0f} MB")
print(f"time         {seconds:8.1f} s      bar {60 * share:.0f} s      {verdict(seconds <= 60 * share)}")
print(f"peak memory  {peak:8.0f} MiB    bar 2048 MiB   {verdict(peak <= 2048)}")
with open(os.path.join(os.path.dirname(out) or ".", "rate"), "w") as file:
    file.write(str(rows["personer"] / seconds))
PYTHON
rate="$(cat "$(dirname "$out")/rate")"; rm -f "$(dirname "$out")/rate"

faker="${FAKER_PYTHON:-python3}"
if ! "$faker" -c 'import faker' 2>/dev/null; then
  echo "faker: left out, python has none (pip install faker, FAKER_PYTHON)"
  exit 0
fi
"$faker" - "$rate" <<'PYTHON'
import sys, time
import faker
rate, rows = float(sys.argv[1]), 20_000
fake = faker.Faker("no_NO")
faker.Faker.seed(1814)
began = time.monotonic()
lines = [",".join((fake.numerify("###########"), fake.first_name(), fake.last_name(), str(fake.date_of_birth()),
                   fake.street_name(), fake.building_number(), fake.postcode(), fake.city())) for _ in range(rows)]
theirs = rows / (time.monotonic() - began)
print(f"people       {rate:8.0f} /s     bar 50 x Faker {'held' if rate >= 50 * theirs else 'MISSED'}: Python Faker "
      f"{faker.VERSION} makes {theirs:.0f} rows of eight fields a second, {rate / theirs:.0f} x; ours are whole people, "
      "with every other table beside them")
PYTHON
