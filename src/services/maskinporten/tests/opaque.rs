//! Opaque tokens: a scope or a client wants a name that says nothing, and resource services take it all the same.

use super::rettigheter::EGEN;
use super::*;
use crate::access::Access;
use crate::town::state::{Scope, Tokentype};

fn opaque_scope() -> EidCommand {
    EidCommand::Scope(Box::new(Scope { tokentype: Tokentype::Opaque, ..Scope::new(EGEN, orgnr()) }))
}

fn client() -> Klient {
    Klient { scopes: vec![SCOPE.into(), EGEN.into()], ..klient() }
}

async fn text(visit: &Visit, changes: Value) -> String {
    let (_, answer) = ask_claims(visit, &with(&changes)).await;
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn good(visit: &Visit, token: &str, scopes: &[&str], rule: AudienceRule<'_>) -> Result<(), BearerFault> {
    machine_token(visit, token, scopes, rule).map(|_| ())
}

#[tokio::test]
async fn an_opaque_token_is_a_name_of_43_letters_that_resource_services_take() {
    let visit = given(&visit(&[client()]), [opaque_scope()]);
    let signed = text(&visit, json!({})).await;
    assert_eq!(signed.split('.').count(), 3, "no scope of it is opaque");
    let both = json!({"scope": format!("{SCOPE} {EGEN}"), "jti": "2", "resource": ["https://api.example"]});
    let name = text(&visit, both).await;
    assert!(name.len() == 43 && !name.contains('.'), "{name}");
    let any = AudienceRule::Unchecked;
    assert_eq!(good(&visit, &name, &[SCOPE], any), Ok(()));
    assert_eq!(good(&visit, &name, &[KRR], any), Err(BearerFault::WrongScope));
    assert_eq!(good(&visit, &name, &[], AudienceRule::IfPresent(&["https://x"])), Err(BearerFault::WrongAudience));
    assert_eq!(good(&later(&visit, 119), &name, &[], any), Ok(()));
    assert_eq!(good(&later(&visit, 120), &name, &[], any), Err(BearerFault::Expired));
    assert_eq!(good(&visit, &"x".repeat(43), &[], any), Err(BearerFault::Malformed));
    let token = machine_token(&visit, &name, &[], any).unwrap();
    assert_eq!((token.client_id.as_str(), token.consumer), ("maskin", orgnr()));
    // It differs from its own id, which services may log.
    assert_ne!(token.jti, name);
}

#[tokio::test]
async fn a_client_may_want_all_its_tokens_so() {
    let mut client = client();
    client.tillegg.opake_tokens = true;
    let name = text(&visit(&[client]), json!({})).await;
    assert_eq!(name.len(), 43);
}

#[tokio::test]
async fn worlds_of_one_seed_and_process_share_opaque_tokens_and_others_do_not() {
    let access = Access::new();
    let in_world = |incarnation, seed| {
        let visit = given(&visit(&[client()]), [opaque_scope()]);
        Visit { state: access.of_world(incarnation, Seed(seed)), ..visit }
    };
    let (main, fork, stranger) = (in_world(1, 7), in_world(2, 7), in_world(3, 8));
    let name = text(&main, json!({"scope": EGEN})).await;
    let any = AudienceRule::Unchecked;
    assert_eq!(good(&fork, &name, &[EGEN], any), Ok(()));
    assert_eq!(good(&stranger, &name, &[EGEN], any), Err(BearerFault::Malformed));
    let without = Visit { town: visit(&[]).town, ..fork };
    assert_eq!(good(&without, &name, &[], any), Err(BearerFault::OtherWorld));
}
