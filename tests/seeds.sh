#!/usr/bin/env bash
# The rules over many seeds, and the distances to the calibration, by an optimised build (DESIGN §11, population.md §16–17).
#
#   tests/seeds.sh                 a share: 100 towns of 1 500, and a slice of others that moves with the commit
#   tests/seeds.sh whole           1 000 × 1 500, 20 × 100 000, every profile, edge sizes and seeds
#   tests/seeds.sh fidelity        the worst distance of seeds 1 to 20 on every preset, beside the limit
#
# BYTEBY names the program (an optimised build). BYTEBY_ROTATION is the number of the slice; without it the hash of the
# commit is, and it is printed, so that a slice can be had again.
set -euo pipefail
cd "$(dirname "$0")/.."

byteby="${BYTEBY:-}"
if [ -z "$byteby" ]; then
  cargo build --quiet --release
  byteby="${CARGO_TARGET_DIR:-target}/release/byteby"
fi
what="${1:-share}"
presets="1500 5000 10000 20000 35000 50000 75000 100000"
profiles=(bykommune fjordkommune innlandskommune kystkommune forstadskommune industrikommune)
towns=0
failed=0

rules() { # count, first seed, size, then more arguments
  local count="$1" first="$2" size="$3" began=$SECONDS said
  shift 3
  if said="$("$byteby" population verify --rules-only --seeds "$count" --first "$first" --size "$size" "$@")"; then
    echo "ok      $count × $size from seed $first $* ($((SECONDS - began)) s)"
  else
    echo "BROKEN  $count × $size from seed $first $*"
    echo "$said"
    failed=$((failed + 1))
  fi
  towns=$((towns + count))
}

distances() { # size
  local said
  if said="$("$byteby" population verify --seeds 20 --size "$1")"; then
    echo "ok      $1 residents, the worst of seeds 1 to 20:"
  else
    echo "ABOVE   $1 residents, the worst of seeds 1 to 20:"
    failed=$((failed + 1))
  fi
  echo "$said"
  towns=$((towns + 20))
}

edges() {
  local said seed
  # Refused with a sentence, and nothing else.
  for size in 1499 6000001; do
    if said="$("$byteby" population verify --size "$size" 2>&1)"; then
      echo "BROKEN  a town of $size is made"; failed=$((failed + 1))
    elif [[ "$said" != *"between 1 500 and 6 000 000 people, not $size"* || "$said" == *panicked* ]]; then
      echo "BROKEN  a town of $size is refused with: $said"; failed=$((failed + 1))
    else
      echo "ok      $size is refused: $said"
    fi
  done
  for seed in 0 18446744073709551615 "Bærums verk" ""; do
    if said="$("$byteby" population verify --rules-only --size 1500 --seed "$seed" 2>&1)"; then
      echo "ok      seed '$seed'"
    else
      echo "BROKEN  seed '$seed': $said"; failed=$((failed + 1))
    fi
    towns=$((towns + 1))
  done
}

case "$what" in
  share)
    slice="${BYTEBY_ROTATION:-}"
    if [ -z "$slice" ]; then
      commit="$(git rev-parse --short=6 HEAD 2>/dev/null || echo 0)"
      slice=$((16#$commit))
    fi
    slice=$((slice % 9000))
    first=$((1000 + slice * 100))
    profile="${profiles[$((slice % ${#profiles[@]}))]}"
    echo "slice $slice: seeds from $first, $profile; BYTEBY_ROTATION=$slice has it again"
    rules 100 1 1500
    rules 100 "$first" 1500 --municipality "$profile"
    rules 4 "$first" 20001 --municipality "$profile"
    rules 2 "$first" 100000
    edges
    distances 1500
    ;;
  whole)
    rules 1000 1 1500
    for profile in "${profiles[@]}"; do rules 50 5000 1500 --municipality "$profile"; done
    for date in 2024-02-29 2031-12-31T23:30 2038-06-30; do rules 50 6000 1500 --date "$date"; done
    for size in 1501 4999 5001 9999 10001 19999 20001 49999 50001; do rules 5 1 "$size"; done
    rules 1 0 250001
    rules 1 18446744073709551615 250001
    edges
    rules 20 1 100000
    ;;
  fidelity)
    for size in $presets; do distances "$size"; done
    ;;
  *)
    echo "usage: tests/seeds.sh [share|whole|fidelity]"
    exit 2
    ;;
esac
echo "seeds: $towns towns in $SECONDS s, $failed checks failed"
[ "$failed" -eq 0 ]
