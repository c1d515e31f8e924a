//! Types that all families of endpoints share. Constructors refuse invalid values. No I/O, and no terms of one family.

mod address;
mod appointment;
mod attendee;
mod attendee_address;
mod busy;
mod calendar_id;
mod cloud;
mod digest;
mod event;
mod event_id;
mod event_uid;
mod external_id;
mod member;
mod tenant;
mod tenant_id;
mod text;
mod time;
mod time_span;

pub use address::{EmailAddress, InvalidAddress};
pub use appointment::Appointment;
pub use attendee::{Attendee, merge_attendees};
pub use attendee_address::AttendeeAddress;
pub use busy::{BusyEntry, BusyStatus};
pub use calendar_id::{CalendarId, InvalidCalendarId};
pub use cloud::{BaseUrl, Cloud, InvalidBaseUrl};
pub use digest::{Fingerprint, Marker, sha256_hex};
pub use event::{EventChange, NewEvent};
pub use event_id::EventId;
pub use event_uid::EventUid;
pub use external_id::{ExternalId, InvalidExternalId};
pub use member::{GroupRule, Member};
pub use tenant::{Access, Administrator, ApiClient, Scope, Tenant};
pub use tenant_id::{InvalidTenantId, TenantId};
pub use text::{PlainText, SingleLine};
pub use time::{InvalidTime, format_utc, parse_utc};
pub use time_span::{InvalidTimeSpan, TimeSpan};
