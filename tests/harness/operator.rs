//! Somebody who runs a deployment: invokes the functions that no route leads to, as a new process of each would run.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::Utc;
use convene::{
    CallContext,
    call::Deadline,
    edge::{Endpoint, TaskError},
    services::{Services, Settings},
};
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, value::RawValue};

use crate::{Answer, Product};

/// More than any of them takes.
const PLENTY: Duration = Duration::from_mins(5);

/// The operator.
#[derive(Clone)]
pub struct Operator {
    environment: BTreeMap<String, String>,
}

impl Operator {
    /// The operator of a product.
    pub fn of(product: &Product) -> Self {
        Self { environment: product.environment().clone() }
    }

    /// The same, with another value for a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What a function says to an event, in a process of its own; or why it failed.
    pub async fn invoke(&self, task: &str, event: Value) -> Result<Value, String> {
        self.invoke_within(PLENTY, task, event).await
    }

    /// The same with so much time.
    pub async fn invoke_within(&self, time: Duration, task: &str, event: Value) -> Result<Value, String> {
        let task = convene_local::tasks().into_iter().find(|known| known.name() == task).expect("a task of this name");
        let context = CallContext::new(Deadline::of_the_platform(time, Utc::now()));
        task.invoke(&self.services(), context, event).await.map_err(|TaskError(why)| why)
    }

    /// What a function behind a route answers to an event of API Gateway, in a process of its own.
    pub async fn call(&self, function: &str, event: &Value) -> Answer {
        let functions = convene_local::endpoints();
        let function = functions.into_iter().find(|known| known.name() == function).expect("a function of this name");
        self.call_endpoint(&function, event).await
    }

    /// The same for an endpoint that need not be one of a family.
    pub async fn call_endpoint(&self, function: &Endpoint, event: &Value) -> Answer {
        let event = RawValue::from_string(event.to_string()).expect("JSON");
        let mut context = Context::default();
        context.deadline = u64::try_from((Utc::now() + PLENTY).timestamp_millis()).expect("a time after 1970");
        let answer = function.invoke(&self.services(), LambdaEvent::new(event, context)).await;
        Answer::from_lambda(&serde_json::to_value(&answer).expect("an answer is JSON"))
    }

    fn services(&self) -> Arc<Services> {
        let settings = Settings::from_lookup(|name| self.environment.get(name).cloned()).expect("settings");
        Arc::new(Services::new(settings))
    }
}
