//! A client record as the API writes and reads it (`specs/eid.md` §3.2).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::faults::Feil;
use crate::base::Orgnummer;
use crate::town::Town;
use crate::town::state::{Applikasjonstype, Autentisering, Integrasjonstype, Klient, Tildeling, Tjeneste};

const TYPES: [(&str, Applikasjonstype); 3] =
    [("web", Applikasjonstype::Web), ("browser", Applikasjonstype::Browser), ("native", Applikasjonstype::Native)];
const METHODS: [Autentisering; 4] = [
    Autentisering::ClientSecretBasic,
    Autentisering::ClientSecretPost,
    Autentisering::PrivateKeyJwt,
    Autentisering::Ingen,
];

/// Fields of a record that a caller may send. Those only the service sets are taken and left alone, so that a record
/// can be read, changed and sent back.
pub(super) const FIELDS: &[&str] = &[
    "integration_type",
    "client_name",
    "display_name",
    "description",
    "logo",
    "client_orgno",
    "supplier_orgno",
    "application_type",
    "token_endpoint_auth_method",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "scopes",
    "code_challenge_method",
    "sso_disabled",
    "access_token_lifetime",
    "refresh_token_lifetime",
    "authorization_lifetime",
    "client_id",
    "client_secret",
    "active",
    "created",
    "last_updated",
];

/// A record as it is sent.
#[derive(Deserialize)]
pub(super) struct Record {
    integration_type: Option<String>,
    client_name: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    logo: Option<String>,
    client_orgno: Option<String>,
    supplier_orgno: Option<String>,
    application_type: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: Option<bool>,
    backchannel_logout_uri: Option<String>,
    scopes: Option<Vec<String>>,
    code_challenge_method: Option<String>,
    sso_disabled: Option<bool>,
    access_token_lifetime: Option<u32>,
    refresh_token_lifetime: Option<u32>,
    authorization_lifetime: Option<u32>,
    client_id: Option<String>,
}

/// The service whose clients of this kind are.
fn service(kind: Integrasjonstype) -> Tjeneste {
    match kind {
        Integrasjonstype::Idporten | Integrasjonstype::ApiKlient => Tjeneste::Idporten,
        Integrasjonstype::Ansattporten => Tjeneste::Ansattporten,
        Integrasjonstype::Maskinporten | Integrasjonstype::Krr | Integrasjonstype::Eformidling => {
            Tjeneste::Maskinporten
        }
    }
}

/// A field that must be there.
fn required<T>(name: &str, value: Option<T>) -> Result<T, Feil> {
    value.ok_or_else(|| Feil::bad(format!("Missing field: {name}")))
}

/// `text` as an organisation number, which stood in `field`.
pub(super) fn orgnr(field: &str, text: &str) -> Result<Orgnummer, Feil> {
    Orgnummer::parse(text).map_err(|fault| Feil::bad(format!("{field} is not an organisation number: {fault}")))
}

