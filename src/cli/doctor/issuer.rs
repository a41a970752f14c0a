//! `byteby doctor issuer`: a whole log-in against a running town, hop by hop, from the address an app uses
//! (`specs/experience.md` §7).

use clap::Args;
use reqwest::header::LOCATION;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::Check;
use crate::access::{DEMO_EMPLOYEE_CLIENT, DEMO_LOGIN_CLIENT, DEMO_MACHINE_CLIENT, DEMO_SCOPES, Params, with_query};
use crate::base::sha256;
use crate::cli::args::Global;
use crate::cli::remote::Admin;
use crate::cli::{ExitCode, Failure};
use crate::gate::wall;
use crate::keys::{Algorithm, Jws, client_key, encode_url, parse_jwk_set};

/// Where the log-in returns to: nobody listens there, and nobody has to.
const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// A code verifier; the log-in is nobody's secret.
const VERIFIER: &str = "byteby-doctor-issuer-0123456789-0123456789-0123456789";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[derive(Args, Debug)]
pub(in crate::cli) struct IssuerArgs {
    /// Address an app uses, such as http://byteby:2983; may be repeated [default: --server]
    #[arg(long = "at", value_name = "ORIGIN")]
    pub(super) at: Vec<String>,
    /// A public client of ID-porten that returns to http://127.0.0.1:9/callback
    #[arg(long, value_name = "ID", default_value = DEMO_LOGIN_CLIENT)]
    pub(super) client: String,
    /// The same of Ansattporten
    #[arg(long, value_name = "ID", default_value = DEMO_EMPLOYEE_CLIENT)]
    pub(super) employee_client: String,
    /// Walk inside a container of this image, with docker or podman [default: --at is this machine as it is called there]
    #[arg(long, value_name = "IMAGE")]
    from_container: Option<String>,
    /// The network the container joins
    #[arg(long, value_name = "NAME", requires = "from_container")]
    pub(super) network: Option<String>,
    /// Who logs in [default: an adult of the town, asked of the admin API]
    #[arg(long, value_name = "NUMBER")]
    pid: Option<String>,
}

/// A login service, and who logs in there.
struct Login<'a> {
    service: &'static str,
    client: &'a str,
    pid: &'a str,
    /// The level asked for.
    acr: &'static str,
}

/// What is wrong at a hop, and what to do.
struct Wrong {
    says: String,
    fix: String,
}

fn wrong<T>(says: impl Into<String>, fix: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { says: says.into(), fix: fix.into() })
}

/// Walks the hops from every address.
pub(super) async fn checks(global: &Global, args: &IssuerArgs) -> Result<Vec<Check>, Failure> {
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let http = http.map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?;
    let default = global.server.clone().unwrap_or_else(|| "http://localhost:2983".to_owned());
    let origins = if args.at.is_empty() { vec![default] } else { args.at.clone() };
    let world = if global.world == "main" { String::new() } else { format!("/w/{}", global.world) };
    let pid = match &args.pid {
        Some(pid) => pid.clone(),
        None => {
            let adult = "/people?where=bosatt%20%26%26%20alder%20%3E%3D%2018&limit=1&fields=id";
            let found = Admin::of(global).send(Method::GET, adult, None).await?;
            found["people"][0]["id"].as_str().unwrap_or_default().to_owned()
        }
    };
    if let Some(image) = &args.from_container {
        return super::container::checks(global, args, image, &pid).await;
    }
    let citizen = Login { service: "idporten", client: &args.client, pid: &pid, acr: "idporten-loa-high" };
    let employee = Login { service: "ansattporten", client: &args.employee_client, pid: &pid, acr: "high" };
    let mut checks = Vec::new();
    for origin in origins {
        let base = format!("{}{world}", origin.trim_end_matches('/'));
        let way = Way { http: &http, base };
        for login in [&citizen, &employee] {
            checks.extend(way.walk(login.service, &way.log_in(login).await));
        }
        checks.extend(way.walk("maskinporten", &way.machine().await));
    }
    Ok(checks)
}

