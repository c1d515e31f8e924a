//! What is decided where the documents are silent or disagree.

mod availability;
mod availability_chunks;
mod body_text;
mod correlation;
mod delegated;
mod deleting;
mod reading;
mod requests;
mod scheduling;
mod times;
mod updating;

use convene_tests::samples;
use serde_json::{Value, json};

/// A change of the organizer's meeting.
pub fn change(id: &str, fields: &Value) -> Value {
    let mut change = json!({"id": id, "organizerEmail": samples::ORGANIZER});
    change.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    change
}
