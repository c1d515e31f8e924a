//! PATCH: what changes in the event, and whom that concerns.

use std::sync::Arc;

use chrono::Utc;

use super::days::Times;
use super::{Copies, Done, apply, attach_online_meeting, find};
use crate::draft::{Draft, check_attendees};
use crate::error::GraphError;
use crate::model::{Attendee, ContentType, Event, EventKey, Provider, Response};
use crate::store::{MailboxKey, World, Write};
use crate::switches::Switches;
use crate::teams;

/// Changes an event; an organizer's change reaches the copies it concerns.
pub(crate) fn update(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    mut draft: Draft,
    switches: &Switches,
) -> Result<Done, GraphError> {
    let old = find(world, mailbox, key)?;
    let mut event = Event::clone(&old);
    Times::of_changed(&old, &draft, world.zone(mailbox))?.set(&mut event);
    let drops_link =
        switches.update_drops_join_link && (draft.start.is_some() || draft.end.is_some() || draft.attendees.is_some());
    let attendees = draft.attendees.take();
    check_attendees(attendees.as_deref().unwrap_or_default(), Some(&old))?;
    let (online, provider) = (draft.online, draft.provider);
    if !event.is_organizer {
        // What an attendee changes stays in the own copy.
        event.own_show_as = draft.show_as.take().or(event.own_show_as);
    }
    let new_body = draft.body.is_some();
    apply(&mut event, draft);
    // Also where Teams has not added its block yet: it finds a body that is not the one it knows.
    let lost_with_body = new_body && event.join_url.as_ref().is_some_and(|url| !teams::holds_block(&event.body, url));
    if lost_with_body || drops_link && event.is_organizer {
        (event.join_url, event.link_from) = (None, None);
        event.provider = Provider::Unknown;
    }
    // Once online, a meeting ignores further wishes about it.
    if online == Some(true) && event.is_organizer && event.join_url.is_none() {
        attach_online_meeting(world, mailbox, &mut event, provider, switches)?;
    }
    event.version += 1;
    event.modified = Utc::now();
    let mut copies = Copies::new(world, mailbox, switches);
    if event.is_organizer {
        spread(&mut copies, &old, &mut event, attendees);
    }
    let (mut writes, notifications) = copies.finish();
    let event = Arc::new(event);
    writes.insert(0, Write { mailbox, key, event: Some(event.clone()) });
    world.commit(writes)?;
    Ok(Done { event, notifications })
}

/// Changes an item that was deleted. Nobody learns of it.
pub(crate) fn update_deleted(
    world: &mut World,
    mailbox: MailboxKey,
    old: &Event,
    mut draft: Draft,
) -> Result<Arc<Event>, GraphError> {
    let mut event = old.clone();
    Times::of_changed(old, &draft, world.zone(mailbox))?.set(&mut event);
    if let Some(attendees) = draft.attendees.take() {
        check_attendees(&attendees, Some(old))?;
        event.attendees = attendees;
    }
    apply(&mut event, draft);
    event.version += 1;
    event.modified = Utc::now();
    let event = Arc::new(event);
    world.keep_deleted(mailbox, Event::clone(&event));
    Ok(event)
}

fn spread(copies: &mut Copies<'_>, old: &Event, event: &mut Event, attendees: Option<Vec<Attendee>>) {
    let times = |event: &Event| (event.start, event.end, event.days, event.series.clone());
    let new_time = times(old) != times(event);
    if let Some(list) = attendees {
        event.attendees = list;
        for attendee in &mut event.attendees {
            if let Some(known) = old.attendee(&attendee.person.address) {
                (attendee.response, attendee.time) = (known.response, known.time);
            }
        }
    }
    if new_time {
        for attendee in &mut event.attendees {
            (attendee.response, attendee.time) = (Response::None, None);
        }
    }
    let told = new_time || differs(old, event);
    for attendee in &old.attendees {
        if event.attendee(&attendee.person.address).is_none() {
            copies.withdraw(old, attendee);
        }
    }
    for attendee in event.attendees.clone() {
        if old.attendee(&attendee.person.address).is_none() {
            copies.invite(event, &attendee);
        } else if told {
            copies.change(event, &attendee, new_time);
        }
    }
}

/// Whether anything changed that all attendees see, the list of them aside.
fn differs(old: &Event, new: &Event) -> bool {
    let text = |event: &Event| match event.body.kind {
        ContentType::Html => event.body.content.clone(),
        ContentType::Text => format!("text:{}", event.body.content),
    };
    old.subject != new.subject
        || text(old) != text(new)
        || old.location != new.location
        || old.show_as != new.show_as
        || old.sensitivity != new.sensitivity
        || old.importance != new.importance
        || old.response_requested != new.response_requested
        || old.allow_new_time_proposals != new.allow_new_time_proposals
        || old.hide_attendees != new.hide_attendees
        || old.join_url != new.join_url
}
