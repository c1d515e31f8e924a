//! Requests that are signed, and a tenant whose calendars are a person's.

use std::collections::BTreeSet;

use convene_local::{Options, TenantSeed};
use convene_tests::samples;
use serde_json::json;

use crate::{compare::Used, signer::Draft, watched::Watched};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const AVAILABILITY: &str = "/api/salesforce/scheduler/availability?from=2026-05-04T00:00:00Z&to=2026-05-05T00:00:00Z";
const POSTBACK: &str = "/api/salesforce/scheduler/postback";
const ORGANIZER: &str = samples::ORGANIZER;

/// Each endpoint with a signature instead of a token, where contoso is the only tenant.
pub async fn signed() -> BTreeSet<Used> {
    let contoso = TenantSeed::new("contoso", 2).expect("a tenant");
    let options = Options { single_tenant: Some(contoso.id.clone()), tenants: vec![contoso], ..Options::default() };
    let watched = Watched::start(options).await;
    let change = json!({"id": "signed", "organizerEmail": ORGANIZER, "subject": "Changed"}).to_string();
    let own = json!({"id": "signed", "organizerEmail": ORGANIZER}).to_string();
    let appointment_change = json!({"original": {"id": "signed"}, "new": samples::meeting("signed")}).to_string();
    let query = format!("{MEETING}?id=signed&organizerEmail={ORGANIZER}");
    for (binary, method, target, body) in [
        ("schedule-meeting", "POST", MEETING, samples::meeting("signed").to_string()),
        ("update-meeting", "PATCH", MEETING, change),
        ("get-meeting", "GET", query.as_str(), String::new()),
        ("get-availability", "POST", AVAILABILITY, json!([{"email": ORGANIZER}]).to_string()),
        ("delete-meeting", "DELETE", MEETING, own.clone()),
        ("create-appointments", "POST", POSTBACK, samples::meeting("signed").to_string()),
        ("update-appointments", "PUT", POSTBACK, appointment_change),
        ("delete-appointments", "DELETE", POSTBACK, own),
    ] {
        let sent = Draft::new(&watched.product.tenant("contoso").hmac, "api.example.com", method, target, &body).sign();
        let answer = watched.call(binary, &sent.event(binary)).await;
        assert_eq!(answer.status, 200, "{binary}: {answer:?}");
        // A replay, whose claim is taken back.
        let replayed = watched.call(binary, &sent.event(binary)).await;
        assert_eq!(replayed.status, 401, "{binary}: {replayed:?}");
    }
    watched.used()
}

/// Convene in the name of a person who signed in, and without a client's scopes.
pub async fn delegated() -> BTreeSet<Used> {
    let contoso = TenantSeed::new("contoso", 2).expect("a tenant");
    let contoso = TenantSeed { delegated: Some(ORGANIZER.to_owned()), ..contoso };
    let watched = Watched::start(Options { tenants: vec![contoso], ..Options::default() }).await;
    let token = watched.token().await;
    let (meeting, own) = (samples::meeting("delegated"), json!({"id": "delegated", "organizerEmail": ORGANIZER}));
    watched.meeting("schedule-meeting", &token, &meeting).await.expect(200, "NoError");
    // Graph wants another token, and Entra another secret than the one that was read.
    let revoke = json!({"kind": "access", "user": ORGANIZER});
    watched.product.simulator().control(reqwest::Method::POST, "/tokens/revoke", Some(revoke)).await;
    watched.product.simulator().fail_next("token", 401, "invalid_client").await;
    watched.meeting("get-meeting", &token, &own).await;
    watched.meeting("get-meeting", &token, &own).await.expect_ok();
    // What nobody knows is looked up past the cache.
    watched.meeting("get-meeting", "contoso.x.y", &own).await.expect(401, "Unauthorized");
    let health = watched.call("get-health", &convene_tests::events::sample("get-health")).await;
    assert_eq!(health.status, 200, "{health:?}");
    watched.used()
}
