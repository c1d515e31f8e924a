//! `POST /v3/scheduling/bookings`: books a time.

use std::sync::Arc;

use chrono::TimeDelta;
use convene::{
    domain::{BookingId, ConfigurationId, sha256_hex},
    edge::{Endpoint, FieldErrors, Request, Response},
    problem::Problem,
    scheduling::{
        bookings::{self, Booked, BookingError, Invitation, Secrets},
        records::booking::ReplayKey,
    },
};

use super::{
    content::{self, NewBooking},
    keys, organizer_salt, teams_warning,
};
use crate::{
    access::{Access, Caller, Needs},
    answers,
    configuration::Configuration,
    cors::CORS,
    error::Failure,
    failures::FailuresWithBody,
    invitation::{self, Reader},
    limits::Limits,
    reference::{organizer_salts, random_salt, salt_hash},
    reply::{self, Reply},
    wire::{BookingAnswer, BookingRequest},
};

/// The longest `Idempotency-Key`, in characters.
const MAX_KEY: usize = 256;
/// How often a request is tried with the configuration as it is, if that changes meanwhile.
const MAX_ATTEMPTS: usize = 3;

pub fn endpoint() -> Endpoint {
    Endpoint::new("create-booking", create_booking).with_cors(&CORS)
}

/// Book a time
///
/// The event appears in the organizer's calendar, and Microsoft invites the guest. The same request again gives the same booking: within
/// ten minutes, in the same session, or with the same `Idempotency-Key` for a day. A response to such a repeat has the header
/// `Idempotent-Response: true`.
#[utoipa::path(
    post,
    path = "/v3/scheduling/bookings",
    operation_id = "createBooking",
    tag = "Bookings",
    params(
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is no session.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug."),
        ("timezone" = Option<String>, Query, description = "The guest's IANA time zone, where the body has none."),
        ("Idempotency-Key" = Option<String>, Header, description = "At most 256 characters.")
    ),
    request_body = BookingRequest,
    responses(
        (status = 200, description = "It is booked, or pending.", body = Reply<BookingAnswer>, content_type = "application/json",
            headers(("x-convene-warning" = String, description = "`TeamsLinkUnavailable`: the booking stands, but its event has no Teams meeting."))),
        FailuresWithBody
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn create_booking(request: Arc<Request>) -> Result<Response, Failure> {
    let wire: BookingRequest = request.json_object()?;
    let key = idempotency_key(&request)?;
    for attempt in 1.. {
        let invited = content::addresses(Some(&wire.guest), &wire.additional_guests);
        let limits = |id| match attempt {
            1 => Limits::of_change(id, &invited, &request),
            // The request is counted already.
            _ => Limits::none(),
        };
        let access = Access::open(&request, Needs::CONFIGURATION.and_keys(), limits).await?;
        let configuration = &access.opened()?.configuration;
        let mut errors = FieldErrors::default();
        let new = content::read(&mut errors, wire.clone(), &request, configuration);
        let new = errors.finish(|| new)?;
        match book(&request, &access, configuration, &new, key.as_deref()).await {
            Err(Refused::Booking(BookingError::ConfigurationChanged)) if attempt < MAX_ATTEMPTS => {}
            Err(Refused::Booking(error)) => return Err(error.into()),
            Err(Refused::Other(failure)) => return Err(failure),
            Ok(booked) => {
                let answer = answers::booking(booked.id, &booked.record, Some(configuration), &access.tenant);
                let response = reply::data(&request, answer).warning(teams_warning(booked.teams_unavailable));
                let is_replay = booked.is_replay && key.is_some();
                return Ok(if is_replay { response.header("idempotent-response", "true") } else { response });
            }
        }
    }
    Err(Problem::internal("no attempt was made").into())
}

enum Refused {
    Booking(BookingError),
    Other(Failure),
}

async fn book(
    request: &Request,
    access: &Access,
    configuration: &Configuration,
    new: &NewBooking,
    key: Option<&str>,
) -> Result<Booked, Refused> {
    let other = Refused::Other;
    let pending = configuration.event.needs_confirmation;
    let keys = if pending { Some(keys(request, &access.tenant.id).await.map_err(other)?) } else { None };
    let random = || random_salt().map_err(|_| other(Problem::internal("randomness").into()));
    let (guest_salt, unused) = (random()?, random()?);
    let secrets = |id: BookingId| {
        let salt = keys.as_ref().and_then(|keys| organizer_salts(keys, id, request.services.now()).next());
        // A booking that needs no confirmation has no links for the organizer.
        let organizer_salt_hash = salt_hash(salt.as_ref().unwrap_or(&unused));
        Secrets { guest_salt: guest_salt.clone(), organizer_salt_hash }
    };
    let texts = |Invitation { id, record }: &Invitation<'_>| {
        let salt = keys.as_ref().and_then(|keys| organizer_salt(keys, *id, record, request));
        let reader = if record.pending { Reader::Organizer { salt: salt.as_deref() } } else { Reader::Guests };
        invitation::texts(configuration, *id, record, record.time.span, &reader)
    };
    let guests = std::iter::once(&new.content.guest).chain(&new.content.additional_guests);
    let guests: Vec<_> = guests.filter_map(|guest| guest.email.parse().ok()).collect();
    let notice = configuration.scheduler.cancellation_notice;
    let (replay_keys, checks) = (replay_keys(access, configuration.id, new, key), access.checks().map_err(other)?);
    let booking = bookings::BookingRequest {
        span: new.span,
        host: new.host.as_ref(),
        content: &new.content,
        payload: new.payload.clone(),
        guests: &guests,
        pending,
        online_meeting: configuration.event.online_meeting,
        hides_attendees: configuration.event.hides_attendees,
        notice: (notice > 0).then(|| TimeDelta::minutes(notice.into())),
        replay_keys: &replay_keys,
        checks: &checks,
        by: access.actor(),
        secrets: &secrets,
        texts: &texts,
    };
    let bookable = access.bookable().map_err(other)?;
    access.bookings(request).book(&request.context, &bookable, &booking).await.map_err(Refused::Booking)
}

/// The keys by which a repeat is recognized, besides the content.
fn replay_keys(access: &Access, configuration: ConfigurationId, new: &NewBooking, key: Option<&str>) -> Vec<ReplayKey> {
    let scope = match &access.caller {
        Caller::System => "system".to_owned(),
        Caller::Session { hash } => format!("session {hash}"),
        Caller::Anyone => format!("configuration {configuration}"),
    };
    let given = key.map(|key| ReplayKey::Given(sha256_hex(format!("{scope} {key}").as_bytes())));
    // A session may book several times, so that a repeat in it asks for the same.
    let is_in_session = matches!(access.caller, Caller::Session { .. });
    let in_session = || ReplayKey::InSession(sha256_hex(format!("{scope} {}", new.payload.as_str()).as_bytes()));
    let of_session = is_in_session.then(in_session);
    given.into_iter().chain(of_session).collect()
}

fn idempotency_key(request: &Request) -> Result<Option<String>, Failure> {
    let Some(key) = request.header("idempotency-key").map(str::trim).filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if key.chars().count() > MAX_KEY {
        return Err(Failure::invalid("Idempotency-Key must have at most 256 characters."));
    }
    Ok(Some(key.to_owned()))
}
