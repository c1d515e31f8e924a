//! What the running product writes about requests: one line each, and nothing personal or secret in any line, whatever
//! goes wrong.

use convene_tests::{Answer, Caller, LocalProcess, Simulator, aws, samples};
use reqwest::Method;
use serde_json::{Value, json};

const MEETING: &str = "/api/salesforce/scheduler/meeting";
const ORGANIZER: &str = samples::ORGANIZER;
/// A word in every subject, body and place, in ids, and in whatever is sent that is malformed.
const PRIVATE: &str = "xyzzy";

/// One request that was made, and what its line must say.
struct Expected {
    correlation: String,
    endpoint: &'static str,
    tenant: &'static str,
    code: String,
    status: u16,
    graph_calls: Option<u64>,
}

/// A product, and everything that it was asked.
struct Observed {
    process: LocalProcess,
    caller: Caller,
    simulator: Simulator,
    expected: Vec<Expected>,
}

impl Observed {
    async fn start() -> Self {
        let process = LocalProcess::start(2).await;
        let (http, ready) = (process.http().clone(), process.ready());
        let simulator = Simulator::new(http.clone(), &ready.graph);
        let caller = Caller::new(http, ready.api.as_deref().expect("an API"), String::new());
        let mut observed = Self { process, caller, simulator, expected: Vec::new() };
        let token = observed.token("client_credentials", &[]).await;
        observed.caller.token = token.expect_ok()["access_token"].as_str().expect("a token").to_owned();
        observed
    }

    /// Notes an answer that must have its line.
    fn note(&mut self, endpoint: &'static str, tenant: &'static str, answer: Answer, graph_calls: Option<u64>) -> Answer {
        let correlation = answer.header("x-correlation-id").expect("a correlation id").to_owned();
        let body = answer.json();
        let code = body["errorCode"].as_str().or(body["error"].as_str()).unwrap_or("NoError").to_owned();
        self.expected.push(Expected { correlation, endpoint, tenant, code, status: answer.status, graph_calls });
        answer
    }

    /// A request for an access token.
    async fn token(&mut self, grant: &str, more: &[(&str, &str)]) -> Answer {
        let tenant = self.process.ready().tenants["contoso"].clone();
        let mut form = vec![("grant_type", grant), ("client_id", &tenant.client_id), ("client_secret", &tenant.client_secret)];
        form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        form.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let url = format!("{}/oauth2/token", self.process.ready().api.as_deref().expect("an API"));
        let answer = Answer::read(self.process.http().post(url).form(&form).send().await.expect("an answer")).await;
        // Without a client that proved itself there is no tenant.
        let tenant = if matches!(answer.json()["error"].as_str(), Some("invalid_client" | "invalid_request" | "unsupported_grant_type")) { "" } else { "contoso" };
        self.note("issue-token", tenant, answer, Some(0))
    }

    async fn schedule(&mut self, id: &str, changes: &Value, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.schedule(&private_meeting(id, changes)).await;
        self.note("schedule-meeting", "contoso", answer, graph_calls)
    }

    async fn update(&mut self, id: &str, fields: &Value, graph_calls: Option<u64>) -> Answer {
        let mut change = json!({"id": format!("{id} {PRIVATE}"), "organizerEmail": ORGANIZER});
        change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let answer = self.caller.update(&change).await;
        self.note("update-meeting", "contoso", answer, graph_calls)
    }

    async fn get(&mut self, id: &str, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.get(&format!("{id} {PRIVATE}"), ORGANIZER).await;
        self.note("get-meeting", "contoso", answer, graph_calls)
    }

    async fn delete(&mut self, id: &str, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.delete(&format!("{id} {PRIVATE}"), ORGANIZER).await;
        self.note("delete-meeting", "contoso", answer, graph_calls)
    }

    async fn availability(&mut self, entries: &Value, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", entries).await;
        self.note("get-availability", "contoso", answer, graph_calls)
    }
}

fn private_meeting(id: &str, changes: &Value) -> Value {
    let subject = format!("Subject {PRIVATE}");
    let mut meeting = samples::meeting_with(
        &format!("{id} {PRIVATE}"),
        &json!({"subject": subject, "body": format!("Body {PRIVATE}"), "location": format!("Place {PRIVATE}")}),
    );
    meeting.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    meeting
}

#[tokio::test]
async fn each_request_has_one_line_that_tells_nothing_private() {
    let mut observed = Observed::start().await;
    successes(&mut observed).await;
    bad_requests(&mut observed).await;
    bad_credentials(&mut observed).await;
    bad_days_at_microsoft(&mut observed).await;
    bad_days_of_our_own(&mut observed).await;

    let lines = observed.process.log("request", observed.expected.len()).await;
    let parsed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("a log line")).collect();
    let requests: Vec<_> = parsed.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), observed.expected.len());
    for expected in &observed.expected {
        assert_line(&requests, expected);
    }
    assert!(requests.iter().any(|line| line["cold_start"] == true), "nothing ever started cold");
    assert!(requests.iter().any(|line| line["cold_start"] == false), "everything started cold");

    let mut secrets = vec![PRIVATE.to_owned(), "@".to_owned(), "%40".to_owned(), "eyJ".to_owned(), "Bearer".to_owned()];
    secrets.push(observed.caller.token.clone());
    for tenant in observed.process.ready().tenants.values() {
        secrets.extend([tenant.client_secret.clone(), tenant.refresh_token.clone(), tenant.microsoft.client_secret.clone()]);
    }
    for line in &lines {
        for secret in &secrets {
            assert!(!line.contains(secret), "{secret:?} is logged: {line}");
        }
    }
}

