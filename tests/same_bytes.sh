#!/usr/bin/env bash
# The same town from the same seed, whatever machine, clock and build: digests and exports of the program under other
# numbers of threads, time zones, languages, system dates, directories and without an environment, and of another build.
#
#   tests/same_bytes.sh [OTHER]    OTHER is another build of the program, debug beside release
#
# BYTEBY names the program. What needs `faketime` (Debian's package faketime) is skipped with a message without it.
set -euo pipefail
cd "$(dirname "$0")/.."

byteby="${BYTEBY:-}"
if [ -z "$byteby" ]; then
  cargo build --quiet
  byteby="${CARGO_TARGET_DIR:-target}/debug/byteby"
fi
byteby="$(realpath "$byteby")"
other="${1:-}"
[ -z "$other" ] || other="$(realpath "$other")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
checks=0
failed=0

# Seed, size and profile of the towns.
towns="0 1500 fjordkommune
18446744073709551615 1500 bykommune
Bærums_verk 1500 kystkommune
1814 5000 industrikommune
77 20000 innlandskommune"

made() { # program and words before it, then seed size profile
  local -a program=()
  while [ "$1" != -- ]; do program+=("$1"); shift; done
  shift
  "${program[@]}" population digest --tables --seed "$1" --size "$2" --municipality "$3"
}

same() { # what, then the program and what stands before it
  local what="$1" number=0 before=$failed
  shift
  while read -r seed size profile; do
    number=$((number + 1))
    checks=$((checks + 1))
    if ! made "$@" -- "$seed" "$size" "$profile" > "$work/other"; then
      echo "FAILED  $what: seed $seed, $size in $profile cannot be made"
      failed=$((failed + 1))
    elif ! diff "$work/plain.$number" "$work/other" > "$work/diff"; then
      echo "DIFFERS $what: seed $seed, $size in $profile"
      head -4 "$work/diff"
      failed=$((failed + 1))
    fi
  done <<< "$towns"
  [ "$failed" -ne "$before" ] || echo "ok      $what"
}

number=0
while read -r seed size profile; do
  number=$((number + 1))
  made "$byteby" -- "$seed" "$size" "$profile" > "$work/plain.$number"
done <<< "$towns"
[ "$(head -qn1 "$work"/plain.* | sort -u | wc -l)" -eq "$number" ] || { echo "FAILED  two towns are the same"; exit 1; }

for threads in 1 2 8; do same "$threads threads" env RAYON_NUM_THREADS=$threads "$byteby"; done
for zone in Pacific/Kiritimati America/St_Johns Europe/Oslo Nowhere/Atall; do same "time zone $zone" env TZ=$zone "$byteby"; done
for words in C POSIX tr_TR.UTF-8 nb_NO.ISO-8859-1 ar_EG.UTF-8; do
  same "language $words" env LC_ALL=$words LANG=$words "$byteby"
done
same "no environment" env -i "$byteby"
mkdir "$work/elsewhere"
same "another directory" env --chdir="$work/elsewhere" HOME="$work/elsewhere" "$byteby"

if command -v faketime > /dev/null; then
  # First that the program sees the date at all: asked for today, it must say it.
  today="$(faketime '2031-05-06 12:00:00' "$byteby" population describe --size 1500 --date today 2> /dev/null | head -1)"
  case "$today" in
    *2031-05-06*) ;;
    *) echo "FAILED  faketime does not reach the program: $today"; failed=$((failed + 1)) ;;
  esac
  for date in '1984-02-29 23:59:59' '2000-01-01 00:00:00' '2031-05-06 12:00:00' '2037-10-25 02:30:00'; do
    same "system date $date" faketime "$date" "$byteby"
  done
  same "system clock that runs 500 times faster" faketime -f '+10y x500' "$byteby"
else
  echo "skipped system dates: there is no faketime (Debian's package faketime)"
fi
[ -z "$other" ] || same "the other build" "$other"

# Exports byte by byte: shares in another order, under another date, zone and language, by the other build.
tables() { # directory, shares, words before the program...
  local dir="$1" shares="$2" share
  shift 2
  for share in $(seq "$shares" -1 1); do
    "$@" population generate --size 1500 --seed 5 --format csv --partition "$share/$shares" --out "$dir" > /dev/null
  done
}
compared() { # what, directory, shares
  local table before=$failed
  checks=$((checks + 1))
  for table in "$work"/whole/*.csv; do
    table="$(basename "$table" .csv)"
    local files=("$work/whole/$table.csv")
    [ "$3" -eq 1 ] && files=("$2/$table.csv") || files=("$2/$table-"*.csv)
    if ! cat "${files[@]}" | cmp -s - "$work/whole/$table.csv"; then
      echo "DIFFERS $1: $table"
      failed=$((failed + 1))
    fi
  done
  [ "$failed" -ne "$before" ] || echo "ok      $1"
}
tables "$work/whole" 1 "$byteby"
[ "$(ls "$work/whole" | wc -l)" -gt 20 ] || { echo "FAILED  the export has few tables"; exit 1; }
for shares in 7 64; do
  tables "$work/in$shares" "$shares" env TZ=Pacific/Kiritimati LC_ALL=tr_TR.UTF-8 RAYON_NUM_THREADS=8 "$byteby"
  compared "an export in $shares shares" "$work/in$shares" "$shares"
done
if command -v faketime > /dev/null; then
  tables "$work/later" 1 faketime '2036-02-29 12:00:00' "$byteby"
  compared "an export on another system date" "$work/later" 1
fi
if [ -n "$other" ]; then
  tables "$work/other_build" 1 "$other"
  compared "an export by the other build" "$work/other_build" 1
fi
# Another seed must be another export, or the comparison is blind.
mkdir "$work/seed6"
"$byteby" population generate --size 1500 --seed 6 --format csv --out "$work/seed6" > /dev/null
if cmp -s "$work/seed6/personer.csv" "$work/whole/personer.csv"; then echo "FAILED  seeds 5 and 6 are the same"; failed=$((failed + 1)); fi

echo "same bytes: $checks comparisons, $failed differ"
[ "$failed" -eq 0 ]
