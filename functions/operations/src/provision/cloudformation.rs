//! The protocol of CloudFormation's custom resources: what it sends, and the answer it waits for at a URL of its own.

use std::time::Duration;

use reqwest::{Client, Url, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use convene::edge::TaskError;

/// CloudFormation reads no more of an answer.
const LONGEST_ANSWER: usize = 4096;
/// How much of a reason is told, in bytes of JSON: the rest of the answer needs room too.
const LONGEST_REASON: usize = 1500;
/// How often the answer is sent before Lambda is left to run the whole event again.
const TRIES: u32 = 3;

/// What CloudFormation wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum RequestType {
    /// Make it.
    Create,
    /// Make it as the properties are now.
    Update,
    /// Take it away.
    Delete,
}

/// An event of a custom resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// What is wanted.
    pub request_type: RequestType,
    /// Where the answer goes.
    #[serde(rename = "ResponseURL")]
    pub response_url: String,
    /// The stack.
    pub stack_id: String,
    /// This request.
    pub request_id: String,
    /// The resource's name in its template.
    pub logical_resource_id: String,
    /// The id an earlier answer gave the resource. Absent when it is made.
    #[serde(default)]
    pub physical_resource_id: Option<String>,
    /// The properties as they are now.
    #[serde(default)]
    pub resource_properties: Value,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As wanted; with the attributes that templates read by `Fn::GetAtt`.
    Success(Vec<(&'static str, String)>),
    /// Not, and why, for the person who reads the stack's events.
    Failed(String),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    data: serde_json::Map<String, Value>,
}

impl Event {
    /// The answer's JSON.
    fn answer(&self, physical_id: &str, outcome: &Outcome) -> String {
        let (status, reason, data) = match outcome {
            Outcome::Success(data) => ("SUCCESS", None, data.as_slice()),
            Outcome::Failed(reason) => ("FAILED", Some(shortened(reason, LONGEST_REASON)), &[][..]),
        };
        let data = data.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
        let answer = |data| Answer {
            status,
            reason,
            physical_resource_id: physical_id,
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
            data,
        };
        let json = serde_json::to_string(&answer(data)).unwrap_or_default();
        if json.len() <= LONGEST_ANSWER {
            return json;
        }
        serde_json::to_string(&answer(serde_json::Map::new())).unwrap_or_default()
    }

    /// Tells CloudFormation. Without an answer a stack waits for an hour.
    pub async fn respond(&self, client: &Client, physical_id: &str, outcome: &Outcome) -> Result<(), TaskError> {
        let url = Url::parse(&self.response_url).map_err(|_| TaskError("ResponseURL is no URL.".to_owned()))?;
        let body = self.answer(physical_id, outcome);
        let mut told = String::new();
        for turn in 0..TRIES {
            if turn > 0 {
                tokio::time::sleep(Duration::from_millis(500 << turn)).await;
            }
            // The URL is signed for a request without a content type.
            let sent = client.put(url.clone()).header(CONTENT_TYPE, "").body(body.clone()).send().await;
            match sent {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => told = answer.status().to_string(),
                // The error would show the URL, whose signature lets anybody answer in our place.
                Err(error) => told = String::from(if error.is_connect() { "no connection" } else { "no answer" }),
            }
        }
        Err(TaskError(format!("CloudFormation did not take the answer: {told}.")))
    }
}

/// As much of a text as takes no more than so many bytes in JSON.
fn shortened(text: &str, longest: usize) -> &str {
    let mut length = 0;
    let too_long = text.char_indices().find(|(_, letter)| {
        length += match letter {
            '"' | '\\' => 2,
            letter if letter.is_ascii_control() => 6,
            letter => letter.len_utf8(),
        };
        length > longest
    });
    &text[..too_long.map_or(text.len(), |(end, _)| end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        serde_json::from_value(serde_json::json!({
            "RequestType": "Create", "ResponseURL": "http://127.0.0.1/answer", "StackId": "arn:aws:cloudformation:…",
            "RequestId": "r", "ResourceType": "Custom::Tenant", "LogicalResourceId": "Tenant", "ResourceProperties": {}
        }))
        .expect("an event")
    }

    #[test]
    fn an_answer_always_fits() {
        for reason in ["ä".repeat(10_000), "\"\n\\".repeat(10_000), "\u{1}".repeat(10_000), String::new()] {
            let json = event().answer("id", &Outcome::Failed(reason));
            assert!(json.len() <= LONGEST_ANSWER, "{}", json.len());
            let answer: Value = serde_json::from_str(&json).expect("JSON");
            assert_eq!(answer["Status"], "FAILED");
        }
        let json = event().answer("id", &Outcome::Success(vec![("Long", "x".repeat(5000))]));
        assert!(json.len() <= LONGEST_ANSWER && json.contains("SUCCESS"));
    }
}
