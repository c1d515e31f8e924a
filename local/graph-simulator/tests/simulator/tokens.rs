use serde_json::json;

use crate::common::{CONTOSO, FABRIKAM, ORGANIZER, Sim, start, text};

fn client<'a>(id: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ]
}

fn refresh(token: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "refresh_token"),
        ("client_id", "signed-in"),
        ("client_secret", "secret"),
        ("refresh_token", token),
    ]
}

#[tokio::test]
async fn client_credentials_give_a_token_and_never_a_refresh_token() {
    let sim = start().await;
    let answer = sim.token_call("contoso.com", &client("app", "secret")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3599);
    assert!(answer.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn refusals_carry_microsofts_numbers() {
    let sim = start().await;
    let unknown = "99999999-9999-9999-9999-999999999999";
    for (directory, form, error, number, status) in [
        (CONTOSO, client("app", "wrong"), "invalid_client", 7_000_215, 401),
        (CONTOSO, client("nobody", "secret"), "unauthorized_client", 700_016, 400),
        (unknown, client("app", "secret"), "invalid_request", 90002, 400),
        (CONTOSO, refresh("made-up"), "invalid_grant", 70000, 400),
        (CONTOSO, vec![("client_id", "app")], "invalid_request", 900_144, 400),
    ] {
        let answer = sim.token_call(directory, &form).await;
        assert_eq!((answer.status, text(&answer.body["error"])), (status, error.to_owned()));
        assert_eq!(answer.body["error_codes"], json!([number]));
        assert!(text(&answer.body["error_description"]).starts_with(&format!("AADSTS{number}: ")));
        for field in ["timestamp", "trace_id", "correlation_id"] {
            assert!(answer.body[field].is_string(), "{field}");
        }
    }
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_old_one_keeps_working() {
    let mut sim = start().await;
    let first = sim.token_call(CONTOSO, &refresh("first")).await;
    let second = text(&first.body["refresh_token"]);
    assert!(!second.is_empty() && second != "first");
    assert_eq!(sim.token_call(CONTOSO, &refresh("first")).await.status, 200);
    sim.token = text(&sim.token_call(CONTOSO, &refresh(&second)).await.body["access_token"]);
    assert_eq!(sim.get("/v1.0/me").await.body["mail"], "Organizer@contoso.com");
    assert_eq!(sim.get("/v1.0/me/events").await.status, 200);
    assert_eq!(sim.get("/v1.0/users/attendee1@contoso.com/events").await.code(), "ErrorAccessDenied");

    sim.switch(json!({ "omit_new_refresh_token": true })).await;
    assert!(sim.token_call(CONTOSO, &refresh("first")).await.body.get("refresh_token").is_none());
    let revoked = sim.post("/simulator/tokens/revoke", &json!({ "kind": "refresh", "user": ORGANIZER })).await;
    assert!(revoked.body["revoked"].as_u64() >= Some(2));
    let refused = sim.token_call(CONTOSO, &refresh("first")).await;
    assert_eq!(refused.body["error_codes"], json!([50173]));
    assert_eq!(refused.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_bad_bearer_is_refused_in_the_envelope() {
    let mut sim = start().await;
    let good = sim.token.clone();
    sim.token = "nonsense".into();
    let path = format!("/v1.0/users/{ORGANIZER}/events");
    let answer = sim.get(&path).await;
    assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"));
    assert!(!answer.header("request-id").is_empty());

    sim.token = good;
    assert_eq!(sim.get(&path).await.status, 200);
    sim.post("/simulator/tokens/revoke", &json!({ "directory": CONTOSO, "kind": "access" })).await;
    assert_eq!(sim.get(&path).await.status, 401);

    sim.switch(json!({ "token_lifetime_s": 0 })).await;
    sim.token = sim.app_token(CONTOSO, "secret").await;
    assert_eq!(sim.get(&path).await.status, 401);
    assert_eq!(sim.get("/v1.0/me").await.status, 401);
}

#[tokio::test]
async fn a_directory_never_sees_anothers_mailboxes() {
    let mut sim = start().await;
    assert_eq!(sim.get("/v1.0/me").await.code(), "BadRequest");
    let token = sim.app_token(FABRIKAM, "other").await;
    let contoso = std::mem::replace(&mut sim.token, token);
    for path in [format!("/v1.0/users/{ORGANIZER}/events"), format!("/v1.0/users/{ORGANIZER}")] {
        assert_eq!(sim.get(&path).await.code(), "ErrorInvalidUser");
    }
    let made = sim.create("organizer@fabrikam.com", &crate::common::meeting(&[ORGANIZER])).await;
    assert_eq!(made.status, 201);
    foreign_schedule(&sim).await;
    sim.token = contoso;
    assert!(sim.events(ORGANIZER).await.is_empty());
}

async fn foreign_schedule(sim: &Sim) {
    let body = json!({
        "schedules": [ORGANIZER],
        "startTime": crate::common::time("2026-03-16T00:00:00"), "endTime": crate::common::time("2026-03-17T00:00:00"),
    });
    let answer = sim.post("/v1.0/users/organizer@fabrikam.com/calendar/getSchedule", &body).await;
    assert_eq!(answer.body["value"][0]["error"]["responseCode"], "5009");
}
