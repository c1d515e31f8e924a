//! Every function in this process, on the path it has in Lambda: an event in, an answer out.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use convene::{
    edge::Endpoint,
    services::{Services, Settings},
};
use convene_local::Options;
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json, value::RawValue};
use tokio::runtime::{Builder, Runtime};

use crate::{Answer, Product, endpoints, events};

/// The functions and what they talk to.
pub struct InProcess {
    runtime: Runtime,
    backends: Product,
    services: Arc<Services>,
    by_name: BTreeMap<&'static str, Endpoint>,
    token: String,
}

impl InProcess {
    /// Everything started, a token at hand, and nothing asked of Microsoft so far.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let backends = runtime.block_on(Product::start_with(Options { backends_only: true, ..Options::default() }));
        let environment = backends.ready().environment.clone().expect("an environment");
        let settings = Settings::from_lookup(|name| environment.get(name).cloned()).expect("settings");
        let by_name = convene_local::endpoints().into_iter().map(|function| (function.name(), function)).collect();
        let services = Arc::new(Services::new(settings));
        let mut started = Self { runtime, backends, services, by_name, token: String::new() };
        let tenant = started.backends.tenant("contoso");
        let reply = started.invoke("issue-token", &events::token(&tenant.client_id, &tenant.client_secret));
        reply.expect_ok()["access_token"].as_str().expect("a token").clone_into(&mut started.token);
        started
    }

    /// Every function's name.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.by_name.keys().copied()
    }

    /// What runs behind.
    pub fn backends(&self) -> &Product {
        &self.backends
    }

    /// The header of a client that may do everything.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// The `Authorization` of contoso's own system, with its API key.
    pub fn api_key(&self) -> String {
        format!("Bearer {}", self.backends.tenant("contoso").nylas_api_key)
    }

    /// The event in `events/` for a function, with the credential that it has a placeholder for.
    pub fn event(&self, function: &str) -> Value {
        let mut event = events::sample(function);
        let credential = match event["headers"]["authorization"].as_str() {
            Some("Bearer API_KEY") => self.api_key(),
            Some(_) => self.authorization(),
            None => return event,
        };
        event["headers"]["authorization"] = json!(credential);
        event
    }

    /// What the fallback of a path's family answers to a page that asks whether it may send this method to the path.
    pub fn preflight(&self, path: &str, method: &str) -> Answer {
        let families = endpoints::manifest().families;
        let has_path = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        let family = families.iter().find(|family| family.prefix.as_deref().is_some_and(has_path));
        let family = family.unwrap_or_else(|| panic!("no family has a prefix of {path}"));
        let fallback = family.functions.iter().find(|function| function.is_fallback()).expect("a fallback");
        let mut event = events::sample(&fallback.name);
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
        event["requestContext"]["http"]["method"] = json!("OPTIONS");
        event["headers"]["origin"] = json!("https://page.example");
        event["headers"]["access-control-request-method"] = json!(method);
        self.invoke(&fallback.name, &event)
    }

    /// Adds an endpoint that is not one of a family.
    pub fn add(&mut self, endpoint: Endpoint) {
        self.by_name.insert(endpoint.name(), endpoint);
    }

    /// Gives a function an event.
    pub fn invoke(&self, function: &str, event: &Value) -> Answer {
        self.invoke_text(function, &event.to_string())
    }

    /// Gives a function an event as text, which must be JSON.
    pub fn invoke_text(&self, function: &str, event: &str) -> Answer {
        let event = RawValue::from_string(event.to_owned()).expect("JSON");
        let mut context = Context::default();
        let end = SystemTime::now() + Duration::from_secs(29);
        let end = end.duration_since(UNIX_EPOCH).expect("a time after 1970").as_millis();
        context.deadline = u64::try_from(end).expect("a time before the year 500000000");
        let answer = self.runtime.block_on(async {
            let answer = self.by_name[function].invoke(&self.services, LambdaEvent::new(event, context)).await;
            serde_json::to_value(&answer).expect("an answer is JSON")
        });
        Answer::from_lambda(&answer)
    }

    /// Waits for something that runs beside the functions.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Everything Microsoft was asked, for tokens as well.
    pub fn asked_of_microsoft(&self) -> Vec<Value> {
        self.runtime.block_on(self.backends.simulator().journal())
    }
}
