//! The functions, and what a function that refuses must do.

use std::ops::Deref;

use convene_tests::InProcess;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::checks::{Expected, verdict};

/// The endpoints of the Scheduler API and of the Lightning Scheduler adapter.
pub const SCHEDULER: [&str; 8] = [
    "schedule-meeting",
    "update-meeting",
    "delete-meeting",
    "get-meeting",
    "get-availability",
    "create-appointments",
    "update-appointments",
    "delete-appointments",
];
/// Those of them that have a body.
pub const WITH_BODY: [&str; 7] = [
    "schedule-meeting",
    "update-meeting",
    "get-availability",
    "delete-meeting",
    "create-appointments",
    "update-appointments",
    "delete-appointments",
];
/// The token endpoint.
pub const TOKEN: &str = "issue-token";

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
