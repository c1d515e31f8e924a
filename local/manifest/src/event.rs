//! A first event for a function that has none in `events/`, to be completed by hand where the example is not enough.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{Function, OpenApi, Route, openapi::Operation};

const HOST: &str = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com";
const ADDRESS: &str = "203.0.113.7";
const AGENT: &str = "example-client/1.0";
const FORM: &str = "application/x-www-form-urlencoded";

/// The path of a function's event in the checkout.
pub(crate) fn file(function: &Function) -> String {
    format!("events/{}.json", function.name)
}

/// What API Gateway sends for the documented example on the function's first route, with placeholders for credentials; a
/// request for an unknown path for a fallback; an empty object for a function without a route. None: the route is not
/// described.
pub(crate) fn skeleton(function: &Function, openapi: &OpenApi) -> Option<String> {
    let event = match function.routes.first() {
        Some(route) if function.is_fallback() => {
            http(route, "GET", &[("proxy", "unknown".to_owned())], Operation::UNDESCRIBED)
        }
        Some(route) => {
            let operation = openapi.operation(route)?;
            http(route, &route.method, &operation.examples("path"), operation)
        }
        None => json!({}),
    };
    Some(format!("{event:#}\n"))
}

/// `variables`: names and values of what is variable in the route's path.
fn http(route: &Route, method: &str, variables: &[(&str, String)], operation: Operation<'_>) -> Value {
    let body = body(operation);
    let path = route.path_with(variables);
    let mut headers = Map::from_iter([("accept".to_owned(), json!("application/json"))]);
    let mut header = |name: &str, value: &str| headers.insert(name.to_owned(), json!(value));
    if operation.takes_access_tokens() {
        header("authorization", "Bearer ACCESS_TOKEN");
    } else if operation.takes_api_keys() && !operation.is_public() {
        header("authorization", "Bearer API_KEY");
    }
    if let (Some(media_type), Some(text)) = (operation.body_type(), &body) {
        header("content-length", &text.len().to_string());
        header("content-type", media_type);
    }
    for (name, value) in [
        ("host", HOST),
        ("user-agent", AGENT),
        ("x-amzn-trace-id", "Root=1-6734a2f0-000000005e1f0c3a9b7d246b"),
        ("x-forwarded-for", ADDRESS),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ] {
        header(name, value);
    }
    let query = operation.examples("query");
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.to_string(),
        "rawPath": path,
        "rawQueryString": form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish(),
        "headers": headers,
    });
    if !query.is_empty() {
        event["queryStringParameters"] = query.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    }
    event["requestContext"] = json!({
        "accountId": "123456789012",
        "apiId": "a1b2c3d4e5",
        "domainName": HOST,
        "domainPrefix": "a1b2c3d4e5",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": ADDRESS,
            "userAgent": AGENT,
        },
        "requestId": "Fq3kLh3xFiAEMbg=",
        "routeKey": route.to_string(),
        "stage": "$default",
        "time": "13/Nov/2024:13:00:03 +0000",
        "timeEpoch": 1_731_502_803_000_u64,
    });
    if !variables.is_empty() {
        event["pathParameters"] = variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    }
    // API Gateway passes JSON on as text, and everything else in base64.
    let is_encoded = body.is_some() && operation.body_type() != Some("application/json");
    if let Some(body) = body {
        event["body"] = if is_encoded { json!(STANDARD.encode(body)) } else { json!(body) };
    }
    event["isBase64Encoded"] = json!(is_encoded);
    event
}

fn body(operation: Operation<'_>) -> Option<String> {
    let example = operation.body_example()?;
    match example.as_object() {
        Some(fields) if operation.body_type() == Some(FORM) => {
            let pairs = fields.iter().map(|(name, value)| (name, form_value(name, value)));
            Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
        }
        _ => Some(format!("{example:#}")),
    }
}

/// A placeholder where the field is a credential.
fn form_value(name: &str, value: &Value) -> String {
    let is_credential = ["client_id", "client_secret", "refresh_token", "username", "password", "code"].contains(&name);
    if is_credential { name.to_uppercase() } else { value.as_str().map_or_else(|| value.to_string(), str::to_owned) }
}
