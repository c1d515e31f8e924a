//! The events that API Gateway makes of requests: the ones in `events/`, with content of one's own.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The event of a call about a meeting or an appointment, by the name of the function that gets it.
pub fn meeting(function: &str, token: &str, request: &Value) -> Value {
    let mut event = sample(function);
    event["headers"]["authorization"] = json!(format!("Bearer {token}"));
    if event["requestContext"]["http"]["method"] == "GET" {
        let fields = request.as_object().expect("an object");
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text")));
        let url = reqwest::Url::parse_with_params("http://localhost/", pairs).expect("a URL");
        event["rawQueryString"] = json!(url.query());
        event["queryStringParameters"] = request.clone();
    } else {
        event["body"] = json!(request.to_string());
    }
    event
}

/// The event of a request for an access token with a client's own credentials.
pub fn token(client_id: &str, client_secret: &str) -> Value {
    token_form(&[("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", client_secret)])
}

/// The event of a request for an access token with this form, which API Gateway encodes as it does all that is no text to
/// it.
pub fn token_form(fields: &[(&str, &str)]) -> Value {
    let url = reqwest::Url::parse_with_params("http://localhost/", fields).expect("a URL");
    let mut event = sample("issue-token");
    event["body"] = json!(STANDARD.encode(url.query().expect("a form")));
    event["isBase64Encoded"] = json!(true);
    event
}

/// The event in `events/` for a function, as it is there.
pub fn sample(function: &str) -> Value {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in a folder of the checkout");
    let file = checkout.join(format!("events/{function}.json"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
