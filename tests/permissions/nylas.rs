//! The Nylas Scheduler API, in every way that touches its items differently.

use std::collections::BTreeSet;

use convene_local::Options;
use convene_tests::{
    Answer, events,
    nylas::{Nylas, booking, configuration, midnight, round_robin, salt},
    samples,
};
use serde_json::{Value, json};

use crate::{compare::Used, watched::Watched};

const ORGANIZER: &str = samples::ORGANIZER;
const OTHER: &str = "attendee1@contoso.com";
const HOUR: i64 = 3600;
const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";
/// The endpoints for pages: each opens a configuration by its id, by a slug and by a session.
const FOR_PAGES: [&str; 7] = [
    "list-slots",
    "get-ui-settings",
    "create-booking",
    "get-booking",
    "reschedule-booking",
    "decide-booking",
    "cancel-booking",
];

/// All endpoints of the family. What a scene only needs beforehand is done by the product, unwatched.
pub async fn scene() -> BTreeSet<Used> {
    let watched = Watched::start(Options::default()).await;
    let nylas = Nylas::of(&watched.product, "contoso");
    let scene = Scene { watched: &watched, nylas };
    scene.configurations().await;
    for function in FOR_PAGES {
        scene.opened_in_each_way(function).await;
    }
    scene.booked_and_moved_around_others().await;
    for function in ["get-ui-settings", "get-booking", "reschedule-booking", "cancel-booking"] {
        scene.deleted_in_outlook(function).await;
    }
    scene.time_freed_in_outlook().await;
    for status in ["confirmed", "cancelled"] {
        scene.decided(status).await;
    }
    scene.by_the_booking_alone().await;
    watched.used()
}

struct Scene<'a> {
    watched: &'a Watched,
    nylas: Nylas,
}

/// A request: who sends it, the variables of its path, and its query and body.
#[derive(Clone, Copy)]
struct Ask<'a> {
    bearer: Option<&'a str>,
    path: &'a [(&'a str, &'a str)],
    query: &'a str,
    body: &'a Value,
}

/// A booking that waits for its organizer's decision.
struct Pending {
    configuration: String,
    booking: String,
    /// The organizer's.
    salt: String,
}

