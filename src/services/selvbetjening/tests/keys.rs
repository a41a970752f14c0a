//! The keys of a client, row 47 of `specs/eid.md` §9.

use serde_json::{Value, json};

use super::{NONE, Verden, id_of, key, machine_client, with};

#[tokio::test]
async fn keys_are_replaced_as_a_set_of_at_most_five_rsa_keys() {
    let verden = Verden::new().await;
    let (_, made) = verden.ask("POST", "/clients", &machine_client()).await;
    let path = format!("/clients/{}/jwks", id_of(&made));
    assert_eq!(verden.ask("GET", &path, &NONE).await, (200, json!({"keys": []})));
    let many = |count: usize| -> Value {
        let keys: Vec<Value> = (0..count).map(|n| key(json!({"kid": format!("k-{n}")}))).collect();
        json!({ "keys": keys })
    };
    let ec = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "e", "e": "AQAB", "n": "AQAB"});
    for (body, status) in [
        (many(5), 201),
        (many(6), 400),
        (json!({"keys": [key(json!({}))]}), 201),
        (json!({"keys": [key(json!({"kid": "aZ09._-"}))]}), 201),
        (json!({"keys": [key(json!({"kid": "a b"}))]}), 400),
        (json!({"keys": [key(json!({"kid": "æ"}))]}), 400),
        (json!({"keys": [key(json!({"kid": ""}))]}), 400),
        (json!({"keys": [key(json!({"kid": null}))]}), 400),
        (json!({"keys": [key(json!({"alg": null}))]}), 400),
        (json!({"keys": [key(json!({"alg": "RS512"}))]}), 201),
        (json!({"keys": [key(json!({"alg": "PS256"}))]}), 400),
        (json!({"keys": [key(json!({"use": "enc"}))]}), 400),
        (json!({"keys": [key(json!({"n": null}))]}), 400),
        (json!({"keys": [key(json!({"n": "AQAB"}))]}), 400),
        (json!({"keys": [key(json!({"d": "AQAB"}))]}), 400),
        (json!({"keys": [ec]}), 400),
        (json!({"keys": [key(json!({})), key(json!({}))]}), 400),
        (json!({"keys": {}}), 400),
        (json!({}), 400),
        (json!({"keys": []}), 201),
    ] {
        let (found, answer) = verden.ask("POST", &path, &body).await;
        assert_eq!(found, status, "{body}: {answer}");
    }
    let (status, set) = verden.ask("PUT", &path, &many(2)).await;
    assert_eq!((status, set["keys"].as_array().unwrap().len()), (200, 2));
    let (_, set) = verden.ask("PUT", &path, &many(1)).await;
    assert_eq!(set["keys"].as_array().unwrap().len(), 1, "the whole set is replaced");
    let client = path.strip_suffix("/jwks").unwrap();
    let (status, _) = verden.ask("PUT", client, &with(machine_client(), json!({"client_name": "Ny"}))).await;
    assert_eq!((status, verden.ask("GET", &path, &NONE).await.1["keys"].clone()), (200, set["keys"].clone()), "kept");
}

#[tokio::test]
async fn a_key_posted_again_begins_a_new_year() {
    let verden = Verden::new().await;
    let (_, made) = verden.ask("POST", "/clients", &machine_client()).await;
    let path = format!("/clients/{}/jwks", id_of(&made));
    let set = json!({"keys": [key(json!({}))]});
    verden.ask("POST", &path, &set).await;
    let first = verden.ask("GET", &path, &NONE).await.1["last_updated"].clone();
    let later = verden.inbound.world.town().now().plus_millis(30 * 86_400_000);
    verden.inbound.world.advance(later).await.unwrap();
    verden.ask("POST", &path, &set).await;
    let second = verden.ask("GET", &path, &NONE).await.1["last_updated"].clone();
    assert_eq!((first, second), (json!("2027-01-04T07:00:00Z"), json!("2027-02-03T07:00:00Z")));
}
