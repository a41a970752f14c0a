//! What an employer says about the accounts of its employees: who of them may act for it, and in which apps
//! (`specs/eid.md` §4.5).

use std::sync::Arc;

use super::Eid;
use crate::base::Orgnummer;

/// Which accounts a rule is about. The order is part of the log encoding.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Kontoutvalg {
    /// All whose address is in this domain.
    Domene(String),
    /// All in the group with this id.
    Gruppe(String),
    /// The one with this address.
    Adresse(String),
}

/// Which clients a rule is for. The order is part of the log encoding.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Klientutvalg {
    /// All.
    Alle,
    /// These and no others.
    Bare(Vec<String>),
    /// All but these.
    Unntatt(Vec<String>),
}

/// One rule of an employer. Rules only add: what one lets through no other takes away.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Arbeidsregel {
    /// Its name, a slug.
    pub id: String,
    /// Accounts.
    pub konto: Kontoutvalg,
    /// Clients.
    pub klienter: Klientutvalg,
    /// Rights it gives in those clients; most give none, and the employer can be represented all the same.
    pub rettigheter: Vec<String>,
}

impl Arbeidsregel {
    /// Whether it lets the account with this address and in these groups through in `client_id`.
    #[must_use]
    pub fn gjelder(&self, adresse: &str, grupper: &[String], client_id: &str) -> bool {
        let konto = match &self.konto {
            Kontoutvalg::Domene(domene) => {
                adresse.rsplit_once('@').is_some_and(|(_, own)| own.eq_ignore_ascii_case(domene))
            }
            Kontoutvalg::Gruppe(gruppe) => grupper.contains(gruppe),
            Kontoutvalg::Adresse(other) => adresse.eq_ignore_ascii_case(other),
        };
        let named = |list: &[String]| list.iter().any(|one| one == client_id);
        konto
            && match &self.klienter {
                Klientutvalg::Alle => true,
                Klientutvalg::Bare(list) => named(list),
                Klientutvalg::Unntatt(list) => !named(list),
            }
    }
}

impl Eid {
    /// The rules of `arbeidsgiver`, by name. An employer without any lets all its accounts through everywhere.
    pub fn regler_hos(&self, arbeidsgiver: Orgnummer) -> impl Iterator<Item = &Arc<Arbeidsregel>> {
        let own = self.arbeidsregler.range((arbeidsgiver, String::new())..);
        own.take_while(move |((orgnr, _), _)| *orgnr == arbeidsgiver).map(|(_, regel)| regel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_about_some_accounts_in_some_clients() {
        let rule = |konto, klienter| Arbeidsregel { id: "r".into(), konto, klienter, rettigheter: Vec::new() };
        let domain = || Kontoutvalg::Domene("a.example".into());
        let list = || vec!["app".to_owned()];
        for (konto, klienter, client, expected) in [
            (domain(), Klientutvalg::Alle, "app", true),
            (domain(), Klientutvalg::Bare(list()), "app", true),
            (domain(), Klientutvalg::Bare(list()), "annen", false),
            (domain(), Klientutvalg::Unntatt(list()), "app", false),
            (domain(), Klientutvalg::Unntatt(list()), "annen", true),
            (Kontoutvalg::Domene("A.EXAMPLE".into()), Klientutvalg::Alle, "app", true),
            (Kontoutvalg::Domene("example".into()), Klientutvalg::Alle, "app", false),
            (Kontoutvalg::Domene("b.a.example".into()), Klientutvalg::Alle, "app", false),
            (Kontoutvalg::Gruppe("g2".into()), Klientutvalg::Alle, "app", true),
            (Kontoutvalg::Gruppe("g3".into()), Klientutvalg::Alle, "app", false),
            (Kontoutvalg::Adresse("Ola@a.example".into()), Klientutvalg::Alle, "app", true),
            (Kontoutvalg::Adresse("kari@a.example".into()), Klientutvalg::Alle, "app", false),
        ] {
            let rule = rule(konto, klienter);
            let groups = ["g1", "g2"].map(str::to_owned);
            assert_eq!(rule.gjelder("ola@a.example", &groups, client), expected, "{rule:?} {client}");
        }
    }
}
