//! The attendees' copies of a meeting, and the mails that tell them.

use std::sync::Arc;

use chrono::Utc;

use crate::body;
use crate::journal::Notification;
use crate::model::{Attendee, Body, ContentType, Event, Folder, Response};
use crate::options::MailboxKind;
use crate::store::{MailboxKey, World, Write};
use crate::switches::Switches;

/// Gathers what one change to a meeting does elsewhere.
pub(super) struct Copies<'a> {
    world: &'a mut World,
    directory: String,
    rooms_respond: bool,
    /// Mailboxes whose invitations stay in the inbox.
    manual: Vec<String>,
    writes: Vec<Write>,
    notifications: Vec<Notification>,
}

impl<'a> Copies<'a> {
    /// `mailbox` is the one whose owner acts.
    pub(super) fn new(world: &'a mut World, mailbox: MailboxKey, switches: &Switches) -> Self {
        let directory = world.calendars.get(&mailbox).map(|c| c.directory.clone()).unwrap_or_default();
        Self {
            world,
            directory,
            rooms_respond: switches.rooms_respond,
            manual: switches.invitations_not_added.clone(),
            writes: Vec::new(),
            notifications: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Write>, Vec<Notification>) {
        (self.writes, self.notifications)
    }

    /// The attendee's mailbox, if it is one of this directory and not the organizer's own.
    fn mailbox_of(&self, event: &Event, attendee: &Attendee) -> Option<MailboxKey> {
        if attendee.person.address.eq_ignore_ascii_case(&event.organizer.address) {
            return None;
        }
        self.world.mailbox(&self.directory, &attendee.person.address)
    }

    fn copy_of(&self, event: &Event, mailbox: MailboxKey) -> Option<Arc<Event>> {
        self.world.calendars.get(&mailbox)?.with_ical_uid(&event.ical_uid).cloned()
    }

    pub(super) fn notify(&mut self, kind: &'static str, event: &Event, from: &str, to: &str) {
        // Nobody writes to themselves.
        if from.eq_ignore_ascii_case(to) {
            return;
        }
        self.notifications.push(Notification {
            sequence: 0,
            kind,
            directory: self.directory.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            ical_uid: event.ical_uid.clone(),
            subject: event.subject.clone(),
            at: String::new(),
        });
    }

    /// Puts a new copy into the attendee's calendar. A room may answer at once, which the organizer's item then shows.
    pub(super) fn invite(&mut self, event: &mut Event, attendee: &Attendee) {
        self.notify("invitation", event, &event.organizer.address.clone(), &attendee.person.address);
        self.deliver(event, attendee);
    }

    fn deliver(&mut self, event: &mut Event, attendee: &Attendee) {
        let Some(mailbox) = self.mailbox_of(event, attendee) else {
            return;
        };
        let mut copy = super::blank(self.world.new_key(), Utc::now());
        copy.is_organizer = false;
        copy.response = Response::NotResponded;
        if self.manual.iter().any(|address| address.eq_ignore_ascii_case(&attendee.person.address)) {
            copy.folder = Folder::Inbox;
        }
        take_over(&mut copy, event, attendee);
        super::in_zone(&mut copy, self.world.zone(mailbox));
        if self.rooms_respond {
            self.let_room_respond(mailbox, event, &mut copy, attendee);
        }
        if copy.response == Response::Accepted {
            copy.folder = Folder::Calendar;
        }
        if copy.response != Response::Declined {
            self.writes.push(Write::put(mailbox, copy));
        }
    }

    /// Tells an attendee who stays of a change. A new time asks for a new answer.
    pub(super) fn change(&mut self, event: &mut Event, attendee: &Attendee, new_time: bool) {
        self.notify("update", event, &event.organizer.address.clone(), &attendee.person.address);
        let Some(mailbox) = self.mailbox_of(event, attendee) else {
            return;
        };
        match self.copy_of(event, mailbox) {
            Some(old) => {
                let mut copy = Event::clone(&old);
                take_over(&mut copy, event, attendee);
                super::in_zone(&mut copy, self.world.zone(mailbox));
                copy.version += 1;
                copy.modified = Utc::now();
                if new_time {
                    copy.response = Response::NotResponded;
                    copy.response_time = None;
                    copy.own_show_as = None;
                    if self.rooms_respond {
                        self.let_room_respond(mailbox, event, &mut copy, attendee);
                    }
                }
                self.writes.push(Write::put(mailbox, copy));
            }
            // Whoever declined the old time is asked about the new one.
            None if new_time => self.deliver(event, attendee),
            None => {}
        }
    }

    /// Takes the copy out of the attendee's calendar.
    pub(super) fn withdraw(&mut self, event: &Event, attendee: &Attendee) {
        self.notify("cancellation", event, &event.organizer.address, &attendee.person.address);
        if let Some(mailbox) = self.mailbox_of(event, attendee)
            && let Some(copy) = self.copy_of(event, mailbox)
        {
            self.writes.push(Write::delete(mailbox, copy.key));
        }
    }

    /// Marks the attendee's copy as cancelled. Its text begins with the organizer's comment.
    pub(super) fn cancel(&mut self, event: &Event, attendee: &Attendee, comment: &str) {
        self.notify("cancellation", event, &event.organizer.address, &attendee.person.address);
        if let Some(mailbox) = self.mailbox_of(event, attendee)
            && let Some(copy) = self.copy_of(event, mailbox)
        {
            let mut copy = super::respond::cancelled(&copy);
            copy.subject = format!("Canceled: {}", copy.subject);
            let text = format!("{}\r\n{}", body::crlf(comment), body::as_text(&copy.body));
            copy.body = Body { kind: ContentType::Text, content: text.trim_start().to_owned() };
            self.writes.push(Write::put(mailbox, copy));
        }
    }

    fn let_room_respond(&mut self, mailbox: MailboxKey, event: &mut Event, copy: &mut Event, attendee: &Attendee) {
        let Some(room) = self.world.calendars.get(&mailbox).filter(|c| c.info.kind == MailboxKind::Room) else {
            return;
        };
        let taken = room.overlapping(copy.start, copy.end).iter().any(|other| other.ical_uid != copy.ical_uid);
        let response = if taken { Response::Declined } else { Response::Accepted };
        copy.response = response;
        copy.response_time = Some(Utc::now());
        if let Some(entry) =
            event.attendees.iter_mut().find(|a| a.person.address.eq_ignore_ascii_case(&attendee.person.address))
        {
            entry.response = response;
            entry.time = copy.response_time;
        }
        self.notify("response", event, &attendee.person.address, &event.organizer.address.clone());
    }
}

/// What a copy shares with the organizer's item.
fn take_over(copy: &mut Event, event: &Event, attendee: &Attendee) {
    copy.ical_uid.clone_from(&event.ical_uid);
    copy.organizer = event.organizer.clone();
    copy.subject.clone_from(&event.subject);
    copy.body = event.body.clone();
    (copy.start, copy.end, copy.all_day, copy.days) = (event.start, event.end, event.all_day, event.days);
    copy.zones.clone_from(&event.zones);
    copy.series.clone_from(&event.series);
    copy.location = event.location.clone();
    copy.show_as = event.show_as;
    copy.sensitivity = event.sensitivity;
    copy.importance = event.importance;
    copy.response_requested = event.response_requested;
    copy.allow_new_time_proposals = event.allow_new_time_proposals;
    copy.hide_attendees = event.hide_attendees;
    copy.provider = event.provider;
    copy.join_url.clone_from(&event.join_url);
    copy.link_from = event.link_from;
    // An attendee sees who is invited, not what they answered, and with hidden attendees only the own entry.
    let own = |a: &&Attendee| a.person.address.eq_ignore_ascii_case(&attendee.person.address);
    copy.attendees = event
        .attendees
        .iter()
        .filter(|a| !event.hide_attendees || own(a))
        .map(|a| Attendee { response: Response::None, time: None, ..a.clone() })
        .collect();
}
