use std::collections::{HashMap, hash_map::Entry};

use super::AttendeeAddress;

/// A person or room that is invited to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    pub address: AttendeeAddress,
    /// Required rather than optional.
    pub required: bool,
}

/// The attendees with one entry for each address, because Outlook keeps one for each. The first spelling of an address stays, and
/// required takes precedence over optional.
pub fn merge_attendees(attendees: impl IntoIterator<Item = Attendee>) -> Vec<Attendee> {
    let mut merged: Vec<Attendee> = Vec::new();
    let mut positions = HashMap::new();
    for attendee in attendees {
        match positions.entry(attendee.address.folded().to_owned()) {
            Entry::Occupied(position) => {
                let kept: &mut Attendee = &mut merged[*position.get()];
                kept.required |= attendee.required;
            }
            Entry::Vacant(position) => {
                position.insert(merged.len());
                merged.push(attendee);
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_invited_once_and_required_wins() {
        let attendee = |text: &str, required| Attendee { address: text.parse().expect("valid"), required };
        let merged =
            merge_attendees([attendee("A@x.com", false), attendee("b@x.com", false), attendee("a@X.com", true)]);
        assert_eq!(merged, [attendee("a@x.com", true), attendee("b@x.com", false)]);
        assert_eq!(merged[0].address.as_written(), "A@x.com");
    }
}
