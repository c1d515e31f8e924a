//! An attendee forwards an invitation: somebody else is invited by it, and the organizer sees that.

use std::sync::Arc;

use chrono::Utc;

use super::{Copies, find};
use crate::error::GraphError;
use crate::journal::Notification;
use crate::model::{Attendee, Event, EventKey};
use crate::store::{MailboxKey, World, Write};
use crate::switches::Switches;

/// Invites more people to a meeting, whoever's copy of it this is.
pub(crate) fn forward(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    recipients: Vec<Attendee>,
    switches: &Switches,
) -> Result<Vec<Notification>, GraphError> {
    let event = find(world, mailbox, key)?;
    let directory = world.calendar(mailbox)?.directory.clone();
    let organizer = world.mailbox(&directory, &event.organizer.address);
    let original = organizer
        .and_then(|organizer| Some((organizer, world.calendars.get(&organizer)?.with_ical_uid(&event.ical_uid)?.key)));
    // An organizer in another organization is told by mail, and changes the meeting there.
    let (organizer, original) = original.unwrap_or((mailbox, key));
    let mut meeting = Event::clone(&*find(world, organizer, original)?);
    let mut added = recipients;
    added.retain(|person| {
        let address = &person.person.address;
        meeting.attendee(address).is_none() && !meeting.organizer.address.eq_ignore_ascii_case(address)
    });
    meeting.attendees.extend(added.iter().cloned());
    meeting.version += 1;
    meeting.modified = Utc::now();
    let mut copies = Copies::new(world, organizer, switches);
    for attendee in &added {
        copies.invite(&mut meeting, attendee);
    }
    let (mut writes, notifications) = copies.finish();
    writes.insert(0, Write { mailbox: organizer, key: original, event: Some(Arc::new(meeting)) });
    world.commit(writes)?;
    Ok(notifications)
}

/// Adds an attendee to an event as it is, whatever form the address has. Mails are not sent, and copies are not made.
pub(crate) fn show_attendee(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    attendee: Attendee,
) -> Result<(), GraphError> {
    let mut event = Event::clone(&*find(world, mailbox, key)?);
    event.attendees.push(attendee);
    event.version += 1;
    event.modified = Utc::now();
    world.commit(vec![Write { mailbox, key, event: Some(Arc::new(event)) }])
}
