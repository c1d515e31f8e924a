//! Types that cannot hold a bad value. No I/O.

mod address;
mod appointment;
mod cloud;
mod digest;
mod event_id;
mod meeting;
mod tenant;
mod time;

pub use address::{EmailAddress, InvalidAddress};
pub use appointment::Appointment;
pub use cloud::{BaseUrl, Cloud, InvalidBaseUrl};
pub use digest::{Fingerprint, Marker, sha256_hex};
pub use event_id::EventId;
pub use meeting::{Attendee, InvalidMeetingId, Location, Meeting, MeetingChange, MeetingId, merge_attendees};
pub use tenant::{Access, Administrator, ApiClient, GroupRule, InvalidTenantId, Member, Scope, Tenant, TenantId};
pub use time::{InvalidTime, InvalidTimeSpan, TimeSpan, format_utc, parse_utc};
