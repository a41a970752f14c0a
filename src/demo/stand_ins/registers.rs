//! Folkeregisteret and KRR.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{Reply, Town, pairs};

impl Town {
    /// Ends every machine token given so far.
    pub fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    fn allowed(&self, headers: &HeaderMap, scope: &str) -> Result<(), Reply> {
        let token = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()?.strip_prefix("Bearer "));
        let Some(scopes) = token.and_then(|token| self.tokens.get(token)) else { return Err((401, json!({}))) };
        if scopes.split(' ').any(|given| given == scope) { Ok(()) } else { Err((403, json!({}))) }
    }
}

pub(super) fn folkeregisteret(town: &Town, path: &str, headers: &HeaderMap, query: &str) -> Reply {
    if let Err(refused) = town.allowed(headers, "folkeregister:deling/offentligmedhjemmel") {
        return refused;
    }
    if path == "hendelser/siste/sekvensnummer" {
        return (200, json!(town.feed.len()));
    }
    if path == "hendelser/feed" {
        let from: usize = pairs(query)["seq"].parse().unwrap();
        let page: Vec<&Value> = town.feed.iter().skip(from.max(1) - 1).take(1000).collect();
        return (200, json!(page));
    }
    let Some(document) = path.strip_prefix("personer/").and_then(|id| town.people.get(id)) else {
        return (404, json!({ "kode": "FREG-001", "melding": "ukjent person" }));
    };
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    let mut parts = BTreeSet::from(["identifikasjonsnummer".to_owned()]);
    for (_, part) in url.query_pairs().filter(|(key, _)| key == "part") {
        let collection: &[&str] = match part.as_ref() {
            "person-basis" => {
                &["status", "foedsel", "navn", "bostedsadresse", "postadresse", "adressebeskyttelse", "doedsfall"]
            }
            "relasjon-utvidet" => &["familierelasjon", "foreldreansvar"],
            one => &[one],
        };
        parts.extend(collection.iter().map(|part| (*part).to_owned()));
    }
    let mut shown = document.clone();
    shown.as_object_mut().unwrap().retain(|element, _| parts.contains(element));
    (200, shown)
}

pub(super) fn krr(town: &Town, headers: &HeaderMap, body: &Bytes) -> Reply {
    if let Err(refused) = town.allowed(headers, "krr:global/kontaktinformasjon.read") {
        return refused;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return (400, json!({ "status": 400 })) };
    let found: Vec<Value> = body["personidentifikatorer"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|id| match town.krr.get(id.as_str().unwrap()) {
            Some(entry) => Some(entry.clone()),
            None => (body["inkluderIkkeRegistrerte"] == true).then(|| {
                json!({ "personidentifikator": id, "reservasjon": "NEI", "status": "IKKE_REGISTRERT",
                        "varslingsstatus": "KAN_IKKE_VARSLES" })
            }),
        })
        .collect();
    (200, json!({ "personer": found }))
}

pub(super) fn skatt(town: &Town, path: &str, headers: &HeaderMap) -> Reply {
    if let Err(refused) = town.allowed(headers, "skatteetaten:summertskattegrunnlag") {
        return refused;
    }
    match town.skatt.get(&path.replace("/kommuneforeldrebetaling", "")) {
        Some(document) => (200, document.clone()),
        None => (404, json!({ "kode": "SSG-008", "melding": "ikke funnet" })),
    }
}
