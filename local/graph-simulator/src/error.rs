//! Failures: of opening a simulator, and of single calls in Graph's envelope.

use std::fmt;

use serde_json::{Map, Value, json};

/// Why a simulator could not be opened.
#[derive(Debug)]
pub enum Error {
    /// The database could not be opened, read or written.
    Database(rusqlite::Error),
    /// The database holds an event that this version cannot read.
    Format(serde_json::Error),
    /// A directory or a mailbox in the options makes no sense.
    Options(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "the calendar database: {error}"),
            Self::Format(error) => write!(f, "an event in the calendar database: {error}"),
            Self::Options(what) => write!(f, "the simulator's options: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Format(error)
    }
}

/// A failure as Graph tells it: a status, a code and a message in an envelope.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Instance annotations beside `code` and `message`.
    pub(crate) annotations: Map<String, Value>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl GraphError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), annotations: Map::new(), headers: Vec::new() }
    }

    pub(crate) fn annotated(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.annotations.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body, which repeats the ids of the request so that a report can name it.
    pub(crate) fn envelope(&self, request_id: &str, client_request_id: &str) -> Value {
        let mut error = Map::new();
        error.insert("code".into(), self.code.clone().into());
        error.insert("message".into(), self.message.clone().into());
        error.extend(self.annotations.clone());
        error.insert(
            "innerError".into(),
            json!({
                "date": chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "request-id": request_id,
                "client-request-id": client_request_id,
            }),
        );
        json!({ "error": error })
    }

    pub(crate) fn property(message: impl Into<String>) -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", message)
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(400, "RequestBodyRead", message)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn item_not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    pub(crate) fn invalid_user(address: &str) -> Self {
        Self::new(404, "ErrorInvalidUser", format!("The requested user '{address}' is invalid."))
    }

    pub(crate) fn not_simulated(what: &str) -> Self {
        Self::new(501, "NotImplemented", format!("The simulator does not do this: {what}."))
    }

    pub(crate) fn internal(error: &impl fmt::Display) -> Self {
        Self::new(500, "ErrorInternalServerError", format!("The simulator failed: {error}"))
    }
}
