//! The page that asks whom to act for.

use axum::response::Response;

use super::{Offer, offer};
use crate::access::OpenLogin;
use crate::oidc::login::{View, frame};
use crate::oidc::pages::{self, Representation};
use crate::oidc::texts::Texts;
use crate::oidc::{Desk, consent};

/// Lists longer than this can be searched.
const LONG: usize = 12;

/// The page of the log-in `id`, whose user has logged in.
pub(in crate::oidc) fn page(desk: &Desk, id: &str, open: &OpenLogin, view: &View) -> Response {
    let request = &open.request;
    let t = Texts::of(&request.locale);
    let offered = open.passed.as_ref().and_then(|passed| offer(desk, request, &passed.authentication));
    let mut offer = offered.unwrap_or(Offer { people: false, several: false, nobody: true, rows: Vec::new() });
    let long = offer.rows.len() > LONG;
    let words: Vec<String> = view.search.split_whitespace().map(str::to_lowercase).collect();
    offer.rows.retain(|row| {
        let name = row.name.to_lowercase();
        words.iter().all(|word| name.contains(word.as_str()) || row.value.starts_with(word.as_str()))
    });
    let who = open.passed.as_ref().map(|passed| consent::name_of(desk, passed)).unwrap_or_default();
    let frame = frame(desk, id, request, view.message.clone());
    pages::answer(&Representation { t, frame, who, offer, long, search: &view.search })
}
