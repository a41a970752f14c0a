//! One letter to one citizen through eFormidling: find out which channels are open, choose, create, upload, send.

use reqwest::header;
use serde_json::{Value, json};

use super::letters::Letter;
use super::pdf;
use super::registers::{Contact, PostalAddress, read, send};
use super::{App, Failure, Sabotage};

const EFORMIDLING: &str = "eFormidling";

/// Who a letter is for.
pub(super) struct Receiver<'a> {
    /// Identity number.
    pub(super) id: &'a str,
    /// What KRR says.
    pub(super) contact: Contact,
}

/// A way to deliver.
enum Channel {
    /// The citizen's digital mailbox.
    Digital,
    /// Paper; with an address when the counterpart's register has none to offer.
    Print(Option<PostalAddress>),
    /// A message in Altinn, when neither of the others is open.
    Altinn,
}

impl Channel {
    fn document_type(&self) -> (&'static str, &'static str) {
        match self {
            Self::Digital => ("digital", "urn:no:difi:digitalpost:xsd:digital::digital"),
            Self::Print(_) => ("print", "urn:no:difi:digitalpost:xsd:fysisk::print"),
            Self::Altinn => ("digital_dpv", "urn:no:difi:digitalpost:xsd:digital::digital_dpv"),
        }
    }
}