/// The thing called `word` in `all`, which stood in `field`.
fn one_of<T>(field: &str, word: &str, all: impl Iterator<Item = (&'static str, T)>) -> Result<T, Feil> {
    let mut names = Vec::new();
    for (name, value) in all {
        if name == word {
            return Ok(value);
        }
        names.push(name);
    }
    let word: String = word.chars().take(60).collect();
    Err(Feil::bad(format!("Invalid {field}: {word}")).hinted(format!("{field} is one of {}", names.join(", "))))
}

impl Record {
    /// The registration it describes, for a new client called `client_id` or in place of `before`.
    pub(super) fn klient(self, call: &Call, client_id: &str, before: Option<&Klient>) -> Result<Klient, Feil> {
        let word = required("integration_type", self.integration_type.as_deref())?;
        let kind =
            one_of("integration_type", word, Integrasjonstype::ALLE.map(|kind| (kind.name(), kind)).into_iter())?;
        if before.is_some_and(|before| before.integrasjonstype() != kind) {
            return Err(Feil::bad("integration_type cannot be changed"));
        }
        if self.client_id.as_deref().is_some_and(|id| before.is_some() && id != client_id) {
            return Err(Feil::bad("client_id is another than in the address"));
        }
        let (owner, supplier) = self.owner(call, before)?;
        let name = required("client_name", self.client_name.as_deref())?;
        let method = required("token_endpoint_auth_method", self.token_endpoint_auth_method.as_deref())?;
        let mut klient = Klient::idporten(client_id, name, owner, &[]);
        klient.tjeneste = service(kind);
        klient.autentisering =
            one_of("token_endpoint_auth_method", method, METHODS.map(|one| (one.name(), one)).into_iter())?;
        let rest = &mut klient.tillegg;
        rest.integrasjonstype = Some(kind);
        rest.leverandoer = supplier;
        rest.beskrivelse = required("description", self.description)?;
        rest.visningsnavn = self.display_name;
        rest.logo = self.logo;
        let grants = required("grant_types", self.grant_types)?;
        let grant =
            |word: &String| Tildeling::from_name(word).ok_or_else(|| Feil::bad(format!("Invalid grant_types: {word}")));
        rest.tildelinger = grants.iter().map(grant).collect::<Result<_, _>>()?;
        rest.frontchannel_logout_uri = self.frontchannel_logout_uri;
        rest.frontchannel_logout_session_required = self.frontchannel_logout_session_required.unwrap_or(false);
        rest.backchannel_logout_uri = self.backchannel_logout_uri;
        if klient.tjeneste != Tjeneste::Maskinporten {
            let word = required("application_type", self.application_type.as_deref())?;
            klient.applikasjonstype = one_of("application_type", word, TYPES.into_iter())?;
            klient.redirect_uris = required("redirect_uris", self.redirect_uris)?;
            klient.post_logout_redirect_uris = required("post_logout_redirect_uris", self.post_logout_redirect_uris)?;
        }
        klient.pkce = match self.code_challenge_method.as_deref() {
            None | Some("S256") => true,
            Some("none") => false,
            Some(other) => return Err(Feil::bad(format!("Invalid code_challenge_method: {other}"))),
        };
        klient.scopes = match self.scopes {
            // This kind has these two and no other, so that leaving them out says nothing wrong.
            None if kind == Integrasjonstype::Idporten => klient.scopes,
            scopes => required("scopes", scopes)?,
        };
        check_scopes(call.town(), &klient.scopes, kind)?;
        klient.access_token_levetid = self.access_token_lifetime.unwrap_or(klient.access_token_levetid);
        klient.refresh_token_levetid = self.refresh_token_lifetime.unwrap_or(klient.refresh_token_levetid);
        klient.autorisasjon_levetid = self.authorization_lifetime.unwrap_or(klient.autorisasjon_levetid);
        klient.sso_deaktivert = self.sso_disabled.unwrap_or(false);
        if let Some(before) = before {
            klient.noekler.clone_from(&before.noekler);
            klient.hemmelighet = before.hemmelighet.filter(|_| klient.autentisering.needs_secret());
            klient.tillegg.onbehalfof.clone_from(&before.tillegg.onbehalfof);
            klient.tillegg.opake_tokens = before.tillegg.opake_tokens;
            klient.tillegg.utsteder.clone_from(&before.tillegg.utsteder);
            klient.virtuell_klokke = before.virtuell_klokke;
            klient.eldes = before.eldes;
        }
        Ok(klient)
    }

    /// Whose client it is to be, and who runs it.
    fn owner(&self, call: &Call, before: Option<&Klient>) -> Result<(Orgnummer, Option<Orgnummer>), Feil> {
        let owner = self.client_orgno.as_deref().map(|text| orgnr("client_orgno", text)).transpose()?;
        let supplier = self.supplier_orgno.as_deref().map(|text| orgnr("supplier_orgno", text)).transpose()?;
        if let Some(before) = before {
            let moved = owner.is_some_and(|owner| owner != before.orgnr)
                || supplier.is_some_and(|supplier| Some(supplier) != before.tillegg.leverandoer);
            let fixed = || Feil::bad("client_orgno and supplier_orgno cannot be changed");
            return if moved { Err(fixed()) } else { Ok((before.orgnr, before.tillegg.leverandoer)) };
        }
        let owner = owner.unwrap_or(call.consumer);
        if owner == call.consumer {
            return match supplier {
                Some(supplier) if supplier != owner => Err(Feil::bad("supplier_orgno is not the caller's")),
                _ => Ok((owner, None)),
            };
        }
        if !call.supplier {
            let hint = "a supplier makes clients for others with the scope idporten:dcr.supplier";
            return Err(Feil::forbidden("client_orgno is another organisation").hinted(hint));
        }
        if supplier.is_some_and(|supplier| supplier != call.consumer) {
            return Err(Feil::bad("supplier_orgno is not the caller's"));
        }
        Ok((owner, Some(call.consumer)))
    }
}

/// Every scope is in use and meant for this kind of client. Whether its owner lets the client have it is seen when a
/// token is asked for.
fn check_scopes(town: &Town, scopes: &[String], kind: Integrasjonstype) -> Result<(), Feil> {
    for name in scopes {
        if matches!(name.as_str(), "openid" | "profile") && service(kind) != Tjeneste::Maskinporten {
            continue;
        }
        let shown: String = name.chars().take(200).collect();
        let scope = town.scope(name).filter(|scope| scope.aktiv);
        let scope = scope.ok_or_else(|| Feil::bad(format!("Unknown scope: {shown}")))?;
        if !scope.tillater(kind) {
            let kinds: Vec<&str> = scope.integrasjonstyper.iter().map(|kind| kind.name()).collect();
            return Err(Feil::bad(format!("Scope not allowed for {}: {shown}", kind.name()))
                .hinted(format!("this scope is for {}", kinds.join(", "))));
        }
    }
    Ok(())
}

/// The record of `klient` as it is read.
pub(super) fn view(town: &Town, klient: &Klient) -> Map<String, Value> {
    let rest = &klient.tillegg;
    let machine = klient.tjeneste == Tjeneste::Maskinporten;
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            out.insert(name.to_owned(), value);
        }
    };
    put("client_id", json!(klient.client_id));
    put("client_name", json!(klient.navn));
    put("display_name", json!(rest.visningsnavn));
    put("description", json!(rest.beskrivelse));
    put("logo", json!(rest.logo));
    put("client_orgno", json!(klient.orgnr.to_string()));
    put("supplier_orgno", json!(rest.leverandoer.map(|orgnr| orgnr.to_string())));
    put("integration_type", json!(klient.integrasjonstype().name()));
    put("token_endpoint_auth_method", json!(klient.autentisering.name()));
    put("grant_types", json!(klient.tildelinger().iter().map(|one| one.name()).collect::<Vec<_>>()));
    put("scopes", json!(klient.scopes));
    if !machine {
        let word = TYPES.iter().find(|(_, of)| *of == klient.applikasjonstype).map(|(word, _)| *word);
        put("application_type", json!(word));
        put("redirect_uris", json!(klient.redirect_uris));
        put("post_logout_redirect_uris", json!(klient.post_logout_redirect_uris));
        put("frontchannel_logout_uri", json!(rest.frontchannel_logout_uri));
        put("frontchannel_logout_session_required", json!(rest.frontchannel_logout_session_required));
        put("backchannel_logout_uri", json!(rest.backchannel_logout_uri));
        put("backchannel_logout_session_required", json!(rest.backchannel_logout_uri.is_some()));
        put("code_challenge_method", json!(if klient.pkce { "S256" } else { "none" }));
        put("sso_disabled", json!(klient.sso_deaktivert));
        put("refresh_token_lifetime", json!(klient.refresh_token_levetid));
        put("authorization_lifetime", json!(klient.autorisasjon_levetid));
    }
    put("access_token_lifetime", json!(klient.access_token_levetid));
    put("active", json!(klient.aktiv));
    if let Some(tider) = town.klienter.tider.get(&(klient.tjeneste, klient.client_id.clone())) {
        put("created", json!(tider.opprettet.utc()));
        put("last_updated", json!(tider.endret.utc()));
    }
    out
}
