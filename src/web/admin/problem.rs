//! Problem documents of the admin API with their stable codes (`specs/experience.md` §21).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::journal::JournalFault;
use crate::town::livshendelser::LivshendelseFault;
use crate::townhall::HallError;
use crate::web::Lang;
use crate::web::catalogue::about;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// Error codes of our own API. A code never changes its meaning.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Code { $($(#[$doc])* $name),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it is written: `BB` and four digits.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The HTTP status it goes with, as the catalogue has it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                let status = about(self.text()).status.and_then(|status| StatusCode::from_u16(status).ok());
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

codes!(
    /// A field the request does not have.
    UnknownField = "BB1001",
    /// A body or value that cannot be read.
    BadValue = "BB1002",
    /// No such address.
    UnknownAddress = "BB1003",
    /// Specified, but not in this version.
    NotInVersion = "BB1004",
    /// A write without `application/json`.
    ContentType = "BB1005",
    /// A write sent by a page of another site.
    CrossSite = "BB1006",
    /// The address exists, the method does not.
    Method = "BB1007",
    /// A field that must be there is not.
    MissingField = "BB1008",
    /// The idempotency key was used for something else.
    IdempotencyKey = "BB1009",
    /// No such kind of life event.
    UnknownKind = "BB1010",
    /// The town says no.
    Refused = "BB1011",
    /// The body is too large.
    TooLarge = "BB1012",
    /// No such kind of fault.
    UnknownFaultKind = "BB1020",
    /// No fault can be set there: no such service or operation, or the kind does not fit it.
    FaultPlace = "BB1021",
    /// No fault of that name.
    UnknownFault = "BB1022",
    /// A host name that is not served here.
    Host = "BB1101",
    /// The head of the request is too large.
    HeadTooLarge = "BB1102",
    /// A host below `localhost` whose first label is no service.
    UnknownService = "BB1103",
    /// Pages and admin API are not for callers from there.
    AdminPeer = "BB1104",
    /// Pages and admin API want a token.
    AdminToken = "BB1105",
    /// The body took too long to arrive.
    BodyTimeout = "BB1106",
    /// An address or host that can be read in two ways.
    Ambiguous = "BB1107",
    /// There is no certificate authority.
    NoAuthority = "BB1108",
    /// A scenario that is not written right.
    Scenario = "BB1202",
    /// A selector that finds nobody where somebody is needed.
    Nobody = "BB1301",
    /// A selector that cannot be read.
    Selector = "BB1302",
    /// Nobody has this identity number here.
    UnknownPerson = "BB1303",
    /// A selector that fails on somebody.
    SelectorRun = "BB1304",
    /// A selector that is too much work.
    SelectorWork = "BB1305",
    /// A wanted request that cannot be read.
    WantedRequest = "BB1410",
    /// As many expectations are open as a world may have.
    TooManyExpectations = "BB1411",
    /// A span or instant that cannot be read.
    Time = "BB1701",
    /// The clock never goes backwards.
    ClockBackwards = "BB1702",
    /// Nothing is due.
    NothingDue = "BB1703",
    /// The clock is being moved already.
    ClockBusy = "BB1704",
    /// Nothing is being moved.
    NotAdvancing = "BB1705",
    /// A rate that is none.
    Rate = "BB1706",
    /// No such world.
    UnknownWorld = "BB1801",
    /// A name that is taken or not allowed.
    WorldName = "BB1802",
    /// Too many worlds.
    TooManyWorlds = "BB1803",
    /// The world has stopped.
    WorldStopped = "BB1804",
    /// Inputs no town can be made of.
    Base = "BB1805",
    /// The default world cannot be dropped.
    DefaultWorld = "BB1806",
    /// The log has no such item.
    NoSuchItem = "BB1810",
    /// A world has reached one of its limits.
    Limit = "BB1811",
    /// Two worlds with nothing in common to compare.
    OtherBase = "BB1812",
    /// No such snapshot.
    UnknownSnapshot = "BB1821",
    /// The snapshot is damaged, of another version, or not what it says it is.
    Snapshot = "BB1822",
    /// Too many snapshots are kept.
    TooManySnapshots = "BB1823",
    /// No app of that name is declared.
    UnknownApp = "BB1910",
    /// No such subscription.
    UnknownSubscription = "BB1911",
    /// No such delivery.
    UnknownDelivery = "BB1912",
    /// An address nothing is ever sent to.
    Address = "BB1913",
    /// Something is wrong with Byteby itself.
    Internal = "BB9001",
);

