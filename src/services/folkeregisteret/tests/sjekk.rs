//! A document that breaks its schema is told apart.

use serde_json::Value;

use crate::formats::skjema::Skjema;

#[test]
fn a_document_that_breaks_the_contract_is_told_apart() {
    let schema = Skjema::named("folkeregister/person-offentlig-med-hjemmel");
    let good = serde_json::json!({"status": [{"ajourholdstidspunkt": "2024-06-05T10:12:44.118209+02:00",
        "erGjeldende": true, "kilde": "forelder", "aarsak": "Fødsel", "status": "bosatt"}]});
    assert_eq!(schema.fault(&good), None);
    let changes: [(&str, fn(&mut Value)); 7] = [
        ("an empty list", |person| person["status"] = serde_json::json!([])),
        ("another element", |person| person["noe"] = serde_json::json!([{}])),
        ("another field", |person| person["status"][0]["noe"] = true.into()),
        ("nothing", |person| person["status"][0]["status"] = Value::Null),
        ("another code", |person| person["status"][0]["status"] = "borte".into()),
        ("no metadata", |person| {
            person["status"][0].as_object_mut().expect("an entry").shift_remove("erGjeldende");
        }),
        ("another form of time", |person| {
            person["status"][0]["ajourholdstidspunkt"] = "2024-06-05T10:12:44+02:00".into();
        }),
    ];
    for (what, change) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(schema.fault(&bad).is_some(), "{what}");
    }
}
