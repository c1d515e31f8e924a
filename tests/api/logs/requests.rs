//! One request of every kind, and of every kind of failure.

use convene_tests::{aws, samples};
use reqwest::Method;
use serde_json::json;

use super::observed::{Observed, PRIVATE, private_meeting};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;

pub async fn successes(observed: &mut Observed) {
    let refresh_token = observed.process.ready().tenants["contoso"].refresh_token.clone();
    observed.token("refresh_token", &[("refresh_token", &refresh_token)]).await.expect_ok();
    observed.schedule("m", &json!({"location": "MS Teams"}), Some(1)).await.expect(200, "NoError");
    observed.schedule("m", &json!({"location": "MS Teams"}), Some(1)).await.expect(200, "NoError");
    observed.get("m", Some(1)).await.expect_ok();
    observed.update("m", &json!({"body": format!("More {PRIVATE}")}), Some(2)).await.expect(200, "NoError");
    observed.availability(&json!([{"email": ORGANIZER}]), Some(1)).await.expect_ok();
    observed.caused_by("");
    observed.availability(&json!([{"email": ORGANIZER}, {"email": "nobody@contoso.com"}]), Some(1)).await.expect_ok();
    observed.caused_by("mailbox not found");
    observed.delete("m", Some(1)).await.expect(200, "NoError");
    observed.schedule("m", &json!({}), Some(1)).await.expect(200, "NoError");
}

/// The line says what the caller got, and not what the handler made.
pub async fn answers_too_large_to_be_sent(observed: &mut Observed) {
    let entry = |n: usize| {
        let at = |minute: usize| format!("2026-05-04T{:02}:{:02}:00Z", 12 + n / 6, n % 6 * 10 + minute);
        json!({"mailbox": "attendee5@contoso.com", "start": at(0), "end": at(5)})
    };
    observed.simulator.add_events((0..72).map(entry).collect()).await;
    // Each entry is asked for by a long id of the caller's, with the private word in it.
    let id = PRIVATE.repeat(150);
    let entry = json!({"email": "attendee5@contoso.com", "serviceResourceId": id});
    let entries = vec![entry; 1000];
    observed.availability(&json!(entries), Some(1)).await.expect(400, "InvalidRequest");
    observed.availability(&json!(entries[..10]), Some(1)).await.expect_ok();
}

pub async fn bad_requests(observed: &mut Observed) {
    let bad = json!({"organizerEmail": format!("{PRIVATE}@@contoso.com"), "startTime": PRIVATE, "endTime": PRIVATE});
    observed.schedule("n", &bad, Some(0)).await.expect(400, "InvalidRequest");
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        let endpoint = match method {
            Method::POST => "schedule-meeting",
            Method::PATCH => "update-meeting",
            _ => "delete-meeting",
        };
        let answer = observed.caller.send(method, MEETING, format!("{{\"subject\": \"{PRIVATE}\" {PRIVATE}")).await;
        observed.note(endpoint, "contoso", answer, Some(0)).expect(400, "InvalidRequest");
    }
    observed.availability(&json!([{"email": PRIVATE}, {"email": PRIVATE}]), Some(0)).await.expect_ok();
    observed.caused_by("an entry: email must be a mail address");
    observed
        .schedule("n", &json!({"endTime": "2020-01-01T00:00:00Z"}), Some(0))
        .await
        .expect(400, "ErrorInvalidTimeInterval");
    observed.get("unknown", Some(0)).await.expect(404, "MeetingNotFound");
    observed
        .schedule("m", &json!({"subject": format!("Other {PRIVATE}")}), Some(1))
        .await
        .expect(409, "MeetingAlreadyExists");
    let stranger = json!({"organizerEmail": "nobody@contoso.com"});
    observed.schedule("n", &stranger, Some(1)).await.expect(404, "ErrorMailRecipientNotFound");
}

pub async fn bad_credentials(observed: &mut Observed) {
    for token in [PRIVATE, "a.b.c", &format!("{}x", observed.caller.token)] {
        let answer = observed.caller.with_token(token).get(PRIVATE, ORGANIZER).await;
        observed.note("get-meeting", "", answer, Some(0)).expect(401, "Unauthorized");
    }
    let narrow = observed.token("client_credentials", &[("scope", "calendar.read")]).await.expect_ok();
    let reader = observed.caller.with_token(narrow["access_token"].as_str().expect("a token"));
    let answer = reader.schedule(&private_meeting("n", &json!({}))).await;
    observed.note("schedule-meeting", "contoso", answer, Some(0)).expect(403, "ErrorAccessDenied");
    for (grant, more) in [
        ("client_credentials", &[("client_secret", PRIVATE)][..]),
        ("client_credentials", &[("client_id", "nobody@contoso.com")]),
        ("client_credentials", &[("scope", PRIVATE)]),
        ("refresh_token", &[("refresh_token", PRIVATE)]),
        ("refresh_token", &[]),
        (PRIVATE, &[]),
    ] {
        assert!((400..=401).contains(&observed.token(grant, more).await.status));
    }
}

