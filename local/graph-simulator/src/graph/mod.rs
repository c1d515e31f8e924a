//! Graph under `/v1.0`: every call runs through here, alone or as an item of a batch.

mod batch;
mod events;
mod lists;
mod request;
mod route;
mod users;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::request::{Request, Response};
use self::route::{Operation, Owner, Route};
pub(crate) use self::users::working_hours;
use crate::Inner;
use crate::clock::Zone;
use crate::error::GraphError;
use crate::faults::{Effect, Facts};
use crate::journal::{Entry, Notification};
use crate::play;
use crate::store::MailboxKey;
use crate::tokens::Grant;

/// How a call ends.
pub(crate) enum Outcome {
    Answer(Response),
    /// The connection is cut.
    Dropped,
}

/// Answers a call that came by itself.
pub(crate) async fn serve(inner: Arc<Inner>, request: Request) -> Outcome {
    let route = Route::find(&request.method, &request.segments());
    if !matches!(&route, Ok(Route { operation: Operation::Batch, .. })) {
        return serve_one(inner, request, route).await;
    }
    let sequence = begin(&inner, &request, Some(&Operation::Batch));
    let outcome = match inner.caller(&request) {
        Ok(caller) => {
            inner.note(sequence, |entry| {
                entry.directory = Some(caller.directory.clone());
            });
            batch::serve(&inner, &request, &caller, sequence).await
        }
        Err(error) => Outcome::Answer(Response::error(&error, &request)),
    };
    finish(&inner, sequence, &request, outcome)
}

/// Answers an item of a batch.
async fn serve_item(inner: Arc<Inner>, request: Request) -> Outcome {
    let route = match Route::find(&request.method, &request.segments()) {
        Ok(Route { operation: Operation::Batch, .. }) => Err(GraphError::bad_request("A batch cannot hold a batch.")),
        route => route,
    };
    serve_one(inner, request, route).await
}

async fn serve_one(inner: Arc<Inner>, request: Request, route: Result<Route, GraphError>) -> Outcome {
    let request = Arc::new(request);
    let sequence = begin(&inner, &request, route.as_ref().ok().map(|route| &route.operation));
    let outcome = match inner.caller(&request) {
        Ok(caller) => match route {
            Ok(route) => run(&inner, &request, caller, route, sequence).await,
            Err(error) => Outcome::Answer(Response::error(&error, &request)),
        },
        Err(error) => Outcome::Answer(Response::error(&error, &request)),
    };
    finish(&inner, sequence, &request, outcome)
}

fn begin(inner: &Inner, request: &Request, operation: Option<&Operation>) -> u64 {
    inner.journal().begin(Entry {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        operation: operation.map_or("unknown", Operation::name),
        client_request_id: request.header("client-request-id").map(str::to_owned),
        request_id: request.id.clone(),
        batch: request.batch.is_some(),
        batch_sequence: request.batch,
        ..Entry::default()
    })
}

fn finish(inner: &Inner, sequence: u64, request: &Request, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Answer(response) => {
            inner.journal().finish(sequence, Some(response.status), response.code());
            let response = response
                .header("request-id", request.id.clone())
                .header("client-request-id", request.client_request_id());
            Outcome::Answer(response)
        }
        Outcome::Dropped => {
            inner.journal().finish(sequence, None, None);
            Outcome::Dropped
        }
    }
}

/// The mailbox of a route as the caller may use it: its name for people, and its key if there is one.
fn mailbox(inner: &Inner, caller: &Grant, owner: &Owner) -> Result<(String, Option<MailboxKey>), GraphError> {
    let world = inner.world();
    let name = match (owner, &caller.user) {
        (Owner::Me, Some(user)) => user.clone(),
        (Owner::Me, None) => {
            return Err(GraphError::bad_request("/me request is only valid with delegated authentication flow."));
        }
        (Owner::User(name), _) => name.clone(),
        (Owner::Nobody, _) => String::new(),
    };
    let key = world.mailbox(&caller.directory, &name);
    let address = key.and_then(|key| world.calendars.get(&key)).map(|c| c.address().to_owned());
    let address = address.unwrap_or_else(|| name.to_lowercase());
    if caller.user.as_ref().is_some_and(|user| !user.eq_ignore_ascii_case(&address)) {
        return Err(access_denied());
    }
    Ok((address, key))
}

