//! The functions, and what a function that refuses must do.

use std::{ops::Deref, sync::LazyLock};

use convene::edge;
use convene_tests::{
    InProcess,
    endpoints::{ApiKeys, Endpoint, endpoints, fallbacks},
};
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::checks::{Expected, verdict};

/// The endpoints that take access tokens.
pub static WITH_TOKEN: LazyLock<Vec<&str>> = LazyLock::new(|| names(|endpoint| endpoint.takes_access_tokens));
/// Those of them that have a body.
pub static WITH_BODY: LazyLock<Vec<&str>> =
    LazyLock::new(|| names(|endpoint| endpoint.takes_access_tokens && endpoint.body_type.is_some()));
/// Those of them whose body is a list.
pub static WITH_LIST: LazyLock<Vec<&str>> = LazyLock::new(|| {
    names(|endpoint| endpoint.takes_access_tokens && endpoint.body.as_ref().is_some_and(Value::is_array))
});
/// The endpoints that take API keys.
pub static WITH_API_KEY: LazyLock<Vec<&str>> =
    LazyLock::new(|| names(|endpoint| endpoint.api_keys != ApiKeys::NotTaken));
/// Those of them that need one.
pub static ONLY_API_KEY: LazyLock<Vec<&str>> =
    LazyLock::new(|| names(|endpoint| endpoint.api_keys == ApiKeys::Required));
/// Those of them that need none for what is public.
pub static PUBLIC: LazyLock<Vec<&str>> = LazyLock::new(|| names(|endpoint| endpoint.api_keys == ApiKeys::Optional));
/// The endpoints that answer without a credential.
pub static OPEN: LazyLock<Vec<&str>> = LazyLock::new(|| names(|endpoint| !endpoint.takes_credentials));
/// The endpoints whose path has variables.
pub static WITH_VARIABLES: LazyLock<Vec<&str>> = LazyLock::new(|| names(|endpoint| endpoint.route.path.contains('{')));
/// The families' fallbacks.
pub static FALLBACKS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let fallbacks = fallbacks();
    let names = convene_local::endpoints().into_iter().map(|function| function.name());
    names.filter(|name| fallbacks.iter().any(|fallback| fallback == name)).collect()
});
/// The endpoint that issues access tokens: the one of the family `oauth` that has a form.
pub static TOKEN: LazyLock<&str> = LazyLock::new(|| {
    let has_form = |endpoint: &Endpoint| endpoint.body_type.as_deref() == Some("application/x-www-form-urlencoded");
    let names = names(|endpoint| endpoint.family == "oauth" && has_form(endpoint));
    let [token] = names.as_slice() else { panic!("{names:?} have forms") };
    token
});

fn names(holds: impl Fn(&Endpoint) -> bool) -> Vec<&'static str> {
    let functions = convene_local::endpoints();
    let name = |listed: Endpoint| functions.iter().map(edge::Endpoint::name).find(|name| *name == listed.function.name);
    endpoints().into_iter().filter(|endpoint| holds(endpoint)).filter_map(name).collect()
}

/// The functions, with Microsoft watched.
pub struct Functions(InProcess);

impl Deref for Functions {
    type Target = InProcess;

    fn deref(&self) -> &InProcess {
        &self.0
    }
}

impl Functions {
    /// Everything started, a token at hand, and nothing asked of Microsoft so far.
    pub fn start() -> Self {
        Self(InProcess::start())
    }

    /// The same with an endpoint that is not one of a family.
    pub fn with(endpoint: edge::Endpoint) -> Self {
        let mut functions = InProcess::start();
        functions.add(endpoint);
        Self(functions)
    }

    /// Gives a function an event that it must refuse without asking Microsoft anything.
    pub fn refuses(&self, function: &str, event: &Value, expected: Expected) -> Result<(), TestCaseError> {
        self.refuses_text(function, &event.to_string(), expected)
    }

    /// The same with an event as text.
    pub fn refuses_text(&self, function: &str, event: &str, expected: Expected) -> Result<(), TestCaseError> {
        let reply = self.invoke_text(function, event);
        verdict(&reply, expected).map_err(|wrong| TestCaseError::fail(format!("{function}: {wrong}")))?;
        let asked = self.asked_of_microsoft();
        if asked.is_empty() {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{function} answered {reply:?} and asked Microsoft: {asked:#?}")))
    }
}
