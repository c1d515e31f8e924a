//! The main loop of a function's binary.

use std::sync::Arc;

use lambda_http::{LambdaEvent, lambda_runtime, service_fn};
use serde_json::value::RawValue;

use super::{Function, start_logging};
use crate::services::{Services, Settings, SettingsError};

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

/// Serves an endpoint until Lambda ends the process. Clients are made here, connections when a request needs them.
pub async fn run(function: Function) -> Result<(), Error> {
    start_logging();
    let services = Arc::new(Services::new(Settings::from_environment()?));
    let answer = |event: LambdaEvent<Box<RawValue>>| {
        let (function, services) = (function.clone(), Arc::clone(&services));
        async move { Ok::<_, std::convert::Infallible>(function.invoke(&services, event).await) }
    };
    Ok(lambda_runtime::run(service_fn(answer)).await?)
}
