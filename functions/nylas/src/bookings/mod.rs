//! Bookings: a guest takes a time, moves it or gives it back, and the organizer decides on what is pending.

pub mod cancel;
mod content;
pub mod create;
pub mod decide;
pub mod get;
pub mod reschedule;

use convene::{
    domain::{BookingId, EmailAddress, TenantId, visible_text},
    edge::{Field, FieldErrors, Request},
    problem::Problem,
    scheduling::{TEAMS_LINK_UNAVAILABLE, records::booking::BookingRecord},
    secrets::KeysSecret,
};
use std::sync::Arc;
use uuid::Uuid;

use crate::{
    error::Failure,
    reference::{organizer_salts, salt_hash},
};

/// The longest reason of a cancellation, in bytes.
const MAX_REASON: usize = 4096;

/// The booking that the path names. An id that is not a UUID counts as unknown.
fn booking_id(request: &Request) -> Result<BookingId, Failure> {
    let text = request.path_parameter("booking_id").unwrap_or_default();
    Uuid::parse_str(text).map(BookingId).map_err(|_| Failure::not_found())
}

/// The guest and the additional guests.
fn guests(record: &BookingRecord) -> Vec<EmailAddress> {
    let content = &record.content;
    let all = std::iter::once(&content.guest).chain(&content.additional_guests);
    // They were valid when they were stored.
    all.filter_map(|guest| guest.email.parse().ok()).collect()
}

/// Why a booking is cancelled or rejected, as guests may read it.
fn reason(errors: &mut FieldErrors, field: Field<String>) -> Option<String> {
    let reason = errors.optional("cancellation_reason", field)?;
    if reason.len() > MAX_REASON {
        errors.add("cancellation_reason", format!("must have at most {MAX_REASON} bytes"));
    }
    Some(visible_text(reason.trim())).filter(|reason| !reason.is_empty())
}

/// The warning about an event that should have a Teams link and has none.
fn teams_warning(is_unavailable: bool) -> Option<&'static str> {
    is_unavailable.then_some(TEAMS_LINK_UNAVAILABLE)
}

/// The keys from which the organizers' salts are derived.
async fn keys(request: &Request, tenant: &TenantId) -> Result<Arc<KeysSecret>, Failure> {
    let keys = request.context.deadline.work(request.services.secrets.keys(tenant)).await;
    Ok(keys.ok_or_else(Problem::timed_out)?.map_err(Problem::from)?)
}

/// The organizer's salt of a booking that is on record.
fn organizer_salt(keys: &KeysSecret, id: BookingId, record: &BookingRecord, request: &Request) -> Option<String> {
    organizer_salts(keys, id, request.services.now()).find(|salt| salt_hash(salt) == record.organizer_salt_hash)
}
