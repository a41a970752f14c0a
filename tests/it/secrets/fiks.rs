//! What KS Fiks passes on, and MinProfil in a browser.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::sweep::Sweep;

/// Roles and the one integration that has been granted all of them.
pub(super) struct Plattform {
    roles: BTreeMap<String, String>,
    id: String,
    password: String,
}

impl Plattform {
    /// From what the admin API says of them.
    pub(super) fn of(told: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let roles = told["roles"].as_array().unwrap().iter().map(|role| (text(&role["name"]), text(&role["id"])));
        let roles: BTreeMap<String, String> = roles.collect();
        let all = |one: &&Value| one["roles"].as_array().unwrap().len() == roles.len();
        let integration = told["integrations"].as_array().unwrap().iter().find(all).unwrap();
        Self { id: text(&integration["id"]), password: text(&integration["password"]), roles }
    }

    /// `request` with who asks.
    pub(super) fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("IntegrasjonId", &self.id).header("IntegrasjonPassord", &self.password)
    }
}

/// Roles of the population register that see less than the first.
const NARROW: [&str; 2] = ["folkeregister-barnehage", "folkeregister-uten-hjemmel"];
/// Roles of the tax administration, their kind of calculation, and the same in the newer paths.
const SKATT: [(&str, &str, &str, &str); 3] = [
    ("skatt-foreldrebetaling", "kommuneforeldrebetaling", "BARNEHAGE_SFO", "redusert-foreldrebetaling"),
    ("skatt-praktisk-bistand", "kommunepersonligassistanse", "PRAKTISK_BISTAND", "praktisk-bistand"),
    (
        "skatt-langtidsopphold",
        "kommunelangtidsoppholdinstitusjon",
        "LANGTIDSOPPHOLD_INSTITUSJON",
        "langtidsopphold-institusjon",
    ),
];

impl Sweep {
    fn role(&self, name: &str) -> String {
        self.fiks.roles[name].clone()
    }

    fn register(&self, role: &str) -> String {
        format!("/fiks/folkeregister/api/v1/{}/v1", self.role(role))
    }

    /// Everything the platform answers about `people` and about everybody.
    pub(super) async fn platform(&mut self, people: &[String]) {
        let whole = self.register("folkeregister-med-hjemmel");
        self.registers(&whole).await;
        self.searches(&whole, people).await;
        for role in NARROW {
            let base = self.register(role);
            for some in self.everybody().await.chunks(1_000) {
                let body = json!({"foedselsEllerDNummer": some});
                self.post(&format!("{base}/personer/bulkoppslag?part=historikk"), body).await;
            }
            for seq in [1, 1_001] {
                self.get(&format!("{base}/hendelser/feed?seq={seq}")).await;
            }
            for street in ["hemmelig", "aapenlyst"] {
                self.get(&format!("{base}/personer/soek?adressenavn={street}&husnummer=8Q")).await;
            }
        }
        for number in people {
            for role in ["folkeregister-med-hjemmel", NARROW[0], NARROW[1]] {
                let base = self.register(role);
                for (part, accept) in [
                    ("", "application/json"),
                    ("?part=historikk", "application/json"),
                    ("?part=bostedsadresse&part=historikk", "application/xml"),
                ] {
                    self.ask(Method::GET, &format!("{base}/personer/{number}{part}"), None, accept).await;
                }
            }
            self.platform_s_forms(number).await;
        }
    }

    /// The contact register's form and those of the tax administration.
    async fn platform_s_forms(&mut self, number: &str) {
        let krr = format!("/fiks/register/api/v1/ks/{}/krr/person", self.role("krr"));
        self.post(&krr, json!({"fnr": number})).await;
        for (role, package, kind, newer) in SKATT {
            let role = self.role(role);
            for version in ["v1", "v2"] {
                let proxy = format!("/fiks/skatteetaten/formueinntekt/summertskatt/api/{version}/{role}");
                for stage in ["oppgjoer", "utkast"] {
                    self.get(&format!("{proxy}/{stage}/{package}/2025/{number}")).await;
                }
            }
            let forms = format!("/fiks/register/api/v1/ks/{role}/skatteoginntektsopplysninger");
            let who = json!([{"identifikator": number, "type": "SOEKER", "ekstraposter": []}]);
            let order = json!({"beregningstype": kind, "inntektsaar": 2025, "personer": who});
            self.post(&format!("{forms}/beregning"), order).await;
            let order = json!({"inntektsaar": 2025, "personer": who});
            self.post(&format!("{forms}/beregning/{newer}"), order).await;
            self.get(&format!("{forms}/verdier")).await;
            let who =
                json!([{"personidentifikator": number, "personType": "SOEKER", "navPoster": [], "kommunePoster": []}]);
            let order = json!({"inntektsaar": "2025", "beregningstype": kind, "soekere": who});
            self.post(&format!("/fiks/register/api/v2/ks/{role}/summertskattegrunnlag"), order).await;
        }
    }

    /// Logs `number` in to MinProfil without a page in between, and sends every form of it; who is too young, dead or away
    /// comes as far as they can.
    pub(super) async fn min_profil(&mut self, number: &str) {
        let (base, page) = (self.base.clone(), "/krr/minprofil");
        let to = |svar: &super::sweep::Svar| {
            let location = svar.headers.get("location").map_or("", |value| value.to_str().unwrap());
            location.strip_prefix(&base).unwrap_or(location).to_owned()
        };
        let cookie = |svar: &super::sweep::Svar| {
            let set = svar.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
            let pairs: Vec<&str> = set.map(|text| text.split(';').next().unwrap()).collect();
            pairs.into_iter().filter(|pair| !pair.ends_with('=')).map(str::to_owned).collect::<Vec<_>>().join("; ")
        };
        let sent = self.browse(page, "", None).await;
        let begun = cookie(&sent);
        let login = format!("{}&login_hint=testid:{number}_idporten-loa-high", to(&sent));
        let svar = self.browse(&login, "", None).await;
        let svar = self.browse(&to(&svar), &begun, None).await;
        let session = cookie(&svar);
        if session.is_empty() {
            return;
        }
        let shown = self.browse(page, &session, None).await;
        assert!(shown.text().contains(number), "{}", shown.status);
        let text = shown.text();
        let (_, rest) = text.split_once("name=\"kode\" value=\"").unwrap();
        let code = rest.split('"').next().unwrap();
        for fields in [
            &[("handling", "bekreft")][..],
            &[("handling", "lagre"), ("epost", "feil"), ("mobil", "")],
            &[("handling", "spraak"), ("spraak", "nb")],
            &[("handling", "slett")],
        ] {
            let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("kode", code)]).collect();
            self.browse(page, &session, Some(&fields)).await;
        }
        self.browse("/krr/minprofil/utlogging", &session, Some(&[("kode", code)])).await;
    }
}
