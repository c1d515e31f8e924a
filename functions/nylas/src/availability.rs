//! `GET /v3/scheduling/availability`: the times that can be booked.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use convene::{
    domain::{BookingId, TimeSpan},
    edge::{Endpoint, Field, FieldErrors, Request, Response},
    scheduling::bookings::OpenSlots,
};
use uuid::Uuid;

use crate::{
    access::{Access, Needs},
    cors::CORS,
    error::Failure,
    failures::Failures,
    limits::Limits,
    reply::{self, Reply},
    wire::{AvailabilityAnswer, TimeSlotAnswer},
};

/// The longest window of one question.
const MAX_WINDOW: TimeDelta = TimeDelta::days(62);

pub fn endpoint() -> Endpoint {
    let endpoint = Endpoint::new("list-slots", list_slots).with_cors(&CORS);
    endpoint.when_too_large("Ask for a shorter time.")
}

/// List the times that can be booked
///
/// Slots lie wholly within the window. They start on the configuration's grid, so a shorter window lists a part of the same slots.
#[utoipa::path(
    get,
    path = "/v3/scheduling/availability",
    operation_id = "listSlots",
    tag = "Availability",
    params(
        ("start_time" = i64, Query, minimum = 0, maximum = 79_839_129_599_i64, description = "Unix seconds.", example = 1_993_795_200),
        ("end_time" = i64, Query, minimum = 0, maximum = 79_839_129_599_i64, description = "Unix seconds; at most 62 days after the start.", example = 1_993_838_400),
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is no session.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug."),
        ("booking_id" = Option<String>, Query, description = "A booking that is to be moved: its own time counts as free.")
    ),
    responses(
        (status = 200, description = "The times.", body = Reply<AvailabilityAnswer>, content_type = "application/json"),
        Failures
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn list_slots(request: Arc<Request>) -> Result<Response, Failure> {
    let query = parse(&request)?;
    let access = Access::open(&request, query.needs(), |id| Limits::of_question(id, &request)).await?;
    let Some(window) = query.window else { return Ok(reply::data(&request, answer(&access, OpenSlots::default())?)) };
    let found = {
        let moved = query.booking.map(|id| access.booking(id));
        let bookings = access.bookings(&request);
        bookings.list(&request.context, &access.bookable()?, window, moved, access.freshness(&request)).await?
    };
    Ok(reply::data(&request, answer(&access, found)?))
}

struct Query {
    /// `None`: it has no length.
    window: Option<TimeSpan>,
    booking: Option<BookingId>,
}

impl Query {
    fn needs(&self) -> Needs {
        self.booking.map_or(Needs::CONFIGURATION, |booking| Needs::CONFIGURATION.and(booking))
    }
}

fn answer(access: &Access, found: OpenSlots) -> Result<AvailabilityAnswer, Failure> {
    let is_round_robin = access.opened()?.configuration.is_round_robin();
    let order = found.order.iter().map(|host| host.as_written().to_owned()).collect();
    let slots = found.slots.into_iter().map(|slot| TimeSlotAnswer {
        emails: slot.participants.iter().map(|participant| participant.as_written().to_owned()).collect(),
        start_time: slot.span.start().timestamp(),
        end_time: slot.span.end().timestamp(),
    });
    Ok(AvailabilityAnswer { order: is_round_robin.then_some(order), time_slots: slots.collect() })
}

fn parse(request: &Request) -> Result<Query, Failure> {
    let mut errors = FieldErrors::default();
    let mut time = |name: &str| {
        let text = errors.required(name, Field::of_query(request.query.get(name)));
        errors.parsed(name, text, |text| {
            let at = text.trim().parse().ok().and_then(unix_time);
            at.ok_or("must be a time in Unix seconds, between the years 1970 and 4500")
        })
    };
    let (start, end) = (time("start_time"), time("end_time"));
    let booking = errors.optional("booking_id", Field::of_query(request.query.get("booking_id")));
    if let Some((start, end)) = start.zip(end) {
        if end < start {
            errors.add("end_time", "must not be before start_time");
        }
        if end - start > MAX_WINDOW {
            errors.add("end_time", "must be at most 62 days after start_time");
        }
    }
    let (start, end) = errors.finish(|| start.zip(end))?;
    let booking = match booking.filter(|id| !id.is_empty()) {
        Some(id) => Some(Uuid::parse_str(&id).map(BookingId).map_err(|_| Failure::not_found())?),
        None => None,
    };
    Ok(Query { window: TimeSpan::new(start, end).ok(), booking })
}

/// A time in Unix seconds. `None`: calendars have no such time.
pub fn unix_time(seconds: i64) -> Option<DateTime<Utc>> {
    /// 4500-01-01.
    const MAX: i64 = 79_839_129_600;
    DateTime::from_timestamp(seconds, 0).filter(|_| (0..MAX).contains(&seconds))
}
