//! What was asked of the simulator: requests and the notifications they caused. Neither holds a body or a token.

use std::collections::VecDeque;

use chrono::Utc;
use serde::Serialize;

use crate::clock::{self, Instant};

/// Older entries make room for newer ones.
const KEPT: usize = 20_000;

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

#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    notifications: VecDeque<Notification>,
    sequence: u64,
}

impl Journal {
    pub(crate) fn begin(&mut self, mut entry: Entry) -> u64 {
        self.sequence += 1;
        entry.sequence = self.sequence;
        entry.started_at = clock::zulu(Utc::now());
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.sequence
    }

    /// Completes an entry, unless it was cleared or crowded out meanwhile.
    pub(crate) fn update(&mut self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        if let Ok(at) = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence)
            && let Some(entry) = self.entries.get_mut(at)
        {
            change(entry);
        }
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
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn notify(&mut self, notifications: Vec<Notification>, at: Instant) {
        for mut notification in notifications {
            self.sequence += 1;
            notification.sequence = self.sequence;
            notification.at = clock::zulu(at);
            if self.notifications.len() == KEPT {
                self.notifications.pop_front();
            }
            self.notifications.push_back(notification);
        }
    }

    pub(crate) fn notifications(&self) -> Vec<Notification> {
        self.notifications.iter().cloned().collect()
    }

    pub(crate) fn clear_notifications(&mut self) {
        self.notifications.clear();
    }
}