/// One line for a request, with all that it must say.
fn assert_line(requests: &[&Value], expected: &Expected) {
    let mut mine = requests.iter().filter(|line| line["correlation_id"] == expected.correlation.as_str());
    let (Some(line), None) = (mine.next(), mine.next()) else {
        panic!("not one line for {} ({})", expected.correlation, expected.endpoint)
    };
    assert_eq!(line["endpoint"], expected.endpoint, "{line}");
    assert_eq!(line["tenant"], expected.tenant, "{line}");
    assert_eq!(line["errorCode"], expected.code.as_str(), "{line}");
    assert_eq!(line["status"], expected.status, "{line}");
    assert_eq!(line["level"], if expected.status >= 500 { "ERROR" } else { "INFO" }, "{line}");
    assert!(line["duration_ms"].is_u64() && line["cold_start"].is_boolean() && line["graph_calls"].is_u64(), "{line}");
    if let Some(calls) = expected.graph_calls {
        assert_eq!(line["graph_calls"], calls, "{line}");
    }
}

async fn successes(observed: &mut Observed) {
    let refresh_token = observed.process.ready().tenants["contoso"].refresh_token.clone();
    observed.token("refresh_token", &[("refresh_token", &refresh_token)]).await.expect_ok();
    observed.schedule("m", &json!({"location": "MS Teams"}), Some(1)).await.expect(200, "NoError");
    observed.schedule("m", &json!({"location": "MS Teams"}), Some(1)).await.expect(200, "NoError");
    observed.get("m", Some(1)).await.expect_ok();
    observed.update("m", &json!({"body": format!("More {PRIVATE}")}), Some(2)).await.expect(200, "NoError");
    observed.availability(&json!([{"email": ORGANIZER}, {"email": "nobody@contoso.com"}]), Some(1)).await.expect_ok();
    observed.delete("m", Some(1)).await.expect(200, "NoError");
    observed.schedule("m", &json!({}), Some(1)).await.expect(200, "NoError");
}

async fn bad_requests(observed: &mut Observed) {
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
    observed.availability(&json!([{"email": PRIVATE}]), Some(0)).await.expect(400, "InvalidRequest");
    observed.schedule("n", &json!({"endTime": "2020-01-01T00:00:00Z"}), Some(0)).await.expect(400, "ErrorInvalidTimeInterval");
    observed.get("unknown", Some(0)).await.expect(404, "MeetingNotFound");
    observed.schedule("m", &json!({"subject": format!("Other {PRIVATE}")}), Some(1)).await.expect(409, "MeetingAlreadyExists");
    let stranger = json!({"organizerEmail": "nobody@contoso.com"});
    observed.schedule("n", &stranger, Some(1)).await.expect(404, "ErrorMailRecipientNotFound");
}

async fn bad_credentials(observed: &mut Observed) {
    for token in [PRIVATE, "a.b.c", &format!("{}x", observed.caller.token)] {
        let answer = observed.caller.with_token(token).get(PRIVATE, ORGANIZER).await;
        observed.note("get-meeting", "", answer, Some(0)).expect(401, "Unauthorized");
    }
    let narrow = observed.token("client_credentials", &[("scope", "calendar.read")]).await.expect_ok();
    let reader = observed.caller.with_token(narrow["access_token"].as_str().expect("a token"));
    let answer = reader.schedule(&private_meeting("n", &json!({}))).await;
    observed.note("schedule-meeting", "", answer, Some(0)).expect(403, "ErrorAccessDenied");
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

async fn bad_days_at_microsoft(observed: &mut Observed) {
    let told = format!("{ORGANIZER} and {PRIVATE} are not well");
    for (status, code, ours) in [
        (403, "ErrorAccessDenied", (403, "ErrorAccessDenied")),
        (400, ORGANIZER, (400, "InvalidRequest")),
        (429, "ApplicationThrottled", (503, "ErrorServerBusy")),
        (503, PRIVATE_CODE, (503, "ErrorServerBusy")),
    ] {
        let effect = json!({"status": status, "code": code, "message": told, "retry_after": 60});
        observed.simulator.fault(json!({"match": {"operation": "get_event"}, "times": 1, "effect": effect})).await;
        observed.get("m", Some(1)).await.expect(ours.0, ours.1);
    }
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

/// What Graph's own error codes do not look like.
const PRIVATE_CODE: &str = "<xy@zzy>";

async fn bad_days_of_our_own(observed: &mut Observed) {
    let (http, ready) = (observed.process.http().clone(), observed.process.ready().clone());
    let tables = aws(&http, &ready, "dynamodb", "DynamoDB_20120810.ListTables", &json!({})).await;
    let meetings = tables["TableNames"].as_array().expect("tables").iter().find(|name| name.as_str().is_some_and(|name| name.contains("Meetings")));
    let request = json!({"TableName": meetings.expect("a table of meetings")});
    aws(&http, &ready, "dynamodb", "DynamoDB_20120810.DeleteTable", &request).await;
    observed.get("m", Some(0)).await.expect(500, "ErrorInternalServerError");
    observed.schedule("m", &json!({}), Some(0)).await.expect(500, "ErrorInternalServerError");
    let tenant = ready.tenants["fabrikam"].clone();
    let secret = json!({"SecretId": "convene/fabrikam/keys", "SecretString": format!("{PRIVATE} {}", tenant.client_secret)});
    aws(&http, &ready, "secretsmanager", "secretsmanager.PutSecretValue", &secret).await;
    let more = [("client_id", tenant.client_id.as_str()), ("client_secret", tenant.client_secret.as_str())];
    let answer = observed.token("client_credentials", &more).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (500, Some("server_error")));
    observed.expected.last_mut().expect("a request").tenant = "";
}
