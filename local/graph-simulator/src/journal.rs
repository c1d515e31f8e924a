//! What was asked of the simulator: requests and the notifications they caused. Neither holds a body or a token.

mod bounded;

use chrono::Utc;
use serde::Serialize;

use self::bounded::{Bounded, Texts};
use crate::clock::{self, Instant};

/// A request, from its arrival on.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) operation: &'static str,
    pub(crate) directory: Option<String>,
    pub(crate) mailbox: Option<String>,
    /// `null` while the request is in flight, and for good when its answer was dropped.
    pub(crate) status: Option<u16>,
    /// The code of a failure.
    pub(crate) code: Option<String>,
    pub(crate) dropped: bool,
    pub(crate) client_request_id: Option<String>,
    pub(crate) request_id: String,
    pub(crate) batch: bool,
    /// The sequence of the `$batch` request an item came in.
    pub(crate) batch_sequence: Option<u64>,
    pub(crate) started_at: String,
    pub(crate) finished_at: Option<String>,
}

/// A mail that would have gone out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Notification {
    pub(crate) sequence: u64,
    pub(crate) kind: &'static str,
    pub(crate) directory: String,
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(rename = "iCalUId")]
    pub(crate) ical_uid: String,
    pub(crate) subject: String,
    pub(crate) at: String,
}

impl Texts for Entry {
    fn size(&self) -> usize {
        let texts = [&self.method, &self.path, &self.query, &self.request_id, &self.started_at];
        let options = [&self.directory, &self.mailbox, &self.code, &self.client_request_id, &self.finished_at];
        texts.iter().map(|text| text.len()).sum::<usize>()
            + options.iter().map(|text| text.as_ref().map_or(0, String::len)).sum::<usize>()
    }
}

impl Texts for Notification {
    fn size(&self) -> usize {
        let texts = [&self.directory, &self.from, &self.to, &self.ical_uid, &self.subject, &self.at];
        texts.iter().map(|text| text.len()).sum()
    }
}

#[derive(Default)]
pub(crate) struct Journal {
    entries: Bounded<Entry>,
    notifications: Bounded<Notification>,
    sequence: u64,
}

impl Journal {
    pub(crate) fn begin(&mut self, mut entry: Entry) -> u64 {
        self.sequence += 1;
        entry.sequence = self.sequence;
        entry.started_at = clock::zulu(Utc::now());
        self.entries.push(entry);
        self.sequence
    }

    /// Completes an entry, unless it was cleared or crowded out meanwhile.
    pub(crate) fn update(&mut self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        self.entries.change(|entry| entry.sequence.cmp(&sequence), change);
    }

    pub(crate) fn finish(&mut self, sequence: u64, status: Option<u16>, code: Option<String>) {
        self.update(sequence, |entry| {
            entry.status = status;
            entry.code = code;
            entry.dropped = status.is_none();
            entry.finished_at = Some(clock::zulu(Utc::now()));
        });
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.all()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn notify(&mut self, notifications: Vec<Notification>, at: Instant) {
        for mut notification in notifications {
            self.sequence += 1;
            notification.sequence = self.sequence;
            notification.at = clock::zulu(at);
            self.notifications.push(notification);
        }
    }

    pub(crate) fn notifications(&self) -> Vec<Notification> {
        self.notifications.all()
    }

    pub(crate) fn clear_notifications(&mut self) {
        self.notifications.clear();
    }
}
