//! Functions with what the template gives them: routes, time, and an environment of their own.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use convene::{
    Clock,
    edge::Endpoint,
    services::{Services, Settings},
};

use crate::{
    Error,
    backends::{ACCOUNT, REGION},
    template::{FunctionResource, Route, Template},
};

/// What a caller of [`deploy`] may set differently from the template.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adjustments {
    pub(crate) timeout: Option<Duration>,
    pub(crate) doubt_window: Option<Duration>,
    pub(crate) refresh_grace: Option<Duration>,
    pub(crate) clock: Option<Clock>,
}

impl Adjustments {
    fn clock(&self) -> Clock {
        self.clock.clone().unwrap_or_else(Clock::system)
    }

    fn apply(&self, settings: &mut Settings) {
        if let Some(duration) = self.doubt_window {
            settings.doubt_window = duration;
        }
        if let Some(duration) = self.refresh_grace {
            settings.refresh_grace = duration;
        }
    }
}

/// A function as deployed.
pub(crate) struct Deployed {
    pub(crate) endpoint: Endpoint,
    pub(crate) services: Arc<Services>,
    pub(crate) timeout: Duration,
    pub(crate) routes: Vec<Route>,
}

impl Deployed {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.endpoint.name())
    }
}

/// Puts every function of the template that a route leads to together with its code.
///
/// Each gets the environment that the template gives it and not a variable more, so that one the template forgot is
/// missed here and not in the cloud. Functions with the same environment share clients and caches, as an instance does
/// from one request to the next.
pub(crate) fn deploy(
    template: &Template,
    endpoints: Vec<Endpoint>,
    backends: &BTreeMap<String, String>,
    adjustments: &Adjustments,
) -> Result<Vec<Deployed>, Error> {
    let mut shared = BTreeMap::<BTreeMap<String, String>, Arc<Services>>::new();
    let mut code: BTreeMap<_, _> = endpoints.into_iter().map(|endpoint| (endpoint.name(), endpoint)).collect();
    let mut deployed = Vec::new();
    for resource in template.functions.iter().filter(|resource| !resource.routes.is_empty()) {
        let endpoint = code.remove(resource.binary.as_str()).ok_or_else(|| Error::NoCode(resource.binary.clone()))?;
        let environment = environment(resource, backends);
        let services = if let Some(services) = shared.get(&environment) {
            Arc::clone(services)
        } else {
            let mut settings = Settings::from_lookup(|name| environment.get(name).cloned())
                .map_err(|problem| Error::Environment { function: resource.binary.clone(), problem })?;
            adjustments.apply(&mut settings);
            let services = Arc::new(Services::with_clock(settings, adjustments.clock()));
            shared.insert(environment, Arc::clone(&services));
            services
        };
        let timeout = adjustments.timeout.unwrap_or(resource.timeout);
        deployed.push(Deployed { endpoint, services, timeout, routes: resource.routes.clone() });
    }
    // What the template leaves out on purpose has a condition that is false.
    match code.into_keys().find(|binary| !template.left_out.contains(*binary)) {
        Some(forgotten) => Err(Error::NotInTemplate(forgotten)),
        None => Ok(deployed),
    }
}

fn environment(resource: &FunctionResource, backends: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut environment = resource.environment.clone();
    environment.extend(backends.iter().map(|(name, value)| (name.clone(), value.clone())));
    environment
}
