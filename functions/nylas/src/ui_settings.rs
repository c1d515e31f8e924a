//! `GET /v3/scheduling/ui-settings`: what the vendor's booking page asks first.

use std::sync::Arc;

use convene::{
    calendar::Event,
    domain::{BookingId, Guest, Tenant},
    edge::{Endpoint, Field, FieldErrors, Request, Response},
    scheduling::records::booking::BookingRecord,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    access::{Access, FAMILY, Needs, Opened},
    answers,
    configuration::{Configuration, Document, complete_questions},
    cors::CORS,
    error::Failure,
    failures::Failures,
    limits::Limits,
    reply::{self, Reply},
    wire::{
        EventDataAnswer, EventOrganizerAnswer, GuestAnswer, OrganizerAnswer, TimespanAnswer, UiBookingAnswer,
        UiSettingsAnswer,
    },
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get-ui-settings", get_ui_settings).with_cors(&CORS)
}

/// Read what a booking page needs
///
/// With `booking_id` also the booking, for a page that moves or cancels it.
#[utoipa::path(
    get,
    path = "/v3/scheduling/ui-settings",
    operation_id = "getUiSettings",
    tag = "Availability",
    params(
        ("configuration_id" = Option<String>, Query, description = "The configuration, where there is no session.", example = "0e4d3b6e-45f4-4cdb-9d55-1f5c9d6a8a11"),
        ("slug" = Option<String>, Query, description = "The configuration's slug, instead of its id."),
        ("client_id" = Option<String>, Query, description = "The tenant's client id, with a slug."),
        ("booking_id" = Option<String>, Query, description = "A booking of the configuration.")
    ),
    responses(
        (status = 200, description = "The settings.", body = Reply<UiSettingsAnswer>, content_type = "application/json"),
        Failures
    ),
    security((), ("api_key" = []), ("session" = []))
)]
pub async fn get_ui_settings(request: Arc<Request>) -> Result<Response, Failure> {
    let mut errors = FieldErrors::default();
    let booking = errors.optional("booking_id", Field::of_query(request.query.get("booking_id")));
    errors.finish(|| Some(()))?;
    let booking = booking.filter(|id| !id.is_empty());
    let booking =
        booking.map(|id| Uuid::parse_str(&id).map(BookingId).map_err(|_| Failure::not_found())).transpose()?;
    let needs = booking.map_or(Needs::CONFIGURATION, |booking| Needs::CONFIGURATION.and(booking));
    let access = Access::open(&request, needs, |id| Limits::of_question(id, &request)).await?;
    let Opened { configuration, stored } = access.opened()?;
    let mut settings = settings(configuration, &Document::of_store(&stored.content)?, &access.tenant);
    if let Some(id) = booking {
        let (bookings, booking) = (access.bookings(&request), access.booking(id));
        let (record, event) = bookings.read(&request.context, booking, &access.permit()?).await?;
        let organizer = answers::organizer(&record, Some(configuration), &access.tenant);
        settings.booking = Some(of_booking(id, &record, event.as_ref(), configuration, organizer));
    }
    Ok(reply::data(&request, settings))
}

/// A configuration, as far as guests may see it.
fn settings(configuration: &Configuration, document: &Document, tenant: &Tenant) -> UiSettingsAnswer {
    let organizer = configuration.organizer().map(|address| {
        let name = configuration.person(address).map_or(address.as_written(), |person| person.name.as_str());
        OrganizerAnswer { email: address.as_written().to_owned(), name: name.to_owned() }
    });
    let organizers_name = organizer.as_ref().map(|organizer| organizer.name.clone());
    let name = configuration.name.clone().or(organizers_name).unwrap_or_else(|| tenant.display_name.clone());
    UiSettingsAnswer {
        configuration_id: configuration.id.0,
        app_client_id: tenant.applications.get(FAMILY).cloned(),
        slug: configuration.slug.clone(),
        name,
        booking_type: if configuration.event.needs_confirmation { "organizer-confirmation" } else { "booking" },
        organizer: organizer.unwrap_or_else(|| OrganizerAnswer { email: String::new(), name: String::new() }),
        appearance: object(document, "appearance"),
        scheduler: scheduler(configuration, document),
        booking: None,
    }
}

fn object(document: &Document, field: &str) -> Map<String, Value> {
    document.field(field).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The configuration's `scheduler`, with what the page cannot do without.
fn scheduler(configuration: &Configuration, document: &Document) -> Map<String, Value> {
    let mut scheduler = object(document, "scheduler");
    // It leads to the organizer's decision, which is not for guests.
    scheduler.remove("organizer_confirmation_url");
    // The page would announce a recording.
    scheduler.remove("notetaker_settings");
    for (field, value) in [
        ("available_days_in_future", configuration.scheduler.days),
        ("min_booking_notice", configuration.scheduler.booking_notice),
        ("min_cancellation_notice", configuration.scheduler.cancellation_notice),
    ] {
        scheduler.insert(field.to_owned(), json!(value));
    }
    for field in ["hide_additional_guests", "hide_cancellation_options", "hide_rescheduling_options"] {
        let value = scheduler.get(field).and_then(Value::as_bool).unwrap_or(false);
        scheduler.insert(field.to_owned(), json!(value));
    }
    let questions = scheduler.entry("additional_fields").or_insert(Value::Null);
    if questions.is_null() {
        *questions = json!({});
    }
    complete_questions(questions);
    scheduler
}

fn of_booking(
    id: BookingId,
    record: &BookingRecord,
    event: Option<&Event>,
    configuration: &Configuration,
    organizer: OrganizerAnswer,
) -> UiBookingAnswer {
    let content = &record.content;
    let zone = content.time_zone.clone().unwrap_or_else(|| configuration.event.zone.name().to_owned());
    let guest = |guest: &Guest| GuestAnswer { name: guest.name.clone(), email: guest.email.clone() };
    UiBookingAnswer {
        booking_id: id.0,
        booking_ref: answers::booking_ref(id, record),
        booking_ref_salt: record.guest_salt.clone(),
        status: answers::status(record),
        guest: guest(&content.guest),
        additional_guests: content.additional_guests.iter().map(guest).collect(),
        additional_fields: content.answers.clone(),
        email_language: content.language.clone().unwrap_or_else(|| "en".to_owned()),
        event_data: EventDataAnswer {
            location: event.map_or_else(|| content.location.clone(), |event| event.location.clone()),
            when: TimespanAnswer {
                object: "timespan",
                start_time: record.time.span.start().timestamp(),
                end_time: record.time.span.end().timestamp(),
                start_timezone: zone.clone(),
                end_timezone: zone.clone(),
            },
        },
        event_organizer: EventOrganizerAnswer { name: organizer.name, email: organizer.email, is_organizer: true },
        timezone: zone,
    }
}
