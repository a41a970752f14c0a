//! The population register, by itself and behind the roles of the platform; the contact register and the tax
//! administration.

use reqwest::Method;
use serde_json::{Value, json};

use super::sweep::{OMH, Sweep, WORLD, other_packages};

impl Sweep {
    /// Everybody's number.
    pub(super) async fn everybody(&mut self) -> Vec<String> {
        let everybody = self.get(&format!("{WORLD}/people?limit=10000&fields=id")).await;
        let numbers: Vec<String> =
            everybody["people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        assert!(numbers.len() >= 1_490, "{}", numbers.len());
        numbers
    }

    /// The register below `base`: everybody at once and every document of the feed.
    pub(super) async fn registers(&mut self, base: &str) {
        for some in self.everybody().await.chunks(1_000) {
            for part in ["", "?part=historikk"] {
                self.post(&format!("{base}/personer/bulkoppslag{part}"), json!({"foedselsEllerDNummer": some})).await;
            }
        }
        for path in ["personer/xsd", "hendelser/xsd", "hendelser/feedxsd", "hendelser/siste/sekvensnummer"] {
            self.ask(Method::GET, &format!("{base}/{path}"), None, "*/*").await;
        }
        let mut next = 1;
        loop {
            let rows = self.get(&format!("{base}/hendelser/feed?seq={next}")).await;
            let rows = rows.as_array().unwrap();
            let Some(last) = rows.last() else { break };
            next = last["sekvensnummer"].as_u64().unwrap() + 1;
            let ids = |name: &str| -> Vec<String> {
                let of = |row: &Value| row["hendelse"][name].as_str().or(row[name].as_str()).map(str::to_owned);
                rows.iter().filter_map(of).collect()
            };
            let (events, persons) = (ids("hendelsesdokument"), ids("persondokument"));
            // A duplicate that was merged into another number has no document of its own.
            let stands = |row: &&Value| !row.to_string().contains("\"personErOpphoertSomDublett\"");
            let with_document = rows.iter().filter(stands).count();
            assert_eq!((events.len(), persons.len()), (rows.len(), with_document), "{}", rows[0]);
            for (path, one) in [("hendelser", events.last()), ("personer/arkiv", persons.last())] {
                self.get(&format!("{base}/{path}/{}", one.unwrap())).await;
            }
            for (path, ids) in [("hendelser/bulkoppslag", events), ("personer/bulkoppslag/arkiv", persons)] {
                for some in ids.chunks(1_000) {
                    let (status, _) =
                        self.post(&format!("{base}/{path}"), json!({"dokumentidentifikator": some})).await;
                    assert_eq!(status, 200, "{path}");
                }
            }
        }
        assert!(next > 100, "the feed has rows");
    }

    /// Searches of the register for the hidden street: nobody lives there, by any package's way of asking, though they are
    /// found by name and birth. The open street is found.
    pub(super) async fn searches(&mut self, base: &str, people: &[String]) {
        for past in ["gjeldende", "historisk"] {
            let all = format!("opplysningsgrunnlag={past}&inkluderDoede=true&inkluderOppholdsadresse=true");
            for (street, found) in [("hemmelig", false), ("aapenlyst", true)] {
                for house in ["", "&husnummer=8", "&husnummer=8Q"] {
                    let path = format!("{base}/personer/soek?adressenavn={street}{house}&{all}");
                    let answer = self.get(&path).await;
                    let numbers = answer["foedselsEllerDNummer"].as_array().unwrap();
                    assert_eq!(!numbers.is_empty(), found, "{path}: {answer}");
                }
            }
        }
        let here = json!({"personstatustyper": ["bosatt", "doed", "utflyttet"],
            "kommunenummer": {"bostedskommunenummer": self.kommune().await}});
        let (status, job) = self.post(&format!("{base}/uttrekk/tilpasset"), here).await;
        assert_eq!(status, 200, "{job}");
        let living_here = self.batch(base, &job).await;
        assert!(people.iter().any(|number| living_here.contains(number.as_str())), "the open ones live here");
        let everybody = self.get(&format!("{base}/uttrekk/komplett?feedsekvensnr=0")).await;
        let documents: Value = serde_json::from_str(&self.batch(base, &everybody).await).unwrap();
        let documents = documents["dokumentidentifikator"].as_array().unwrap();
        assert!(documents.len() > 1_000, "{}", documents.len());
        for some in documents.chunks(1_000) {
            for part in ["", "?part=historikk"] {
                self.post(&format!("{base}/personer/bulkoppslag/arkiv{part}"), json!({"dokumentidentifikator": some}))
                    .await;
            }
        }
        for number in people {
            let person =
                self.get(&format!("{base}/personer/{number}?part=navn&part=foedsel&part=adressebeskyttelse")).await;
            let strict = person["adressebeskyttelse"].to_string().contains("strengtFortrolig");
            assert!(!strict || !living_here.contains(number.as_str()), "{number} has no municipality");
            let (name, birth) = (&person["navn"][0], &person["foedsel"][0]["foedselsdato"]);
            let (Some(first), Some(last)) = (name["fornavn"].as_str(), name["etternavn"].as_str()) else { continue };
            let birth = birth.as_str().unwrap().replace('-', "");
            let found =
                self.get(&format!("{base}/personer/soek?navn={last}&foedselsdato={birth}&inkluderDoede=true")).await;
            assert!(found.to_string().contains(number.as_str()), "{number}: {found}");
            for more in
                ["", "&adressenavn=hemmelig", "&adressenavn=hemmelig&husnummer=8Q&opplysningsgrunnlag=historisk"]
            {
                let path = format!("{base}/personer/entydigsoek?navn={first} {last}&foedselsdato={birth}{more}");
                let (status, _) = self.ask(Method::GET, &path, None, "application/json").await;
                assert!(status == 404 || more.is_empty() && status == 200, "{path}: {status}");
            }
        }
    }

    /// What the other packages show of everybody and of `people`, as far as each offers it.
    pub(super) async fn packages(&mut self, people: &[String]) {
        let everybody = self.everybody().await;
        for base in other_packages() {
            for some in everybody.chunks(1_000) {
                let body = json!({"foedselsEllerDNummer": some});
                self.post(&format!("{base}/personer/bulkoppslag?part=historikk"), body).await;
            }
            for path in ["hendelser/feed?seq=1", "hendelser/siste/sekvensnummer", "personer/soek?adressenavn=hemmelig"]
            {
                self.get(&format!("{base}/{path}")).await;
            }
            for number in people {
                for part in ["", "?part=historikk", "?part=bostedsadresse&part=postadresse&part=oppholdsadresse"] {
                    self.get(&format!("{base}/personer/{number}{part}")).await;
                }
                let person = self.get(&format!("{OMH}/personer/{number}?part=navn&part=foedsel")).await;
                let name = &person["navn"][0];
                let (Some(first), Some(last)) = (name["fornavn"].as_str(), name["etternavn"].as_str()) else {
                    continue;
                };
                let birth = person["foedsel"][0]["foedselsdato"].as_str().unwrap().replace('-', "");
                let path =
                    format!("{base}/personer/entydigsoek?navn={first} {last}&foedselsdato={birth}&part=historikk");
                self.get(&path).await;
                self.get(&format!("{base}/personer/soek?navn={last}&foedselsdato={birth}")).await;
            }
        }
    }

    /// The contact register's entries, and what the tax administration tells of `people`.
    pub(super) async fn contact_and_tax(&mut self, people: &[String]) {
        for some in self.everybody().await.chunks(1_000) {
            for version in ["v1", "v2"] {
                self.post(&format!("/krr/rest/{version}/personer"), json!({"personidentifikatorer": some})).await;
            }
        }
        for number in people {
            for path in [
                format!("api/summertskattegrunnlag/v2/oppgjoer/kommuneforeldrebetaling/2025/{number}"),
                format!("api/formueinntekt/spesifisertsummertskattegrunnlag/kommuneforeldrebetaling/2025/{number}"),
                format!("api/sistetilgjengeligeskatteoppgjoer/v1/{number}"),
                format!("api/inntekt/v1/kommuneboligsosialeformaal/{number}/inntekter?fraOgMed=2026-01"),
            ] {
                self.get(&format!("/skatt/{path}")).await;
            }
        }
    }

    /// The number of the municipality.
    async fn kommune(&mut self) -> String {
        self.get(WORLD).await["kommune"]["nummer"].as_str().unwrap().to_owned()
    }

    /// The first batch of an extract once it is ready, and its end.
    async fn batch(&mut self, base: &str, job: &Value) -> String {
        let path = format!("{base}/uttrekk/{}/batch", job["jobbId"].as_str().unwrap());
        let mut texts = Vec::new();
        for number in 0..2 {
            loop {
                let (status, bytes) =
                    self.ask(Method::GET, &format!("{path}/{number}"), None, "application/json").await;
                if status == 200 {
                    texts.push(String::from_utf8(bytes).unwrap());
                    break;
                }
                assert_eq!(status, 404);
            }
        }
        assert_eq!(texts.pop().as_deref(), Some("{}"));
        texts.remove(0)
    }
}
