//! A scenario ready to run: one variant of one file, every name checked, every expression compiled.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::matching::Match;
use super::node::Source;
use super::template::{Template, Tree};
use super::when::When;
use crate::clock::Span;
use crate::population::Spec;
use crate::select::{Kind, Pick, Selector, Uttrykk, Verdi};
use crate::town::decide::FaultOrder;
use crate::town::state::Leveringskilde;

/// A scenario ready to run.
#[derive(Debug)]
pub struct Plan {
    /// The file it came from.
    pub source: Arc<Source>,
    /// Its id: as written, or the file's name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The variant, when it is not the base.
    pub variant: Option<String>,
    /// Values of the matrix axes of this row.
    pub matrix: Vec<(String, Verdi)>,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether it is meant to fail.
    pub expect_fail: bool,
    /// Inputs of its world.
    pub world: Spec,
    /// Whether its clock goes on by itself (`world.clock: auto`).
    pub auto: bool,
    /// Whether background life goes on in it (`world.life: on`).
    pub life: bool,
    /// Whether its clients' tokens follow the world's clock throughout (`world.tokens: virtual`).
    pub virtual_tokens: bool,
    pub(super) apps: Vec<(String, App)>,
    pub(super) params: Vec<(String, Verdi)>,
    pub(super) cast: Vec<Cast>,
    pub(super) given: Vec<Located<Action>>,
    pub(super) timeline: Vec<Entry>,
    pub(super) rules: Vec<Rule>,
}

impl Plan {
    /// `id`, or `id › variant`, with the matrix row behind it.
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.id.clone();
        if let Some(variant) = &self.variant {
            title.push_str(" › ");
            title.push_str(variant);
        }
        for (axis, value) in &self.matrix {
            title.push_str(&format!(" {axis}={}", value.written().unwrap_or_default()));
        }
        title
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &PathBuf {
        &self.source.path
    }

    /// Names of the apps it needs, and whether each is the built-in one.
    pub fn apps(&self) -> impl Iterator<Item = (&str, bool)> {
        self.apps.iter().map(|(name, app)| (name.as_str(), matches!(app.kind, AppKind::Demo)))
    }

    /// Whether it must run alone: an app that is attached to one world at a time takes part.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.apps.iter().any(|(_, app)| !matches!(app.kind, AppKind::Demo))
    }
}

/// Something and the bytes of the file it stands on.
#[derive(Debug)]
pub(super) struct Located<T> {
    pub(super) span: Range<usize>,
    pub(super) what: T,
}

#[derive(Debug)]
pub(super) struct App {
    pub(super) kind: AppKind,
    pub(super) ready: Option<Ready>,
    pub(super) idle: Option<(String, Uttrykk)>,
    pub(super) poke: Option<String>,
    pub(super) feeds: Vec<String>,
    /// What it is sent, and to which of its paths.
    pub(super) deliveries: Vec<(Leveringskilde, String)>,
    pub(super) quiet_ms: Option<u64>,
    pub(super) settle_max_ms: Option<u64>,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum AppKind {
    Demo,
    Url(String),
}

#[derive(Debug)]
pub(super) struct Ready {
    pub(super) path: String,
    pub(super) status: Option<Match>,
    pub(super) timeout_ms: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Cast {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) selector: Selector,
    pub(super) pick: Pick,
    pub(super) with: Vec<(String, Located<Uttrykk>)>,
    /// Where the selector's text stands, for places inside it.
    pub(super) span: Range<usize>,
    pub(super) text_node: super::node::Node,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) at: When,
    pub(super) guard: Option<Located<Uttrykk>>,
    pub(super) actions: Vec<Located<Action>>,
    pub(super) expects: Vec<Located<Expect>>,
    pub(super) within: Option<Span>,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Action {
    Event(Box<LifeEvent>),
    Call(Box<Call>),
    Login(Box<Login>),
    AdvanceTo(When),
    AdvanceBy(Span),
    AdvanceNext,
    Fault(Box<FaultAction>),
    Heal(String),
    Let(Vec<(String, Uttrykk)>),
    Note,
}

/// A fault to be set.
#[derive(Debug)]
pub(super) struct FaultAction {
    /// The rule, without whom it is about.
    pub(super) order: FaultOrder,
    pub(super) about: Option<Uttrykk>,
}

/// A life event of this version.
#[derive(Debug)]
pub(super) struct LifeEvent {
    pub(super) kind: &'static str,
    pub(super) of: Av,
    pub(super) change: Change,
}

/// What a life event is of.
#[derive(Debug)]
pub(super) enum Av {
    /// Somebody.
    Hvem(Uttrykk),
    /// The life event of an earlier entry, which is corrected or annulled.
    Hendelse(String),
}

#[derive(Debug)]
pub(super) enum Change {
    Foedsel {
        medforelder: Option<Uttrykk>,
        named: Vec<String>,
        antall: Option<i64>,
        kjoenn: Vec<crate::base::Kjoenn>,
    },
    Navnevalg {
        fornavn: Template,
        mellomnavn: Option<Template>,
        etternavn: Option<Template>,
    },
    Barnehagestart {
        barnehage: Option<Uttrykk>,
    },
    Reservasjon {
        reservert: bool,
    },
    /// Any other kind: its fields by name, and names for the people it brings.
    Felter {
        felt: Vec<(&'static str, Felt)>,
        named: Vec<String>,
    },
}

/// The value of a field of a life event.
#[derive(Debug)]
pub(super) enum Felt {
    /// A person or an organisation.
    Ref(Uttrykk),
    Bool(bool),
    Int(i64),
    Text(Template),
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) app: Option<String>,
    pub(super) method: &'static str,
    pub(super) path: Template,
    pub(super) session: Option<String>,
    pub(super) query: Vec<(String, Tree)>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) body: CallBody,
    pub(super) follow: bool,
    pub(super) save: Save,
    pub(super) expect: Option<Response>,
}

