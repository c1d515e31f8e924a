//! Microsoft Graph's calendars, simulated: what a product that books through Graph is tested against, and what a
//! developer sees their meetings in.
//!
//! [`Simulator::router`] has everything. It asks for no credentials but Graph's own: on a socket it belongs at loopback and
//! behind a guard against web pages, as the example has it. There are:
//!
//! | path | what |
//! | --- | --- |
//! | `/v1.0/…` | Graph: events, answers to invitations, calendars, `calendarView`, `getSchedule`, `mailboxSettings`, `$batch` |
//! | `/{directory}/oauth2/v2.0/token` | tokens, by client credentials or refresh token |
//! | `/simulator/requests` | `GET` the journal of requests, `DELETE` clears it |
//! | `/simulator/notifications` | `GET` the mails that would have gone out, `DELETE` clears them |
//! | `/simulator/concurrency` | `GET` calls in flight and their peak by mailbox, `/apps` by app, `DELETE` resets the peaks |
//! | `/simulator/faults` | `POST` a rule, `GET` all with hits and waiting requests, `DELETE` all; `/{id}` and `/{id}/release` |
//! | `/simulator/switches` | `GET`, `POST` some, `DELETE` back to default |
//! | `/simulator/mailboxes`, `/simulator/events` | add, change and remove mailboxes, insert events in bulk, answer invitations, remove all |
//! | `/simulator/tokens/revoke`, `/simulator/reset` | revoke tokens, start afresh |
//! | `/calendars` | each mailbox's week, for people |
//!
//! The fields of every `/simulator` body are in the package's `README.md`. In short, a fault is
//!
//! ```json
//! {"match": {"operation": "create_event", "mailbox": "organizer@contoso.com"}, "times": 1, "skip": 0,
//!  "effect": {"when": "before", "delay_ms": 0, "hold": false, "status": 429, "code": "ApplicationThrottled",
//!             "message": "…", "retry_after": 2.128, "drop": "after_commit", "land_after_ms": 500}}
//! ```
//!
//! where every field but `effect` may be left out, and so may every field inside. Work runs in a task of its own:
//! a client that goes away does not stop it, just as at Microsoft.

mod body;
mod bulk;
mod clock;
mod control;
mod draft;
mod error;
mod faults;
mod filter;
mod gate;
mod graph;
mod html;
mod http;
mod ids;
mod journal;
mod meetings;
mod model;
mod options;
mod page;
mod play;
mod render;
mod schedule;
mod series;
mod store;
mod switches;
mod teams;
mod tokens;
mod zones;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::error::Error;
pub use self::options::{App, Delegated, Directory, Mailbox, MailboxKind, Options, WorkingHours};

use self::error::GraphError;
use self::faults::Faults;
use self::gate::Gate;
use self::journal::{Entry, Journal};
use self::store::World;
use self::switches::Switches;
use self::tokens::Grant;

/// A running simulator; clones share their state.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

impl Simulator {
    /// Opens the database, if there is one, and adds what the options name and it does not hold yet.
    pub fn open(options: Options) -> Result<Self, Error> {
        let world = World::open(options.database.as_deref(), options.directories)?;
        Ok(Self {
            inner: Arc::new(Inner {
                world: Mutex::new(world),
                journal: Mutex::default(),
                switches: Mutex::default(),
                faults: Faults::default(),
                gate: Gate::new(options.bound_concurrency),
            }),
        })
    }

    /// Everything: Graph under `/v1.0`, the token endpoint, `/simulator` and the calendars page.
    pub fn router(&self) -> axum::Router {
        http::router(self.inner.clone())
    }
}

/// What all requests share. A lock is never held across an await, and the world's never taken inside another.
struct Inner {
    world: Mutex<World>,
    journal: Mutex<Journal>,
    switches: Mutex<Switches>,
    faults: Faults,
    gate: Gate,
}

/// A panic in one request says nothing about the state that others see: every change is made whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    fn switches(&self) -> MutexGuard<'_, Switches> {
        lock(&self.switches)
    }

    fn note(&self, sequence: u64, change: impl FnOnce(&mut Entry)) {
        self.journal().update(sequence, change);
    }

    fn caller(&self, request: &graph::Request) -> Result<Grant, GraphError> {
        self.world().tokens.caller(request.header("authorization"), chrono::Utc::now())
    }
}
