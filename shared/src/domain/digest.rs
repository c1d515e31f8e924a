//! Digests of content: the fingerprint of a request and the marker of an event.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256, digest};
use uuid::Uuid;

use super::{
    Appointment, BookingContent, BookingId, ConfigurationId, EmailAddress, ExternalId, NewEvent, TenantId, TimeSpan,
    text::without_trailing_blanks,
};

/// Half the length of a SHA-256 in hex digits.
const HALF: usize = 32;

/// SHA-256 over a sequence of fields. Each is preceded by its length, so that no two sequences have the same encoding.
struct FieldHash(Context);

impl FieldHash {
    fn new(domain: &str) -> Self {
        Self(Context::new(&SHA256)).field(domain.as_bytes())
    }

    fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// A text, in which blanks at the ends of lines make no difference.
    fn text(self, text: &str) -> Self {
        self.field(without_trailing_blanks(text).as_bytes())
    }

    fn hex(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Identifies the content of a request: hex SHA-256 over the normalized content. Records store it, so its input must not change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a meeting: addresses in lower case, attendees sorted. `online_meeting` is not part of it, because the
    /// location of a meeting decides it, and neither is `tentative`, because a meeting is never tentative. Events with an
    /// independent flag need a fingerprint that includes it.
    pub fn of_meeting(meeting: &NewEvent) -> Self {
        let mut attendees: Vec<_> = meeting.attendees.iter().map(|a| (a.address.folded(), a.required)).collect();
        attendees.sort_unstable();
        let mut hash = FieldHash::new("meeting/1")
            .field(meeting.organizer.folded().as_bytes())
            .text(&meeting.subject)
            .text(&meeting.body)
            .text(&meeting.location)
            .field(&meeting.span.start().timestamp().to_be_bytes())
            .field(&meeting.span.end().timestamp().to_be_bytes())
            .field(&(attendees.len() as u64).to_be_bytes());
        for (address, required) in attendees {
            hash = hash.field(address.as_bytes()).field(&[u8::from(required)]);
        }
        Self(hash.hex())
    }

    /// The fingerprint of an appointment, the same for each of its copies. Its second half depends only on the body.
    pub fn of_appointment(appointment: &Appointment) -> Self {
        let rest = FieldHash::new("appointment/1")
            .text(&appointment.subject)
            .text(&appointment.location)
            .field(&appointment.span.start().timestamp().to_be_bytes())
            .field(&appointment.span.end().timestamp().to_be_bytes());
        let body = FieldHash::new("appointment/1 body").text(&appointment.body);
        Self(format!("{}{}", &rest.hex()[..HALF], &body.hex()[..HALF]))
    }

    /// The fingerprint of a request to book. `host`: the host that the request names. The host that Convene chooses is not part of it,
    /// since a repeat of the request may find another one free; nor are the texts that are made of the configuration, which may have
    /// changed since.
    pub fn of_booking(
        configuration: ConfigurationId,
        span: TimeSpan,
        host: Option<&EmailAddress>,
        content: &BookingContent,
    ) -> Self {
        let BookingContent { guest, additional_guests, answers, time_zone, language, .. } = content;
        let asked = serde_json::to_vec(&(guest, additional_guests, answers, time_zone, language)).unwrap_or_default();
        let hash = FieldHash::new("booking/1")
            .field(configuration.0.as_bytes())
            .field(&span.start().timestamp().to_be_bytes())
            .field(&span.end().timestamp().to_be_bytes())
            .field(host.map_or("", EmailAddress::folded).as_bytes())
            .field(&asked);
        Self(hash.hex())
    }

    /// Whether two appointments have the same body. False if one of the fingerprints is too short to tell.
    pub fn has_body_of(&self, other: &Self) -> bool {
        let (own, others) = (self.0.get(HALF..), other.0.get(HALF..));
        own.is_some() && own == others
    }

    pub fn from_stored(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The fingerprint that [`to_bytes`](Self::to_bytes) gave. `None`: there are not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == HALF).then(|| Self(hex(bytes)))
    }

    /// Its 32 bytes. `None`: what was stored is not 64 lower-case hex digits.
    pub fn to_bytes(&self) -> Option<[u8; HALF]> {
        let half = |digits| u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes);
        let (left, right) = self.0.split_at_checked(HALF)?;
        let bytes: [u8; HALF] = [half(left)?, half(right)?].concat().try_into().ok()?;
        // Parsing also accepts upper case, a sign, and fewer digits.
        (hex(&bytes) == self.0).then_some(bytes)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A property of an event by which Convene finds it again. It differs for each incarnation of each id of each tenant. Hex SHA-256,
/// because Exchange compares without regard to case, and two ids may differ only in case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker(String);

impl Marker {
    /// The marker of one incarnation of a meeting.
    pub fn of_meeting(tenant: &TenantId, id: &ExternalId, incarnation: Uuid) -> Self {
        Self(
            FieldHash::new("marker/1")
                .field(b"meeting")
                .field(tenant.as_str().as_bytes())
                .field(id.as_str().as_bytes())
                .field(incarnation.as_bytes())
                .hex(),
        )
    }