/// A file of a message.
struct File {
    name: &'static str,
    title: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

impl App {
    /// Sends a letter by the best channel open. `false` when none is: somebody must send it by hand.
    pub(super) async fn deliver(&self, to: &Receiver<'_>, letter: &Letter) -> Result<bool, Failure> {
        // For `info` the look-up does not consider reservation, and offers a reserved citizen with a mailbox nothing
        // but that mailbox. Paper for a reserved citizen is found under `vedtak`.
        let reserved = to.contact.reserved && self.config.sabotage != Sabotage::DigitalToReserved;
        let group = if letter.decision || reserved { "vedtak" } else { "info" };
        let process = format!("urn:no:difi:profile:digitalpost:{group}:ver1.0");
        for channel in self.channels(to, &process, reserved).await? {
            match self.send_by(&channel, &process, to, letter).await {
                Ok(()) => return Ok(true),
                Err(failure) if failure.status() == Some(400) => {
                    tracing::warn!(%failure, kanal = channel.document_type().0, "kanalen tok ikke brevet");
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(false)
    }

    /// The channels to try, best first.
    async fn channels(&self, to: &Receiver<'_>, process: &str, reserved: bool) -> Result<Vec<Channel>, Failure> {
        let url = format!("{}/api/capabilities/{}", self.config.eformidling_url, to.id);
        let found: Value = match send(EFORMIDLING, self.http.get(url).query(&[("process", process)])).await {
            Ok(answer) => read(EFORMIDLING, answer).await?,
            // Unknown to the counterpart's register: no channel of its own, but perhaps an open post address.
            Err(failure) if failure.status() == Some(404) => Value::Null,
            Err(failure) => return Err(failure),
        };
        let offered: Vec<&str> = found["capabilities"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|item| item["documentTypes"].as_array().into_iter().flatten())
            .filter_map(|document| document["type"].as_str())
            .collect();
        let offers = |kind| offered.contains(&kind);
        let mut channels = Vec::new();
        if offers("digital") && !reserved {
            channels.push(Channel::Digital);
        }
        if self.config.sabotage == Sabotage::DigitalToReserved && offers("digital_dpv") {
            channels.push(Channel::Altinn);
        }
        if let Some(street) = self.stale_address(to.id) {
            let name = self.person(to.id, &["navn"]).await?.full_name().unwrap_or_default();
            let (postnummer, poststed) = (self.config.sender.postnummer.clone(), self.config.sender.poststed.clone());
            channels.push(Channel::Print(Some(PostalAddress {
                name,
                lines: vec![street.clone()],
                postnummer,
                poststed,
            })));
        } else if offers("print") {
            channels.push(Channel::Print(None));
        } else if channels.is_empty() {
            // No mailbox and no address the counterpart may use. A strictly confidential citizen has an open post
            // address in the register instead; the street is nowhere to be had, and must not be.
            let person = self.person(to.id, &["navn", "postadresse"]).await?;
            channels.extend(person.open_postal_address().map(|address| Channel::Print(Some(address))));
        }
        if offers("digital_dpv") && !reserved && to.contact.registered {
            channels.push(Channel::Altinn);
        }
        Ok(channels)
    }

    /// Create, upload, send. The message id follows from the letter, so an attempt that broke off is continued and one
    /// that got through is not repeated.
    async fn send_by(&self, by: &Channel, process: &str, to: &Receiver<'_>, letter: &Letter) -> Result<(), Failure> {
        let files = self.files(by, to, letter);
        let id = self.machine.own_uuid(&["melding", &letter.key, by.document_type().0]);
        let out = format!("{}/api/messages/out", self.config.eformidling_url);
        let sbd = self.document(by, process, to, letter, &id, files[0].name);
        match send(EFORMIDLING, self.http.post(&out).json(&sbd)).await {
            Err(failure) if failure.says("MessageAlreadyExistsException") => {
                match send(EFORMIDLING, self.http.get(format!("{out}/{id}"))).await {
                    Err(failure) if failure.status() == Some(404) => return Ok(()), // handed over before
                    waiting => waiting?,
                }
            }
            created => created?,
        };
        for file in files {
            let disposition = format!("attachment; filename=\"{}\"", file.name);
            let upload = self
                .http
                .put(format!("{out}/{id}"))
                .query(&[("title", &file.title)])
                .header(header::CONTENT_TYPE, file.mime)
                .header(header::CONTENT_DISPOSITION, disposition)
                .body(file.bytes);
            match send(EFORMIDLING, upload).await {
                Err(failure) if failure.says("DuplicateFilenameException") => {}
                uploaded => drop(uploaded?),
            }
        }
        send(EFORMIDLING, self.http.post(format!("{out}/{id}"))).await.map(drop)
    }

    /// The letter itself first: text for a screen, PDF for the printer.
    fn files(&self, by: &Channel, to: &Receiver<'_>, letter: &Letter) -> Vec<File> {
        let title = letter.title.clone();
        let text = match self.stale_address(to.id) {
            Some(street) => format!("{street}\n\n{}", letter.text),
            None => letter.text.clone(),
        };
        let main = if matches!(by, Channel::Print(_)) {
            File { name: "brev.pdf", title, mime: "application/pdf", bytes: pdf::write(&letter.title, &text) }
        } else {
            File { name: "brev.txt", title, mime: "text/plain", bytes: text.into_bytes() }
        };
        let attachment = letter.attachment.as_ref().map(|(name, bytes)| File {
            name,
            title: letter.title.clone(),
            mime: "application/pdf",
            bytes: bytes.clone(),
        });
        [main].into_iter().chain(attachment).collect()
    }

    fn document(&self, by: &Channel, process: &str, to: &Receiver<'_>, letter: &Letter, id: &str, main: &str) -> Value {
        let (kind, standard) = by.document_type();
        let language = to.contact.language.code();
        let business = match by {
            Channel::Digital => json!({
                "sikkerhetsnivaa": 3, "hoveddokument": main, "tittel": letter.title, "spraak": language,
                "digitalPostInfo": { "aapningskvittering": false },
            }),
            // Paper has no field for the language; the printer's free instructions are where it can be told.
            Channel::Print(address) => {
                let mut print = json!({
                    "hoveddokument": main, "posttype": "B_OEKONOMI", "utskriftsfarge": "SORT_HVIT",
                    "printinstruksjoner": { "spraak": language },
                });
                if let Some(address) = address {
                    print["mottaker"] = postal(address);
                    print["retur"] = json!({ "mottaker": self.return_address(), "returhaandtering": "DIREKTE_RETUR" });
                }
                print
            }
            Channel::Altinn => json!({ "tittel": letter.title, "sammendrag": letter.title, "innhold": letter.text }),
        };
        json!({
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": [identifier(&format!("0192:{}", self.config.sender.orgnr))],
                "receiver": [identifier(to.id)],
                "documentIdentification": {
                    "standard": standard, "typeVersion": "1.0", "type": kind, "instanceIdentifier": id,
                },
                "businessScope": { "scope": [{
                    "type": "ConversationId", "instanceIdentifier": id, "identifier": process,
                }] },
            },
            kind: business,
        })
    }

    fn return_address(&self) -> Value {
        let sender = &self.config.sender;
        json!({
            "navn": sender.navn, "adresselinje1": sender.adresselinje1,
            "postnummer": sender.postnummer, "poststed": sender.poststed, "land": "Norge",
        })
    }

    /// Only for [`Sabotage::PrintStreet`].
    fn stale_address(&self, id: &str) -> Option<&String> {
        self.config.stale_addresses.get(id).filter(|_| self.config.sabotage == Sabotage::PrintStreet)
    }
}

impl Failure {
    fn says(&self, exception: &str) -> bool {
        matches!(self, Self::Status { reason, .. } if reason.ends_with(exception))
    }
}

fn identifier(value: &str) -> Value {
    json!({ "identifier": { "authority": "iso6523-actorid-upis", "value": value } })
}

/// The receiver's block on an envelope.
fn postal(address: &PostalAddress) -> Value {
    let mut block = json!({
        "navn": address.name, "postnummer": address.postnummer, "poststed": address.poststed, "land": "Norge",
    });
    for (number, line) in (1..=4).zip(&address.lines) {
        block[format!("adresselinje{number}")] = json!(line);
    }
    block
}
