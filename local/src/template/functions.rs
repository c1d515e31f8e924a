//! `AWS::Serverless::Function`: a binary, its routes, its environment.

use std::{collections::BTreeMap, time::Duration};

use yaml_serde::Value;

use super::values::Values;

/// Lambda's own default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// A function of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its binary: the last part of `CodeUri`.
    pub binary: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// The routes that lead to it. None: it is invoked directly.
    pub routes: Vec<Route>,
    /// Its environment variables, references replaced by what they stand for on this machine.
    pub environment: BTreeMap<String, String>,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `GET`, `POST`… or `ANY`.
    pub method: String,
    /// The path, where `{name}` stands for one segment and a final `{name+}` for all that follow.
    pub path: String,
}

impl FunctionResource {
    pub(super) fn read(id: &str, resource: &Value, globals: Option<&Value>, values: &Values) -> Result<Self, String> {
        let properties = resource.get("Properties").ok_or("has no Properties")?;
        let binary = binary(resource, globals, values)?;
        let timeout = match property("Timeout", resource, globals) {
            Some(value) => {
                let seconds = values.resolve_text(value)?;
                Duration::from_secs(seconds.parse().map_err(|_| format!("Timeout: {seconds} is no number of seconds"))?)
            }
            None => DEFAULT_TIMEOUT,
        };
        // SAM merges the variables of Globals with the function's own, which win.
        let mut environment = BTreeMap::new();
        for level in globals.into_iter().chain([properties]) {
            let variables = level.get("Environment").and_then(|environment| environment.get("Variables"));
            for (name, value) in variables.and_then(Value::as_mapping).into_iter().flatten() {
                let name = name.as_str().ok_or("Environment: a name is no text")?;
                let value = values.resolve_text(value).map_err(|problem| format!("{name}: {problem}"))?;
                environment.insert(name.to_owned(), value);
            }
        }
        Ok(Self { logical_id: id.to_owned(), binary, timeout, routes: routes(properties, values)?, environment })
    }
}

/// A property of a function, or of all functions.
fn property<'a>(name: &str, resource: &'a Value, globals: Option<&'a Value>) -> Option<&'a Value> {
    let own = resource.get("Properties").and_then(|properties| properties.get(name));
    own.or_else(|| globals?.get(name))
}

/// The last part of `CodeUri`.
pub(super) fn binary(resource: &Value, globals: Option<&Value>, values: &Values) -> Result<String, String> {
    let code = values.resolve_text(property("CodeUri", resource, globals).ok_or("has no CodeUri")?)?;
    Ok(code.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned())
}

fn routes(properties: &Value, values: &Values) -> Result<Vec<Route>, String> {
    let mut routes = Vec::new();
    for (name, event) in properties.get("Events").and_then(Value::as_mapping).into_iter().flatten() {
        if event.get("Type").and_then(Value::as_str) != Some("HttpApi") {
            continue;
        }
        let property = |key: &str| {
            let value = event.get("Properties").and_then(|properties| properties.get(key));
            let place = format!("Events.{}.{key}", name.as_str().unwrap_or_default());
            values
                .resolve_text(value.ok_or(format!("{place} is missing"))?)
                .map_err(|problem| format!("{place}: {problem}"))
        };
        routes.push(Route { method: property("Method")?.to_uppercase(), path: property("Path")? });
    }
    Ok(routes)
}
