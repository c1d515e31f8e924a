//! What a request does once it has arrived.

use convene::{
    calendar::{CalendarError, Reply, Request, Response},
    domain::{BusyEntry, EmailAddress, EventId, EventUid, TimeSpan},
};

use super::{
    BookingCalendar, Entry,
    entry::{shown, uid, written},
};
use crate::world::now;

impl BookingCalendar {
    pub(super) fn carry_out(&self, request: &Request) -> Result<Reply, CalendarError> {
        match request {
            Request::Create { event, transaction_id, marker } => {
                let weather = self.world.weather();
                let known = self.entries().iter().find(|entry| entry.transaction == *transaction_id).cloned();
                if let Some(known) = known.filter(|known| !weather.forgets || known.visible > known.created) {
                    if weather.duplicate_error || !known.live {
                        return Err(CalendarError::DuplicateTransaction { existing: Some(known.id) });
                    }
                    return Ok(Reply::Written(written(&known)));
                }
                let attendees = event.attendees.iter().filter_map(|attendee| {
                    attendee.address.as_written().parse().ok().map(|address| (address, Response::None))
                });
                let entry = Entry {
                    id: EventId(format!("event-{}", self.entries().len())),
                    organizer: event.organizer.clone(),
                    attendees: attendees.collect(),
                    span: event.span,
                    tentative: event.tentative,
                    subject: event.subject.to_string(),
                    live: true,
                    moved_by_person: false,
                    comment: None,
                    marker: marker.clone(),
                    transaction: *transaction_id,
                    created: now(),
                    visible: now() + weather.filter_lag,
                };
                self.with(|entries| entries.push(entry.clone()));
                Ok(Reply::Written(written(&entry)))
            }
            Request::Read { mailbox, event, .. } => {
                let entry = self.find_live(mailbox, event)?;
                Ok(Reply::Event(Box::new(shown(&entry))))
            }
            Request::Change { mailbox, event, change, .. } => {
                self.find_live(mailbox, event)?;
                self.with(|entries| {
                    let entry = entries.iter_mut().find(|entry| entry.id == *event).expect("it is there");
                    if let (Some(start), Some(end)) = (change.start, change.end) {
                        entry.span = TimeSpan::new(start, end).expect("a span");
                        entry.moved_by_person = false;
                        // Everybody is asked anew.
                        entry.attendees.iter_mut().for_each(|(_, response)| *response = Response::None);
                    }
                    if let Some(tentative) = change.tentative {
                        entry.tentative = tentative;
                    }
                    if let Some(subject) = &change.subject {
                        entry.subject = subject.to_string();
                    }
                    for attendee in change.attendees.iter().flatten() {
                        let address: EmailAddress = attendee.address.as_written().parse().expect("an address");
                        if !entry.attendees.iter().any(|(known, _)| *known == address) {
                            entry.attendees.push((address, Response::None));
                        }
                    }
                    Ok(Reply::Written(written(entry)))
                })
            }
            Request::Delete { mailbox, event, comment } => {
                self.find_live(mailbox, event)?;
                self.with(|entries| {
                    let entry = entries.iter_mut().find(|entry| entry.id == *event).expect("it is there");
                    entry.live = false;
                    entry.comment = comment.as_deref().map(str::to_owned);
                });
                Ok(Reply::Done)
            }
            Request::Find { mailbox, marker } => {
                let entries = self.entries();
                let is_it = |entry: &&Entry| {
                    entry.live && entry.organizer == *mailbox && entry.marker == *marker && entry.visible <= now()
                };
                let mut found: Vec<_> = entries.iter().filter(is_it).map(|e| (e.created, e.id.clone())).collect();
                found.sort();
                Ok(Reply::Found(found.into_iter().map(|(_, id)| id).collect()))
            }
            Request::CheckMailbox { .. } => Ok(Reply::Done),
        }
    }

    fn find_live(&self, mailbox: &EmailAddress, event: &EventId) -> Result<Entry, CalendarError> {
        let entries = self.entries();
        let found = entries.iter().find(|entry| entry.live && entry.organizer == *mailbox && entry.id == *event);
        found.cloned().ok_or(CalendarError::EventNotFound)
    }

    pub(super) fn busy(&self, entries: &[Entry], mailbox: &EmailAddress, except: Option<&EventUid>) -> Vec<BusyEntry> {
        let live = entries.iter().filter(|entry| entry.live && Some(&uid(entry)) != except);
        let entries = live.filter_map(|entry| {
            let status = entry.status_for(mailbox, self.adds_invitations)?;
            Some(BusyEntry { span: entry.span, status })
        });
        let others = self.others.lock().expect("not poisoned");
        let others = others.iter().filter(|(whose, _)| whose == mailbox).map(|(_, entry)| *entry);
        entries.chain(others).collect()
    }
}
