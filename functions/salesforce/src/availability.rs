//! Endpoint 5: when people are not available. The Lightning Scheduler adapter's first endpoint is the same one, asking
//! and answering by `serviceResourceId`.

use std::sync::Arc;

use chrono::Duration;
use convene::{
    Problem,
    auth::Prefetch,
    domain::{EmailAddress, Scope, TimeSpan, format_utc},
    edge::{Endpoint, Field, FieldErrors, Object, Query, Request, Response},
    scheduling::availability,
};

use crate::{
    error::Failure,
    failures::ListFailures,
    response,
    wire::{AvailabilityAnswer, AvailabilityRequest, ErrorCode, MAX_MAILBOXES, Timeslot, values::AvailabilityEntries},
};

const MAX_WINDOW_DAYS: i64 = 366;

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-availability", get_availability)
        .when_too_large("Ask for fewer mailboxes at a time, or for a shorter window.")
}

/// Get unavailable times
///
/// An answer for each entry, in the order asked; an entry fails by itself, with an `errorCode` of its own: one that cannot be
/// understood with `InvalidRequest` and the address as it was sent, or an empty one. At most 1000
/// entries. An answer of more than 6 MB is refused with 400; with `Accept-Encoding: gzip` it may be several times as large
/// before compression.
#[utoipa::path(
    post,
    path = "/api/salesforce/scheduler/availability",
    operation_id = "getAvailability",
    tag = "Scheduler API",
    params(
        ("from" = String, Query, format = DateTime, description = "Start of the window: RFC 3339 with a zone, between the years 1900 and 4500.", example = "2020-10-15T00:00:00Z"),
        ("to" = String, Query, format = DateTime, description = "End of the window, after its start and at most 366 days later.", example = "2020-10-17T12:00:00Z"),
        ("salesforceCorrelationId" = Option<String>, Query, description = "For finding the request in logs again.")
    ),
    request_body = inline(AvailabilityEntries),
    responses(
        (status = 200, description = "An entry for each entry.", body = Vec<AvailabilityAnswer>,
            headers(("Retry-After" = u64, description = "Where an entry has `ErrorServerBusy`: seconds after which the same call may succeed."))),
        ListFailures
    ),
    security(("bearer" = ["calendar.read"]))
)]
pub async fn get_availability(request: Arc<Request>) -> Result<Response, Failure> {
    if let Ok(Some(id)) = request.query.get("salesforceCorrelationId") {
        request.context.correlate(id);
    }
    let caller =
        request.authorize(&request.services.bearer_or_signature(Prefetch::Calendar), Scope::CalendarRead).await?;
    let (entries, window) = parse(&request.query, request.json()?)?;
    let mailboxes: Vec<_> = entries.iter().filter_map(|entry| entry.mailbox.as_ref().ok().cloned()).collect();
    let (calendar, tentative_is_busy) = (request.services.calendar(&caller.tenant), caller.tenant.tentative_is_busy);
    let found = availability(calendar.as_ref(), &request.context, &mailboxes, window, tentative_is_busy).await;
    let mut found = response::results(found);
    let found: Vec<_> = entries.iter().filter_map(|entry| entry.result(&mut found)).collect();
    // One entry at a time: all of them, with each time as a string, would take several times the memory of the response.
    let answers = entries.into_iter().zip(&found).map(|(entry, found)| entry.answer(found));
    let answers: Box<dyn Iterator<Item = AvailabilityAnswer> + Send> = Box::new(answers);
    Ok(response::list(answers, &found).await)
}

/// The result for an entry: when the mailbox is not available.
type Found = Result<Arc<[TimeSpan]>, Failure>;

/// An entry of the request.
struct Entry {
    /// The address as it was sent. Empty if it is not a text.
    email: String,
    service_resource_id: Option<String>,
    /// The mailbox, or why the entry cannot be understood.
    mailbox: Result<EmailAddress, Problem>,
}

impl Entry {
    /// The result of this entry. `found`: the results for the mailboxes from this entry on.
    fn result(&self, found: &mut impl Iterator<Item = Found>) -> Option<Found> {
        match &self.mailbox {
            Ok(_) => found.next(),
            Err(problem) => Some(Err(problem.clone().into())),
        }
    }

    fn answer(self, found: &Found) -> AvailabilityAnswer {
        let timeslot =
            |span: &TimeSpan| Timeslot { time_min: format_utc(span.start()), time_max: format_utc(span.end()) };
        AvailabilityAnswer {
            email: self.service_resource_id.is_none().then_some(self.email),
            service_resource_id: self.service_resource_id,
            error_code: response::entry_code(found),
            unavailable_timeslots: found.iter().flat_map(|spans| spans.iter()).map(timeslot).collect(),
        }
    }
}

/// What an entry's row shows: the address as it was sent, and the service resource.
fn shown(entry: &Field<Object<AvailabilityRequest>>) -> (String, Option<String>) {
    let Field::Given(Object(AvailabilityRequest { email, service_resource_id, .. })) = entry else {
        return Default::default();
    };
    let text = |field: &Field<String>| match field {
        Field::Given(text) => Some(text.clone()),
        _ => None,
    };
    (text(email).unwrap_or_default(), text(service_resource_id))
}

fn parse(query: &Query, wire: Vec<Field<Object<AvailabilityRequest>>>) -> Result<(Vec<Entry>, TimeSpan), Failure> {
    let mut errors = FieldErrors::default();
    let mut time = |name| errors.required_time(name, Field::of_query(query.get_time(name)));
    let (from, to) = (time("from"), time("to"));
    let shown: Vec<_> = wire.iter().map(shown).collect();
    let mailboxes = errors.each_by_itself("body", wire, MAX_MAILBOXES, |errors, name, entry| {
        let Object(entry) = errors.required(name, entry)?;
        errors.optional("serviceResourceId", entry.service_resource_id);
        errors.address("email", entry.email)
    });
    let entries = shown.into_iter().zip(mailboxes);
    let entries = entries.map(|((email, service_resource_id), mailbox)| match mailbox {
        Ok(mailbox) => Entry { email: mailbox.as_written().to_owned(), service_resource_id, mailbox: Ok(mailbox) },
        Err(problem) => Entry { email, service_resource_id, mailbox: Err(problem) },
    });
    let entries: Vec<_> = entries.collect();
    let length = to.zip(from).map(|(to, from)| to - from);
    if length.is_some_and(|length| length > Duration::days(MAX_WINDOW_DAYS)) {
        errors.add("to", format!("must be at most {MAX_WINDOW_DAYS} days after from"));
    }
    let (from, to) = errors.finish(|| from.zip(to))?;
    let window = TimeSpan::new(from, to)
        .map_err(|_| Failure::new(ErrorCode::ErrorInvalidTimeInterval, "to must be after from."))?;
    Ok((entries, window))
}