#[derive(Debug)]
pub(super) enum CallBody {
    None,
    Json(Tree),
    Form(Vec<(String, Tree)>),
    Text(Template),
}

#[derive(Debug)]
pub(super) enum Save {
    Nothing,
    Whole(String),
    Parts(Vec<(String, Located<Uttrykk>)>),
}

#[derive(Debug)]
pub(super) struct Response {
    /// Each part with the place of its key and value.
    pub(super) parts: Vec<Located<ResponsePart>>,
}

#[derive(Debug)]
pub(super) enum ResponsePart {
    Status(Match),
    Header(String, Match),
    Json(Match),
    Text(Match),
}

#[derive(Debug)]
pub(super) struct Login {
    pub(super) who: Uttrykk,
    pub(super) level: &'static str,
    pub(super) app: Option<String>,
    pub(super) start: Option<String>,
    pub(super) save: String,
}

/// An expectation of an entry.
#[derive(Debug)]
pub(super) struct Expect {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) within: Option<Span>,
    /// Only warns.
    pub(super) warn: bool,
    pub(super) body: ExpectBody,
}

#[derive(Debug)]
pub(super) enum ExpectBody {
    Request { wanted: Req, negative: bool },
    Message { wanted: Msg, negative: bool },
    State { of: Uttrykk, that: Uttrykk },
    App { call: Call, that: Option<Uttrykk> },
    That(Uttrykk),
    All(Vec<Located<Expect>>),
    Any(Vec<Located<Expect>>),
}

/// Wanted requests.
#[derive(Debug, Default)]
pub(super) struct Req {
    pub(super) service: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) app: Option<String>,
    pub(super) about: Vec<Uttrykk>,
    pub(super) saw: Option<String>,
    pub(super) as_client: Option<String>,
    pub(super) query: Option<Match>,
    pub(super) body: Option<Match>,
    pub(super) status: Option<Match>,
    pub(super) after: Option<String>,
    pub(super) before: Option<String>,
    pub(super) count: Option<Count>,
    pub(super) within: Option<Span>,
}

/// Wanted messages.
#[derive(Debug, Default)]
pub(super) struct Msg {
    pub(super) channel: Vec<String>,
    pub(super) to: Vec<Uttrykk>,
    pub(super) from: Option<Sender>,
    pub(super) kind: Option<Match>,
    pub(super) subject: Option<Match>,
    pub(super) text: Option<Match>,
    pub(super) attachment: Option<Attachment>,
    pub(super) language: Option<Language>,
    pub(super) delivered: Option<bool>,
    pub(super) read: Option<bool>,
    pub(super) about: Vec<Uttrykk>,
    pub(super) count: Option<Count>,
    pub(super) within: Option<Span>,
}

#[derive(Debug)]
pub(super) enum Sender {
    Kommunen,
    Ref(Uttrykk),
}

#[derive(Debug, Default)]
pub(super) struct Attachment {
    pub(super) name: Option<Match>,
    pub(super) mime: Option<Match>,
    pub(super) text: Option<Match>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Language {
    /// The language the receiver has chosen in the contact register.
    Preferred,
    Code(String),
}

/// How many: from, and to when there is an upper bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Count {
    pub(super) least: u64,
    pub(super) most: Option<u64>,
}

impl Count {
    pub(super) const ONE_OR_MORE: Self = Self { least: 1, most: None };
    pub(super) const NONE: Self = Self { least: 0, most: Some(0) };

    /// Reads `3`, `">= 2"`, `"<= 4"`, `"1..2"` or `none`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let text = text.trim();
        if text == "none" {
            return Some(Self::NONE);
        }
        if let Some(rest) = text.strip_prefix(">=") {
            return Some(Self { least: number(rest)?, most: None });
        }
        if let Some(rest) = text.strip_prefix("<=") {
            return Some(Self { least: 0, most: Some(number(rest)?) });
        }
        if let Some((least, most)) = text.split_once("..") {
            let (least, most) = (number(least)?, number(most)?);
            return (least <= most).then_some(Self { least, most: Some(most) });
        }
        number(text).map(|count| Self { least: count, most: Some(count) })
    }

    pub(super) fn holds(self, count: u64) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }

    /// Whether it can only be judged when its window is over.
    pub(super) fn has_upper_bound(self) -> bool {
        self.most.is_some()
    }
}

/// A rule that holds from one instant to another.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) from: Option<When>,
    pub(super) to: Option<When>,
    pub(super) span: Range<usize>,
    pub(super) body: RuleBody,
}

#[derive(Debug)]
pub(super) enum RuleBody {
    Always(Uttrykk),
    Never(Uttrykk),
    NoRequest(Req),
    NoMessage(Msg),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_hold() {
        for (text, holds, fails) in [
            ("2", vec![2], vec![1, 3]),
            (">= 1", vec![1, 9], vec![0]),
            ("<= 2", vec![0, 2], vec![3]),
            ("1..2", vec![1, 2], vec![0, 3]),
            ("none", vec![0], vec![1]),
        ] {
            let count = Count::parse(text).unwrap();
            assert!(holds.iter().all(|n| count.holds(*n)) && fails.iter().all(|n| !count.holds(*n)), "{text}");
        }
        assert!(["", "-1", "2..1", "> 1", "mange"].into_iter().all(|text| Count::parse(text).is_none()));
    }
}
