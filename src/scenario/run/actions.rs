//! Doing what an entry says.

use super::Run;
use crate::base::Kjoenn;
use crate::clock::Instant;
use crate::scenario::fault::Sentence;
use crate::scenario::outcome::Failure;
use crate::scenario::plan::{
    Action, Av, Call, Change, FaultAction, Felt, LifeEvent, Located, Response, ResponsePart, Save,
};
use crate::scenario::when::When;
use crate::select::{EvalFault, Verdi};
use crate::town::decide::{FaultCommand, FaultOrder, FolkCommand, KontaktCommand};
use crate::town::model::{Hendelsesart, PersonKey, VirksomhetId};
use crate::town::{Cause, Command, Event, Refusal, livshendelser};

use super::http::Answer;

type Acted = Result<(), Box<Failure>>;

impl Run<'_> {
    /// Does one action. A failure of the app's answer, or an action that cannot be done, comes back.
    pub(super) async fn act(&mut self, action: &Located<Action>) -> Acted {
        let failure = |what: Sentence| Box::new(Failure::new("BB1403", action.span.clone(), what));
        let of_fault = |fault: EvalFault| failure(Sentence { key: fault.key, parts: fault.parts });
        match &action.what {
            Action::Note => Ok(()),
            Action::Let(pairs) => {
                for (name, uttrykk) in pairs {
                    let value = self.scoped(None, |scope| uttrykk.eval(scope)).map_err(of_fault)?;
                    self.values.insert(name.clone(), value);
                }
                Ok(())
            }
            Action::Event(event) => self.life_event(event).await.map_err(failure),
            Action::Call(call) => self.call_and_judge(call, &action.span).await,
            Action::Login(login) => self.log_in(login).await.map_err(|fault| failure(fault.sentence())),
            Action::Fault(fault) => self.set_fault(fault).await.map_err(failure),
            Action::Heal(name) => self.about_faults(FaultCommand::Heal(name.clone())).await.map_err(failure),
            Action::AdvanceBy(span) => {
                let to = span.after(self.now());
                self.travel(to).await.map_err(failure)
            }
            Action::AdvanceTo(when) => {
                let to = self.instant(when).ok_or_else(|| failure(Sentence::new("run.no-instant", &[])))?;
                self.travel(to).await.map_err(failure)
            }
            Action::AdvanceNext => match self.world.next_due(Instant::from_millis(i64::MAX)) {
                Some(key) => self.travel(key.at).await.map_err(failure),
                None => Ok(()),
            },
        }
    }

    /// The instant `when` means now.
    pub(super) fn instant(&self, when: &When) -> Option<Instant> {
        use crate::scenario::when::Anchor;
        when.resolve(|anchor| match anchor {
            Anchor::Start => Some(self.plan.world.start),
            Anchor::Now => Some(self.now()),
            Anchor::Entry(id, moment) => self.instants.get(id)?.get(*moment),
        })
    }

    /// Moves the clock to `to`, one due item at a time, settling after each.
    async fn travel(&mut self, to: Instant) -> Result<(), Sentence> {
        while self.step_before(to).await? {}
        Ok(())
    }

    /// One step towards `to`: the next due item, or the clock itself. False once it stands there.
    pub(super) async fn step_before(&mut self, to: Instant) -> Result<bool, Sentence> {
        let refused = |error: crate::townhall::HallError| Sentence::new("run.refused", &[&error.to_string()]);
        self.look_for_late();
        if let Some(committed) = self.world.step(to).await.map_err(refused)? {
            self.touched(&committed.events);
            self.after_item().await;
            return Ok(true);
        }
        if self.world.town().now() >= to {
            return Ok(false);
        }
        self.world.advance(to).await.map_err(refused)?;
        self.after_item().await;
        Ok(false)
    }

    /// Writes down to whom something happened, so that a late reaction is recognised.
    fn touched(&self, events: &[Event]) {
        let people = crate::settle::people_of(&self.world.town(), events);
        self.around.observe.settle.touched(self.world.incarnation(), people);
    }

    /// The cause of the next command: the scenario's line, the same in every run.
    fn cause(&mut self) -> Cause {
        self.commands += 1;
        let what = format!("scenario {}@{}", self.plan.id, self.at_entry);
        Cause::of(&what, &[&self.commands.to_be_bytes()])
    }

    async fn set_fault(&mut self, fault: &FaultAction) -> Result<(), Sentence> {
        let about = fault.about.as_ref().map(|one| self.one_person(one)).transpose()?;
        let order = FaultOrder { about, ..fault.order.clone() };
        self.about_faults(FaultCommand::Set(Box::new(order))).await
    }

    async fn about_faults(&mut self, command: FaultCommand) -> Result<(), Sentence> {
        let cause = self.cause();
        let refused = |error: crate::townhall::HallError| Sentence::new("run.refused", &[&error.to_string()]);
        self.world.command(Command::Fault(command), cause).await.map(drop).map_err(refused)
    }

    fn one_person(&self, uttrykk: &crate::select::Uttrykk) -> Result<PersonKey, Sentence> {
        let people = self.people(uttrykk).map_err(|fault| Sentence { key: fault.key, parts: fault.parts })?;
        people.first().copied().ok_or_else(|| Sentence::new("run.no-person", &[uttrykk.text()]))
    }

    async fn life_event(&mut self, event: &LifeEvent) -> Result<(), Sentence> {
        let (of, earlier) = match &event.of {
            Av::Hvem(one) => (self.one_person(one)?, None),
            Av::Hendelse(entry) => {
                let events = self.happened.get(entry).map_or(&[][..], Vec::as_slice);
                let found = livshendelser::tidligere(&self.world.town(), events);
                let refused = |refusal: Refusal| Sentence::new("run.event-refused", &[event.kind, &refusal.reason]);
                found.map(|(person, art)| (person, Some(art))).map_err(refused)?
            }
        };
        let sentence = |fault: EvalFault| Sentence { key: fault.key, parts: fault.parts };
        let (command, named) = match &event.change {
            Change::Foedsel { medforelder, named, antall, kjoenn } => {
                // Null is "not given": a mother without a partner has no second parent to name.
                let medforelder = match medforelder {
                    Some(one) => self.people(one).map_err(sentence)?.first().copied(),
                    None => None,
                };
                let count = antall.and_then(|count| usize::try_from(count).ok()).unwrap_or(named.len().max(1));
                let barn: Vec<Option<Kjoenn>> = (0..count).map(|place| kjoenn.get(place).copied()).collect();
                (Command::Folk(FolkCommand::Foedsel { mor: of, medforelder, barn }), named.clone())
            }
            Change::Navnevalg { fornavn, mellomnavn, etternavn } => {
                let command = self.scoped(None, |scope| -> Result<Command, EvalFault> {
                    let text = |one: &Option<crate::scenario::template::Template>| {
                        one.as_ref().map(|template| template.text(scope)).transpose()
                    };
                    Ok(Command::Folk(FolkCommand::Navnevalg {
                        barn: of,
                        fornavn: fornavn.text(scope)?,
                        mellomnavn: text(mellomnavn)?,
                        etternavn: text(etternavn)?,
                    }))
                });
                (command.map_err(sentence)?, Vec::new())
            }
            Change::Barnehagestart { barnehage } => {
                let unit = barnehage.as_ref().map(|one| self.scoped(None, |scope| one.eval(scope))).transpose();
                let barnehage = match unit.map_err(sentence)? {
                    Some(Verdi::Virksomhet(place)) => Some(self.town.virksomhet(VirksomhetId(place)).orgnr),
                    _ => None,
                };
                (Command::Folk(FolkCommand::Barnehagestart { barn: of, barnehage }), Vec::new())
            }
            Change::Reservasjon { reservert } => {
                (Command::Kontakt(KontaktCommand::Reservasjon { person: of, reservert: *reservert }), Vec::new())
            }
            Change::Felter { felt, named } => (self.by_fields(event.kind, of, felt, earlier)?, named.clone()),
        };
        self.command(command, named, event.kind).await
    }

    /// The command of a kind whose fields the town reads itself.
    fn by_fields(
        &self,
        kind: &str,
        of: PersonKey,
        felt: &[(&'static str, Felt)],
        earlier: Option<Hendelsesart>,
    ) -> Result<Command, Sentence> {
        let mut fields = std::collections::BTreeMap::new();
        for (name, value) in felt {
            let value = match value {
                Felt::Bool(value) => (*value).into(),
                Felt::Int(value) => (*value).into(),
                Felt::Text(template) => {
                    let text = self.scoped(None, |scope| template.text(scope));
                    text.map_err(|fault| Sentence { key: fault.key, parts: fault.parts })?.into()
                }
                Felt::Ref(one) => self.number_of(one)?.into(),
            };
            fields.insert((*name).to_owned(), value);
        }
        if let Some(art) = earlier {
            fields.insert("hendelse".to_owned(), art.code().into());
        }
        let town = self.world.town();
        livshendelser::command(kind, of, &fields, &town)
            .map_err(|fault| Sentence::new("run.event-refused", &[kind, &fault.to_string()]))
    }

    /// The number by which the town knows a person or an organisation.
    fn number_of(&self, one: &crate::select::Uttrykk) -> Result<Option<String>, Sentence> {
        let value = self.scoped(None, |scope| one.eval(scope));
        let town = self.world.town();
        match value.map_err(|fault| Sentence { key: fault.key, parts: fault.parts })? {
            Verdi::Virksomhet(place) => Ok(Some(town.virksomhet(VirksomhetId(place)).orgnr.to_string())),
            Verdi::Null => Ok(None),
            _ => Ok(town.person_by_key(self.one_person(one)?).map(|person| person.nummer().to_string())),
        }
    }

    async fn command(&mut self, command: Command, named: Vec<String>, kind: &str) -> Result<(), Sentence> {
        let before = self.world.town().feed_len();
        let cause = self.cause();
        let committed = self.world.command(command, cause).await;
        let committed = committed.map_err(|error| Sentence::new("run.event-refused", &[kind, &error.to_string()]))?;
        self.touched(&committed.events);
        self.happened.entry(self.at_entry.clone()).or_default().extend(committed.events.iter().cloned());
        let town = &committed.town;
        let people = livshendelser::newcomers(&committed.events).into_iter();
        let people = people.filter_map(|key| town.id_of(key)).map(Verdi::Person);
        let units = livshendelser::new_units(&committed.events).into_iter();
        let units = units.filter_map(|orgnr| town.enhet_med(orgnr)).map(|unit| Verdi::Virksomhet(unit.0));
        self.values.extend(named.into_iter().zip(people.chain(units)));
        let after = committed.town.feed_len();
        if after > before {
            let entry = self.at_entry.clone();
            let first = self.feed_numbers.get(&entry).map_or(before + 1, |(first, _)| *first);
            self.feed_numbers.insert(entry, (first, after));
        }
        Ok(())
    }

    async fn call_and_judge(&mut self, call: &Call, span: &std::ops::Range<usize>) -> Acted {
        let answer = self.call(call).await;
        let answer = answer.map_err(|fault| Box::new(Failure::new("BB1902", span.clone(), fault.sentence())))?;
        if let Some(expect) = &call.expect {
            self.judged += 1;
            self.judge_answer(call, expect, &answer)?;
        }
        self.save(call, &answer)
    }

    /// Binds what `call` saves of `answer`.
    pub(super) fn save(&mut self, call: &Call, answer: &Answer) -> Acted {
        match &call.save {
            Save::Nothing => {}
            Save::Whole(name) => {
                self.values.insert(name.clone(), answer.verdi());
            }
            Save::Parts(parts) => {
                for (name, uttrykk) in parts {
                    let value = self.scoped(Some(answer.verdi()), |scope| uttrykk.what.eval(scope));
                    let value = value.map_err(|fault| {
                        let what = Sentence { key: fault.key, parts: fault.parts };
                        let mut failure = Failure::new("BB1403", uttrykk.span.clone(), what);
                        failure.note = answer_note(answer);
                        Box::new(failure)
                    })?;
                    self.values.insert(name.clone(), value);
                }
            }
        }
        Ok(())
    }

    /// Holds `answer` against what was expected of it.
    pub(super) fn judge_answer(&self, call: &Call, expect: &Response, answer: &Answer) -> Acted {
        for part in &expect.parts {
            let (wanted, value, field) = match &part.what {
                ResponsePart::Status(wanted) => (wanted, Some(Verdi::Int(answer.status.into())), "status"),
                ResponsePart::Json(wanted) => (wanted, Some(answer.json()), "json"),
                ResponsePart::Text(wanted) => (wanted, Some(Verdi::text(&answer.text)), "text"),
                ResponsePart::Header(name, wanted) => (wanted, answer.header(name).map(Verdi::text), name.as_str()),
            };
            let differences = self.scoped(None, |scope| wanted.differences(value.as_ref(), field, scope));
            let differences = differences.map_err(|fault| {
                Box::new(Failure::new("BB1403", part.span.clone(), Sentence { key: fault.key, parts: fault.parts }))
            })?;
            if !differences.is_empty() {
                let what = Sentence::new("run.answer-differs", &[call.method, answer.url.path()]);
                let mut failure = Failure::new("BB1401", part.span.clone(), what);
                failure.note = answer_note(answer);
                failure.differences = differences;
                return Err(Box::new(failure));
            }
        }
        Ok(())
    }
}

/// Status and the beginning of an answer, for the text behind a caret.
pub(super) fn answer_note(answer: &Answer) -> Sentence {
    const SHOWN: usize = 160;
    let text: String = answer.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
    Sentence::new("run.answered", &[&answer.status.to_string(), &text])
}
