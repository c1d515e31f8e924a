//! The main loop of a function's binary.

use std::sync::Arc;

use lambda_http::{
    LambdaEvent,
    lambda_runtime::{self, Diagnostic},
    service_fn,
};
use serde_json::{Value, value::RawValue};

use super::{Endpoint, Task, TaskError, start_logging};
use crate::{
    call::{CallContext, Deadline, time_left},
    services::{Services, Settings, SettingsError},
};

/// Why a function could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The environment lacks something.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The Lambda runtime ended.
    #[error("the Lambda runtime ended: {0}")]
    Runtime(#[from] lambda_runtime::Error),
}

/// Does a task's work until Lambda ends the process.
pub async fn run_task(task: Task) -> Result<(), Error> {
    start_logging();
    let services = Arc::new(Services::new(Settings::from_environment()?));
    let answer = |event: LambdaEvent<Value>| {
        let (task, services) = (task.clone(), Arc::clone(&services));
        let now = services.now();
        let deadline = Deadline::of_the_platform(time_left(event.context.deadline, now), now);
        async move {
            let done = task.invoke(&services, CallContext::new(deadline), event.payload).await;
            done.map_err(|TaskError(error_message)| Diagnostic { error_type: "TaskError".to_owned(), error_message })
        }
    };
    Ok(lambda_runtime::run(service_fn(answer)).await?)
}

/// Serves an endpoint until Lambda ends the process. Clients are made here, connections when a request needs them.
pub async fn run(endpoint: Endpoint) -> Result<(), Error> {
    start_logging();
    let services = Arc::new(Services::new(Settings::from_environment()?));
    let answer = |event: LambdaEvent<Box<RawValue>>| {
        let (endpoint, services) = (endpoint.clone(), Arc::clone(&services));
        async move { Ok::<_, std::convert::Infallible>(endpoint.invoke(&services, event).await) }
    };
    Ok(lambda_runtime::run(service_fn(answer)).await?)
}
