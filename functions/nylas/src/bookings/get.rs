//! `GET /v3/scheduling/bookings/{booking_id}`: reads a booking.

use std::sync::Arc;

use convene::{
    edge::{Endpoint, Request, Response},
    scheduling::bookings::lacks_online_meeting,
};

use super::{booking_id, teams_warning};
use crate::{
    access::{Access, Needs},
    answers,
    cors::CORS,
    error::Failure,
    failures::Failures,
    limits::Limits,
    reply::{self, Reply},
    wire::BookingAnswer,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-booking", get_booking).with_cors(&CORS)
}

/// Read a booking
///
/// As the calendar has it now: if someone has moved or deleted the event in Outlook, the booking follows.
#[utoipa::path(
    get,
    path = "/v3/scheduling/bookings/{booking_id}",
    operation_id = "getBooking",
    tag = "Bookings",
    params(
        ("booking_id" = String, Path, description = "The booking.", example = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10"),
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is neither a session nor an API key.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug.")
    ),
    responses(
        (status = 200, description = "The booking.", body = Reply<BookingAnswer>, content_type = "application/json",
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the booking stands, but its event has no Teams meeting."))),
        Failures
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn get_booking(request: Arc<Request>) -> Result<Response, Failure> {
    let id = booking_id(&request)?;
    let access =
        Access::open(&request, Needs::CONFIGURATION_IF_NAMED.and(id), |id| Limits::of_question(id, &request)).await?;
    let (bookings, booking) = (access.bookings(&request), access.booking(id));
    let (record, event) = bookings.read(&request.context, booking, &access.permit()?).await?;
    let response = reply::data(&request, answers::booking(id, &record, access.configuration(), &access.tenant));
    Ok(response.warning(teams_warning(lacks_online_meeting(&record, event.as_ref()))))
}
