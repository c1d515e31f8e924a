use super::{EmailAddress, EventChange, NewEvent, PlainText, SingleLine, TimeSpan};

/// The content of an appointment. Each mailbox that takes part has a copy of its own, an event with this content and without
/// attendees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub subject: SingleLine,
    pub body: PlainText,
    /// Only a text: no copy has an online meeting, because each would have a different one.
    pub location: SingleLine,
    pub span: TimeSpan,
}

impl Appointment {
    /// The event that is this appointment's copy in a mailbox.
    pub fn copy_for(&self, mailbox: &EmailAddress) -> NewEvent {
        NewEvent {
            organizer: mailbox.clone(),
            attendees: Vec::new(),
            subject: self.subject.clone(),
            body: self.body.clone(),
            location: self.location.clone(),
            online_meeting: false,
            tentative: false,
            hides_attendees: false,
            span: self.span,
        }
    }

    /// The change that gives an existing copy this content. `without_body`: the copy has this body already.
    pub fn as_change(&self, without_body: bool) -> EventChange {
        EventChange {
            attendees: None,
            subject: Some(self.subject.clone()),
            body: (!without_body).then(|| self.body.clone()),
            location: Some(self.location.clone()),
            online_meeting: false,
            tentative: None,
            start: Some(self.span.start()),
            end: Some(self.span.end()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse_utc;

    #[test]
    fn a_copy_has_no_online_meeting_whatever_its_location_says() {
        let at = |text| parse_utc(text).expect("a time");
        let span = TimeSpan::new(at("2026-05-04T09:00:00Z"), at("2026-05-04T10:00:00Z")).expect("a span");
        let appointment = Appointment { subject: "s".into(), body: "b".into(), location: "MS Teams".into(), span };
        let copy = appointment.copy_for(&"ann@contoso.com".parse().expect("an address"));
        assert_eq!((&*copy.location, copy.online_meeting), ("MS Teams", false));
        let change = appointment.as_change(false);
        assert_eq!((change.location.as_deref(), change.online_meeting), (Some("MS Teams"), false));
    }
}
