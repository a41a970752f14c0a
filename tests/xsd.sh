#!/usr/bin/env bash
# Everything the population register writes in XML, checked against the schemas it serves itself.
#
#   tests/xsd.sh [PEOPLE]
#
# Needs xmllint (Debian: libxml2-utils); without it the script says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v xmllint >/dev/null || { echo "skipped: xmllint is not installed"; exit 0; }
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
BYTEBY_CRAWL="${1:-1500}" BYTEBY_XML_OUT="$out" cargo test --quiet --lib what_is_written_in_xml
for kind in person hendelse feed; do
  files="$(find "$out/$kind" -name '*.xml' | wc -l)"
  [ "$files" -gt 10 ] || { echo "only $files documents of kind $kind were written" >&2; exit 1; }
  find "$out/$kind" -name '*.xml' -print0 |
    xargs -0 xmllint --noout --schema "src/services/folkeregisteret/xsd/$kind.xsd" 2>"$out/$kind.log" ||
    { grep -v ' validates$' "$out/$kind.log" | head -20 >&2; exit 1; }
  echo "$kind: $files documents valid"
done