    /// The marker of one incarnation of the copy of an appointment in a mailbox. The address is part of it, because a mailbox may
    /// have several addresses, and then holds a copy for each.
    pub fn of_copy(tenant: &TenantId, id: &ExternalId, mailbox: &EmailAddress, incarnation: Uuid) -> Self {
        Self(
            FieldHash::new("marker/1")
                .field(b"appointment")
                .field(tenant.as_str().as_bytes())
                .field(id.as_str().as_bytes())
                .field(mailbox.folded().as_bytes())
                .field(incarnation.as_bytes())
                .hex(),
        )
    }

    /// The marker of one incarnation of a booking's event.
    pub fn of_booking(tenant: &TenantId, id: BookingId, incarnation: Uuid) -> Self {
        Self(
            FieldHash::new("marker/1")
                .field(b"booking")
                .field(tenant.as_str().as_bytes())
                .field(id.0.as_bytes())
                .field(incarnation.as_bytes())
                .hex(),
        )
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attendee, TimeSpan, parse_utc};

    fn appointment() -> Appointment {
        let at = |text| parse_utc(text).expect("a time");
        let span = TimeSpan::new(at("2026-05-04T09:00:00Z"), at("2026-05-04T10:00:00Z")).expect("a span");
        Appointment { subject: "Review".into(), body: "What we talk about".into(), location: "Room 7".into(), span }
    }

    #[test]
    fn the_body_has_its_own_half_of_an_appointments_fingerprint() {
        let one = Fingerprint::of_appointment(&appointment());
        assert_eq!((one.as_str().len(), &one), (64, &Fingerprint::of_appointment(&appointment())));
        let other_subject = Fingerprint::of_appointment(&Appointment { subject: "Other".into(), ..appointment() });
        let other_body = Fingerprint::of_appointment(&Appointment { body: "Other".into(), ..appointment() });
        assert!(one != other_subject && one.has_body_of(&other_subject));
        assert!(one != other_body && !one.has_body_of(&other_body));
    }

    #[test]
    fn line_endings_and_trailing_blanks_make_no_difference() {
        let with = |text: &str| {
            let appointment = Appointment {
                subject: format!("Review{}", text.replace('\n', "")).into(),
                body: format!("One{text}\nTwo").into(),
                location: format!("Room 7{}", text.replace('\n', "")).into(),
                ..appointment()
            };
            Fingerprint::of_appointment(&appointment)
        };
        assert!(["", " ", "\t", "\r", " \r", "\u{a0}", "\u{0}"].iter().all(|text| with(text) == with("")));
        assert!([".", "\n", " \n \n", "\u{feff}"].iter().all(|text| with(text) != with("")));
    }

    #[test]
    fn the_stored_fingerprint_of_a_meeting_stays_the_same() {
        let attendee = |text: &str, required| Attendee { address: text.parse().expect("an address"), required };
        let meeting = |location: &str, online_meeting| NewEvent {
            organizer: "Ann@contoso.com".parse().expect("an address"),
            attendees: vec![attendee("cy@contoso.com", true), attendee("Bob@contoso.com", false)],
            subject: "Review".into(),
            body: "What we talk about".into(),
            location: location.into(),
            online_meeting,
            tentative: false,
            hides_attendees: false,
            span: appointment().span,
        };
        assert_eq!(
            Fingerprint::of_meeting(&meeting("Room 7", false)).as_str(),
            "a30712a1292a680c800a54ab394a0f1255fa3a77fa7410f50e440ffa95d79137"
        );
        assert_eq!(
            Fingerprint::of_meeting(&meeting(" ms Teams", true)).as_str(),
            "c83ba25cb004d01a888430c12b8d5799328183377bde4335eef2fac06d12d44e"
        );
    }

    #[test]
    fn the_stored_fingerprint_of_an_appointment_stays_the_same() {
        assert_eq!(
            Fingerprint::of_appointment(&appointment()).as_str(),
            "7ef1b45f76e9faa32238501100d8f37a9d6707e2a25cd793e5655394e3a08c76"
        );
    }

    #[test]
    fn the_markers_of_existing_events_stay_the_same() {
        let (tenant, id) = (TenantId::new("contoso").expect("a name"), ExternalId::new("one").expect("an id"));
        let mailbox = "Ann@contoso.com".parse().expect("an address");
        assert_eq!(
            Marker::of_meeting(&tenant, &id, Uuid::from_u128(7)).as_str(),
            "2ddcf70dca8c9c0d8960c61d7e1ccb8a0a4e01461da8c4141dddeeb38d6cdca7"
        );
        assert_eq!(
            Marker::of_copy(&tenant, &id, &mailbox, Uuid::from_u128(7)).as_str(),
            "2d1c11f0166a0692cc8108ddb778b8e1b0aa6c2079ced6285357bde2f925307f"
        );
    }
}
