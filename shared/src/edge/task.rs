//! Functions that AWS or an operator invokes directly, not over HTTP.

use std::{fmt, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::{FutureExt as _, future::BoxFuture};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{call::CallContext, secrets::SecretsError, services::Services, store::StoreError};

type Work =
    dyn Fn(Arc<Services>, Arc<CallContext>, Value) -> BoxFuture<'static, Result<Value, TaskError>> + Send + Sync;

/// One such function: its name, and what it does with an event.
#[derive(Clone)]
pub struct Task {
    name: &'static str,
    work: Arc<Work>,
}

/// Why a task failed, in words for whoever invoked it: an operator, or AWS on an operator's behalf. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TaskError(pub String);

impl TaskError {
    /// A service of AWS failed. Where that passes by itself, trying again is all there is to do.
    fn of_aws(error: &impl fmt::Display, passes: bool) -> Self {
        if passes { Self(format!("{error}. This passes by itself: try again.")) } else { Self(error.to_string()) }
    }
}

impl From<StoreError> for TaskError {
    fn from(error: StoreError) -> Self {
        Self::of_aws(&error, !error.is_definitive())
    }
}

impl From<SecretsError> for TaskError {
    fn from(error: SecretsError) -> Self {
        Self::of_aws(&error, !error.is_definitive())
    }
}

impl Task {
    /// A task whose binary is `name`. It reads its event as an `E`.
    pub fn new<E, F>(
        name: &'static str,
        work: impl Fn(Arc<Services>, Arc<CallContext>, E) -> F + Send + Sync + 'static,
    ) -> Self
    where
        E: DeserializeOwned,
        F: Future<Output = Result<Value, TaskError>> + Send + 'static,
    {
        let work = move |services, context, event| match serde_json::from_value(event) {
            Ok(event) => work(services, context, event).boxed(),
            Err(error) => {
                let problem = TaskError(format!("The event does not have the expected form: {error}."));
                std::future::ready(Err(problem)).boxed()
            }
        };
        Self { name, work: Arc::new(work) }
    }

    /// The name of its binary.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does the work of one event, and logs one line. A panic is a failure like any other.
    pub async fn invoke(
        &self,
        services: &Arc<Services>,
        context: CallContext,
        event: Value,
    ) -> Result<Value, TaskError> {
        let started = Instant::now();
        let context = Arc::new(context);
        let work = AssertUnwindSafe((self.work)(Arc::clone(services), Arc::clone(&context), event)).catch_unwind();
        let outcome = match context.deadline.answering(work).await {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(TaskError("The function failed; its log says where.".to_owned())),
            None => Err(TaskError("The function ran out of time. It may be invoked again.".to_owned())),
        };
        let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (task, correlation_id) = (self.name, context.correlation());
        match &outcome {
            Ok(_) => tracing::info!(target: "convene", tenant, task, correlation_id, duration_ms, "task done"),
            Err(TaskError(cause)) => {
                tracing::error!(target: "convene", tenant, task, correlation_id, duration_ms, cause, "task failed");
            }
        }
        outcome
    }
}