pub async fn bad_days_at_microsoft(observed: &mut Observed) {
    let told = format!("{ORGANIZER} and {PRIVATE} are not well");
    for (status, code, ours) in [
        (403, "ErrorAccessDenied", (403, "ErrorAccessDenied")),
        // A refusal of a request that holds nothing of the caller's.
        (400, ORGANIZER, (500, "ErrorInternalServerError")),
        (429, "ApplicationThrottled", (503, "ErrorServerBusy")),
        (503, "<b>who@where</b>", (503, "ErrorServerBusy")),
    ] {
        let effect = json!({"status": status, "code": code, "message": told, "retry_after": 60});
        observed.simulator.fault(json!({"match": {"operation": "get_event"}, "times": 1, "effect": effect})).await;
        observed.get("m", Some(1)).await.expect(ours.0, ours.1);
    }
    entries_that_fail(observed, &told).await;
    // Connections that end, as the HTTP client words it with URLs.
    let drop = json!({"match": {"operation": "get_event"}, "times": 0, "effect": {"drop": "before_commit"}});
    observed.simulator.fault(drop).await;
    observed.get("m", None).await.expect(504, "ErrorTimeoutExpired");
    observed.simulator.clear_faults().await;
    // Microsoft's token is gone, and it gives no other.
    observed.simulator.control(Method::POST, "/tokens/revoke", Some(json!({"kind": "access"}))).await;
    let refusal = json!({"status": 401, "code": "invalid_client", "message": format!("AADSTS7000222: {told}")});
    observed.simulator.fault(json!({"match": {"operation": "token"}, "times": 0, "effect": refusal})).await;
    assert!(observed.get("m", None).await.status >= 400);
    observed.simulator.clear_faults().await;
    observed.get("m", None).await.expect_ok();
    // Silence, while somebody asks for the same again.
    let held = observed.simulator.hold("create_event", 1).await;
    let slow = observed.caller.clone();
    let slow = tokio::spawn(async move { slow.schedule(&private_meeting("slow", &json!({}))).await });
    observed.simulator.held(&held, 1).await;
    observed.schedule("slow", &json!({}), Some(0)).await.expect(409, "RequestInProgress");
    let slow = slow.await.expect("an answer").expect(504, "ErrorTimeoutExpired");
    observed.note("schedule-meeting", "contoso", slow, Some(1));
    observed.simulator.clear_faults().await;
}

/// Lists of which entries fail, alone, all of them, or each in its own way: the answer is 200 and the line tells it.
async fn entries_that_fail(observed: &mut Observed, told: &str) {
    let one = json!([{"email": ORGANIZER}]);
    for (status, code, ours) in
        [(403, "ErrorAccessDenied", "ErrorAccessDenied"), (429, "ApplicationThrottled", "ErrorServerBusy")]
    {
        let effect = json!({"status": status, "code": code, "message": told, "retry_after": 60});
        observed.simulator.fault(json!({"match": {"operation": "get_schedule"}, "times": 1, "effect": effect})).await;
        let rows = observed.availability(&one, Some(1)).await.expect_ok();
        assert_eq!(rows[0]["errorCode"], ours);
        observed.caused_by(if status == 403 { "access denied: ErrorAccessDenied" } else { "throttled" });
    }
    let effect = json!({"status": 403, "code": "ErrorAccessDenied", "message": told});
    let asked = json!({"operation": "get_schedule", "mailbox": ORGANIZER});
    observed.simulator.fault(json!({"match": asked, "times": 0, "effect": effect})).await;
    let stranger = json!({"email": "nobody@contoso.com"});
    for entries in [json!([one[0], stranger, one[0]]), json!([stranger, one[0]])] {
        observed.availability(&entries, Some(2)).await.expect_ok();
        observed.caused_by("access denied: ErrorAccessDenied; mailbox not found");
    }
    observed.simulator.clear_faults().await;
}

pub async fn bad_days_of_our_own(observed: &mut Observed) {
    let (http, ready) = (observed.process.http().clone(), observed.process.ready().clone());
    let tables = aws(&http, &ready, "dynamodb", "DynamoDB_20120810.ListTables", &json!({})).await;
    let meetings = tables["TableNames"]
        .as_array()
        .expect("tables")
        .iter()
        .find(|name| name.as_str().is_some_and(|name| name.contains("Meetings")));
    let table = meetings.expect("a table of meetings");
    let newer =
        json!({"pk": {"S": format!("contoso#meeting#newer {PRIVATE}")}, "v": {"N": "9"}, "state": {"S": "active"}});
    let request = json!({"TableName": table, "Item": newer});
    aws(&http, &ready, "dynamodb", "DynamoDB_20120810.PutItem", &request).await;
    observed.get("newer", Some(0)).await.expect(500, "ErrorInternalServerError");
    observed.caused_by("DynamoDB: an item has version 9, newer than 2, the newest that this release reads");
    let request = json!({"TableName": table});
    aws(&http, &ready, "dynamodb", "DynamoDB_20120810.DeleteTable", &request).await;
    observed.get("m", Some(0)).await.expect(500, "ErrorInternalServerError");
    observed.schedule("m", &json!({}), Some(0)).await.expect(500, "ErrorInternalServerError");
    let tenant = ready.tenants["fabrikam"].clone();
    let secret =
        json!({"SecretId": "convene/fabrikam/keys", "SecretString": format!("{PRIVATE} {}", tenant.client_secret)});
    aws(&http, &ready, "secretsmanager", "secretsmanager.PutSecretValue", &secret).await;
    let more = [("client_id", tenant.client_id.as_str()), ("client_secret", tenant.client_secret.as_str())];
    let answer = observed.token("client_credentials", &more).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("server_error")));
    observed.expected.last_mut().expect("a request").tenant = "";
}
