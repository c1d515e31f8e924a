//! `POST /{directory}/oauth2/v2.0/token`, with Microsoft's own errors.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Inner;
use crate::clock;
use crate::error::Error;
use crate::faults::{Effect, Facts};
use crate::journal::Entry;
use crate::play;
use crate::store::World;

/// An answer: a status and a JSON body.
pub(crate) type Answer = (u16, Vec<(&'static str, String)>, Value);

/// A refusal: the OAuth error, the AADSTS number, what it says.
struct Refusal {
    status: u16,
    error: &'static str,
    number: u32,
    text: String,
}

impl Refusal {
    fn new(error: &'static str, number: u32, text: impl Into<String>) -> Self {
        // Microsoft answers a client that did not authenticate with 401, everything else with 400.
        let status = if error == "invalid_client" { 401 } else { 400 };
        Self { status, error, number, text: text.into() }
    }
}

/// Answers a token request. `None`: the connection is cut.
pub(crate) async fn serve(
    inner: Arc<Inner>,
    directory: String,
    form: Vec<u8>,
    client_request_id: Option<String>,
) -> Option<Answer> {
    let path = format!("/{directory}/oauth2/v2.0/token");
    let request_id = Uuid::new_v4().to_string();
    let sequence = inner.journal().begin(Entry {
        method: "POST".into(),
        path: path.clone(),
        operation: "token",
        directory: Some(directory.to_ascii_lowercase()),
        client_request_id: client_request_id.clone(),
        request_id: request_id.clone(),
        ..Entry::default()
    });
    let fault = inner.faults.meet(&Facts {
        method: "POST",
        path: &path,
        directory: &directory,
        mailbox: "",
        operation: "token",
        client_request_id: client_request_id.as_deref().unwrap_or_default(),
        batch: false,
    });
    let (worker, id) = (inner.clone(), request_id.clone());
    let work = async move {
        let fields = form_urlencoded::parse(&form).into_owned().collect();
        match exchange(&worker, &directory, &fields) {
            Ok(Ok(body)) => (200, Vec::new(), body),
            Ok(Err(refusal)) => {
                (refusal.status, Vec::new(), refused(refusal.error, refusal.number, &refusal.text, &id))
            }
            Err(error) => (500, Vec::new(), refused("server_error", 90033, &error.to_string(), &id)),
        }
    };
    let answer = play::play(fault, work, |effect| faulty(effect, &request_id)).await;
    let (status, code) = match &answer {
        Some((status, _, body)) => (Some(*status), body["error"].as_str().map(str::to_owned)),
        None => (None, None),
    };
    inner.journal().finish(sequence, status, code);
    answer
}

fn faulty(effect: &Effect, request_id: &str) -> Answer {
    let mut headers = Vec::new();
    if let Some(seconds) = effect.retry_after {
        headers.push(("retry-after", seconds.to_string()));
    }
    let status = effect.status.unwrap_or(504);
    if let Some(body) = &effect.body {
        return (status, headers, body.clone());
    }
    let text = effect.message.as_deref().unwrap_or("AADSTS90033: A transient error has occurred. Please try again.");
    let (number, text) = match text.strip_prefix("AADSTS").and_then(|rest| rest.split_once(": ")) {
        Some((number, text)) => (number.parse().unwrap_or(90033), text),
        None => (90033, text),
    };
    (status, headers, refused(effect.code.as_deref().unwrap_or("temporarily_unavailable"), number, text, request_id))
}

fn refused(error: &str, number: u32, text: &str, request_id: &str) -> Value {
    let correlation_id = Uuid::new_v4().to_string();
    let timestamp = Utc::now().format("%Y-%m-%d %H:%M:%SZ").to_string();
    json!({
        "error": error,
        "error_description": format!(
            "AADSTS{number}: {text} Trace ID: {request_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        "error_codes": [number],
        "timestamp": timestamp,
        "trace_id": request_id,
        "correlation_id": correlation_id,
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    })
}

/// Does the exchange. The outer result is the simulator's own trouble, the inner one Microsoft's answer.
fn exchange(inner: &Inner, directory: &str, form: &HashMap<String, String>) -> Result<Result<Value, Refusal>, Error> {
    let lifetime = inner.switches().token_lifetime_s;
    let renew = !inner.switches().omit_new_refresh_token;
    let mut world = inner.world();
    let (id, client_id) = match authenticate(&world, directory, form) {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let until = Utc::now() + TimeDelta::seconds(i64::from(lifetime));
    match field(form, "grant_type").unwrap_or_default() {
        "client_credentials" => {
            if !field(form, "scope").is_some_and(|scope| scope.ends_with("/.default")) {
                return Ok(Err(Refusal::new(
                    "invalid_scope",
                    1_002_012,
                    "The provided value for scope is not valid. Client credential flows must have a scope value with \
                     /.default suffixed to the resource identifier.",
                )));
            }
            let token = world.issue_access(&id, &client_id, None, until)?;
            Ok(Ok(json!({
                "token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token,
            })))
        }
        "refresh_token" => {
            let Some(token) = field(form, "refresh_token") else {
                return Ok(Err(missing("refresh_token")));
            };
            let user = match refreshable(world.tokens.refresh(token), &id, &client_id) {
                Ok(user) => user,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let scope = field(form, "scope").unwrap_or("https://graph.microsoft.com/.default offline_access");
            let access = world.issue_access(&id, &client_id, Some(&user), until)?;
            let mut body = json!({
                "token_type": "Bearer", "scope": scope, "expires_in": lifetime, "ext_expires_in": lifetime,
                "access_token": access,
            });
            if renew && scope.split_whitespace().any(|word| word == "offline_access") {
                // The token that was presented stays good, as Microsoft's does.
                body["refresh_token"] = world.issue_refresh(&id, &client_id, &user)?.into();
            }
            Ok(Ok(body))
        }
        other => Ok(Err(Refusal::new(
            "unsupported_grant_type",
            70_003,
            format!("The app requested an unsupported grant type '{other}'."),
        ))),
    }
}

fn field<'a>(form: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    form.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn missing(name: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{name}'.");
    Refusal::new("invalid_request", 900_144, text)
}

/// The directory's id and the app's, if the request proves to be that app.
fn authenticate(world: &World, directory: &str, form: &HashMap<String, String>) -> Result<(String, String), Refusal> {
    let Some((id, state)) = world.directory(directory) else {
        return Err(Refusal::new(
            "invalid_request",
            90002,
            format!(
                "Tenant '{directory}' not found. Check to make sure you have the correct tenant ID and are signing \
                 into the correct cloud."
            ),
        ));
    };
    field(form, "grant_type").ok_or_else(|| missing("grant_type"))?;
    let client_id = field(form, "client_id").ok_or_else(|| missing("client_id"))?;
    let Some(app) = state.apps.iter().find(|app| app.client_id.eq_ignore_ascii_case(client_id)) else {
        return Err(Refusal::new(
            "unauthorized_client",
            700_016,
            format!("Application with identifier '{client_id}' was not found in the directory '{directory}'."),
        ));
    };
    match field(form, "client_secret") {
        None => Err(Refusal::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
        Some(secret) if secret == app.client_secret => Ok((id.to_owned(), app.client_id.clone())),
        Some(_) => Err(Refusal::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client_id}'."
            ),
        )),
    }
}

/// Whose refresh token it is, if this app of this directory may use it now.
fn refreshable(grant: Option<&super::Grant>, directory: &str, client_id: &str) -> Result<String, Refusal> {
    let grant = grant
        .filter(|grant| grant.directory == directory && grant.client_id.eq_ignore_ascii_case(client_id))
        .ok_or_else(|| {
        Refusal::new(
            "invalid_grant",
            70_000,
            "Provided grant is invalid or malformed. The refresh token was not issued to this client.",
        )
    })?;
    if grant.revoked {
        return Err(Refusal::new(
            "invalid_grant",
            50_173,
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The tokens are not valid since {}.",
                clock::zulu(Utc::now())
            ),
        ));
    }
    Ok(grant.user.clone().unwrap_or_default())
}
