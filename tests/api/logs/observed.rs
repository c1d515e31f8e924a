//! A product under observation, which notes all that it is asked.

use convene_tests::{Answer, Caller, LocalProcess, Simulator, samples};
use serde_json::{Value, json};

const ORGANIZER: &str = samples::ORGANIZER;
/// A word in every subject, body and place, in ids, and in whatever is sent that is malformed.
pub const PRIVATE: &str = "xyzzy";

/// One request that was made, and what its line must say.
pub struct Expected {
    pub correlation: String,
    pub endpoint: &'static str,
    pub tenant: &'static str,
    pub code: String,
    pub status: u16,
    pub graph_calls: Option<u64>,
    /// What its cause must be, where that is told to a letter.
    pub cause: Option<&'static str>,
}

/// A product, and everything that it was asked.
pub struct Observed {
    pub process: LocalProcess,
    pub caller: Caller,
    pub simulator: Simulator,
    pub expected: Vec<Expected>,
}

impl Observed {
    pub async fn start() -> Self {
        let process = LocalProcess::start(2).await;
        let (http, ready) = (process.http().clone(), process.ready());
        let simulator = Simulator::new(http.clone(), &ready.graph);
        let caller = Caller::new(http, ready.api.as_deref().expect("an API"), String::new());
        let mut observed = Self { process, caller, simulator, expected: Vec::new() };
        let token = observed.token("client_credentials", &[]).await;
        token.expect_ok()["access_token"].as_str().expect("a token").clone_into(&mut observed.caller.token);
        observed
    }

    /// Notes an answer that must have its line.
    pub fn note(
        &mut self,
        endpoint: &'static str,
        tenant: &'static str,
        answer: Answer,
        graph_calls: Option<u64>,
    ) -> Answer {
        let correlation = answer.header("x-correlation-id").expect("a correlation id").to_owned();
        let body = answer.json();
        // In a list, the first entry that failed stands for all.
        let rows = body.as_array().into_iter().flatten().filter_map(|row| row["errorCode"].as_str());
        let failed = rows.into_iter().find(|code| *code != "NoError");
        let code = body["errorCode"].as_str().or(body["error"].as_str()).or(failed).unwrap_or("NoError").to_owned();
        let status = answer.status;
        self.expected.push(Expected { correlation, endpoint, tenant, code, status, graph_calls, cause: None });
        answer
    }

    /// Notes an answer to contoso whose line must have this correlation id.
    pub fn note_as(&mut self, endpoint: &'static str, correlation: String, answer: Answer) -> Answer {
        let answer = self.note(endpoint, "contoso", answer, Some(0));
        self.expected.last_mut().expect("a request").correlation = correlation;
        answer
    }

    /// Says of the last request what must be told of its cause.
    pub fn caused_by(&mut self, cause: &'static str) {
        self.expected.last_mut().expect("a request").cause = Some(cause);
    }

    /// A request for an access token.
    pub async fn token(&mut self, grant: &str, more: &[(&str, &str)]) -> Answer {
        let tenant = self.process.ready().tenants["contoso"].clone();
        let mut form =
            vec![("grant_type", grant), ("client_id", &tenant.client_id), ("client_secret", &tenant.client_secret)];
        form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        form.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let url = format!("{}/oauth2/token", self.process.ready().api.as_deref().expect("an API"));
        let answer = Answer::read(self.process.http().post(url).form(&form).send().await.expect("an answer")).await;
        // Without a client that proved itself there is no tenant.
        let tenant = if matches!(
            answer.json()["error"].as_str(),
            Some("invalid_client" | "invalid_request" | "unsupported_grant_type")
        ) {
            ""
        } else {
            "contoso"
        };
        self.note("issue-token", tenant, answer, Some(0))
    }

    pub async fn schedule(&mut self, id: &str, changes: &Value, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.schedule(&private_meeting(id, changes)).await;
        self.note("schedule-meeting", "contoso", answer, graph_calls)
    }

    pub async fn update(&mut self, id: &str, fields: &Value, graph_calls: Option<u64>) -> Answer {
        let mut change = json!({"id": format!("{id} {PRIVATE}"), "organizerEmail": ORGANIZER});
        change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let answer = self.caller.update(&change).await;
        self.note("update-meeting", "contoso", answer, graph_calls)
    }

    pub async fn get(&mut self, id: &str, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.get(&format!("{id} {PRIVATE}"), ORGANIZER).await;
        self.note("get-meeting", "contoso", answer, graph_calls)
    }

    pub async fn delete(&mut self, id: &str, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.delete(&format!("{id} {PRIVATE}"), ORGANIZER).await;
        self.note("delete-meeting", "contoso", answer, graph_calls)
    }

    pub async fn availability(&mut self, entries: &Value, graph_calls: Option<u64>) -> Answer {
        let answer = self.caller.availability("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", entries).await;
        self.note("get-availability", "contoso", answer, graph_calls)
    }
}

/// A meeting with the private word wherever it can be.
pub fn private_meeting(id: &str, changes: &Value) -> Value {
    let subject = format!("Subject {PRIVATE}");
    let mut meeting = samples::meeting_with(
        &format!("{id} {PRIVATE}"),
        &json!({"subject": subject, "body": format!("Body {PRIVATE}"), "location": format!("Place {PRIVATE}")}),
    );
    meeting.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    meeting
}
