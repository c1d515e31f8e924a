//! The result of one check.

use std::borrow::Cow;

use serde::Serialize;

/// The result of one check.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    pub(super) name: String,
    pub(super) ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<Cow<'static, str>>,
}

impl Check {
    pub(super) fn passed(name: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, problem: None, advice: None }
    }

    pub(super) fn failed(
        name: impl Into<String>,
        problem: impl Into<String>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { name: name.into(), ok: false, problem: Some(problem.into()), advice: Some(advice.into()) }
    }
}
