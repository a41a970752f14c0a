//! Speaking to a running town.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::args::Global;
use super::project::Project;
use super::{Failure, settings};

/// A client that carries the token of the admin API when one is set, and follows nobody elsewhere with it.
///
/// # Errors
/// For a token no header can carry, or a file of one that cannot be read.
pub(super) fn http(global: &Global) -> Result<reqwest::Client, Failure> {
    let named = std::env::var_os("BYTEBY_ADMIN_TOKEN_FILE").map(Into::into);
    let token = settings::admin_token(global, named, &Project::find(global)?)?;
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Failure::usage("the token of the admin API has signs no header can carry"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let client =
        reqwest::Client::builder().default_headers(headers).redirect(reqwest::redirect::Policy::none()).build();
    client.map_err(|error| Failure::new(super::ExitCode::Internal, error.to_string()))
}