impl Scene<'_> {
    async fn call(&self, function: &str, ask: Ask<'_>) -> Answer {
        let mut event = events::sample(function);
        let mut path = event["rawPath"].as_str().expect("a path").to_owned();
        for (name, value) in ask.path {
            let example = event["pathParameters"][name].as_str().expect("a variable of the path").to_owned();
            path = path.replace(&example, value);
            event["pathParameters"][name] = json!(value);
        }
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
        event["rawQueryString"] = json!(ask.query);
        event["headers"]["authorization"] = json!(ask.bearer.map(|bearer| format!("Bearer {bearer}")));
        event["headers"].as_object_mut().expect("headers").retain(|_, value| !value.is_null());
        event["body"] = if ask.body.is_null() { Value::Null } else { json!(ask.body.to_string()) };
        self.watched.call(function, &event).await
    }

    /// A request with the API key, which succeeds.
    async fn system(&self, function: &str, path: &[(&str, &str)], query: &str, body: &Value) -> Value {
        let ask = Ask { bearer: Some(&self.nylas.key), path, query, body };
        self.call(function, ask).await.expect_ok()
    }

    /// A configuration's life, and that of a session.
    async fn configurations(&self) {
        let mut wanted = configuration(&[ORGANIZER]);
        wanted["slug"] = json!("before");
        let grant = ("grant_id", self.nylas.grant.as_str());
        self.watched.forget_token().await;
        let created = self.system("create-configuration", &[grant], "", &wanted).await;
        let id = text(&created["data"]["id"]);
        wanted["id"] = json!(id);
        self.system("create-configuration", &[grant], "", &wanted).await;
        let path = [grant, ("configuration_id", id)];
        self.system("list-configurations", &[grant], "", &Value::Null).await;
        self.system("get-configuration", &path, "", &Value::Null).await;
        self.watched.forget_token().await;
        self.system("replace-configuration", &path, "", &json!({"slug": "after"})).await;
        for named in [json!({"slug": "after"}), json!({"configuration_id": id})] {
            let created = self.system("create-session", &[], "", &named).await;
            let session = [("session_id", text(&created["data"]["session_id"]))];
            self.system("get-session", &session, "", &Value::Null).await;
            self.system("delete-session", &session, "", &Value::Null).await;
        }
        self.system("delete-configuration", &path, "", &Value::Null).await;
    }

    /// An endpoint for a public configuration, by its id, its slug and a session, and with the API key.
    async fn opened_in_each_way(&self, function: &str) {
        let mut wanted = configuration(&[ORGANIZER, OTHER]);
        wanted["slug"] = json!(function);
        let id = self.nylas.configure(&wanted).await;
        let session = self.session(&id).await;
        let by_id = format!("configuration_id={id}");
        let by_slug = format!("slug={function}&client_id={}", self.nylas.client_id);
        let ways = [
            (None, by_id.as_str()),
            (None, by_slug.as_str()),
            (Some(session.as_str()), ""),
            (Some(self.nylas.key.as_str()), by_id.as_str()),
        ];
        for (way, (bearer, query)) in (0..).zip(ways) {
            let start = midnight(10 + position(function)) + way * 4 * HOUR;
            let booked = match function {
                "create-booking" => None,
                _ => Some(self.booked(&id, &format!("way{way}"), start).await),
            };
            self.watched.forget_token().await;
            let (status, answer) = self.about(function, bearer, query, booked.as_deref(), start).await;
            assert_eq!(answer.status, status, "{function} {query}: {answer:?}");
        }
        // It counts as a question, whatever the endpoint.
        let unknown = format!("slug=unknown&client_id={}", self.nylas.client_id);
        let booking = (function != "create-booking").then_some(UNKNOWN);
        let (_, answer) = self.about(function, None, &unknown, booking, midnight(10)).await;
        assert_eq!(answer.status, 404, "{function}: {answer:?}");
    }

    /// The usual request to an endpoint for pages about a booking or a time, and the status of its answer.
    async fn about(
        &self,
        function: &str,
        bearer: Option<&str>,
        query: &str,
        booking_id: Option<&str>,
        start: i64,
    ) -> (u16, Answer) {
        let (status, body) = match function {
            "create-booking" => (200, booking("guest", start)),
            "reschedule-booking" => (200, json!({"start_time": start + HOUR, "end_time": start + HOUR + 1800})),
            // The salt is not the organizer's.
            "decide-booking" => (404, json!({"salt": "x", "status": "confirmed"})),
            _ => (200, Value::Null),
        };
        let query = match (function, booking_id) {
            ("list-slots", id) => {
                let id = id.unwrap_or_default();
                format!("{query}&booking_id={id}&start_time={start}&end_time={}", start + 4 * HOUR)
            }
            ("get-ui-settings", Some(id)) => format!("{query}&booking_id={id}"),
            _ => query.to_owned(),
        };
        let in_path = booking_id.filter(|_| !["list-slots", "get-ui-settings"].contains(&function));
        let path: Vec<_> = in_path.into_iter().map(|id| ("booking_id", id)).collect();
        let ask = Ask { bearer, path: &path, query: &query, body: &body };
        (status, self.call(function, ask).await)
    }

    async fn session(&self, configuration: &str) -> String {
        let body = json!({"configuration_id": configuration});
        let answer = self.nylas.system(reqwest::Method::POST, "/v3/scheduling/sessions", Some(&body)).await;
        text(&answer.expect_ok()["data"]["session_id"]).to_owned()
    }

    async fn booked(&self, configuration: &str, guest: &str, start: i64) -> String {
        let booked = self.nylas.book(configuration, &booking(guest, start)).await.expect_ok();
        text(&booked["data"]["booking_id"]).to_owned()
    }

    /// Someone must be free without taking part, and a buffer touches another day.
    async fn booked_and_moved_around_others(&self) {
        let mut wanted = configuration(&[ORGANIZER, OTHER]);
        wanted["participants"][1].as_object_mut().expect("a participant").remove("booking");
        wanted["availability"]["availability_rules"] = json!({"buffer": {"before": 0, "after": 60}});
        let id = self.nylas.configure(&wanted).await;
        let session = self.session(&id).await;
        let start = midnight(31) - 1800;
        let (status, answer) = self.about("create-booking", Some(&session), "", None, start).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let booked = answer.expect_ok();
        let id = text(&booked["data"]["booking_id"]);
        let (status, answer) = self.about("reschedule-booking", Some(&session), "", Some(id), start + 23 * HOUR).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }

    /// A booking of a round-robin whose event a person deletes before the function is called.
    async fn deleted_in_outlook(&self, function: &str) {
        let id = self.nylas.configure(&round_robin(&[ORGANIZER])).await;
        let start = midnight(40 + position(function));
        let booked = self.booked(&id, "gone", start).await;
        self.delete_event(start).await;
        let (_, answer) = self.about(function, None, &format!("configuration_id={id}"), Some(&booked), start).await;
        let expected = if function == "reschedule-booking" { 400 } else { 200 };
        assert_eq!(answer.status, expected, "{function}: {answer:?}");
    }

    /// The same before times are listed, and before another guest asks for the time. An entry of the last minutes counts, since the
    /// calendar may be behind.
    async fn time_freed_in_outlook(&self) {
        let id = self.nylas.configure(&round_robin(&[ORGANIZER])).await;
        let start = midnight(50);
        self.booked(&id, "first", start).await;
        self.delete_event(start).await;
        let query = format!("configuration_id={id}");
        for (function, expected) in [("list-slots", 200), ("create-booking", 400)] {
            let (_, answer) = self.about(function, None, &query, None, start).await;
            assert_eq!(answer.status, expected, "{function}: {answer:?}");
        }
        let (status, answer) = self.about("create-booking", None, &query, None, start + HOUR).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }

    /// The organizer's decision on a pending booking of a round-robin.
    async fn decided(&self, status: &str) {
        let start = midnight(if status == "confirmed" { 60 } else { 61 });
        let pending = self.pending(round_robin(&[ORGANIZER, OTHER]), start).await;
        let body = json!({"salt": pending.salt, "status": status});
        let ask = Ask {
            bearer: None,
            path: &[("booking_id", &pending.booking)],
            query: &format!("configuration_id={}", pending.configuration),
            body: &body,
        };
        self.watched.forget_token().await;
        self.call("decide-booking", ask).await.expect_ok();
    }

    /// Books a time of a configuration whose organizer must confirm.
    async fn pending(&self, mut wanted: Value, start: i64) -> Pending {
        wanted["event_booking"]["booking_type"] = json!("organizer-confirmation");
        wanted["scheduler"]["organizer_confirmation_url"] = json!("https://book.example.com/confirm/:booking_ref");
        let configuration = self.nylas.configure(&wanted).await;
        let mut request = booking("pending", start);
        request["participants"] = json!([{"email": ORGANIZER}]);
        let booked = self.nylas.book(&configuration, &request).await.expect_ok();
        let salt = salt(&self.event(start).await, "/confirm/").expect("the organizer's link");
        Pending { configuration, booking: text(&booked["data"]["booking_id"]).to_owned(), salt }
    }

    /// The tenant's own system names a booking and no configuration: the function finds the configuration by the booking.
    async fn by_the_booking_alone(&self) {
        let id = self.nylas.configure(&configuration(&[ORGANIZER])).await;
        for (function, days) in [("get-booking", 70), ("reschedule-booking", 71), ("cancel-booking", 72)] {
            let start = midnight(days);
            let booked = self.booked(&id, "bare", start).await;
            let (status, answer) = self.about(function, Some(&self.nylas.key), "", Some(&booked), start).await;
            assert_eq!(answer.status, status, "{function}: {answer:?}");
        }
        let pending = self.pending(configuration(&[ORGANIZER]), midnight(73)).await;
        let path = [("booking_id", pending.booking.as_str())];
        self.system("decide-booking", &path, "", &json!({"salt": pending.salt, "status": "confirmed"})).await;
    }

    async fn event(&self, start: i64) -> Value {
        let outlook = self.watched.product.outlook("contoso").await;
        let start = chrono::DateTime::from_timestamp(start, 0).expect("a time").format("%Y-%m-%dT%H:%M").to_string();
        let starts = |event: &Value| text(&event["start"]["dateTime"]).starts_with(&start);
        outlook.events(ORGANIZER).await.into_iter().find(starts).expect("an event at this time")
    }

    async fn delete_event(&self, start: i64) {
        let event = self.event(start).await;
        self.watched.product.outlook("contoso").await.delete(ORGANIZER, &event).await;
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not text"))
}

/// Gives each function days of its own.
fn position(function: &str) -> i64 {
    (0..).zip(FOR_PAGES).find(|(_, other)| *other == function).expect("an endpoint for pages").0
}
