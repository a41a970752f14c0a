#!/usr/bin/env bash
# Searches of the population register with recording on, over HTTP (specs/folkeregister.md §12, §14): the median of each
# kind of question in milliseconds, beside a look-up of one person in the same run.
#
#   cargo build --release && benches/search.sh [SIZE]
#
# Needs curl and python3; without them it says so and ends well.
set -euo pipefail
cd "$(dirname "$0")/.."
source benches/served.sh "${1:-100000}"
python3 - "$port" "$token" "$size" <<'PYTHON'
import http.client, json, statistics, sys, time, urllib.parse
port, token, size = sys.argv[1:]
server = http.client.HTTPConnection("127.0.0.1", int(port))
root = "/folkeregisteret/offentlig-med-hjemmel/api/v1"
def ask(path, body=None):
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    began = time.perf_counter()
    server.request("POST" if body else "GET", root + path, body=body, headers=headers)
    answer = server.getresponse()
    text = answer.read()
    return (time.perf_counter() - began) * 1000, answer.status, text
def search(**criteria):
    return "/personer/soek?" + urllib.parse.urlencode(criteria)
server.request("GET", "/_byteby/v1/worlds/main/people?limit=400&fields=id")
people = [one["id"] for one in json.loads(server.getresponse().read())["people"]][::8]
known = []
for one in people:
    person = json.loads(ask(f"/personer/{one}")[2])
    home = person.get("bostedsadresse", [{}])[0].get("vegadresse")
    if home and "adressenummer" in home:
        name, born = person["navn"][0], person["foedsel"][0]["foedselsdato"].replace("-", "")
        known.append((one, name["fornavn"].split("*")[0], name["etternavn"], born, home))
kinds = {
    "one person by number": lambda n, f, e, b, h: f"/personer/{n}",
    "list by name": lambda n, f, e, b, h: search(navn=f"{f} {e}"),
    "list by name and sound": lambda n, f, e, b, h: search(navn=f"{f} {e}", soekFonetisk="true"),
    "list by name, past too": lambda n, f, e, b, h: search(navn=f"{f} {e}", opplysningsgrunnlag="historisk"),
    "list by street and number": lambda n, f, e, b, h: search(adressenavn=h["adressenavn"], husnummer=h["adressenummer"]["husnummer"]),
    "list by day of birth": lambda n, f, e, b, h: search(foedselsdato=b),
    "list by postal code and sex": lambda n, f, e, b, h: search(postnummer=h["poststed"]["postnummer"], kjoenn="kvinne", foedselsaarFraOgMed=b[:4], foedselsaarTilOgMed=b[:4]),
    "too many": lambda n, f, e, b, h: search(kommunenummer=h["kommunenummer"]),
    "the one person": lambda n, f, e, b, h: "/personer/entydigsoek?" + urllib.parse.urlencode({"navn": f"{f} {e}", "foedselsdato": b}),
}
print(f"{size} people, median of {len(known)} each over one connection, ms")
for kind, path in kinds.items():
    ask(path(*known[0]))
    times = [ask(path(*one))[0] for one in known]
    print(f"  {kind:30} {statistics.median(times):8.2f}   worst {max(times):8.2f}")
took, status, text = ask("/uttrekk/tilpasset", json.dumps({"personstatustyper": ["bosatt"]}))
assert status == 200, text
print(f"  {'an extract of all residents':30} {took:8.2f}")
took, status, text = ask("/uttrekk/komplett?feedsekvensnr=" + ask("/hendelser/siste/sekvensnummer")[2].decode())
assert status == 200, text
print(f"  {'an extract of everybody':30} {took:8.2f}")
PYTHON
