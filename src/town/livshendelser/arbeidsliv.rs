//! Kinds of working life: jobs, enterprises and roles.

use super::kinds::{may, must, offered};
use super::{FieldType, Given, Kind, LivshendelseFault};
use crate::town::decide::{ArbeidslivCommand, Command, NyStilling};
use crate::town::model::{Organisasjonsform, PersonKey, Rolletype};

/// Roles a person takes on and gives up. A proprietor is one with the enterprise, and a trustee is the court's.
const ROLLER: &[&str] = &["DAGL", "LEDE", "NEST", "MEDL", "VARA", "OBS", "KONT", "BEST", "DTSO", "DTPR", "REPR"];

pub(super) const ARBEIDSLEDIG: Kind = offered(
    "arbeidsledig",
    "all jobs are lost; `of` is who had them",
    &[],
    "register of employees: the jobs end today; income of the year follows them",
);

pub(super) const NY_JOBB: Kind = offered(
    "ny_jobb",
    "a new job; `of` is who begins in it",
    &[
        may("virksomhet", FieldType::Orgnummer, "where: a sub-unit, or a main unit for its first; drawn by default"),
        may("yrke", FieldType::Count { from: 1_000, to: 9_999 }, "occupation, four digits of STYRK-08"),
        may("stillingsprosent", FieldType::Count { from: 1, to: 100 }, "per cent of full time"),
        may("maanedsloenn", FieldType::Count { from: 10, to: 1_000_000 }, "gross wage a month for the post, kroner"),
        may("i_tillegg", FieldType::Bool, "the jobs held before go on; false by default"),
    ],
    "register of employees: the job begins today, and those held before end; income of the year follows",
);

pub(super) const NYTT_FORETAK: Kind = offered(
    "nytt_foretak",
    "a new enterprise; `of` is who founds it",
    &[
        may("organisasjonsform", FieldType::Code(&["ENK", "AS"]), "legal form; ENK by default"),
        may("navn", FieldType::Text, "name; drawn by default"),
        may(
            "naeringskode",
            FieldType::Count { from: 1_000, to: 99_999 },
            "industry, five digits without the dot; that of another enterprise here by default",
        ),
    ],
    "register of organisations: the unit with its sub-unit, its proprietor or board, and its owners",
);

pub(super) const ROLLEENDRING: Kind = offered(
    "rolleendring",
    "a role in an organisation begins or ends; `of` is whose",
    &[
        must("virksomhet", FieldType::Orgnummer, "organisation number of the main unit"),
        must("rolle", FieldType::Code(ROLLER), "code of the role"),
        may("slutter", FieldType::Bool, "the role ends; it begins by default"),
        may("etterfoelger", FieldType::Person, "who takes over a role that ends, by identity number"),
    ],
    "register of organisations: the role, from this instant; whom somebody may represent in a log-in follows it",
);

pub(super) const KONKURS: Kind = offered(
    "konkurs",
    "a bankruptcy is opened; `of` is who heads the enterprise",
    &[may("virksomhet", FieldType::Orgnummer, "organisation number; the one enterprise they head by default")],
    "register of organisations: bankrupt, with a trustee who alone acts for it, and deleted later; register of \
     employees: its jobs end today",
);

impl Given<'_> {
    /// The command of one of these kinds; `None` for another kind.
    pub(super) fn arbeidsliv(&self, person: PersonKey) -> Option<Result<Command, LivshendelseFault>> {
        let command = match self.kind.name {
            "arbeidsledig" => Ok(ArbeidslivCommand::Arbeidsledig { person }),
            "ny_jobb" => self.stilling().map(|stilling| ArbeidslivCommand::NyJobb { person, stilling }),
            "nytt_foretak" => self.foretak(person),
            "rolleendring" => self.rolleendring(person),
            "konkurs" => {
                self.orgnummer("virksomhet").map(|virksomhet| ArbeidslivCommand::Konkurs { person, virksomhet })
            }
            _ => return None,
        };
        Some(command.map(Command::Arbeidsliv))
    }

    fn stilling(&self) -> Result<NyStilling, LivshendelseFault> {
        Ok(NyStilling {
            virksomhet: self.orgnummer("virksomhet")?,
            yrke: self.count("yrke")?.and_then(|code| u16::try_from(code).ok()),
            stillingsprosent: self.count("stillingsprosent")?.and_then(|percent| u8::try_from(percent).ok()),
            maanedsloenn: self.count("maanedsloenn")?.and_then(|kroner| u32::try_from(kroner).ok()),
            i_tillegg: self.bool("i_tillegg")?.unwrap_or(false),
        })
    }

    fn foretak(&self, person: PersonKey) -> Result<ArbeidslivCommand, LivshendelseFault> {
        let form = self.read("organisasjonsform", |value| match value.as_str()? {
            code @ ("ENK" | "AS") => Organisasjonsform::from_code(code),
            _ => None,
        })?;
        Ok(ArbeidslivCommand::NyttForetak {
            person,
            form: form.unwrap_or(Organisasjonsform::Enk),
            navn: self.text("navn")?,
            naeringskode: self.count("naeringskode")?.and_then(|code| u32::try_from(code).ok()),
        })
    }

    fn rolleendring(&self, person: PersonKey) -> Result<ArbeidslivCommand, LivshendelseFault> {
        let rolle = self.read("rolle", |value| {
            let code = value.as_str().filter(|code| ROLLER.contains(code))?;
            Rolletype::from_code(code)
        })?;
        let missing = |field: &'static str| {
            let about = self.kind.field(field).map_or("", |field| field.about);
            LivshendelseFault::Missing { kind: self.kind.name, field, about }
        };
        let virksomhet = self.orgnummer("virksomhet")?.ok_or_else(|| missing("virksomhet"))?;
        let (slutter, etterfoelger) = (self.bool("slutter")?.unwrap_or(false), self.person("etterfoelger")?);
        if etterfoelger.is_some() && !slutter {
            let expected = "somebody only with `slutter`: who follows in a role that ends".to_owned();
            return Err(LivshendelseFault::Value { kind: self.kind.name, field: "etterfoelger", expected });
        }
        let rolle = rolle.ok_or_else(|| missing("rolle"))?;
        Ok(ArbeidslivCommand::Rolleendring { person, virksomhet, rolle, slutter, etterfoelger })
    }
}
