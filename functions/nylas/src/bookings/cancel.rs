//! `DELETE /v3/scheduling/bookings/{booking_id}`: cancels a booking.

use std::sync::Arc;

use convene::edge::{Endpoint, FieldErrors, Object, Request, Response};

use super::{booking_id, reason};
use crate::{
    access::{Access, Needs},
    cors::CORS,
    error::Failure,
    failures::FailuresWithBody,
    limits::Limits,
    reply::{self, Done},
    wire::CancellationRequest,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("cancel-booking", cancel_booking).with_cors(&CORS)
}

/// Cancel a booking
///
/// Microsoft informs the attendees, with the reason. A guest can cancel until the configuration's notice begins; the tenant's own system
/// at any time. The same request again succeeds.
#[utoipa::path(
    delete,
    path = "/v3/scheduling/bookings/{booking_id}",
    operation_id = "cancelBooking",
    tag = "Bookings",
    params(
        ("booking_id" = String, Path, description = "The booking.", example = "5b7c1d3e-0c1a-4c53-9b86-3a3a7a5a2f10"),
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is neither a session nor an API key.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug.")
    ),
    request_body(content = Option<CancellationRequest>, content_type = "application/json"),
    responses(
        (status = 200, description = "It is cancelled.", body = Done, content_type = "application/json"),
        FailuresWithBody
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn cancel_booking(request: Arc<Request>) -> Result<Response, Failure> {
    let id = booking_id(&request)?;
    let body: Option<Object<CancellationRequest>> = if request.has_body() { request.json()? } else { None };
    let Object(wire) = body.unwrap_or_default();
    let mut errors = FieldErrors::default();
    let reason = reason(&mut errors, wire.cancellation_reason);
    errors.finish(|| Some(()))?;
    let access = Access::open(&request, Needs::PERMIT, |_| Limits::none()).await?;
    access.bookings(&request).cancel(&request.context, id, &access.permit()?, access.actor(), reason).await?;
    Ok(reply::done(&request))
}
