#!/usr/bin/env bash
# The population register in a flood: the identity of everybody checked anew in one command, and then a page of the feed,
# a bulk look-up of a thousand people and a thousand archived documents, each beside the same before the flood, with the
# memory of the process (specs/folkeregister.md §9).
#
#   cargo build --release && benches/flood.sh [SIZE]
#
# Needs curl and python3; without them it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
source benches/served.sh "${1:-1000000}"

python3 - "$port" "$pid" "$token" <<'PYTHON'
import http.client, json, sys, time
port, pid, token = sys.argv[1:]
server = http.client.HTTPConnection("127.0.0.1", int(port))
package = "/folkeregisteret/offentlig-med-hjemmel/api/v1"
world = "/_byteby/v1/worlds/main"
headers = {"Accept": "application/json", "Content-Type": "application/json"}

def ask(method, path, body=None):
    """The answer and the milliseconds until it had been read."""
    began = time.perf_counter()
    server.request(method, path, None if body is None else json.dumps(body), headers)
    response = server.getresponse()
    text = response.read()
    spent = (time.perf_counter() - began) * 1000
    assert response.status < 300, (path, response.status, text[:500])
    return json.loads(text), spent

def median(method, path, body=None):
    times = sorted(ask(method, path, body)[1] for _ in range(5))
    return times[2]

def memory():
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))

headers["Authorization"] = "Bearer " + token

def measure(when, last):
    """A page, people and documents from the last thousand entries up to `last`."""
    feed = f"{package}/hendelser/feed?seq={max(last - 999, 1)}"
    page, _ = ask("GET", feed)
    people = sorted({row["hendelse"]["folkeregisteridentifikator"] for row in page})
    documents = [row["hendelse"]["persondokument"] for row in page if "persondokument" in row["hendelse"]]
    events = [row["hendelse"]["hendelsesdokument"] for row in page if "hendelsesdokument" in row["hendelse"]]
    part = "part=person-basis&part=historikk"
    for what, count, spent in [
        ("feed page", len(page), median("GET", feed)),
        ("bulk look-up", len(people), median("POST", f"{package}/personer/bulkoppslag?{part}", {"foedselsEllerDNummer": people})),
        ("archived people", len(documents), median("POST", f"{package}/personer/bulkoppslag/arkiv?{part}", {"dokumentidentifikator": documents})),
        ("event documents", len(events), median("POST", f"{package}/hendelser/bulkoppslag", {"dokumentidentifikator": events})),
    ]:
        print(f"{when:<16} {what:<16} {count:>5} of them {spent:>8.1f} ms")

number = f"{package}/hendelser/siste/sekvensnummer"
last, _ = ask("GET", number)
measure("before the flood", last)
print(f"memory {memory()} MB before the flood")
flood, spent = ask("POST", f"{world}/identity-check", {})
print(f"the flood: {flood['antall']} entries, one log item, {spent:.0f} ms; memory {memory()} MB")
measure("in the flood", (flood["first"] + flood["last"]) // 2)
measure("at its end", flood["last"])
began, seq, read = time.perf_counter(), flood["first"], 0
while read < min(flood["antall"], 100_000):
    page, _ = ask("GET", f"{package}/hendelser/feed?seq={seq}")
    seq, read = page[-1]["sekvensnummer"] + 1, read + len(page)
spent = time.perf_counter() - began
print(f"read on from its first entry: {read} entries in {spent:.1f} s, {read / spent:.0f}/s; memory {memory()} MB")
PYTHON
