//! The JSON of a configuration, as it is stored and returned: what the caller sent, so that nothing is lost.

use convene::{domain::ConfigurationId, problem::Problem};
use serde_json::{Map, Value, json};

/// The largest configuration, in bytes of JSON.
pub const MAX_BYTES: usize = 200 * 1024;
/// What a body may have because it was read before, and what the server alone decides.
const IGNORED: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// A configuration's JSON object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Reads a request's body.
    pub fn of_request(body: Map<String, Value>) -> Self {
        let mut fields = body;
        for ignored in IGNORED {
            fields.remove(ignored);
        }
        Self(fields)
    }

    /// Reads a stored configuration.
    pub fn of_store(json: &str) -> Result<Self, Problem> {
        let fields = serde_json::from_str(json);
        fields.map(Self).map_err(|error| Problem::internal(format!("a stored configuration: {error}")))
    }

    pub fn field(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Replaces each field that `change` has, as a whole.
    #[must_use]
    pub fn changed_by(mut self, change: Self) -> Self {
        self.0.extend(change.0);
        self
    }

    /// The text to be stored. Fails if it is too large.
    pub fn text(&self) -> Result<String, Problem> {
        let text = Value::from(self.0.clone()).to_string();
        if text.len() > MAX_BYTES {
            return Err(Problem::invalid_request("The configuration must have at most 200 KB."));
        }
        Ok(text)
    }

    /// What callers get. The vendor's Python client needs some keys in every configuration, and objects where its command-line client
    /// writes `true`.
    pub fn answer(self, id: ConfigurationId) -> Value {
        let mut fields = self.0;
        fields.insert("id".to_owned(), json!(id.to_string()));
        // Not `name`: the vendor's document does not allow null for it.
        for (name, default) in [("slug", Value::Null), ("requires_session_auth", json!(false))] {
            fields.entry(name).or_insert(default);
        }
        let participants = fields.get_mut("participants").and_then(Value::as_array_mut).into_iter().flatten();
        for participant in participants.filter_map(Value::as_object_mut) {
            let booking = participant.entry("booking").or_insert(Value::Null);
            if let Some(booking) = booking.as_object_mut() {
                booking.entry("calendar_id").or_insert(json!("primary"));
            }
            let availability = participant.entry("availability").or_insert(Value::Null);
            if let Some(availability) = availability.as_object_mut() {
                availability.entry("calendar_ids").or_insert(json!([]));
            }
        }
        if let Some(conferencing) = fields.get_mut("event_booking").and_then(|event| event.get_mut("conferencing")) {
            match conferencing.get("autocreate") {
                Some(Value::Bool(true)) => conferencing["autocreate"] = json!({}),
                Some(Value::Bool(false)) => *conferencing = Value::Null,
                _ => {}
            }
        }
        if let Some(questions) =
            fields.get_mut("scheduler").and_then(|scheduler| scheduler.get_mut("additional_fields"))
        {
            complete_questions(questions);
        }
        Value::from(fields)
    }
}

/// Adds the keys that clients need to the additional fields.
pub fn complete_questions(questions: &mut Value) {
    for (key, question) in questions.as_object_mut().into_iter().flatten() {
        let Some(question) = question.as_object_mut() else { continue };
        for (name, default) in [("label", json!(key)), ("type", json!("text")), ("required", json!(false))] {
            let field = question.entry(name).or_insert(Value::Null);
            if field.is_null() {
                *field = default;
            }
        }
    }
}
