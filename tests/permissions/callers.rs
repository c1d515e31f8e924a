//! Requests that are signed, and a tenant whose calendars are a person's.

use std::collections::BTreeSet;

use convene_local::{Options, TenantSeed};
use convene_manifest::Function;
use convene_tests::{
    endpoints::{Endpoint, endpoints, fallbacks},
    events, samples,
};
use serde_json::json;

use crate::{compare::Used, signer::Draft, watched::Watched};

const ORGANIZER: &str = samples::ORGANIZER;

/// Query and body of a request about an id, by the name of the function that gets it; else those of its event in `events/`.
fn request(function: &str, id: &str) -> (String, String) {
    let body = match function {
        "schedule-meeting" | "create-appointments" => samples::meeting(id),
        "update-meeting" => json!({"id": id, "organizerEmail": ORGANIZER, "subject": "Changed"}),
        "update-appointments" => json!({"original": {"id": id}, "new": samples::meeting(id)}),
        "delete-meeting" | "delete-appointments" => json!({"id": id, "organizerEmail": ORGANIZER}),
        "get-meeting" => return (format!("id={id}&organizerEmail={ORGANIZER}"), String::new()),
        other => {
            let event = events::sample(other);
            let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            return (text("rawQueryString"), text("body"));
        }
    };
    (String::new(), body.to_string())
}

/// Each endpoint whose role allows it, with a signature instead of a token, where contoso is the only tenant.
pub async fn signed() -> BTreeSet<Used> {
    let contoso = TenantSeed::new("contoso", 2).expect("a tenant");
    let options = Options { single_tenant: Some(contoso.id.clone()), tenants: vec![contoso], ..Options::default() };
    let watched = Watched::start(options).await;
    let accepts = |function: &Function| function.policies.iter().any(|policy| policy == "AcceptSignedRequests");
    for Endpoint { function, route, path, .. } in endpoints().into_iter().filter(|endpoint| accepts(&endpoint.function))
    {
        let binary = function.name.as_str();
        let (query, body) = request(binary, "signed");
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let hmac = &watched.product.tenant("contoso").hmac;
        let sent = Draft::new(hmac, "api.example.com", &route.method, &target, &body).sign();
        let answer = watched.call(binary, &sent.event(binary)).await;
        assert_eq!(answer.status, 200, "{binary}: {answer:?}");
        let replayed = watched.call(binary, &sent.event(binary)).await;
        assert_eq!(replayed.status, 401, "{binary}: {replayed:?}");
    }
    watched.used()
}

/// Convene in the name of a person who signed in, and what needs no client.
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
    for Endpoint { function, .. } in endpoints().into_iter().filter(|endpoint| !endpoint.takes_credentials) {
        let answer = watched.call(&function.name, &events::sample(&function.name)).await;
        assert_eq!(answer.status, 200, "{}: {answer:?}", function.name);
    }
    for fallback in fallbacks() {
        let answer = watched.call(&fallback, &events::sample(&fallback)).await;
        assert_eq!(answer.status, 404, "{fallback}: {answer:?}");
    }
    watched.used()
}
