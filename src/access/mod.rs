//! What a handler is given, and what guards it: the world of a request, clients, tokens and sessions.
//!
//! Codes, sessions, tokens and replay caches are protocol state: they lie beside the town, keyed by the incarnation of
//! the world, and a fork starts without them (`DESIGN` §2 rule 10). They are bounded, and what they hold is over when a
//! clock says so. Clients are facts of the town; here is only the judgement of who may call.

mod addresses;
mod answer;
mod answers;
mod apps;
mod authentication;
mod automation;
mod claims;
mod client_keys;
mod clients;
mod clocks;
mod codes;
mod control;
mod doer;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) mod fixture_roller;
mod grants;
mod ids;
mod inbound;
mod keysets;
mod limits;
mod login_request;
mod machine_tokens;
mod minprofil;
mod not_modelled;
mod open_logins;
mod origins;
mod params;
mod pushed;
mod rendering;
mod replays;
mod sessions;
mod shelf;
mod skin;
mod state;
mod tokens;
mod ventinger;
mod visit;

pub use addresses::{
    HostSigns, LOGIN_HOST, SERVICE_HOSTS, ServiceHost, beside, host_name, service_base, signs_of_host,
};
pub use answer::{json_no_store, public_json, with_hint, with_note};
pub use answers::{Answers, Question};
pub use apps::{App, Apps, Idle};
pub use authentication::{Authentication, Identity};
pub use automation::{MAX_PLANNED, PlannedLogin, PlannedOutcome};
pub use claims::{CitizenClaims, Given, Wish, given_name};
pub use clients::{
    DEMO_EMPLOYEE_CLIENT, DEMO_LOGIN_CLIENT, DEMO_MACHINE_CLIENT, DEMO_SCOPES, DEMO_WEB_CLIENT, DEMO_WEB_SECRET,
    KnownClient, default_clients, find_client, is_local,
};
pub use clocks::{Clocks, Deadline, TokenPolicy};
pub use codes::{CODE_LEVETID, CodeFault, CodeGrant};
pub use control::Control;
pub use doer::{Doer, Gjest};
pub use grants::{Issued, RefreshFault, RefreshGrant, RefreshToken, Refreshed};
pub use inbound::{Inbound, WallTime};
pub use keysets::{KeyUse, PublishedKey, Rotation, RotationFault};
pub use limits::limited;
pub use login_request::{LoginRequest, ResponseMode};
pub use machine_tokens::{
    ActsFor, MachineGrant, MachineToken, bearer, machine_access_token, machine_claims, machine_token,
};
pub use minprofil::{MINPROFIL, MINPROFIL_CLIENT, MinprofilFault};
pub use not_modelled::{not_modelled, problem};
pub use open_logins::{OpenLogin, Passed};
pub use params::{Params, ParamsFault, escape, with_query};
pub use pushed::{PUSHED_LEVETID, PushedFault};
pub use rendering::{Patience, Rendered, Rendering, Writing};
pub use sessions::SsoSession;
pub use skin::{PlaceFault, Skin, Trouble};
pub use state::{Access, WorldState};
pub use tokens::{AudienceRule, BearerFault, CitizenToken, bearer_text, citizen_token, organisasjon, sign};
pub use visit::{Visit, issuer_at};
