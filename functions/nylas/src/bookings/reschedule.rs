//! `PATCH /v3/scheduling/bookings/{booking_id}`: moves a booking to another time.

use std::sync::Arc;

use convene::{
    domain::{BookingContent, EventChange, TimeSpan},
    edge::{Endpoint, FieldErrors, Request, Response},
    problem::Problem,
    scheduling::{
        bookings::{BookingError, Changed, Reschedule, attendees},
        records::booking::BookingRecord,
    },
};

use super::{booking_id, content, guests, keys, organizer_salt, teams_warning};
use crate::{
    access::{Access, Needs},
    answers,
    cors::CORS,
    error::Failure,
    failures::FailuresWithBody,
    invitation::{self, Reader},
    limits::Limits,
    reply::{self, Reply},
    wire::{BookingAnswer, RescheduleRequest},
};

/// How often a request is tried with the configuration as it is, if that changes meanwhile.
const MAX_ATTEMPTS: usize = 3;

pub fn endpoint() -> Endpoint {
    Endpoint::new("reschedule-booking", reschedule_booking).with_cors(&CORS)
}

/// Move a booking to another time
///
/// The host stays, and so does the guest. Additional fields and guests that are sent replace those of the booking; a request for the time
/// that the booking has changes nothing.
#[utoipa::path(
    patch,
    path = "/v3/scheduling/bookings/{booking_id}",
    operation_id = "rescheduleBooking",
    tag = "Bookings",
    params(
        ("booking_id" = String, Path, description = "The booking.", example = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10"),
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is neither a session nor an API key.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug."),
        ("timezone" = Option<String>, Query, description = "The guest's IANA time zone, where the body has none.")
    ),
    request_body = RescheduleRequest,
    responses(
        (status = 200, description = "It is moved.", body = Reply<BookingAnswer>, content_type = "application/json",
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the booking stands, but its event has no Teams meeting."))),
        FailuresWithBody
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn reschedule_booking(request: Arc<Request>) -> Result<Response, Failure> {
    let id = booking_id(&request)?;
    let wire: RescheduleRequest = request.json_object()?;
    let invited = content::addresses(None, &wire.additional_guests);
    for attempt in 1.. {
        let limits = |id| if attempt == 1 { Limits::of_change(id, &invited, &request) } else { Limits::none() };
        let needs = Needs::CONFIGURATION_IF_NAMED.and(id).and_keys();
        let access = Access::open(&request, needs, limits).await?.for_booking(&request, id).await?;
        let configuration = &access.opened()?.configuration;
        let mut errors = FieldErrors::default();
        let wanted = content::read_move(&mut errors, wire.clone(), &request, configuration);
        let wanted = errors.finish(|| wanted)?;
        let pending = configuration.event.needs_confirmation;
        let keys = if pending { Some(keys(&request, &access.tenant.id).await?) } else { None };
        let content = |before: &BookingContent| wanted.content(before, configuration);
        let change = |record: &BookingRecord, target: TimeSpan| {
            let salt = keys.as_ref().filter(|_| record.pending);
            let salt = salt.and_then(|keys| organizer_salt(keys, id, record, &request));
            let body = match (record.pending, salt.as_deref()) {
                (false, _) => Some(Reader::Guests),
                (true, Some(salt)) => Some(Reader::Organizer { salt: Some(salt) }),
                // The key of the organizer's link has been rotated out. The event keeps the text with the link, which still works.
                (true, None) => None,
            };
            let body = body.map(|reader| invitation::body(configuration, id, record, target, &reader));
            EventChange {
                attendees: Some(attendees(record, &guests(record))),
                subject: Some(record.content.title.as_str().into()),
                body,
                ..EventChange::default()
            }
        };
        let (permit, checks) = (access.permit()?, access.checks()?);
        let by = access.actor();
        let target = wanted.target;
        let booking = access.booking(id);
        let wanted =
            Reschedule { booking, permit: &permit, target, by, content: &content, checks: &checks, change: &change };
        match access.bookings(&request).reschedule(&request.context, &access.bookable()?, &wanted).await {
            Err(BookingError::ConfigurationChanged) if attempt < MAX_ATTEMPTS => {}
            result => {
                let Changed { record, teams_unavailable } = result?;
                let answer = answers::booking(id, &record, Some(configuration), &access.tenant);
                return Ok(reply::data(&request, answer).warning(teams_warning(teams_unavailable)));
            }
        }
    }
    Err(Problem::internal("no attempt was made").into())
}
