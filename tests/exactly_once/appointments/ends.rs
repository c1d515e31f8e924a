//! After all is quiet: the record tells what the calendars hold, and a repeated call ends in the state of a single one,
//! whatever happened before.

use std::collections::BTreeSet;

use convene::scheduling::{
    appointments::MailboxResults,
    records::event::{EventKind, RecordKey, State},
};

use super::{
    ask::{Act, Asked, MAILBOXES, create, delete, kinds, succeeded, update},
    stage::{Stage, record_key},
};
use crate::{
    error_kind::Kind,
    fake_calendar::address,
    history::{Key, Place},
};

/// The end of a schedule, for one id.
pub struct End<'a> {
    pub stage: &'a Stage,
    pub seed: u64,
    pub key: Key,
}

impl End<'_> {
    /// Checks that the call that was made last ends as it should, and that all can be deleted.
    pub async fn check_briefly(&self, last: &Asked) {
        self.agrees();
        self.repeat(last).await;
        self.only_kinds("delete", &self.quiet(&delete([0])).await, &[Kind::MeetingNotFound]);
        self.holds(&[], None);
    }

    /// Checks everything, beginning with the call that was made last.
    pub async fn check(&self, last: Option<&Asked>) {
        self.agrees();
        if let Some(last) = last {
            self.repeat(last).await;
        }
        let created = self.quiet(&create(0, [0, 1, 2, 3])).await;
        self.only_kinds("create", &created, &[Kind::MeetingAlreadyExists]);
        let updated = self.quiet(&update(2, [1, 0])).await;
        for (mailbox, row) in [1, 0].into_iter().zip(kinds(&updated)) {
            // What a person has deleted is not there to be changed, and can be created again.
            let touched = self.stage.world.history.touched_by_people(Place { key: self.key, mailbox });
            let fine = row.is_none() || row == Some(Kind::MeetingNotFound) && touched;
            self.holds_true(fine, || format!("update: {updated:?}"));
        }
        self.succeeds(&create(2, [1, 0])).await;
        self.holds(&[0, 1], Some(2));
        self.succeeds(&update(1, [3, 2, 1])).await;
        self.holds(&[1, 2, 3], Some(1));
        self.succeeds(&delete([2])).await;
        self.is_gone();
        self.succeeds(&delete([0, 1])).await;
        let gone = self.quiet(&update(1, [0])).await;
        self.holds_true(kinds(&gone) == [Some(Kind::MeetingNotFound)], || format!("update of nothing: {gone:?}"));
        self.succeeds(&create(1, [0, 3])).await;
        self.succeeds(&create(1, [3, 0])).await;
        self.holds(&[0, 3], Some(1));
        self.agrees();
    }

    /// Every live event is on record, and every copy on record is live.
    pub fn agrees(&self) {
        let record = self.stage.record(self.key).unwrap_or_default().apply_intent();
        let key = record_key(self.key);
        for mailbox in 0..MAILBOXES {
            let (copy, place) = (record.copies.get(&address(mailbox)), Place { key: self.key, mailbox });
            let of = RecordKey {
                tenant: key.tenant.clone(),
                id: key.id.clone(),
                kind: EventKind::AppointmentCopy(address(mailbox)),
            };
            let live = self.stage.calendar.live(place);
            let marker = copy.map(|copy| copy.marker(&of));
            let known = live.iter().all(|entry| Some(&entry.marker) == marker.as_ref());
            self.holds_true(known, || format!("{place:?} has {live:?}, and on record is {record:?}"));
            let missing = copy.is_some_and(|copy| {
                copy.state == State::Active && live.iter().all(|entry| Some(&entry.id) != copy.event.as_ref())
            });
            let excused = self.stage.world.history.touched_by_people(place);
            self.holds_true(!missing || excused, || format!("{place:?} lacks what is on record: {record:?}"));
        }
    }

    /// A call that was made before ends as it would have then.
    async fn repeat(&self, last: &Asked) {
        let rows = self.quiet(last).await;
        let done: Vec<usize> = succeeded(last, &rows).into_iter().collect();
        match last.act {
            Act::Create(content) => {
                self.only_kinds("repeated create", &rows, &[Kind::MeetingAlreadyExists]);
                // What it finds it does not read.
                let undone = |mailbox| self.stage.world.history.may_be_undone(Place { key: self.key, mailbox });
                let read: Vec<usize> = done.into_iter().filter(|mailbox| !undone(*mailbox)).collect();
                self.holds_at(&read, content);
            }
            Act::Update(content) => {
                self.only_kinds("repeated update", &rows, &[Kind::MeetingNotFound]);
                self.holds_at(&done, content);
                if rows.iter().all(Result::is_ok) {
                    self.holds(&done, Some(content));
                }
            }
            Act::Delete => {
                self.only_kinds("repeated delete", &rows, &[Kind::MeetingNotFound]);
                self.holds(&[], None);
            }
        }
        self.agrees();
    }

    pub async fn succeeds(&self, asked: &Asked) {
        let rows = self.quiet(asked).await;
        self.holds_true(rows.iter().all(Result::is_ok), || format!("{asked:?}: {rows:?}"));
    }

    async fn quiet(&self, asked: &Asked) -> MailboxResults {
        let results = self.stage.until_decided(self.key, asked).await;
        self.holds_true(results.is_some(), || format!("{asked:?} is never decided"));
        results.expect("decided")
    }

    /// These mailboxes have one copy each, of this content, and the others have none.
    pub fn holds(&self, mailboxes: &[usize], content: Option<u64>) {
        let live = self.stage.contents(self.key);
        let as_it_should_be = live.iter().enumerate().all(|(mailbox, contents)| {
            let wanted: Vec<u64> = content.filter(|_| mailboxes.contains(&mailbox)).into_iter().collect();
            *contents == wanted
        });
        self.holds_true(as_it_should_be, || {
            format!("{content:?} should be in {mailboxes:?} alone, and there is {live:?}")
        });
    }

    /// Each of these mailboxes has one copy, of this content, whatever the others have.
    pub fn holds_at(&self, mailboxes: &[usize], content: u64) {
        let live = self.stage.contents(self.key);
        let all = mailboxes.iter().all(|mailbox| live[*mailbox] == [content]);
        self.holds_true(all, || format!("{content:?} should be in {mailboxes:?}, and there is {live:?}"));
    }

    pub fn is_gone(&self) {
        self.holds(&[], None);
        let record = self.stage.record(self.key);
        let over = record.as_ref().is_some_and(|record| record.is_over() && record.copies.is_empty());
        self.holds_true(over, || format!("deleted, and on record is {record:?}"));
    }

    fn only_kinds(&self, what: &str, rows: &MailboxResults, allowed: &[Kind]) {
        let told: BTreeSet<_> = kinds(rows).into_iter().flatten().map(|kind| format!("{kind:?}")).collect();
        let fine = told.iter().all(|kind| allowed.iter().any(|allowed| format!("{allowed:?}") == *kind));
        self.holds_true(fine, || format!("{what}: {rows:?}"));
    }

    fn holds_true(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "seed {}, {:?}: {}", self.seed, self.key, what());
    }
}
