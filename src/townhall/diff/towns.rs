//! Two towns side by side: the clock, and whom and what their logs touched. A home is shown only when it is open in both.

use super::Touched;
use super::difference::{Borger, Difference, Pair, Side};
use crate::town::Town;
use crate::town::model::{Entry, Fact, Gradering, PersonKey, Verge};
use crate::town::state::{Meldingsnoekkel, Person, Tjeneste};

/// How two towns differ in the clock and in what their logs touched.
pub(super) fn differences(towns: &Pair<Town>, touched: &Touched) -> Vec<Difference> {
    let mut out = Vec::new();
    out.extend(Pair::of(towns, Town::now).differs().map(Difference::Klokke));
    out.extend(Pair::of(towns, |town| town.tid.mode).differs().map(Difference::Modus));
    for key in &touched.people {
        match (towns.a.person_by_key(*key), towns.b.person_by_key(*key)) {
            (Some(a), Some(b)) => person(&Pair { a, b }, towns, &mut out),
            (Some(one), None) => out.push(newcomer(Side::A, &one)),
            (None, Some(one)) => out.push(newcomer(Side::B, &one)),
            (None, None) => {}
        }
    }
    out.extend(touched.messages.iter().filter_map(|key| message(towns, *key)));
    out.extend(touched.clients.iter().filter_map(|(tjeneste, id)| client(towns, *tjeneste, id)));
    out
}

fn newcomer(side: Side, person: &Person<'_>) -> Difference {
    match person.mor() {
        Some(mor) => Difference::FikkBarn {
            side,
            forelder: Borger::of(&mor),
            barn: Borger::of(person),
            foedselsdato: person.foedselsdato(),
        },
        None => Difference::Kom { side, person: Borger::of(person) },
    }
}

/// The side on which `is` holds, when it holds on one only.
fn one_side(is: Pair<bool>) -> Option<Side> {
    match (is.a, is.b) {
        (true, false) => Some(Side::A),
        (false, true) => Some(Side::B),
        _ => None,
    }
}

fn person(both: &Pair<Person<'_>>, towns: &Pair<Town>, out: &mut Vec<Difference>) {
    let who = || Borger::of(&both.a);
    let person = who();
    if let Some(side) = one_side(Pair::of(both, |one| one.is_doed())) {
        out.push(Difference::Doedsfall { side, person });
    }
    if let Some(navn) = Pair::of(both, |one| one.navn().full()).differs() {
        out.push(Difference::Navn { person: who(), navn });
    }
    let sivilstand = Pair::of(both, |one| {
        let (status, spouse) = one.sivilstand();
        let spouse = spouse.and_then(|key| one.town().person_by_key(key)).map(|spouse| spouse.navn().full());
        (status, spouse)
    });
    if let Some(sivilstand) = sivilstand.differs() {
        out.push(Difference::Sivilstand { person: who(), sivilstand });
    }
    if Pair::of(both, |one| one.bolig()).differs().is_some() {
        out.push(Difference::Flyttet { person: who(), adresse: homes(both) });
    }
    if let Some(gradering) = Pair::of(both, |one| one.gradering()).differs() {
        out.push(Difference::Gradering { person: who(), gradering });
    }
    if let Some(kontakt) = Pair::of(both, |one| one.kontakt()).differs() {
        match one_side(Pair::of(&kontakt, |kontakt| kontakt.reservert)) {
            Some(side) => out.push(Difference::Reservert { side, person: who() }),
            None => out.push(Difference::Kontaktdata { person: who() }),
        }
    }
    let barnehage = Pair::of(both, |one| one.barnehage().map(|orgnr| orgnr.to_string()));
    if let Some(barnehage) = barnehage.differs() {
        out.push(Difference::Barnehage { person: who(), barnehage });
    }
    if Pair::of(both, |one| other_facts(one, towns)).differs().is_some() {
        out.push(Difference::Folkeregister { person: who() });
    }
}

/// Both homes, when both may be shown.
fn homes(both: &Pair<Person<'_>>) -> Option<Pair<String>> {
    let home = |person: &Person<'_>| {
        let open = person.gradering() == Gradering::Ugradert;
        let block = person.adresseblokk().filter(|_| open)?;
        Some(format!("{}, {} {}", block.linjer.join(", "), block.postnummer?, block.poststed?))
    };
    Some(Pair { a: home(&both.a)?, b: home(&both.b)? })
}

