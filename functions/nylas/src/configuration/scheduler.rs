//! Limits and texts for guests.

use convene::edge::{Field, FieldErrors, Object};
use url::Url;

use super::{
    additional_fields::{self, AdditionalField},
    read::{number, text},
};
use crate::wire::{NotetakerRequest, SchedulerRequest};

pub const DEFAULT_DAYS: u32 = 30;
pub const DEFAULT_BOOKING_NOTICE: u32 = 60;
const MAX_DAYS: u32 = 3650;
const MAX_NOTICE: u32 = 365 * 24 * 60;
const MAX_POLICY: usize = 4096;
const MAX_URL: usize = 2048;

/// Limits and texts for guests.
#[derive(Debug)]
pub struct SchedulerSettings {
    /// To the end of the date that is so many days after today.
    pub days: u32,
    /// From now to the earliest start, in minutes.
    pub booking_notice: u32,
    /// How long before the start guests can change a booking at the latest, in minutes.
    pub cancellation_notice: u32,
    pub rescheduling: Option<Template>,
    pub cancellation: Option<Template>,
    pub confirmation: Option<Template>,
    pub hides_additional_guests: bool,
    /// In their order on the page.
    pub fields: Vec<AdditionalField>,
}

/// A URL with a place for the booking's reference.
#[derive(Debug, Clone)]
pub struct Template(String);

impl Template {
    /// The URL for a booking.
    pub fn url(&self, reference: &str) -> String {
        self.0.replace(":booking_ref", reference)
    }
}

pub fn read(errors: &mut FieldErrors, wire: SchedulerRequest) -> SchedulerSettings {
    let name = |field: &str| format!("scheduler.{field}");
    let days = number(errors, &name("available_days_in_future"), wire.available_days_in_future, 0..=MAX_DAYS);
    let booking_notice = number(errors, &name("min_booking_notice"), wire.min_booking_notice, 0..=MAX_NOTICE);
    let notice = number(errors, &name("min_cancellation_notice"), wire.min_cancellation_notice, 0..=MAX_NOTICE);
    text(errors, &name("cancellation_policy"), wire.cancellation_policy, MAX_POLICY);
    let hides_rescheduling = errors.optional(&name("hide_rescheduling_options"), wire.hide_rescheduling_options);
    let hides_cancellation = errors.optional(&name("hide_cancellation_options"), wire.hide_cancellation_options);
    let hides_additional_guests = errors.optional(&name("hide_additional_guests"), wire.hide_additional_guests);
    let rescheduling = template(errors, &name("rescheduling_url"), wire.rescheduling_url);
    let cancellation = template(errors, &name("cancellation_url"), wire.cancellation_url);
    let confirmation = template(errors, &name("organizer_confirmation_url"), wire.organizer_confirmation_url);
    page(errors, &name("confirmation_redirect_url"), wire.confirmation_redirect_url);
    notetaker(errors, &name("notetaker_settings"), wire.notetaker_settings);
    let fields = additional_fields::read(errors, &name("additional_fields"), wire.additional_fields);
    SchedulerSettings {
        days: days.unwrap_or(DEFAULT_DAYS),
        booking_notice: booking_notice.unwrap_or(DEFAULT_BOOKING_NOTICE),
        cancellation_notice: notice.unwrap_or(0),
        rescheduling: rescheduling.filter(|_| hides_rescheduling != Some(true)),
        cancellation: cancellation.filter(|_| hides_cancellation != Some(true)),
        confirmation,
        hides_additional_guests: hides_additional_guests.unwrap_or(false),
        fields,
    }
}

/// Where a booking page goes after a booking: it may be relative to the page. No other scheme may run in the guest's browser.
fn page(errors: &mut FieldErrors, name: &str, field: Field<String>) {
    let Some(text) = text(errors, name, field, MAX_URL) else { return };
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
    let is_valid = match Url::parse(text.trim()) {
        Ok(url) => is_web(&url),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    };
    if !is_valid {
        errors.add(name, "must be the URL of a page, or relative to the booking page");
    }
}

/// A page with these settings would announce a recording that no one makes.
fn notetaker(errors: &mut FieldErrors, name: &str, field: Field<Object<NotetakerRequest>>) {
    let Some(Object(settings)) = errors.optional(name, field) else { return };
    let name = format!("{name}.enabled");
    if errors.optional(&name, settings.enabled) == Some(true) {
        errors.add(name, "must be false: no recordings are made");
    }
}

/// A URL that is set. An empty text is not. Links in invitations go to web pages only; without TLS to this machine alone.
fn template(errors: &mut FieldErrors, name: &str, field: Field<String>) -> Option<Template> {
    let text = text(errors, name, field, MAX_URL)?;
    let is_local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    let is_allowed = |url: &Url| url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && is_local(url));
    // The place of the reference may be anywhere in the path, the query or the fragment.
    let is_valid = !text.contains(char::is_whitespace) && Url::parse(&text).is_ok_and(|url| is_allowed(&url));
    if !is_valid {
        errors.add(name, "must be the URL of a page that is served with TLS");
    }
    is_valid.then_some(Template(text))
}
