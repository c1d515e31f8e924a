//! A signer of requests by RFC 9421 and RFC 9530 alone: it shares no code with the product.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use convene_local::ReadyHmac;
use convene_tests::{Answer, Product, events};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A request, signed or not.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: String,
}

/// A request that is to be signed, and how.
#[derive(Clone, Debug)]
pub struct Draft {
    pub request: Sent,
    /// Component identifiers as they are written, with the values that are signed.
    pub components: Vec<(String, String)>,
    /// Parameters of the signature, with their values as they are written.
    pub parameters: Vec<(String, String)>,
    pub key: Vec<u8>,
}

/// `Content-Digest` of a body.
pub fn content_digest(body: &str) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body.as_bytes())))
}

impl Draft {
    /// A request to this authority, with everything covered that must be.
    pub fn new(hmac: &ReadyHmac, authority: &str, method: &str, target: &str, body: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut draft = Self {
            request: Sent {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
                headers: vec![
                    ("host".to_owned(), authority.as_bytes().to_vec()),
                    ("content-type".to_owned(), b"application/json".to_vec()),
                ],
                body: body.to_owned(),
            },
            components: Vec::new(),
            parameters: Vec::new(),
            key: STANDARD.decode(&hmac.key).expect("base64"),
        };
        let query = format!("?{query}");
        for (name, value) in [("@method", method), ("@authority", authority), ("@path", path), ("@query", &query)] {
            draft.cover(name, value);
        }
        if !body.is_empty() {
            draft.request.set("content-digest", &content_digest(body));
            draft.cover("content-digest", &content_digest(body));
        }
        draft.set("created", Utc::now().timestamp());
        draft.set("nonce", format!("\"{}\"", Uuid::new_v4().simple()));
        draft.set("keyid", format!("\"{}\"", hmac.key_id));
        draft
    }

    /// Covers one component more.
    pub fn cover(&mut self, name: &str, value: &str) {
        self.components.push((format!("\"{name}\""), value.to_owned()));
    }

    /// Leaves a component out.
    pub fn uncover(&mut self, name: &str) {
        self.components.retain(|(identifier, _)| *identifier != format!("\"{name}\""));
    }

    /// Gives a parameter a value, written as it is to appear.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts read better as they are")]
    pub fn set(&mut self, parameter: &str, value: impl ToString) {
        self.unset(parameter);
        self.parameters.push((parameter.to_owned(), value.to_string()));
    }

    /// Leaves a parameter out.
    pub fn unset(&mut self, parameter: &str) {
        self.parameters.retain(|(name, _)| name != parameter);
    }

    /// The same request, signed anew: with another nonce.
    pub fn again(&self) -> Self {
        let mut again = self.clone();
        again.set("nonce", format!("\"{}\"", Uuid::new_v4().simple()));
        again
    }

    /// The signed request.
    pub fn sign(&self) -> Sent {
        let identifiers: Vec<_> = self.components.iter().map(|(identifier, _)| identifier.as_str()).collect();
        let parameters = self.parameters.iter().map(|(name, value)| format!(";{name}={value}"));
        let parameters = format!("({}){}", identifiers.join(" "), parameters.collect::<String>());
        let lines = self.components.iter().map(|(identifier, value)| format!("{identifier}: {value}\n"));
        let base = lines.collect::<String>() + &format!("\"@signature-params\": {parameters}");
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.key), base.as_bytes());
        let mut sent = self.request.clone();
        sent.set("signature-input", &format!("sig={parameters}"));
        sent.set("signature", &format!("sig=:{}:", STANDARD.encode(mac)));
        sent
    }
}

impl Sent {
    /// Sets a header.
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }

    /// Removes a header.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> String {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name).expect("the header");
        String::from_utf8(value.clone()).expect("text")
    }

    /// Replaces a part of a header, which must be there.
    pub fn edit(&mut self, name: &str, from: &str, to: &str) {
        let before = self.header(name);
        assert!(before.contains(from), "{name} is {before}");
        self.set(name, &before.replacen(from, to, 1));
    }

    /// Sends it over HTTP.
    pub async fn send(&self, product: &Product) -> Answer {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let method = Method::from_bytes(self.method.as_bytes()).expect("a method");
        let mut request = product.http().request(method, format!("{}{}{query}", product.api(), self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        Answer::read(request.body(self.body.clone()).send().await.expect("an answer")).await
    }

    /// The event that API Gateway makes of it.
    pub fn event(&self, function: &str) -> Value {
        let mut event = events::sample(function);
        event["rawPath"] = json!(self.path);
        event["rawQueryString"] = json!(self.query);
        event["requestContext"]["http"]["method"] = json!(self.method);
        event["requestContext"]["http"]["path"] = json!(self.path);
        event["body"] = json!(self.body);
        let headers = event["headers"].as_object_mut().expect("headers");
        headers.remove("authorization");
        for (name, value) in &self.headers {
            headers.insert(name.clone(), json!(String::from_utf8_lossy(value)));
        }
        event
    }
}
