//! `$batch`: up to twenty calls in one, answered in any order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::request::{Request, Response};
use super::{Outcome, serve_item};
use crate::Inner;
use crate::error::GraphError;
use crate::faults::Facts;
use crate::gate::IN_FLIGHT;
use crate::play;
use crate::tokens::Grant;

/// Graph's limit on the calls of one batch.
const ITEMS: usize = 20;

struct Item {
    id: String,
    depends_on: Vec<String>,
    request: Request,
}

pub(super) async fn serve(inner: &Arc<Inner>, request: &Request, caller: &Grant, sequence: u64) -> Outcome {
    let fault = inner.faults.meet(&Facts {
        method: &request.method,
        path: &request.path,
        directory: &caller.directory,
        mailbox: "",
        operation: "batch",
        client_request_id: request.client_request_id(),
        batch: false,
    });
    let items = match read(request, sequence) {
        Ok(items) => items,
        Err(error) => return Outcome::Answer(Response::error(&error, request)),
    };
    let inner = inner.clone();
    let work = async move {
        let mut answers = run(inner, items).await;
        // Clients have to match answers by id, never by place.
        let scatter = RandomState::new();
        answers.sort_by_key(|(id, _)| scatter.hash_one(id));
        let responses: Vec<Value> = answers.into_iter().map(|(id, response)| answer(&id, response)).collect();
        Response::json(200, json!({ "responses": responses }))
    };
    play::play(fault, work, |effect| super::faulty(effect, request)).await.map_or(Outcome::Dropped, Outcome::Answer)
}

fn read(request: &Request, sequence: u64) -> Result<Vec<Item>, GraphError> {
    let content = request.object()?;
    let list = content
        .get("requests")
        .and_then(Value::as_array)
        .filter(|list| !list.is_empty())
        .ok_or_else(|| GraphError::bad_request("Invalid batch payload format."))?;
    if list.len() > ITEMS {
        return Err(GraphError::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {ITEMS}."
        )));
    }
    let mut items: Vec<Item> = Vec::with_capacity(list.len());
    for entry in list {
        let item = read_item(entry, request, sequence)?;
        if items.iter().any(|other| other.id == item.id) {
            return Err(GraphError::bad_request(format!("Request Id '{}' has to be unique in a batch.", item.id)));
        }
        // An item can only wait for one that comes before it, so there are no circles.
        if let Some(unknown) = item.depends_on.iter().find(|id| !items.iter().any(|other| other.id == **id)) {
            return Err(GraphError::bad_request(format!(
                "Request '{}' depends on '{unknown}', which is not before it.",
                item.id
            )));
        }
        items.push(item);
    }
    Ok(items)
}

fn read_item(entry: &Value, outer: &Request, sequence: u64) -> Result<Item, GraphError> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let (Some(id), Some(method), Some(url)) = (text("id"), text("method"), text("url")) else {
        return Err(GraphError::bad_request("Each request of a batch has an id, a method and a url."));
    };
    if url.contains("://") {
        return Err(GraphError::bad_request(format!("The url of request '{id}' is not a relative one.")));
    }
    let method = method.to_ascii_uppercase();
    let mut headers = BTreeMap::new();
    for (name, value) in entry.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.insert(name.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned());
    }
    let body = entry.get("body").filter(|body| !body.is_null());
    if matches!(method.as_str(), "POST" | "PATCH" | "PUT") && (body.is_none() || !headers.contains_key("content-type"))
    {
        return Err(GraphError::bad_request(format!(
            "Write request id : {id} does not contain Content-Type header or body."
        )));
    }
    for shared in ["authorization", "client-request-id", "host"] {
        if let (false, Some(value)) = (headers.contains_key(shared), outer.header(shared)) {
            headers.insert(shared.to_owned(), value.to_owned());
        }
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let depends_on = entry.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
    Ok(Item {
        id: id.to_owned(),
        depends_on: depends_on.filter_map(Value::as_str).map(str::to_owned).collect(),
        request: Request {
            method,
            path: format!("/v1.0/{}", path.trim_start_matches('/')),
            query: query.to_owned(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            batch: Some(sequence),
            id: Uuid::new_v4().to_string(),
        },
    })
}

/// Runs items as soon as those they depend on are done, a few at a time: so many of a batch go to Outlook at once, whatever
/// their mailboxes.
async fn run(inner: Arc<Inner>, items: Vec<Item>) -> Vec<(String, Response)> {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut waiting = items;
    let mut running = JoinSet::new();
    let mut done: HashMap<String, u16> = HashMap::new();
    let mut failed: HashSet<String> = HashSet::new();
    let mut answers = Vec::new();
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|item| item.depends_on.iter().all(|id| done.contains_key(id)));
        waiting = rest;
        let started = !ready.is_empty();
        for item in ready {
            if item.depends_on.iter().any(|id| failed.contains(id)) {
                let error = GraphError::new(424, "FailedDependency", "A request that this one depends on has failed.");
                let response = Response::error(&error, &item.request);
                done.insert(item.id.clone(), 424);
                failed.insert(item.id.clone());
                answers.push((item.id, response));
                continue;
            }
            let (inner, places) = (inner.clone(), places.clone());
            running.spawn(async move {
                // It is never closed.
                let _place = places.acquire().await;
                let lost = GraphError::new(504, "UnknownError", "");
                let lost = Response::error(&lost, &item.request);
                match serve_item(inner, item.request).await {
                    Outcome::Answer(response) => (item.id, response),
                    // There is no connection of its own to cut.
                    Outcome::Dropped => (item.id, lost),
                }
            });
        }
        match running.join_next().await {
            Some(Ok((id, response))) => {
                done.insert(id.clone(), response.status);
                if response.status >= 400 {
                    failed.insert(id.clone());
                }
                answers.push((id, response));
            }
            Some(Err(_)) => {}
            None if started && !waiting.is_empty() => {}
            None => return answers,
        }
    }
}

fn answer(id: &str, response: Response) -> Value {
    let mut headers = Map::new();
    for (name, value) in response.headers {
        headers.insert(name.to_owned(), value.into());
    }
    let mut fields = Map::new();
    fields.insert("id".into(), id.into());
    fields.insert("status".into(), response.status.into());
    if let Some(body) = response.body {
        headers.insert("content-type".into(), "application/json".into());
        fields.insert("body".into(), body);
    }
    fields.insert("headers".into(), headers.into());
    Value::Object(fields)
}
