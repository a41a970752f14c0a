use serde_json::json;

use super::*;

fn read_json(kind: &str, fields: &Value) -> Result<Fault, FaultFault> {
    read(kind, &fields.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())).collect())
}

#[test]
fn every_offered_kind_is_read_and_written_back_the_same() {
    let cases = [
        ("latency", json!({"delay": "800ms"}), Fault::Latency { delay_ms: 800 }),
        ("error", json!({"status": 503}), Fault::Error { status: 503 }),
        ("timeout", json!({"after": "2s"}), Fault::Timeout { after_ms: 2_000 }),
        ("reset", json!({}), Fault::Reset),
        ("slow_body", json!({"delay": "1s"}), Fault::SlowBody { delay_ms: 1_000 }),
        ("truncate", json!({"percent": 10}), Fault::Truncate { percent: 10 }),
        ("throttle", json!({"retry_after": "1500ms"}), Fault::Throttle { retry_after_ms: Some(1_500) }),
        ("throttle", json!({}), Fault::Throttle { retry_after_ms: None }),
        ("outage", json!({"mode": "reset"}), Fault::Outage { retry_after_ms: None, silent: true }),
        ("outage", json!({"retry_after": "60s"}), Fault::Outage { retry_after_ms: Some(60_000), silent: false }),
        ("token_expiry", json!({}), Fault::TokenExpiry),
        ("wrong_iss", json!({}), Fault::Token(TokenFault::WrongIss)),
        ("wrong_aud", json!({}), Fault::Token(TokenFault::WrongAud)),
        ("wrong_nonce", json!({}), Fault::Token(TokenFault::WrongNonce)),
        ("missing_claim", json!({"claim": "auth_time"}), Fault::Token(TokenFault::MissingClaim(Krav::AuthTime))),
        ("acr_downgrade", json!({}), Fault::Token(TokenFault::AcrDowngrade)),
        ("expired_token", json!({}), Fault::Token(TokenFault::Expired)),
        ("duplicate_jti", json!({}), Fault::Token(TokenFault::DuplicateJti)),
        ("stale_jwks", json!({}), Fault::StaleJwks),
        ("html_instead_of_json", json!({}), Fault::HtmlInsteadOfJson),
        ("gateway", json!({}), Fault::Gateway),
    ];
    for (kind, fields, fault) in &cases {
        assert_eq!(read_json(kind, fields), Ok(*fault), "{kind} {fields}");
        assert_eq!(fault.kind(), *kind);
        assert_eq!(
            Value::Object(fault.fields().into_iter().map(|(name, value)| (name.into(), value)).collect()),
            *fields
        );
    }
    let met: Vec<&str> = cases.iter().map(|(kind, ..)| *kind).collect();
    assert!(KINDS.iter().all(|kind| kind.offered == met.contains(&kind.name)));
    assert_eq!(KINDS.len(), 26, "the kinds of the contract");
}

#[test]
fn what_is_wrong_is_said_with_the_nearest_right_word() {
    for (kind, fields, said) in [
        ("latncy", json!({}), "there is no fault of kind `latncy`; did you mean `latency`?"),
        ("clock_skew", json!({}), "faults of kind `clock_skew` are not in this version"),
        ("latency", json!({"dely": "1s"}), "a fault of kind `latency` has no field `dely`; did you mean `delay`?"),
        (
            "latency",
            json!({"delay": null}),
            "a fault of kind `latency` needs the field `delay`: how late the answer leaves",
        ),
        (
            "latency",
            json!({"delay": 800}),
            "the field `delay` of a fault takes real time like 150ms, 2s or 1m, five minutes at most",
        ),
        (
            "latency",
            json!({"delay": "PT1S"}),
            "the field `delay` of a fault takes real time like 150ms, 2s or 1m, five minutes at most",
        ),
        ("error", json!({"status": 200}), "the field `status` of a fault takes a whole number from 400 to 599"),
        ("error", json!({"status": "600"}), "the field `status` of a fault takes a whole number from 400 to 599"),
        ("outage", json!({"mode": "quiet"}), "the field `mode` of a fault takes one of answer, reset"),
    ] {
        assert_eq!(read_json(kind, &fields).unwrap_err().to_string(), said, "{kind} {fields}");
    }
}

#[test]
fn shares_are_whole_parts_per_million() {
    for (text, parts) in
        [("0", 0), ("1", ALWAYS), ("1.0", ALWAYS), ("0.3", 300_000), ("0.000001", 1), ("0.25", 250_000)]
    {
        assert_eq!(share(text), Some(parts), "{text}");
        assert_eq!(share(&share_text(parts)), Some(parts), "{text}");
    }
    for text in ["", "1.1", "2", "-0.1", ".5", "0.", "1e-3", "0.0000001", "en halv"] {
        assert_eq!(share(text), None, "{text}");
    }
}

#[test]
fn real_time_has_a_unit_and_an_upper_bound() {
    for (text, millis) in [
        ("150ms", Some(150)),
        ("2s", Some(2_000)),
        ("5m", Some(300_000)),
        ("6m", None),
        ("5", None),
        ("", None),
        ("99999999999s", None),
        ("1.5s", None),
        ("s", None),
    ] {
        assert_eq!(duration(text), millis, "{text}");
    }
}

#[test]
fn every_claim_that_can_be_missing_has_its_name() {
    for name in Krav::NAVN {
        assert_eq!(Krav::from_name(name).map(Krav::name), Some(*name));
    }
    assert_eq!(Krav::from_name("nothing"), None);
}
