//! A simulator on a socket, and a client for it.

use graph_simulator::{App, Delegated, Directory, Mailbox, MailboxKind, Options, Simulator};
use loopback_guard::Guard;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub(crate) const CONTOSO: &str = "11111111-1111-1111-1111-111111111111";
pub(crate) const FABRIKAM: &str = "22222222-2222-2222-2222-222222222222";
pub(crate) const ORGANIZER: &str = "organizer@contoso.com";
pub(crate) const ATTENDEE: &str = "attendee1@contoso.com";
pub(crate) const OTHER: &str = "attendee2@contoso.com";
pub(crate) const ROOM: &str = "room1@contoso.com";
pub(crate) const MARKER: &str = "String {6A1C0D66-0F7C-4DBA-9D0D-4C9B9A1F8E11} Name Marker";

pub(crate) struct Sim {
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

/// A status, the headers that matter and a JSON body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> String {
        text(&self.body["id"])
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn values(&self) -> &[Value] {
        list(&self.body["value"])
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn options() -> Options {
    let mailbox = |address: &str, kind, teams| Mailbox {
        address: address.to_owned(),
        display_name: format!("The {address}"),
        time_zone: "Pacific Standard Time".to_owned(),
        kind,
        teams,
        ..Mailbox::default()
    };
    Options {
        directories: vec![
            Directory {
                id: CONTOSO.to_owned(),
                domains: vec!["contoso.com".to_owned()],
                apps: vec![
                    App { client_id: "app".to_owned(), client_secret: "secret".to_owned(), delegated: None },
                    App {
                        client_id: "signed-in".to_owned(),
                        client_secret: "secret".to_owned(),
                        delegated: Some(Delegated { user: ORGANIZER.to_owned(), refresh_token: "first".to_owned() }),
                    },
                ],
                mailboxes: vec![
                    mailbox("Organizer@contoso.com", MailboxKind::Person, true),
                    mailbox(ATTENDEE, MailboxKind::Person, false),
                    mailbox(OTHER, MailboxKind::Person, true),
                    mailbox(ROOM, MailboxKind::Room, true),
                ],
            },
            Directory {
                id: FABRIKAM.to_owned(),
                domains: vec!["fabrikam.com".to_owned()],
                apps: vec![App { client_id: "app".to_owned(), client_secret: "other".to_owned(), delegated: None }],
                mailboxes: vec![mailbox("organizer@fabrikam.com", MailboxKind::Person, true)],
            },
        ],
        ..Options::default()
    }
}

pub(crate) async fn start() -> Sim {
    start_with(options()).await
}

pub(crate) async fn start_with(options: Options) -> Sim {
    // The second test of the process finds it installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let simulator = Simulator::open(options).expect("opens");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (base, guard) = (format!("http://{address}"), Guard::at(address.port()));
    tokio::spawn(async move { axum::serve(listener, guard.protect(simulator.router())).await });
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let mut sim = Sim { base, http, token: String::new() };
    sim.token = sim.app_token(CONTOSO, "secret").await;
    sim
}

impl Sim {
    pub(crate) async fn token_call(&self, directory: &str, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}/{directory}/oauth2/v2.0/token", self.base);
        send(self.http.post(url).form(form)).await
    }

    pub(crate) async fn app_token(&self, directory: &str, secret: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "app"),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        text(&self.token_call(directory, &form).await.body["access_token"])
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn create(&self, mailbox: &str, event: &Value) -> Answer {
        self.post(&format!("/v1.0/users/{mailbox}/events"), event).await
    }

    pub(crate) async fn fault(&self, rule: Value) -> u64 {
        let answer = self.post("/simulator/faults", &rule).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_u64().expect("an id")
    }

    pub(crate) async fn switch(&self, switches: Value) {
        let answer = self.post("/simulator/switches", &switches).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// All events of a mailbox.
    pub(crate) async fn events(&self, mailbox: &str) -> Vec<Value> {
        let answer = self.get(&format!("/v1.0/users/{mailbox}/events?$top=1000")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.values().to_vec()
    }

    pub(crate) async fn schedule(&self, mailbox: &str) -> Value {
        let body = json!({
            "schedules": [mailbox],
            "startTime": time("2026-03-16T00:00:00"),
            "endTime": time("2026-03-17T00:00:00"),
        });
        let answer = self.post(&format!("/v1.0/users/{ORGANIZER}/calendar/getSchedule"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.values().first().cloned().unwrap_or_default()
    }

    /// The statuses of a mailbox's day, in lower case.
    pub(crate) async fn statuses(&self, mailbox: &str) -> Vec<String> {
        let schedule = self.schedule(mailbox).await;
        list(&schedule["scheduleItems"]).iter().map(|item| text(&item["status"]).to_lowercase()).collect()
    }

    /// Waits until as many requests wait at a fault.
    pub(crate) async fn until_waiting(&self, fault: u64, count: u64) {
        for _ in 0..500 {
            let faults = self.get("/simulator/faults").await.body;
            if list(&faults).iter().any(|rule| rule["id"] == fault && rule["waiting"] == count) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("nothing waits at fault {fault}");
    }

    /// Waits until a mailbox holds as many events.
    pub(crate) async fn until_events(&self, mailbox: &str, count: usize) {
        for _ in 0..500 {
            if self.events(mailbox).await.len() == count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("{mailbox} never came to hold {count} events");
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.text().await.expect("a body");
    let body = serde_json::from_str(&bytes).unwrap_or(Value::String(bytes));
    Answer { status, headers, body }
}

pub(crate) fn time(text: &str) -> Value {
    json!({ "dateTime": text, "timeZone": "UTC" })
}

/// A meeting on the morning of 16 March 2026.
pub(crate) fn meeting(attendees: &[&str]) -> Value {
    let attendees: Vec<Value> =
        attendees.iter().map(|a| json!({ "emailAddress": { "address": a }, "type": "required" })).collect();
    json!({
        "subject": "Review",
        "body": { "contentType": "text", "content": "Line one\nLine <two>" },
        "start": time("2026-03-16T09:00:00"),
        "end": time("2026-03-16T10:00:00"),
        "location": { "displayName": "Room 5" },
        "attendees": attendees,
    })
}

/// An object with some fields set anew.
pub(crate) fn with(mut value: Value, changes: Value) -> Value {
    if let (Some(fields), Value::Object(changes)) = (value.as_object_mut(), changes) {
        fields.extend(changes);
    }
    value
}