/// Current facts that no other sentence is about. Relations to people who are in one world only are told with them.
fn other_facts(person: &Person<'_>, towns: &Pair<Town>) -> Vec<Fact> {
    let in_both = |key: &PersonKey| towns.a.id_of(*key).is_some() && towns.b.id_of(*key).is_some();
    let is_other = |fact: &Fact| match fact {
        Fact::Identifikasjonsnummer(_)
        | Fact::Kjoenn(_)
        | Fact::Foedsel { .. }
        | Fact::FoedselINorge(_)
        | Fact::Statsborgerskap(_)
        | Fact::Innflytting(_)
        | Fact::Utflytting { .. }
        | Fact::Postadresse { .. }
        | Fact::RelasjonUtenNummer { .. }
        | Fact::PostadresseIUtlandet(_)
        | Fact::Identitetsgrunnlag(_)
        | Fact::UtenlandskPersonidentifikasjon { .. }
        | Fact::Utlendingsnummer(_)
        | Fact::Legitimasjonsdokument(_)
        | Fact::FalskIdentitet(_)
        | Fact::Opphold { .. }
        | Fact::OppholdPaaSvalbard(_)
        | Fact::Bibehold { .. }
        | Fact::BrukAvSamiskSpraak(_)
        | Fact::Valgmanntall { .. }
        | Fact::RettsligHandleevne(_) => true,
        Fact::Vergemaal(vergemaal) => match &vergemaal.verge {
            Verge::Person(verge) => in_both(verge),
            Verge::UtenNummer(_) => true,
        },
        Fact::Familierelasjon { relatert, .. } => in_both(relatert),
        Fact::Foreldreansvar { ansvarlig, ansvarssubjekt, .. } => {
            ansvarlig.as_ref().is_none_or(in_both) && ansvarssubjekt.as_ref().is_none_or(in_both)
        }
        Fact::Status(_)
        | Fact::Navn { .. }
        | Fact::Sivilstand { .. }
        | Fact::Bostedsadresse { .. }
        | Fact::BostedAnnenKommune { .. }
        | Fact::Adressebeskyttelse(_)
        | Fact::Doedsfall(_)
        // Addresses say where somebody lives.
        | Fact::DeltBosted { .. }
        | Fact::Oppholdsadresse(_)
        | Fact::Doedsbo(_) => false,
    };
    let entries = person.entries().into_iter().filter(Entry::is_gjeldende);
    entries.map(|entry| entry.fact).filter(is_other).collect()
}

fn message(towns: &Pair<Town>, key: Meldingsnoekkel) -> Option<Difference> {
    let there = Pair::of(towns, |town| town.post.samtale(key).is_some() || town.post.i_utboksen(key).is_some());
    let any = if there.a { &towns.a } else { &towns.b };
    let to = |town: &Town| town.post.samtale(key).map(|samtale| samtale.melding.til);
    let til = to(any).and_then(|key| any.person_by_key(key)).map(|person| Borger::of(&person));
    let tittel = any.post.samtale(key).and_then(|samtale| samtale.tittel.as_deref().map(str::to_owned));
    if let Some(side) = one_side(there) {
        return Some(Difference::NyMelding { side, til, tittel });
    }
    let status = Pair::of(towns, |town| town.post.samtale(key)?.statuser.last().map(|linje| linje.status));
    let lest = Pair::of(towns, |town| {
        let brev = town.post.brev_av.get(&key).and_then(|id| town.post.brev_etter_id.get(id));
        brev.is_some_and(|brev| brev.lest.is_some())
    });
    let differs = status.a != status.b || lest.a != lest.b;
    differs.then_some(Difference::Melding { til, tittel, status, lest })
}

fn client(towns: &Pair<Town>, tjeneste: Tjeneste, client_id: &str) -> Option<Difference> {
    let both = Pair::of(towns, |town| town.klienter.find(tjeneste, client_id).cloned());
    let client_id = client_id.to_owned();
    match one_side(Pair::of(&both, Option::is_some)) {
        Some(side) => Some(Difference::NyKlient { side, tjeneste, client_id }),
        None => both.differs().map(|_| Difference::Klient { tjeneste, client_id }),
    }
}
