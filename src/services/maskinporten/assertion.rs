//! The assertion of a JWT bearer grant, checked step by step (`specs/eid.md` §5.2): who signed it, what it says, when, that
//! it is new, and then whether its client may have what it asks for.

use super::claims::{self, Asked};
use super::faults::Fault;
use super::{details, scopes, signature};
use crate::access::{KnownClient, MachineGrant, TokenPolicy, Visit, find_client};
use crate::keys::{Algorithm, Issuer, Jws};
use crate::town::model::PersonKey;
use crate::town::state::Tjeneste;

/// Seconds `iat` may be off, both ways.
const IAT_SLINGRING: i64 = 10;
/// Seconds from `iat` to `exp` at most.
const MAX_LEVETID: i64 = 120;

/// What an assertion is good for.
pub(super) struct Granted {
    pub client: KnownClient,
    pub grant: MachineGrant,
    /// The end user the token is restricted to.
    pub about: Option<PersonKey>,
    /// What the strict policy would have said.
    pub hint: String,
}

/// Checks `assertion`; gives the client id it claims too, for the record.
pub(super) fn check(visit: &Visit, assertion: &str) -> (Result<Granted, Fault>, Option<String>) {
    let Ok(jws) = Jws::parse(assertion) else {
        return (Err(Fault::malformed("Invalid assertion. The assertion is not a JWT")), None);
    };
    let client = jws.text("iss").map(|iss| iss.chars().take(255).collect());
    (judge(visit, assertion, &jws), client)
}

/// The checks in order.
fn judge(visit: &Visit, assertion: &str, jws: &Jws<'_>) -> Result<Granted, Fault> {
    jws.algorithm(Algorithm::ASSERTIONS).map_err(|fault| {
        Fault::grant(None, format!("Invalid assertion. {fault}")).hinted("sign with RS256, RS384 or RS512")
    })?;
    let iss = jws.text("iss").ok_or_else(|| Fault::malformed("Invalid assertion. Missing claim: iss"))?;
    let client = find_client(visit, Tjeneste::Maskinporten, iss).ok_or_else(|| {
        Fault::grant("MP-100", "Invalid assertion. Client authentication failed. Unknown client").hinted(
            "no machine client of this id is registered in this world; register it, or start with --open-clients",
        )
    })?;
    let certificate = signature::check(visit, &client, jws)?;
    let asked = claims::read(visit, &client, jws)?;
    let left = check_times(visit, &client, jws)?;
    // Without `jti` the whole assertion is what may be used once.
    let once = jws.text("jti").unwrap_or(assertion);
    let until = visit.clocks.deadline_on(client.policy(), left);
    if !visit.state.use_once(visit.clocks, until, (Issuer::Maskinporten, iss), once) {
        let fault = Fault::grant("MP-012", "Invalid assertion. The assertion has been used before");
        return Err(fault.hinted("make a new assertion, with a new jti, for every token"));
    }
    let acts_for = scopes::decide(visit, &client, &asked)?;
    let details = match &asked.details {
        Some(details) => {
            let consumer = acts_for.as_ref().map_or(client.klient.orgnr, |other| other.konsument);
            Some(details::found(visit, iss, consumer, details)?)
        }
        None => None,
    };
    let hint = if client.registered { String::new() } else { unregistered_hint(iss) };
    let about = asked.pid.and_then(|pid| visit.town.find(pid)).map(|person| visit.town.key_of(person));
    let Asked { scopes, resource, pid, .. } = asked;
    let pid = pid.map(|pid| pid.to_string());
    let grant = MachineGrant { scope: scopes.join(" "), resource, pid, acts_for, certificate, details };
    Ok(Granted { client, grant, about, hint })
}

fn unregistered_hint(iss: &str) -> String {
    format!(
        "client `{iss}` is not registered: signature and scopes were not checked; the strict policy refuses it (MP-100)"
    )
}

/// `iat` and `exp` on the clock the client follows. Gives the seconds the assertion still lives.
fn check_times(visit: &Visit, client: &KnownClient, jws: &Jws<'_>) -> Result<i64, Fault> {
    let now = visit.seconds(client.policy());
    let claim = |name: &str| {
        jws.seconds(name)
            .ok_or_else(|| Fault::malformed(format!("Invalid assertion. Missing or malformed claim: {name}")))
    };
    let (iat, exp) = (claim("iat")?, claim("exp")?);
    let clock = match client.policy() {
        TokenPolicy::Wall => "real time",
        TokenPolicy::Virtual => "the world's clock",
    };
    if exp <= now {
        let hint = format!("exp is {} s ago on {clock}", now - exp);
        return Err(Fault::grant("MP-130", "Invalid assertion. The assertion has expired").hinted(hint));
    }
    if (now - iat).abs() > IAT_SLINGRING {
        let hint = format!("iat is {} s from now on {clock}; {IAT_SLINGRING} s are allowed", iat - now);
        return Err(Fault::grant(None, "Invalid assertion. Claim iat is too far from the current time").hinted(hint));
    }
    if exp - iat > MAX_LEVETID {
        let hint = format!("exp - iat is {} s; at most {MAX_LEVETID} s", exp - iat);
        return Err(Fault::grant(None, "Invalid assertion. The lifetime of the assertion is too long").hinted(hint));
    }
    Ok(exp - now)
}
