//! The event feed, and the offer of a home visit to the parents of a newborn.

use jiff::ToSpan;

use super::letters::{Letter, home_visit};
use super::post::Receiver;
use super::registers::{FeedEntry, Person, register_date};
use super::{App, Failure, Sabotage, written};

/// A child counts as newborn when it is registered within this many days of its birth. Older children that appear in
/// the register have moved in or been adopted, and other routines look after them.
const NEWBORN_DAYS: i64 = 90;

/// What became of a child's case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// Every household that should have the offer was sent one.
    Offered,
    /// Somebody must look at it: the register knew too little, or a parent could not be reached on any channel.
    ByHand,
    /// Nothing to do: not a newborn, or dead.
    Closed,
}

impl App {
    /// Reads the feed from the pointer to its end. The pointer moves past an event only when it is handled, so whatever
    /// fails comes again at the next poll; an empty page tells the register that everything before it is done.
    pub(super) async fn read_feed(&self) -> Result<(), Failure> {
        loop {
            let known = self.book().next_sequence;
            let next = match known {
                Some(next) => next,
                None => self.last_sequence().await? + 1,
            };
            self.book().next_sequence = Some(next);
            let mut page = match self.feed_page(next).await {
                // The pointer is older than the register's memory. Starting over at the end is all that is left.
                Err(failure) if failure.status() == Some(406) => {
                    self.book().next_sequence = None;
                    return Err(failure);
                }
                page => page?,
            };
            // Repetitions of what is handled already are no progress, whatever page they come on.
            page.retain(|entry| entry.sekvensnummer >= next);
            page.sort_by_key(|entry| entry.sekvensnummer);
            if page.is_empty() {
                return Ok(());
            }
            for entry in page {
                self.handle(&entry).await?;
                self.book().next_sequence = Some(entry.sekvensnummer + 1);
            }
        }
    }

    async fn handle(&self, entry: &FeedEntry) -> Result<(), Failure> {
        let event = &entry.hendelse;
        if event.hendelsetype != "personErOpprettet" {
            return Ok(());
        }
        if self.config.sabotage == Sabotage::ForgetTwin
            && !self.book().seen_timestamps.insert(event.ajourholdstidspunkt.clone())
        {
            return Ok(());
        }
        // The case belongs to the child, not to its mother or the day: twins are two.
        let child = &event.folkeregisteridentifikator;
        if self.book().children.contains_key(child) {
            return Ok(());
        }
        let case = match self.offer_home_visit(entry).await {
            Err(failure) if failure.is_final() => {
                tracing::warn!(%failure, sekvensnummer = entry.sekvensnummer, "må følges opp for hånd");
                Case::ByHand
            }
            done => done?,
        };
        self.book().children.insert(child.clone(), case);
        Ok(())
    }

    async fn offer_home_visit(&self, entry: &FeedEntry) -> Result<Case, Failure> {
        let event = &entry.hendelse;
        let child = self.person(&event.folkeregisteridentifikator, &["person-basis", "relasjon-utvidet"]).await?;
        let (Some(born), Some(name)) = (child.born(), child.full_name()) else {
            return Ok(Case::ByHand);
        };
        let registered = register_date(&event.ajourholdstidspunkt).or_else(|| self.now().map(|now| now.date()));
        let newborn = registered.is_none_or(|day| day <= born.saturating_add(NEWBORN_DAYS.days()));
        if child.is_dead() || !newborn {
            return Ok(Case::Closed);
        }
        let receivers = self.one_per_household(&child).await?;
        let mut case = if receivers.is_empty() { Case::ByHand } else { Case::Offered };
        for (position, receiver) in receivers.iter().enumerate() {
            let contact = self.contact(receiver).await?;
            let (title, text) = home_visit(contact.language, &name, &written(born), &self.config.sender.navn);
            let letter = Letter {
                // The number of the event, not the person, names the letter: a repeated attempt is the same letter.
                key: format!("hjemmebesoek/{}/{position}", entry.sekvensnummer),
                title,
                text,
                decision: false,
                attachment: None,
            };
            if !self.deliver(&Receiver { id: receiver, contact }, &letter).await? {
                case = Case::ByHand;
            }
        }
        Ok(case)
    }

    /// Who gets the letter: of those with parental responsibility the first in every household, the mother before
    /// others. When the child's address is strictly confidential, the visit can only take place where the protected
    /// parent lives, so nobody else is told.
    async fn one_per_household(&self, child: &Person) -> Result<Vec<String>, Failure> {
        let mut chosen: Vec<(String, Person)> = Vec::new();
        for id in child.responsible() {
            let parent = self.person(&id, &["status", "bostedsadresse", "adressebeskyttelse"]).await?;
            let same_home = chosen.iter().any(|(_, other)| other.home().is_some() && other.home() == parent.home());
            if !parent.is_dead() && !same_home {
                chosen.push((id, parent));
            }
        }
        if child.strictly_confidential() {
            chosen.sort_by_key(|(_, parent)| !parent.strictly_confidential());
            chosen.truncate(1);
        }
        Ok(chosen.into_iter().map(|(id, _)| id).collect())
    }
}
