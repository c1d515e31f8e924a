//! `PUT /v3/scheduling/bookings/{booking_id}`: the organizer's decision on a pending booking.

use std::sync::Arc;

use convene::{
    domain::EventChange,
    edge::{Endpoint, FieldErrors, Request, Response},
    scheduling::{
        bookings::{BookingError, attendees},
        records::booking::{Actor, BookingRecord, OrganizerPermit, Permit},
    },
};

use super::{booking_id, guests, reason, teams_warning};
use crate::{
    access::{Access, Needs},
    answers,
    cors::CORS,
    error::Failure,
    failures::FailuresWithBody,
    invitation::{self, Reader},
    limits::Limits,
    reference::salt_hash,
    reply::{self, Reply},
    wire::{BookingAnswer, BookingDecision},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("decide-booking", decide_booking).with_cors(&CORS)
}

enum Decision {
    Confirm,
    Cancel,
}

/// Confirm or reject a pending booking
///
/// The salt is that of the organizer's booking reference. A guest's salt decides nothing.
#[utoipa::path(
    put,
    path = "/v3/scheduling/bookings/{booking_id}",
    operation_id = "decideBooking",
    tag = "Bookings",
    params(
        ("booking_id" = String, Path, description = "The booking.", example = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10"),
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is neither a session nor an API key.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug.")
    ),
    request_body = BookingDecision,
    responses(
        (status = 200, description = "The booking after the decision.", body = Reply<BookingAnswer>, content_type = "application/json",
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the booking stands, but its event has no Teams meeting."))),
        FailuresWithBody
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn decide_booking(request: Arc<Request>) -> Result<Response, Failure> {
    let id = booking_id(&request)?;
    let wire: BookingDecision = request.json_object()?;
    let mut errors = FieldErrors::default();
    let salt = errors.required("salt", wire.salt);
    let status = errors.required("status", wire.status);
    let decision = errors.parsed("status", status, |status| match status.as_str() {
        "confirmed" | "confirm" => Ok(Decision::Confirm),
        "cancelled" | "cancel" => Ok(Decision::Cancel),
        _ => Err("must be confirmed or cancelled"),
    });
    let reason = reason(&mut errors, wire.cancellation_reason);
    let (salt, decision) = errors.finish(|| salt.zip(decision))?;
    let needs = Needs::CONFIGURATION_IF_NAMED.or_recent();
    let access = Access::open(&request, needs, |_| Limits::none()).await?;
    let access = access.for_booking(&request, id).await?;
    let configuration = &access.opened()?.configuration;
    let permit = OrganizerPermit { configuration: configuration.id, salt_hash: salt_hash(salt.trim()) };
    let (bookings, call) = (access.bookings(&request), &request.context);
    let (record, teams_unavailable) = match decision {
        Decision::Confirm => {
            let invitation = |record: &BookingRecord| EventChange {
                attendees: Some(attendees(record, &guests(record))),
                body: Some(invitation::body(configuration, id, record, record.time.span, &Reader::Guests)),
                tentative: Some(false),
                ..EventChange::default()
            };
            let confirmed = bookings.confirm(call, id, &permit, Actor::Organizer, &invitation).await?;
            (confirmed.record, confirmed.teams_unavailable)
        }
        Decision::Cancel => {
            let ended = match bookings.reject(call, id, &permit, Actor::Organizer, reason.clone()).await {
                Err(BookingError::NotPending) => {
                    bookings.cancel(call, id, &Permit::Organizer(permit), Actor::Organizer, reason).await?
                }
                rejected => rejected?,
            };
            (ended, false)
        }
    };
    let response = reply::data(&request, answers::booking(id, &record, Some(configuration), &access.tenant));
    Ok(response.warning(teams_warning(teams_unavailable)))
}