fn access_denied() -> GraphError {
    GraphError::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
}

async fn run(inner: &Arc<Inner>, request: &Arc<Request>, caller: Grant, route: Route, sequence: u64) -> Outcome {
    let fail = |error: &GraphError| Outcome::Answer(Response::error(error, request));
    let (address, key) = match mailbox(inner, &caller, &route.owner) {
        Ok(found) => found,
        Err(error) => return fail(&error),
    };
    inner.note(sequence, |entry| {
        entry.directory = Some(caller.directory.clone());
        entry.mailbox = Some(address.clone());
    });
    if caller.user.is_none() && !inner.switches().in_scope(&address) {
        return fail(&access_denied());
    }
    let (of_app, may_wait) = (inner.switches().app_concurrency, request.batch.is_some());
    let _pass = match inner.gate.enter(&caller.client_id, &caller.directory, &address, of_app, may_wait).await {
        Ok(pass) => pass,
        Err(error) => return fail(&error),
    };
    let latency = inner.switches().latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let fault = inner.faults.meet(&Facts {
        method: &request.method,
        path: &request.path,
        directory: &caller.directory,
        mailbox: &address,
        operation: route.operation.name(),
        client_request_id: request.client_request_id(),
        batch: request.batch.is_some(),
    });
    let (inner, shared) = (inner.clone(), request.clone());
    let work = async move {
        match perform(&inner, &shared, &caller, (&address, key), &route.operation) {
            Ok(response) => response,
            Err(error) => Response::error(&error, &shared),
        }
    };
    play::play(fault, work, |effect| faulty(effect, request)).await.map_or(Outcome::Dropped, Outcome::Answer)
}

/// The answer that a fault puts in place of the real one.
fn faulty(effect: &Effect, request: &Request) -> Response {
    let mut response = Response::error(&play::failure(effect), request);
    if let Some(body) = &effect.body {
        response.body = Some(body.clone());
    }
    response
}

fn perform(
    inner: &Inner,
    request: &Request,
    caller: &Grant,
    (address, key): (&str, Option<MailboxKey>),
    operation: &Operation,
) -> Result<Response, GraphError> {
    let mailbox = key.ok_or_else(|| GraphError::invalid_user(address))?;
    let zone = request.preferences().time_zone.as_deref().map_or(Ok(Zone::utc()), Zone::named)?;
    let call = events::Call { inner, request, mailbox, zone };
    match operation {
        Operation::CreateEvent(calendar) => call.create(calendar.as_deref()),
        Operation::ListEvents(calendar) => call.list(calendar.as_deref()),
        Operation::CalendarView(calendar) => call.calendar_view(calendar.as_deref()),
        Operation::GetEvent(id) => call.get(id),
        Operation::UpdateEvent(id) => call.update(id),
        Operation::DeleteEvent(id) => call.delete(id),
        Operation::Respond(id, response) => call.respond(id, *response),
        Operation::Cancel(id) => call.cancel(id),
        Operation::Forward(id) => call.forward(id),
        Operation::GetSchedule => {
            let content = request.object()?;
            let switches = inner.switches().clone();
            let body = crate::schedule::get(&inner.world(), &caller.directory, &content, &call.zone, &switches)?;
            Ok(Response::json(200, body))
        }
        Operation::GetCalendar => users::calendar(&inner.world(), mailbox, request),
        Operation::ListCalendars => users::calendars(&inner.world(), mailbox, request),
        Operation::CreateCalendar => users::create_calendar(&mut inner.world(), mailbox, request),
        Operation::GetMailboxSettings => users::settings(&inner.world(), mailbox, request),
        Operation::GetUser => users::user(&inner.world(), mailbox),
        Operation::Batch => Err(GraphError::bad_request("A batch belongs to no mailbox.")),
    }
}

/// Writes down the mails that a change sent out.
pub(crate) fn notify(inner: &Inner, notifications: Vec<Notification>) {
    inner.journal().notify(notifications, chrono::Utc::now());
}