/// The way from one address.
struct Way<'a> {
    http: &'a Client,
    base: String,
}

impl Way<'_> {
    /// The hops of `service` as checks.
    fn walk(&self, service: &'static str, hops: &Result<Vec<String>, Wrong>) -> Vec<Check> {
        match hops {
            Ok(hops) => hops.iter().map(|hop| Check::well(service, hop.clone())).collect(),
            Err(Wrong { says, fix }) => vec![Check::problem(service, says.clone(), fix.clone())],
        }
    }

    async fn fetch(&self, url: &str) -> Result<Response, Wrong> {
        match self.http.get(url).send().await {
            Ok(answer) => Ok(answer),
            Err(_) => wrong(
                format!("nobody answers at {url}"),
                "start a town with `byteby up`; from a container use http://host.docker.internal:2983 or the service's name",
            ),
        }
    }

    async fn json(&self, url: &str) -> Result<Value, Wrong> {
        let answer = self.fetch(url).await?;
        if answer.status().is_success()
            && let Ok(value) = read(answer).await
        {
            return Ok(value);
        }
        wrong(format!("{url} is not answered as it should be"), "name the town's own address with --at")
    }

    /// Discovery and keys of a login service.
    async fn discover(&self, service: &str) -> Result<(Vec<String>, Value), Wrong> {
        let issuer = format!("{}/{service}", self.base);
        let url = format!("{issuer}/.well-known/openid-configuration");
        let document = self.json(&url).await?;
        if document["issuer"] != issuer.as_str() {
            let says = format!("{url} says issuer {}, not {issuer}", document["issuer"]);
            return wrong(says, "use the address in `issuer` in the app, or let the proxy pass the host on");
        }
        let keys = document["jwks_uri"].as_str().unwrap_or_default();
        let count = self.json(keys).await?["keys"].as_array().map_or(0, Vec::len);
        let pages = document["authorization_endpoint"].as_str().unwrap_or_default();
        let hops = vec![
            format!("discovery at {url} names the same issuer"),
            format!("{count} key(s) at {keys}"),
            format!("browsers are sent to {pages}"),
        ];
        Ok((hops, document))
    }

    /// A whole log-in.
    async fn log_in(&self, &Login { service, client, pid, acr }: &Login<'_>) -> Result<Vec<String>, Wrong> {
        let (mut hops, document) = self.discover(service).await?;
        let at = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let challenge = encode_url(&sha256(&[VERIFIER.as_bytes()]).0);
        let hint = format!("testid:{pid}_{acr}");
        let query = [
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "doctor"),
            ("nonce", "doctor"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("acr_values", acr),
            ("login_hint", &hint),
        ];
        let pages = at("authorization_endpoint");
        let answer = self.fetch(&with_query(&pages, &query)).await?;
        let back = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let said = hint_of(&answer);
        let Some(params) =
            back.strip_prefix(&format!("{CALLBACK}?")).and_then(|query| Params::parse(query.as_bytes()).ok())
        else {
            let fix = "name a client with --client, one of Ansattporten with --employee-client";
            return wrong(format!("the log-in at {pages} stopped on a page: {said}"), fix);
        };
        if params.get("iss") != Some(at("issuer").as_str()) {
            return wrong(format!("the answer says iss {:?}", params.get("iss")), "read discovery again");
        }
        hops.push(format!("the answer of the log-in says iss {}", at("issuer")));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", params.get("code").unwrap_or_default()),
            ("redirect_uri", CALLBACK),
            ("client_id", client),
            ("code_verifier", VERIFIER),
        ];
        let tokens = self.post(&at("token_endpoint"), &form).await?;
        let keys = self.fetch(&at("jwks_uri")).await?.text().await.unwrap_or_default();
        let id_token = tokens["id_token"].as_str().unwrap_or_default();
        check_token(id_token, &keys, &at("issuer"), Some(client))?;
        hops.push(format!(
            "the ID token of {} says the same, for {client}, and its signature is good",
            at("token_endpoint")
        ));
        let info =
            self.http.get(at("userinfo_endpoint")).bearer_auth(tokens["access_token"].as_str().unwrap_or_default());
        match info.send().await {
            Ok(answer) if answer.status().is_success() => {
                hops.push(format!("{} takes the access token", at("userinfo_endpoint")));
                Ok(hops)
            }
            _ => wrong(format!("{} refuses the access token", at("userinfo_endpoint")), "look at `byteby requests`"),
        }
    }

    /// A token of the machine client that comes with the town.
    async fn machine(&self) -> Result<Vec<String>, Wrong> {
        let issuer = format!("{}/maskinporten/", self.base);
        let url = format!("{issuer}.well-known/oauth-authorization-server");
        let document = self.json(&url).await?;
        if document["issuer"] != issuer.as_str() {
            return wrong(
                format!("{url} says issuer {}, not {issuer}", document["issuer"]),
                "use the address in `issuer`, with its slash at the end",
            );
        }
        let endpoint = document["token_endpoint"].as_str().unwrap_or_default();
        let now = wall::now().seconds();
        let challenge = encode_url(&sha256(&[self.base.as_bytes(), &wall::now().0.to_be_bytes()]).0);
        let claims = json!({
            "aud": issuer, "iss": DEMO_MACHINE_CLIENT, "scope": DEMO_SCOPES[0],
            "iat": now, "exp": now + 60, "jti": challenge,
        });
        let Value::Object(claims) = claims else { return Ok(Vec::new()) };
        let assertion = client_key().sign(None, &claims);
        let tokens = self.post(endpoint, &[("grant_type", GRANT), ("assertion", &assertion)]).await?;
        let keys = document["jwks_uri"].as_str().unwrap_or_default();
        let keys = self.fetch(keys).await?.text().await.unwrap_or_default();
        check_token(tokens["access_token"].as_str().unwrap_or_default(), &keys, &issuer, None)?;
        Ok(vec![
            format!("metadata at {url} names the same issuer"),
            format!("the token of {endpoint} says the same, and its signature is good"),
        ])
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Value, Wrong> {
        let Ok(answer) = self.http.post(url).form(form).send().await else {
            return wrong(format!("nobody answers at {url}"), "look at the ports the container publishes");
        };
        let (good, said) = (answer.status().is_success(), hint_of(&answer));
        match read(answer).await {
            Ok(value) if good => Ok(value),
            value => wrong(
                format!(
                    "{url} gives no token: {}",
                    value.map_or_else(|()| String::new(), |value| value["error"].to_string())
                ),
                if said.is_empty() { "look at `byteby requests`".to_owned() } else { said },
            ),
        }
    }
}

async fn read(answer: Response) -> Result<Value, ()> {
    let bytes = answer.bytes().await.map_err(drop)?;
    serde_json::from_slice(&bytes).map_err(drop)
}

fn hint_of(answer: &Response) -> String {
    answer.headers().get("byteby-hint").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Issuer, audience and signature of a token.
fn check_token(text: &str, keys: &str, issuer: &str, audience: Option<&str>) -> Result<(), Wrong> {
    let Ok(jws) = Jws::parse(text) else { return wrong("the token is none", "look at `byteby requests`") };
    if jws.text("iss") != Some(issuer) {
        return wrong(format!("the token says iss {:?}, not {issuer}", jws.text("iss")), "read discovery again");
    }
    if audience.is_some() && jws.text("aud") != audience {
        return wrong(format!("the token is for {:?}", jws.text("aud")), "name the app's own client with --client");
    }
    let keys = parse_jwk_set(keys).unwrap_or_default();
    if keys.iter().any(|key| jws.verify(key, &[Algorithm::Rs256]).is_ok()) {
        return Ok(());
    }
    wrong("no published key made the token's signature", "read the key set again: keys may have been rotated")
}
