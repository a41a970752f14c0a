//! How an authorization response travels back to the app (`specs/eid.md` §3.3, §9 "redirect").

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value};

use super::{Desk, pages};
use crate::access::{ResponseMode, TokenPolicy, sign, with_query};

/// Seconds a signed authorization response is good for.
const JARM_LEVETID: i64 = 600;

/// Where an answer goes and what it always carries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub issuer: String,
    pub client_id: String,
    pub state: Option<String>,
    pub policy: TokenPolicy,
    /// Whether the browser comes from a posted form: then 303, so that it does not post again.
    pub after_form: bool,
}

impl Target {
    /// Sends `fields` back, with `state` and `iss` behind them.
    pub(super) async fn send(&self, desk: &Desk, fields: &[(&str, &str)]) -> Response {
        let mut fields: Vec<(&str, &str)> = fields.to_vec();
        if let Some(state) = &self.state {
            fields.push(("state", state));
        }
        fields.push(("iss", &self.issuer));
        let signed;
        if matches!(self.mode, ResponseMode::QueryJwt | ResponseMode::FormPostJwt) {
            signed = self.pack(desk, &fields).await;
            fields = vec![("response", &signed)];
        }
        match self.mode {
            ResponseMode::Query | ResponseMode::QueryJwt => self.redirect(&fields),
            ResponseMode::FormPost | ResponseMode::FormPostJwt => {
                let page = pages::form_post(&self.redirect_uri, &fields);
                ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
            }
        }
    }

    /// Sends an error back.
    pub(super) async fn refuse(&self, desk: &Desk, error: &str, description: &str) -> Response {
        self.send(desk, &[("error", error), ("error_description", description)]).await
    }

    fn redirect(&self, fields: &[(&str, &str)]) -> Response {
        let status = if self.after_form { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        let location = HeaderValue::from_str(&with_query(&self.redirect_uri, fields));
        match location {
            Ok(location) => {
                (status, [(header::LOCATION, location), (header::CACHE_CONTROL, no_store())]).into_response()
            }
            // A registered address is printable ASCII, so this is an unregistered one under the open policy.
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }

    /// The fields as one signed parameter.
    async fn pack(&self, desk: &Desk, fields: &[(&str, &str)]) -> String {
        let now = desk.seconds(self.policy);
        let mut claims = Map::new();
        claims.insert("iss".into(), Value::from(self.issuer.as_str()));
        claims.insert("aud".into(), Value::from(self.client_id.as_str()));
        claims.insert("exp".into(), Value::from(now + JARM_LEVETID));
        for (name, value) in fields {
            claims.insert((*name).to_owned(), Value::from(*value));
        }
        sign(desk.key(), claims).await
    }
}

fn no_store() -> HeaderValue {
    HeaderValue::from_static("no-store")
}
