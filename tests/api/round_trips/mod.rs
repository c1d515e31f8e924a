//! How many round trips each operation takes, by counting what reaches DynamoDB, Secrets Manager and Microsoft Graph
//! from the functions' real processes.

mod appointments;
mod availability;
mod bookings;
mod cold;
mod nylas;
mod warm;

use std::collections::BTreeMap;

use convene_local::Options;
use convene_tests::{Answer, Bootstraps, PLENTY, Product, Traffic, events, lightning, samples};
use reqwest::Method;
use serde_json::{Value, json};

/// Functions as processes, and proxies that count between them and AWS.
struct Counted {
    backends: Product,
    dynamodb: Traffic,
    secrets: Traffic,
    environment: BTreeMap<String, String>,
    token: String,
}

/// What an operation took.
#[derive(Debug, PartialEq, Eq)]
struct Spent {
    dynamodb: Vec<String>,
    secrets: Vec<String>,
    /// Requests for tokens among them.
    graph: Vec<String>,
}

impl Counted {
    async fn start() -> Self {
        let backends = Product::start_with(Options { backends_only: true, ..Options::default() }).await;
        let mut environment = backends.environment().clone();
        let dynamodb = Traffic::start(&backends.ready().dynamodb, backends.http().clone()).await;
        let secrets = Traffic::start(&backends.ready().secretsmanager, backends.http().clone()).await;
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.url());
        environment.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets.url());
        let mut counted = Self { backends, dynamodb, secrets, environment, token: String::new() };
        let tenant = counted.backends.tenant("contoso");
        let event = events::token(&tenant.client_id, &tenant.client_secret);
        let answer = counted.launch("issue-token").await.call(&event, PLENTY).await.expect_ok();
        answer["access_token"].as_str().expect("a token").clone_into(&mut counted.token);
        counted
    }

    async fn launch(&self, function: &str) -> Bootstraps {
        Bootstraps::launch(function, &self.environment, 1).await
    }

    /// A process of a function that has reached everything before, and nothing counted yet.
    async fn warm(&self, function: &str) -> Bootstraps {
        let process = self.launch(function).await;
        let warm_up = match function {
            "get-availability" => json!([{"email": samples::ORGANIZER}]),
            "schedule-meeting" => samples::meeting("warm-up"),
            "create-appointments" => lightning::appointment("warm-up", &[]),
            "update-appointments" => lightning::change(&lightning::appointment("warm-up", &[])),
            _ => json!({"id": "warm-up", "organizerEmail": samples::ORGANIZER, "subject": "Warm"}),
        };
        self.call(&process, function, &warm_up).await;
        self.spent().await;
        process
    }

    /// Calls a process of a function.
    async fn call(&self, process: &Bootstraps, function: &str, request: &Value) -> Answer {
        process.call(&self.event(function, request), PLENTY).await
    }

    fn event(&self, function: &str, request: &Value) -> Value {
        if function == "get-meeting" {
            let reference = json!({"id": request["id"], "organizerEmail": request["organizerEmail"]});
            return events::meeting(function, &self.token, &reference);
        }
        events::meeting(function, &self.token, request)
    }

    /// What was spent since this was last asked.
    async fn spent(&self) -> Spent {
        let simulator = self.backends.simulator();
        let journal = simulator.control(Method::GET, "/requests", None).await;
        simulator.clear_journal().await;
        let operation = |request: &Value| request["operation"].as_str().expect("an operation").to_owned();
        let graph = journal.as_array().expect("a journal").iter().map(operation).collect();
        Spent { dynamodb: self.dynamodb.take(), secrets: self.secrets.take(), graph }
    }

    /// Asserts that a warm call took these requests to the meetings table and to Graph, and none for secrets.
    async fn assert_spent(&self, meetings: &[&str], graph: &[&str]) {
        let table = &self.environment["MEETINGS_TABLE"];
        let dynamodb = meetings.iter().map(|operation| format!("{operation} {table}")).collect();
        let graph = graph.iter().map(|operation| (*operation).to_owned()).collect();
        assert_eq!(self.spent().await, Spent { dynamodb, secrets: Vec::new(), graph });
    }
}
