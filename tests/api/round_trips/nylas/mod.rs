//! The Nylas family, by its endpoints. Requests that are under way together are one round.

mod cold;
mod warm;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use convene::{
    edge::Endpoint,
    services::{Services, Settings},
};
use convene_local::Options;
use convene_tests::{Answer, PLENTY, Product, Rounds, events, nylas::booking};
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json, value::RawValue};

const ORGANIZER: &str = "organizer@contoso.com";

/// Who calls, and how the configuration is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Anyone,
    AnyoneBySlug,
    Session,
    System,
    SystemBySlug,
    /// With the id of a booking alone.
    SystemByBooking,
}

const ALL: [By; 5] = [By::Anyone, By::AnyoneBySlug, By::Session, By::System, By::SystemBySlug];

/// The endpoints over one process's services, and proxies that count between these and everything else.
struct Fixture {
    backends: Product,
    rounds: Rounds,
    environment: BTreeMap<String, String>,
    services: Arc<Services>,
    endpoints: BTreeMap<&'static str, Endpoint>,
    configuration: String,
    session: String,
}

impl Fixture {
    /// A configuration with this change, and a process that has reached everything before.
    async fn start(change: &Value) -> Self {
        let backends = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let mut rounds = Rounds::new(backends.http().clone());
        let mut environment = backends.environment().clone();
        let dynamodb = rounds.before(&backends.ready().dynamodb).await;
        let secrets = rounds.before(&backends.ready().secretsmanager).await;
        let graph = rounds.before(&backends.ready().graph).await;
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb);
        environment.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets);
        let endpoints = convene_local::endpoints().into_iter().map(|endpoint| (endpoint.name(), endpoint)).collect();
        let services = services(&environment);
        let (configuration, session) = (String::new(), String::new());
        let mut fixture = Self { backends, rounds, environment, services, endpoints, configuration, session };
        fixture.reach_graph_by(&graph).await;
        let mut wanted = convene_tests::nylas::configuration(&[ORGANIZER]);
        wanted["slug"] = json!("round-trips");
        for (name, value) in change.as_object().expect("an object") {
            wanted["event_booking"][name] = value.clone();
        }
        wanted["scheduler"]["organizer_confirmation_url"] = json!("https://book.example.com/confirm/:booking_ref");
        let key = fixture.backends.tenant("contoso").nylas_api_key.clone();
        let grant = fixture.backends.tenant("contoso").members[0].grant_id.clone();
        let mut event = Self::event("create-configuration", Some(&key), &[], &wanted);
        event["pathParameters"] = json!({"grant_id": grant});
        let created = fixture.invoke("create-configuration", &event).await.expect_ok();
        created["data"]["id"].as_str().expect("an id").clone_into(&mut fixture.configuration);
        let request = json!({"configuration_id": fixture.configuration, "time_to_live": 30});
        let event = Self::event("create-session", Some(&key), &[], &request);
        let session = fixture.invoke("create-session", &event).await.expect_ok();
        session["data"]["session_id"].as_str().expect("a session").clone_into(&mut fixture.session);
        for by in ALL {
            fixture.list(by, 1).await.expect_ok();
        }
        fixture.rounds.take();
        fixture
    }

    /// The tenant's requests to Graph pass the proxy from now on.
    async fn reach_graph_by(&self, graph: &str) {
        let table = &self.environment["TENANTS_TABLE"];
        let key = json!({"TableName": table, "Key": {"pk": {"S": "contoso#config"}}});
        let mut item = self.backends.aws("dynamodb", "DynamoDB_20120810.GetItem", &key).await["Item"].clone();
        let config = item["config"]["S"].as_str().expect("a configuration");
        let mut config: Value = serde_json::from_str(config).expect("JSON");
        config["cloud"]["custom"]["graph"] = json!(graph);
        item["config"]["S"] = json!(config.to_string());
        let put = json!({"TableName": table, "Item": item});
        self.backends.aws("dynamodb", "DynamoDB_20120810.PutItem", &put).await;
    }

    /// Another process, which has reached nothing yet.
    fn restart(&mut self) {
        self.services = services(&self.environment);
    }

    fn event(function: &str, bearer: Option<&str>, query: &[(&str, &str)], body: &Value) -> Value {
        let mut event = events::sample(function);
        let headers = event["headers"].as_object_mut().expect("headers");
        headers.remove("authorization");
        if let Some(bearer) = bearer {
            headers.insert("authorization".to_owned(), json!(format!("Bearer {bearer}")));
        }
        let url = reqwest::Url::parse_with_params("http://localhost/", query).expect("a URL");
        event["rawQueryString"] = json!(url.query().unwrap_or_default());
        if body.is_null() {
            event.as_object_mut().expect("an object").remove("body");
        } else {
            event["body"] = json!(body.to_string());
        }
        event
    }

    /// A request by a caller. `booking`: in the path.
    async fn call(
        &self,
        function: &str,
        by: By,
        booking: Option<&str>,
        query: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let tenant = self.backends.tenant("contoso");
        let by_id = [("configuration_id", self.configuration.as_str())];
        let by_slug = [("slug", "round-trips"), ("client_id", tenant.nylas_client_id.as_str())];
        let key = Some(tenant.nylas_api_key.as_str());
        let (bearer, named) = match by {
            By::Anyone => (None, &by_id[..]),
            By::AnyoneBySlug => (None, &by_slug[..]),
            By::Session => (Some(self.session.as_str()), &[][..]),
            By::System => (key, &by_id[..]),
            By::SystemBySlug => (key, &by_slug[..1]),
            By::SystemByBooking => (key, &[][..]),
        };
        let mut event = Self::event(function, bearer, &[named, query].concat(), body);
        if let Some(booking) = booking {
            event["pathParameters"] = json!({"booking_id": booking});
        }
        self.invoke(function, &event).await
    }

    async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let event = RawValue::from_string(event.to_string()).expect("JSON");
        let mut context = Context::default();
        let end = (SystemTime::now() + PLENTY).duration_since(UNIX_EPOCH).expect("a time after 1970").as_millis();
        context.deadline = u64::try_from(end).expect("a time before the year 500000000");
        let answer = self.endpoints[function].invoke(&self.services, LambdaEvent::new(event, context)).await;
        Answer::from_lambda(&serde_json::to_value(&answer).expect("an answer is JSON"))
    }

    /// Lists the times of a day, which is so far ahead.
    async fn list(&self, by: By, days: i64) -> Answer {
        let start = convene_tests::nylas::midnight(days);
        let (start, end) = (start.to_string(), (start + 7200).to_string());
        self.call("list-slots", by, None, &[("start_time", &start), ("end_time", &end)], &Value::Null).await
    }

    /// Books a time. Returns the booking's id.
    async fn book(&self, by: By, start: i64) -> String {
        let answer = self.call("create-booking", by, None, &[], &booking("jane", start)).await.expect_ok();
        answer["data"]["booking_id"].as_str().expect("an id").to_owned()
    }

    /// A booking in the calendar, and nothing counted yet.
    async fn booked(&self, start: i64) -> String {
        let id = self.book(By::System, start).await;
        self.rounds.take();
        id
    }

    /// Asserts the rounds of a call: those in which the caller and the configuration are found, then others.
    #[track_caller]
    fn assert_rounds(&self, opening: Vec<Vec<String>>, others: &[&[&str]]) {
        let others = others.iter().map(|round| round.iter().map(|&request| request.to_owned()).collect());
        assert_eq!(self.rounds.take(), opening.into_iter().chain(others).collect::<Vec<Vec<_>>>());
    }
}