/// What went wrong, on its way to a problem document.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    /// One sentence about this case.
    pub(super) detail: String,
    /// JSON pointer or parameter that is wrong.
    pub(super) place: Option<String>,
    /// One thing to do.
    pub(super) hint: Option<String>,
    /// Nearest right words.
    pub(super) near: Vec<String>,
    /// Stable key of a refusal of the town.
    pub(super) reason: Option<&'static str>,
}

/// The document itself (RFC 9457, with our members).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#where: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    hint: &'a str,
    near: &'a [String],
    docs: String,
    request_id: &'a str,
}

impl Problem {
    /// A problem with `code` about which `detail` says what happened.
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), place: None, hint: None, near: Vec::new(), reason: None }
    }

    /// The same, with the place in the request that is wrong.
    pub(super) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// The same, about something at `place` of the request.
    pub(super) fn under(mut self, place: &str) -> Self {
        self.place = Some(format!("{place}{}", self.place.unwrap_or_default()));
        self
    }

    /// The same, with one thing to do.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with a nearest right word.
    pub(super) fn near(mut self, word: Option<&str>) -> Self {
        self.near.extend(word.map(str::to_owned));
        self
    }

    /// What the specification has and this version has not.
    pub(super) fn not_in_version(what: &str) -> Self {
        Self::new(Code::NotInVersion, format!("{what} is not in this version"))
    }

    /// A value that cannot be read, at `place`.
    pub(super) fn value(place: &str, detail: impl Into<String>) -> Self {
        Self::new(Code::BadValue, detail).at(place)
    }

    /// The response with the document in `lang`.
    pub(super) fn document(&self, lang: Lang, instance: &str, request_id: &str) -> Response {
        let code = self.code.text();
        let document = Document {
            r#type: format!("urn:byteby:{code}"),
            title: about(code).title(lang),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            instance,
            code,
            r#where: self.place.as_deref(),
            reason: self.reason,
            hint: self.hint.as_deref().unwrap_or_else(|| about(code).advice(lang)),
            near: &self.near,
            docs: format!("/ui/errors#{code}"),
            request_id,
        };
        let mut response = (self.code.status(), axum::Json(document)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        let language = HeaderValue::from_static(lang.code());
        response.headers_mut().insert(header::CONTENT_LANGUAGE, language);
        response
    }
}

impl IntoResponse for Problem {
    /// Only the status and the problem itself: the layer over all routes knows language, address and request id.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<HallError> for Problem {
    fn from(error: HallError) -> Self {
        let detail = error.to_string();
        let code = match &error {
            HallError::Refused(refusal) => {
                let code = if refusal.code == "clock_backwards" { Code::ClockBackwards } else { Code::Refused };
                return Self { reason: Some(refusal.code), ..Self::new(code, detail) };
            }
            HallError::Stopped { .. } => Code::WorldStopped,
            HallError::UnknownWorld(_) => Code::UnknownWorld,
            HallError::Name(..) => Code::WorldName,
            HallError::TooManyWorlds(_) => Code::TooManyWorlds,
            HallError::NoSuchItem { .. } => Code::NoSuchItem,
            HallError::Limit { .. } => Code::Limit,
            HallError::Population(_) => Code::Base,
            HallError::ClockBusy(_) => Code::ClockBusy,
            HallError::Snapshot(_) => Code::Snapshot,
            HallError::TooManySnapshots(_) => Code::TooManySnapshots,
            // Dropped while it was asked.
            HallError::Journal(JournalFault::UnknownWorld(_)) => Code::UnknownWorld,
            HallError::Journal(_) | HallError::OtherBase(..) => Code::Internal,
        };
        Self::new(code, detail)
    }
}

impl From<LivshendelseFault> for Problem {
    fn from(fault: LivshendelseFault) -> Self {
        let code = match fault {
            LivshendelseFault::UnknownKind { .. } => Code::UnknownKind,
            LivshendelseFault::Later(_) => Code::NotInVersion,
            LivshendelseFault::UnknownField { .. } => Code::UnknownField,
            LivshendelseFault::Missing { .. } | LivshendelseFault::Nothing { .. } => Code::MissingField,
            LivshendelseFault::Value { .. } => Code::BadValue,
        };
        let place = fault.field().map_or_else(|| "/kind".to_owned(), |field| format!("/{field}"));
        let problem = Self::new(code, fault.to_string()).at(place).near(fault.near());
        match code {
            Code::UnknownKind | Code::NotInVersion => problem.hint("`byteby event --list` shows every kind"),
            _ => problem,
        }
    }
}
