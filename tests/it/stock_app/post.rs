//! Letters.

use std::fmt::Write as _;

use anyhow::Result;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Stock, name, now_valid};

impl Stock {
    /// One letter, once: digital to those with a mailbox who have not reserved themselves, else paper.
    pub(super) async fn letter(
        &self,
        what: &str,
        to: &str,
        group: &str,
        title: &str,
        text: &str,
        with_pdf: bool,
    ) -> Result<()> {
        let once = format!("{what} {to}");
        if self.memory.lock().unwrap().letters.contains(&once) {
            return Ok(());
        }
        let krr = self.krr(to).await?;
        let reserved = krr["reservasjon"] == "JA";
        let process = format!("urn:no:difi:profile:digitalpost:{}:ver1.0", if reserved { "vedtak" } else { group });
        let base = &self.settings.eformidling_url;
        let url = format!("{base}/api/capabilities/{to}?process={process}");
        let offered: Value = self.http.get(url).send().await?.error_for_status()?.json().await?;
        let digital = !reserved && offered.to_string().contains("digitalpost:xsd:digital::digital\"");
        let pdf = pdf(text);
        let (kind, standard, file, business) = if digital {
            let spraak = krr["spraak"].as_str().filter(|code| *code != "se").unwrap_or("nb");
            let business = json!({ "sikkerhetsnivaa": 4, "hoveddokument": "brev.txt", "tittel": title, "spraak": spraak,
                                   "digitalPostInfo": { "aapningskvittering": "true" } });
            let file = Part::text(text.to_owned()).file_name("brev.txt").mime_str("text/plain")?;
            ("digital", "urn:no:difi:digitalpost:xsd:digital::digital", file, business)
        } else {
            let file = Part::bytes(pdf.clone()).file_name("brev.pdf").mime_str("application/pdf")?;
            let mut business = json!({ "hoveddokument": "brev.pdf" });
            if let Some(post) = now_valid(&self.person(to).await?, "postadresse") {
                let place = &post["postboksadresse"];
                let address = json!({ "navn": name(&self.person(to).await?), "land": "Norge",
                    "adresselinje1": format!("Postboks {}", place["postboks"].as_str().unwrap_or("")),
                    "postnummer": place["poststed"]["postnummer"], "poststed": place["poststed"]["poststedsnavn"] });
                business["mottaker"] = address.clone();
                business["retur"] = json!({ "mottaker": { "navn": "Kommunen", "adresselinje1": "Torget 1", "land": "Norge",
                    "postnummer": "9999", "poststed": "BYTEBY" } });
            }
            ("print", "urn:no:difi:digitalpost:xsd:fysisk::print", file, business)
        };
        let party = |value: &str| json!([{ "identifier": { "authority": "iso6523-actorid-upis", "value": value } }]);
        let sbd = json!({
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": party(&format!("0192:{}", self.settings.orgnr)),
                "receiver": party(to),
                "documentIdentification": { "standard": standard, "typeVersion": "2.0", "type": kind },
                "businessScope": { "scope": [{ "type": "ConversationId", "identifier": process }] },
            },
            kind: business,
        });
        let mut form = Form::new().percent_encode_noop().text("sbd", sbd.to_string()).part(title.to_owned(), file);
        if with_pdf {
            form = form.part("Vedtak", Part::bytes(pdf).file_name("vedtak.pdf").mime_str("application/pdf")?);
        }
        self.http
            .post(format!("{base}/api/messages/out/multipart"))
            .multipart(form)
            .send()
            .await?
            .error_for_status()?;
        self.memory.lock().unwrap().letters.insert(once);
        Ok(())
    }

    async fn krr(&self, id: &str) -> Result<Value> {
        let token = self.machine_token("krr:global/kontaktinformasjon.read").await?;
        let url = format!("{}/rest/v2/personer", self.settings.krr_url);
        let body = json!({ "personidentifikatorer": [id] });
        let answer = self.http.post(url).bearer_auth(token).json(&body).send().await?.error_for_status()?;
        let answer: Value = answer.json().await?;
        Ok(answer["personer"].get(0).cloned().unwrap_or_default())
    }
}

/// One page with one line for each line of the text.
fn pdf(text: &str) -> Vec<u8> {
    let latin = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect::<Vec<u8>>();
    let shown = text.lines().fold(String::new(), |shown, line| shown + "(" + line + ") Tj T*\n");
    let content = latin(&format!("BT /F 12 Tf 14 TL 50 780 Td\n{shown}ET"));
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>";
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F {font}>>>>>>")
            .into(),
    ];
    objects.push(
        [format!("<</Length {}>>stream\n", content.len()).into_bytes(), content, b"\nendstream".to_vec()].concat(),
    );
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut xref = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(xref, "{:010} 00000 n ", file.len());
        file.extend([format!("{} 0 obj\n", index + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let end = format!("{xref}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{}\n%%EOF", objects.len() + 1, file.len());
    file.extend(end.into_bytes());
    file
}
