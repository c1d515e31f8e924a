//! Endpoint 5: when people are not available. The Lightning Scheduler adapter's first endpoint is the same one, asking
//! and answering by `serviceResourceId`.

use std::sync::Arc;

use chrono::Duration;
use convene::{
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

/// Tell when people are not available
///
/// An answer for each entry, in the order asked; an entry fails by itself, with an `errorCode` of its own. At most 1000
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
    let caller = request.authorize(&request.services.bearer_or_signature, Scope::CalendarRead).await?;
    let (entries, window) = parse(&request.query, request.json()?)?;
    let mailboxes: Vec<_> = entries.iter().map(|entry| entry.mailbox.clone()).collect();
    let (calendar, tentative_is_busy) = (request.services.calendar(&caller.tenant), caller.tenant.tentative_is_busy);
    let found = availability(calendar.as_ref(), &request.context, &mailboxes, window, tentative_is_busy).await;
    let found = response::results(&found);
    // One entry at a time: all of them, with each time as a string, would take several times the memory of the response.
    let answers = entries.into_iter().zip(&found).map(|(entry, found)| entry.answer(found));
    let answers: Box<dyn Iterator<Item = AvailabilityAnswer> + Send> = Box::new(answers);
    Ok(response::list(answers, &found).await)
}

/// One mailbox asked for.
struct Entry {
    mailbox: EmailAddress,
    service_resource_id: Option<String>,
}

impl Entry {
    fn answer(self, found: &Result<Arc<[TimeSpan]>, Failure>) -> AvailabilityAnswer {
        let timeslot =
            |span: &TimeSpan| Timeslot { time_min: format_utc(span.start()), time_max: format_utc(span.end()) };
        let email = self.service_resource_id.is_none().then(|| self.mailbox.as_written().to_owned());
        AvailabilityAnswer {
            email,
            service_resource_id: self.service_resource_id,
            error_code: response::entry_code(found),
            unavailable_timeslots: found.iter().flat_map(|spans| spans.iter()).map(timeslot).collect(),
        }
    }
}

fn parse(query: &Query, wire: Vec<Object<AvailabilityRequest>>) -> Result<(Vec<Entry>, TimeSpan), Failure> {
    let mut errors = FieldErrors::default();
    let mut time = |name| errors.required_time(name, Field::of_query(query.get_time(name)));
    let (from, to) = (time("from"), time("to"));
    let mut entries = Vec::with_capacity(wire.len());
    if wire.len() > MAX_MAILBOXES {
        errors.add("body", format!("must have at most {MAX_MAILBOXES} entries"));
    } else {
        for (place, Object(entry)) in wire.into_iter().enumerate() {
            let mailbox = errors.address(&format!("[{place}].email"), entry.email);
            let id = errors.optional(&format!("[{place}].serviceResourceId"), entry.service_resource_id);
            entries.extend(mailbox.map(|mailbox| Entry { mailbox, service_resource_id: id }));
        }
    }
    let length = to.zip(from).map(|(to, from)| to - from);
    if length.is_some_and(|length| length > Duration::days(MAX_WINDOW_DAYS)) {
        errors.add("to", format!("must be at most {MAX_WINDOW_DAYS} days after from"));
    }
    let (from, to) = errors.finish(|| from.zip(to))?;
    let window = TimeSpan::new(from, to)
        .map_err(|_| Failure::new(ErrorCode::ErrorInvalidTimeInterval, "to must be after from."))?;
    Ok((entries, window))
}
