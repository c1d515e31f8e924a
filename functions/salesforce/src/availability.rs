//! Endpoint 5: when people are not available. The Lightning Scheduler adapter's first endpoint is the same one, asking
//! and answering by `serviceResourceId`.

use std::{collections::BTreeSet, sync::Arc};

use chrono::Duration;
use convene::{
    Problem,
    domain::{EmailAddress, Scope, TimeSpan, format_utc},
    edge::{self, Answer, Call, Function, Object, Query, retry_after_seconds},
    problem::Kind,
};

use crate::{
    answer::{self, Failure, NO_ERROR},
    fields::Faults,
    openapi::AvailabilityFailures,
    wire::{AvailabilityAnswer, AvailabilityRequest, ErrorCode, Field, Timeslot},
};

/// The most mailboxes of one call.
const MOST_MAILBOXES: usize = 1000;
/// The longest window, in days.
const LONGEST_WINDOW: i64 = 366;

/// The Lambda function.
pub fn function() -> Function {
    Function::new(
        "get-availability",
        answer::refused,
        |call| async move { answer::either(get_availability(call).await) },
    )
}

/// Tell when people are not available
///
/// An answer for each entry, in the order asked; an entry fails by itself, with an `errorCode` of its own. At most 1000
/// entries.
#[utoipa::path(
    post,
    path = "/api/salesforce/scheduler/availability",
    operation_id = "getAvailability",
    tag = "Scheduler API",
    params(
        ("from" = String, Query, description = "Start of the window, ISO 8601 with a zone.", example = "2020-10-15T00:00:00Z"),
        ("to" = String, Query, description = "End of the window, at most 366 days later.", example = "2020-10-17T12:00:00Z"),
        ("salesforceCorrelationId" = Option<String>, Query, description = "For finding the request in logs again.")
    ),
    request_body = Vec<AvailabilityRequest>,
    responses(
        (status = 200, description = "An entry for each entry.", body = Vec<AvailabilityAnswer>,
            headers(("Retry-After" = u64, description = "Where an entry has `ErrorServerBusy`: seconds after which the same call may succeed."))),
        AvailabilityFailures
    ),
    security(("bearer" = ["calendar.read"]))
)]
pub async fn get_availability(call: Arc<Call>) -> Result<Answer, Failure> {
    if let Some(id) = call.query.get("salesforceCorrelationId") {
        call.context.correlate(id);
    }
    let caller = call.authenticate(Scope::CalendarRead).await?;
    let (entries, window) = understand(&call.query, edge::json(&call.body)?)?;
    let mailboxes: Vec<_> = entries.iter().map(|entry| entry.mailbox.clone()).collect();
    let found = call.services.scheduler(&caller).availability(&call.context, &mailboxes, window).await?;
    Ok(answer_of(entries, &found))
}

/// A success in which entries may have failed. Those leave a trace: the first one's code stands in the log for the whole
/// request, with the causes of all; and where Microsoft was too busy, the caller learns when to ask again.
fn answer_of(entries: Vec<Entry>, found: &[Result<Vec<TimeSpan>, Problem>]) -> Answer {
    let failures = || found.iter().filter_map(|found| found.as_ref().err());
    let code = failures().next().map_or(NO_ERROR, |problem| answer::code(problem.kind).1.as_str());
    let causes: BTreeSet<_> = failures().filter_map(|problem| problem.cause.as_deref()).collect();
    let busy = failures().filter(|problem| problem.kind == Kind::ServerBusy);
    let wait = busy.filter_map(|problem| problem.retry_after).max();
    let entries: Vec<_> = entries.into_iter().zip(found).map(|(entry, found)| entry.answer(found)).collect();
    let mut answer = Answer::json(200, &entries, code);
    answer.cause = (!causes.is_empty()).then(|| causes.into_iter().collect::<Vec<_>>().join("; "));
    match wait {
        Some(wait) => answer.header("retry-after", &retry_after_seconds(wait).to_string()),
        None => answer,
    }
}

/// One mailbox asked for.
struct Entry {
    mailbox: EmailAddress,
    service_resource_id: Option<String>,
}

impl Entry {
    fn answer(self, found: &Result<Vec<TimeSpan>, Problem>) -> AvailabilityAnswer {
        let error_code = found.as_ref().map_or_else(|problem| answer::code(problem.kind).1, |_| ErrorCode::NoError);
        let timeslot =
            |span: &TimeSpan| Timeslot { time_min: format_utc(span.start()), time_max: format_utc(span.end()) };
        let email = self.service_resource_id.is_none().then(|| self.mailbox.as_written().to_owned());
        AvailabilityAnswer {
            email,
            service_resource_id: self.service_resource_id,
            error_code,
            unavailable_timeslots: found.iter().flatten().map(timeslot).collect(),
        }
    }
}

fn understand(query: &Query, wire: Vec<Object<AvailabilityRequest>>) -> Result<(Vec<Entry>, TimeSpan), Problem> {
    let mut faults = Faults::default();
    let mut time = |name| {
        let text = query.get_time(name).map_or(Field::Missing, |text| Field::Given(text.into_owned()));
        faults.required_time(name, text)
    };
    let (from, to) = (time("from"), time("to"));
    let mut entries = Vec::with_capacity(wire.len());
    if wire.len() > MOST_MAILBOXES {
        faults.add("body", format!("asks for more than {MOST_MAILBOXES} mailboxes"));
    } else {
        for (place, Object(entry)) in wire.into_iter().enumerate() {
            let mailbox = faults.address(&format!("[{place}].email"), entry.email);
            let id = faults.optional(&format!("[{place}].serviceResourceId"), entry.service_resource_id);
            entries.extend(mailbox.map(|mailbox| Entry { mailbox, service_resource_id: id }));
        }
    }
    let length = to.zip(from).map(|(to, from)| to - from);
    if length.is_some_and(|length| length > Duration::days(LONGEST_WINDOW)) {
        faults.add("to", format!("is more than {LONGEST_WINDOW} days after from"));
    }
    let (from, to) = faults.finish(|| from.zip(to))?;
    let window =
        TimeSpan::new(from, to).map_err(|_| Problem::new(Kind::InvalidTimeInterval, "to must be after from."))?;
    Ok((entries, window))
}
