//! `InvalidRequest`: no two different inputs name the same meeting. What could be another text than it is taken for is
//! refused, and nothing happens.

use convene_tests::{Answer, Product, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_failed, assert_invalid};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const POSTBACK: &str = "/api/salesforce/scheduler/postback";
const ORGANIZER: &str = samples::ORGANIZER;
/// What takes the place of bytes that are no UTF-8 where they are not refused.
const REPLACEMENT: &str = "\u{fffd}";

#[tokio::test]
async fn a_query_that_is_not_utf_8_names_no_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting(REPLACEMENT)).await.expect(200, "NoError");
    caller.create_appointments(&lightning::appointment(REPLACEMENT, &[])).await.expect_ok();
    for id in ["%ff", "%C3", "%ed%a0%80", "%EF%BF%BD%ff"] {
        for (method, path) in [(Method::GET, MEETING), (Method::DELETE, MEETING), (Method::DELETE, POSTBACK)] {
            let query = format!("{path}?organizerEmail={ORGANIZER}&id={id}");
            let refused = caller.send(method, &query, "").await;
            assert_failed(&refused, 400, "InvalidRequest", "");
            assert_eq!(refused.json()["message"], "The query string must be UTF-8, percent-encoded.");
        }
    }
    assert_eq!(caller.get(REPLACEMENT, ORGANIZER).await.status, 200);
    let outlook = product.outlook("contoso").await;
    assert_eq!(outlook.events(ORGANIZER).await.len(), 2);
    // In any parameter, of any endpoint.
    let window = "from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";
    let path = format!("/api/salesforce/scheduler/availability?{window}&salesforceCorrelationId=%ff");
    let refused = caller.send(Method::POST, &path, json!([{"email": ORGANIZER}]).to_string()).await;
    assert_failed(&refused, 400, "InvalidRequest", "");
}

#[tokio::test]
async fn a_parameter_that_is_repeated_names_no_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    for (query, email, field) in [
        (format!("id=m&organizerEmail={ORGANIZER}&id=n"), ORGANIZER, "id"),
        (format!("id=m&organizerEmail={ORGANIZER}&i%64=m"), ORGANIZER, "id"),
        (format!("id=m&organizerEmail={ORGANIZER}&organizerEmail=x@contoso.com"), "", "organizerEmail"),
    ] {
        for (method, path) in [(Method::GET, MEETING), (Method::DELETE, MEETING), (Method::DELETE, POSTBACK)] {
            assert_invalid(&caller.send(method, &format!("{path}?{query}"), "").await, email, &[field]);
        }
        // Nor does a body make it good.
        let body = json!({"id": "m", "organizerEmail": ORGANIZER}).to_string();
        let refused = caller.send(Method::DELETE, &format!("{MEETING}?{query}"), body).await;
        assert_eq!(super::fields_of(&refused), [field]);
    }
    assert_eq!(caller.get("m", ORGANIZER).await.status, 200);
    let window = "from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z&to=2027-05-05T00:00:00Z";
    let path = format!("/api/salesforce/scheduler/availability?{window}");
    let refused = caller.send(Method::POST, &path, json!([{"email": ORGANIZER}]).to_string()).await;
    assert_invalid(&refused, "", &["to"]);
}

#[tokio::test]
async fn a_body_that_is_no_unicode_names_no_meeting() {
    let product = Product::start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting(REPLACEMENT)).await.expect(200, "NoError");
    caller.create_appointments(&lightning::appointment(REPLACEMENT, &[])).await.expect_ok();
    let with_id = |id: &[u8]| {
        let organizer = format!(r#", "organizerEmail": "{ORGANIZER}"}}"#);
        [br#"{"id": "#, id, organizer.as_bytes()].concat()
    };
    for path in [MEETING, POSTBACK] {
        for id in [&br#""\ud800""#[..], br#""\udfff""#, br#""\ud800\u0041""#] {
            assert_invalid(&caller.send(Method::DELETE, path, with_id(id)).await, ORGANIZER, &["id"]);
        }
        for id in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\xc3\"", b"\"a\", \"id\": \"b\""] {
            assert_invalid(&caller.send(Method::DELETE, path, with_id(id)).await, "", &[]);
        }
    }
    assert_eq!(caller.get(REPLACEMENT, ORGANIZER).await.status, 200);
    assert_eq!(product.outlook("contoso").await.events(ORGANIZER).await.len(), 2);
}

#[tokio::test]
async fn an_address_that_only_looks_like_the_organizers_is_none() {
    let product = Product::start().await;
    product.simulator().add_mailbox("contoso.com", "kim@contoso.com").await;
    let caller = product.contoso().await;
    let meeting = samples::meeting_with("m", &json!({"organizerEmail": "kim@contoso.com"}));
    caller.schedule(&meeting).await.expect(200, "NoError");
    // The Kelvin sign is a k in lower case.
    let kelvin = "\u{212a}im@contoso.com";
    assert_invalid(&caller.get("m", kelvin).await, kelvin, &["organizerEmail"]);
    assert_invalid(&caller.delete("m", kelvin).await, kelvin, &["organizerEmail"]);
    assert_eq!(caller.get("m", "KIM@contoso.com").await.status, 200);
}

#[tokio::test]
async fn a_form_that_is_not_utf_8_proves_nothing() {
    let product = Product::start().await;
    let tenant = product.tenant("contoso");
    let token = async |form: String| {
        let request = product.http().post(format!("{}/oauth2/token", product.api())).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::read(request.send().await.expect("an answer")).await
    };
    let form = format!("grant_type=client_credentials&client_id={}&client_secret=", tenant.client_id);
    for secret in ["%ff", "%ED%A0%80", "%C3"] {
        let refused = token(format!("{form}{secret}")).await;
        let body = refused.json();
        assert_eq!((refused.status, &body["error"]), (400, &Value::from("invalid_request")), "{refused:?}");
    }
    // The text that takes the place of such bytes is a secret like any other, and a wrong one.
    assert_eq!(token(format!("{form}%EF%BF%BD")).await.status, 401);
    assert_eq!(token(format!("{form}{}", tenant.client_secret)).await.status, 200);
}
