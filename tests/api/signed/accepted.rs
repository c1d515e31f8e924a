//! What is signed as the documents say is served, on every endpoint.

use chrono::Utc;
use convene_tests::{Answer, Product, samples};
use serde_json::json;

use super::{AVAILABILITY, MEETING, ORGANIZER, draft, each_endpoint, signer::content_digest, start};
use crate::errors::assert_failed;

#[tokio::test]
async fn a_meeting_lives_by_signed_requests_alone() {
    let product = start().await;
    let [schedule, update, get, availability, delete] = each_endpoint(&product, "m");
    schedule.sign().send(&product).await.expect(200, "NoError");
    update.sign().send(&product).await.expect(200, "NoError");
    assert_eq!(get.sign().send(&product).await.expect_ok()["subject"], "Changed");
    let taken = availability.sign().send(&product).await.expect_ok();
    assert_eq!(taken[0]["unavailableTimeslots"][0]["timeMin"], "2026-05-04T09:00:00Z");
    assert_eq!(product.outlook("contoso").await.only_event(ORGANIZER).await["subject"], "Changed");
    delete.sign().send(&product).await.expect(200, "NoError");
    // The fields in the query, and no body.
    let query = format!("{MEETING}?id=m&organizerEmail={ORGANIZER}");
    draft(&product, "DELETE", &query, "").sign().send(&product).await.expect(200, "NoError");
    get.again().sign().send(&product).await.expect(404, "MeetingNotFound");
}

#[tokio::test]
async fn signers_differ_in_what_they_may() {
    let product = start().await;
    let meeting = samples::meeting("m").to_string();
    let usual = || draft(&product, "POST", MEETING, &meeting);
    let now = Utc::now().timestamp();
    let mut variants = Vec::new();
    let mut vary = |name: &str, change: &dyn Fn(&mut super::Draft)| {
        let mut variant = usual();
        change(&mut variant);
        variants.push((name.to_owned(), variant.sign()));
    };
    vary("in the usual way", &|_| {});
    vary("components in another order", &|draft| draft.components.reverse());
    vary("parameters in another order", &|draft| draft.parameters.reverse());
    vary("an algorithm", &|draft| draft.set("alg", "\"hmac-sha256\""));
    vary("a parameter that nobody knows", &|draft| draft.set("tag", "\"crm\""));
    vary("an end", &|draft| draft.set("expires", now + 60));
    vary("a clock that is behind", &|draft| draft.set("created", now - 290));
    vary("a clock that is ahead", &|draft| draft.set("created", now + 290));
    vary("the longest nonce", &|draft| draft.set("nonce", format!("\"{}\"", "x".repeat(128))));
    vary("a nonce of quotes", &|draft| draft.set("nonce", r#""\"a\\b\"""#));
    vary("another header covered", &|draft| draft.cover("content-type", "application/json"));
    vary("a header of one's own covered", &|draft| {
        draft.request.set("x-purpose", "  two  words ");
        draft.cover("x-purpose", "two  words");
    });
    // Whatever API Gateway takes for text or not: the digest is that of the bytes.
    vary("a body of no declared type", &|draft| draft.request.remove("content-type"));
    vary("a body in umlauts", &|draft| {
        let body = samples::meeting_with("u", &json!({"subject": "Über Grüße"})).to_string();
        draft.request.set("content-digest", &content_digest(&body));
        draft.uncover("content-digest");
        draft.cover("content-digest", &content_digest(&body));
        draft.request.body = body;
    });
    vary("two digests", &|draft| {
        let both = format!("md5=:AAAA:, {}", content_digest(&draft.request.body));
        draft.request.set("content-digest", &both);
        draft.uncover("content-digest");
        draft.cover("content-digest", &both);
    });
    let mut spelled = usual().sign();
    for (name, _) in &mut spelled.headers {
        *name = name.to_ascii_uppercase();
    }
    variants.push(("headers in capitals".to_owned(), spelled));
    let mut label = usual().sign();
    label.edit("signature", "sig=", "other-1=");
    label.edit("signature-input", "sig=", "other-1=");
    variants.push(("another label".to_owned(), label));
    for (name, sent) in variants {
        let answer: Answer = sent.send(&product).await;
        assert_eq!((answer.status, answer.code().as_str()), (200, "NoError"), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn queries_are_signed_as_they_are_sent() {
    let product = start().await;
    let id = "a b+c/é&=?";
    let body = samples::meeting(id).to_string();
    draft(&product, "POST", MEETING, &body).sign().send(&product).await.expect(200, "NoError");
    for query in [
        "id=a%20b%2Bc%2F%C3%A9%26%3D%3F&organizerEmail=organizer%40contoso.com",
        "id=a+b%2bc/%c3%a9%26%3d?&organizerEmail=organizer@contoso.com",
        "organizerEmail=organizer@contoso.com&&id=a%20b%2Bc%2F%C3%A9%26=?&empty&x=second",
    ] {
        let answer = draft(&product, "GET", &format!("{MEETING}?{query}"), "").sign().send(&product).await;
        assert_eq!(answer.expect_ok()["id"], id, "{query}");
    }
}

#[tokio::test]
async fn a_token_is_as_good_as_ever() {
    let product = start().await;
    let caller = product.contoso().await;
    caller.schedule(&samples::meeting("m")).await.expect(200, "NoError");
    // Where both are sent, the token counts.
    let mut both = draft(&product, "GET", &format!("{MEETING}?id=m&organizerEmail={ORGANIZER}"), "").sign();
    both.set("authorization", &format!("Bearer {}", caller.token));
    both.set("signature", "nonsense");
    both.send(&product).await.expect_ok();
    both.set("authorization", "Bearer x");
    assert_failed(&both.send(&product).await, 401, "Unauthorized", "");
}

#[tokio::test]
async fn where_there_are_several_tenants_nothing_is_signed() {
    let product = Product::start().await;
    for mut draft in each_endpoint(&product, "m") {
        let answer = draft.sign().send(&product).await;
        assert_failed(&answer, 401, "Unauthorized", "");
        let message = "Signed requests are served only where a deployment has a single tenant. Use an access token.";
        assert_eq!(answer.json()["message"], message);
        draft.unset("keyid");
        assert_eq!(draft.sign().send(&product).await.json()["message"], message);
    }
    assert!(product.simulator().journal().await.is_empty());
    let answer = draft(&product, "POST", AVAILABILITY, "nonsense").sign().send(&product).await;
    assert_failed(&answer, 401, "Unauthorized", "");
}
