//! What happens to events: created, changed, deleted, answered, with the copies in the attendees' calendars.

mod copies;
mod days;
mod forward;
mod respond;
mod update;

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use serde_json::json;

use self::copies::Copies;
pub(crate) use self::days::{Times, in_zone};
pub(crate) use self::forward::{forward, show_attendee};
pub(crate) use self::respond::{answer, cancel, respond};
pub(crate) use self::update::{update, update_deleted};
use crate::clock::Instant;
use crate::draft::{Draft, Recurrence, check_attendees};
use crate::error::GraphError;
use crate::journal::Notification;
use crate::model::{
    Body, ContentType, Event, EventKey, Folder, Importance, Provider, Response, Sensitivity, ShowAs, Zones,
};
use crate::store::{MailboxKey, World, Write};
use crate::switches::Switches;
use crate::teams;

/// What a call did: the event as it is now, and the mails that go out for it.
pub(crate) struct Done {
    pub(crate) event: Arc<Event>,
    pub(crate) notifications: Vec<Notification>,
}

/// Creates an event, or answers with the one that its transaction made before.
pub(crate) fn create(
    world: &mut World,
    mailbox: MailboxKey,
    folder: Folder,
    draft: Draft,
    switches: &Switches,
    id_of: impl Fn(&Event) -> String,
) -> Result<Done, GraphError> {
    let (Some(start), Some(end)) = (&draft.start, &draft.end) else {
        return Err(GraphError::property("At least one property failed validation: Start and End are required."));
    };
    check_attendees(draft.attendees.as_deref().unwrap_or_default(), None)?;
    let times = Times::of_new(start, end, draft.all_day == Some(true), world.zone(mailbox))?;
    if let Some(transaction) = &draft.transaction_id
        && let Some(repeat) = repeated(world, mailbox, transaction, switches, &id_of)?
    {
        return Ok(repeat);
    }
    let mut event = new_event(world, mailbox, draft, times, switches)?;
    event.folder = folder;
    let mut copies = Copies::new(world, mailbox, switches);
    let invited = event.attendees.clone();
    for attendee in &invited {
        copies.invite(&mut event, attendee);
    }
    let (mut writes, notifications) = copies.finish();
    let event = Arc::new(event);
    writes.insert(0, Write { mailbox, key: event.key, event: Some(event.clone()) });
    world.commit(writes)?;
    Ok(Done { event, notifications })
}

/// What a repeated transaction is answered with; `None`: it is no repeat, or Graph would not know.
fn repeated(
    world: &World,
    mailbox: MailboxKey,
    transaction: &str,
    switches: &Switches,
    id_of: impl Fn(&Event) -> String,
) -> Result<Option<Done>, GraphError> {
    let duplicate = |status: u16, id: String| {
        GraphError::new(
            status,
            "ErrorDuplicateTransactionId",
            "Your request can't be completed. The TransactionId specified in the request has already been used to \
             create a different event.",
        )
        .annotated("@event.existingEventId", id)
    };
    if switches.forget_transaction_ids {
        return Ok(None);
    }
    if let Some(event) = world.calendar(mailbox)?.with_transaction(transaction) {
        if let Some(status) = switches.duplicate_transaction_error {
            return Err(duplicate(status, id_of(event)));
        }
        return Ok(Some(Done { event: event.clone(), notifications: Vec::new() }));
    }
    if switches.remember_deleted_transaction_ids
        && let Some(key) = world.retired_transactions.get(&(mailbox, transaction.to_owned()))
    {
        let gone = blank(*key, Utc::now());
        return Err(duplicate(switches.duplicate_transaction_error.unwrap_or(409), id_of(&gone)));
    }
    Ok(None)
}

fn new_event(
    world: &mut World,
    mailbox: MailboxKey,
    draft: Draft,
    times: Times,
    switches: &Switches,
) -> Result<Event, GraphError> {
    let mut event = blank(world.new_key(), Utc::now());
    event.ical_uid = format!("040000008200E00074C5B7101A82E008{}", uuid::Uuid::new_v4().simple()).to_uppercase();
    event.organizer = world.person(mailbox);
    event.is_organizer = true;
    event.response = Response::Organizer;
    times.set(&mut event);
    if let (Some(start), Some(end)) = (&draft.start, &draft.end) {
        event.zones = Zones { start: start.zone.clone(), end: end.zone.clone() };
    }
    if draft.all_day == Some(true) && draft.show_as.is_none() {
        event.show_as = ShowAs::Free;
    }
    event.transaction_id.clone_from(&draft.transaction_id);
    let (online, provider) = (draft.online, draft.provider);
    apply(&mut event, draft);
    if online == Some(true) {
        attach_online_meeting(world, mailbox, &mut event, provider, switches)?;
    }
    Ok(event)
}