fn services(environment: &BTreeMap<String, String>) -> Arc<Services> {
    let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
    Arc::new(Services::new(settings))
}

/// The rounds in which a caller and the configuration are found. `limits`: how many a guest's request counts against. `booking`: the
/// request needs the booking's record as well.
fn opening(by: By, limits: usize, booking: bool) -> Vec<Vec<String>> {
    let booking = booking.then(|| "GetItem booking".to_owned());
    let configuration = "GetItem configuration".to_owned();
    let rates = format!("{limits} × UpdateItem rate");
    let of_guest = |session: Option<&str>| {
        let session = session.map(str::to_owned);
        booking.clone().into_iter().chain([configuration.clone()]).chain(session).chain([rates.clone()]).collect()
    };
    let slug = "GetItem slug".to_owned();
    match by {
        By::Anyone => vec![of_guest(None)],
        By::AnyoneBySlug => vec![vec![slug], of_guest(None)],
        By::Session => vec![of_guest(Some("GetItem session"))],
        By::System => vec![booking.into_iter().chain([configuration]).collect()],
        By::SystemBySlug => vec![booking.into_iter().chain([slug]).collect(), vec![configuration]],
        By::SystemByBooking => vec![booking.into_iter().collect(), vec![configuration]],
    }
}

/// The same for a request that needs the configuration only as it was a moment ago.
fn recent_opening(by: By) -> Vec<Vec<String>> {
    let read = match by {
        By::Anyone | By::System | By::SystemByBooking => None,
        By::AnyoneBySlug | By::SystemBySlug => Some("GetItem slug"),
        By::Session => Some("GetItem session"),
    };
    read.into_iter().map(|read| vec![read.to_owned()]).collect()
}
