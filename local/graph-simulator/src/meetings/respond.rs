//! Accepting, declining and cancelling.

use chrono::Utc;

use super::{Copies, find};
use crate::error::GraphError;
use crate::journal::Notification;
use crate::model::{Event, EventKey, Folder, Response};
use crate::store::{MailboxKey, World, Write};
use crate::switches::Switches;

/// The response that a person's word stands for.
pub(crate) fn answer(word: &str) -> Option<Response> {
    match word {
        "accept" | "accepted" => Some(Response::Accepted),
        "tentative" | "tentativelyAccept" => Some(Response::TentativelyAccepted),
        "decline" | "declined" => Some(Response::Declined),
        _ => None,
    }
}

/// An attendee answers; with `send` the organizer learns of it.
pub(crate) fn respond(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    response: Response,
    send: bool,
) -> Result<Vec<Notification>, GraphError> {
    let event = find(world, mailbox, key)?;
    if event.is_organizer {
        return Err(GraphError::invalid_request(
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
        ));
    }
    if send && !event.response_requested {
        return Err(GraphError::invalid_request(
            "Your request can't be completed. The meeting organizer hasn't requested a response.",
        ));
    }
    let now = Utc::now();
    let mut writes = Vec::new();
    if response == Response::Declined {
        writes.push(Write::delete(mailbox, key));
    } else {
        let mut copy = Event::clone(&event);
        (copy.response, copy.response_time, copy.own_show_as) = (response, Some(now), None);
        if copy.folder == Folder::Inbox {
            copy.folder = Folder::Calendar;
        }
        copy.version += 1;
        copy.modified = now;
        writes.push(Write::put(mailbox, copy));
    }
    let mut notifications = Vec::new();
    if send {
        let own = world.person(mailbox).address;
        let directory = world.calendar(mailbox)?.directory.clone();
        let organizer = world.mailbox(&directory, &event.organizer.address);
        let original = organizer
            .and_then(|organizer| Some((organizer, world.calendars.get(&organizer)?.with_ical_uid(&event.ical_uid)?)));
        if let Some((organizer, original)) = original {
            let mut original = Event::clone(original);
            for entry in original.attendees.iter_mut().filter(|a| a.person.address.eq_ignore_ascii_case(&own)) {
                (entry.response, entry.time) = (response, Some(now));
            }
            original.version += 1;
            original.modified = now;
            writes.push(Write::put(organizer, original));
        }
        let mut copies = Copies::new(world, mailbox, &Switches::default());
        copies.notify("response", &event, &own, &event.organizer.address);
        notifications = copies.finish().1;
    }
    world.commit(writes)?;
    Ok(notifications)
}

/// The organizer cancels the meeting. The attendees keep their copies, which say so and begin with the comment. An empty comment, unlike
/// none, sends nothing (microsoft-graph-docs-contrib #8952).
pub(crate) fn cancel(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    comment: Option<&str>,
    switches: &Switches,
) -> Result<Vec<Notification>, GraphError> {
    let event = find(world, mailbox, key)?;
    if !event.is_organizer {
        return Err(GraphError::invalid_request(
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
        ));
    }
    if event.attendees.is_empty() {
        return Err(GraphError::invalid_request("Your request can't be completed. The event isn't a meeting."));
    }
    let mut copies = Copies::new(world, mailbox, switches);
    if comment != Some("") {
        for attendee in &event.attendees {
            copies.cancel(&event, attendee, comment.unwrap_or_default());
        }
    }
    let (mut writes, notifications) = copies.finish();
    let cancelled = cancelled(&event);
    if switches.cancel_keeps_event {
        writes.push(Write::put(mailbox, cancelled));
        world.commit(writes)?;
    } else {
        writes.push(Write::delete(mailbox, key));
        world.commit(writes)?;
        if switches.keeps_deleted_items() {
            world.keep_deleted(mailbox, cancelled);
        }
    }
    Ok(notifications)
}

/// The event after its cancellation.
pub(super) fn cancelled(event: &Event) -> Event {
    let mut cancelled = Event::clone(event);
    cancelled.cancelled = true;
    cancelled.version += 1;
    cancelled.modified = Utc::now();
    cancelled
}