/// Sets what was sent, save for times, attendees and the transaction's id.
fn apply(event: &mut Event, draft: Draft) {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    set(&mut event.subject, draft.subject);
    set(&mut event.body, draft.body);
    set(&mut event.location, draft.location);
    set(&mut event.show_as, draft.show_as);
    set(&mut event.sensitivity, draft.sensitivity);
    set(&mut event.importance, draft.importance);
    match draft.recurrence {
        Some(Recurrence::Series(series)) => event.series = Some(series),
        Some(Recurrence::None) => event.series = None,
        None => {}
    }
    set(&mut event.response_requested, draft.response_requested);
    set(&mut event.allow_new_time_proposals, draft.allow_new_time_proposals);
    set(&mut event.hide_attendees, draft.hide_attendees);
    set(&mut event.reminder_on, draft.reminder_on);
    set(&mut event.reminder_minutes, draft.reminder_minutes);
    set(&mut event.categories, draft.categories);
    if event.attendees.is_empty() {
        set(&mut event.attendees, draft.attendees);
    }
    for property in draft.properties.unwrap_or_default() {
        let id = crate::store::normal_property_id(&property.id);
        event.properties.retain(|p| crate::store::normal_property_id(&p.id) != id);
        event.properties.push(property);
    }
}

/// Gives an event its way to join, where the mailbox allows the provider; else it quietly stays offline.
fn attach_online_meeting(
    world: &World,
    mailbox: MailboxKey,
    event: &mut Event,
    provider: Option<Provider>,
    switches: &Switches,
) -> Result<(), GraphError> {
    let calendar = world.calendar(mailbox)?;
    let wanted = provider.filter(|p| *p != Provider::Unknown).unwrap_or(Provider::Teams);
    if calendar.info.teams && wanted == Provider::Teams && event.join_url.is_none() {
        let url = teams::join_url(&calendar.directory, calendar.guid);
        match i64::try_from(switches.join_link_after_ms) {
            Ok(0) => event.body = teams::with_block(&event.body, &url),
            after => {
                let wait = after.ok().and_then(TimeDelta::try_milliseconds);
                let from = wait.and_then(|wait| Utc::now().checked_add_signed(wait));
                event.link_from = Some(from.unwrap_or(Instant::MAX_UTC));
            }
        }
        event.provider = Provider::Teams;
        event.join_url = Some(url);
    }
    Ok(())
}

/// Deletes an event; an organizer's takes the copies with it.
pub(crate) fn delete(
    world: &mut World,
    mailbox: MailboxKey,
    key: EventKey,
    switches: &Switches,
) -> Result<Vec<Notification>, GraphError> {
    let event = find(world, mailbox, key)?;
    let mut copies = Copies::new(world, mailbox, &Switches::default());
    if event.is_organizer {
        for attendee in &event.attendees {
            copies.withdraw(&event, attendee);
        }
    }
    let (mut writes, notifications) = copies.finish();
    writes.push(Write::delete(mailbox, key));
    world.commit(writes)?;
    if switches.keeps_deleted_items() {
        let mut kept = Event::clone(&event);
        // Whoever calls off what others were invited to leaves a cancelled meeting behind.
        kept.cancelled |= event.is_organizer && !event.attendees.is_empty();
        world.keep_deleted(mailbox, kept);
    }
    Ok(notifications)
}

/// Moves an item to another folder and back, as far as its ids can tell.
pub(crate) fn refile(world: &mut World, mailbox: MailboxKey, key: EventKey) -> Result<Arc<Event>, GraphError> {
    let mut event = Event::clone(&*find(world, mailbox, key)?);
    event.moves += 1;
    let event = Arc::new(event);
    world.commit(vec![Write { mailbox, key, event: Some(event.clone()) }])?;
    Ok(event)
}

pub(crate) fn find(world: &World, mailbox: MailboxKey, key: EventKey) -> Result<Arc<Event>, GraphError> {
    let event = world.calendar(mailbox)?.events.get(&key).ok_or_else(GraphError::item_not_found)?;
    Ok(teams::as_of(event, Utc::now()))
}

/// An event with Graph's defaults in every field.
pub(crate) fn blank(key: EventKey, now: Instant) -> Event {
    Event {
        key,
        folder: Folder::Calendar,
        moves: 0,
        version: 1,
        created: now,
        modified: now,
        ical_uid: String::new(),
        organizer: crate::model::Person { name: String::new(), address: String::new() },
        is_organizer: true,
        subject: String::new(),
        body: Body { kind: ContentType::Html, content: String::new() },
        start: now,
        end: now,
        location: json!({ "displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {} }),
        attendees: Vec::new(),
        response: Response::Organizer,
        response_time: None,
        show_as: ShowAs::Busy,
        own_show_as: None,
        sensitivity: Sensitivity::Normal,
        importance: Importance::Normal,
        all_day: false,
        days: None,
        zones: Zones::default(),
        series: None,
        occurrence: None,
        cancelled: false,
        response_requested: true,
        allow_new_time_proposals: true,
        hide_attendees: false,
        reminder_on: true,
        reminder_minutes: 15,
        categories: Vec::new(),
        transaction_id: None,
        properties: Vec::new(),
        provider: Provider::Unknown,
        join_url: None,
        link_from: None,
    }
}
