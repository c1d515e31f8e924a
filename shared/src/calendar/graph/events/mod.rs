//! Requests about one event or one mailbox.
//!
//! - this file: executes one request by itself, which takes a read first where the request depends on the event as it is, and a
//!   plain delete where Graph does not cancel.
//! - `requests`: builds the request to Graph. `event_out`: its body.
//! - `replies`: reads the response. `event_in`: an event in it.
//! - `body`: plain text as HTML, and back. `join_block`: the part of a body by which people join an online meeting.
//!   `join_state`: the join block that a new body must keep.
//! - `time`: Graph's times. `stored_times`: the times of all-day events.

mod body;
pub(crate) mod event_in;
pub(crate) mod event_out;
mod join_block;
mod join_state;
mod replies;
pub(crate) mod requests;
pub(crate) mod stored_times;
pub(crate) mod time;

use std::time::Duration;

use chrono::Utc;

use super::{
    connection::GraphCalendar,
    transport::{
        errors::Target,
        request::{GraphRequest, Prefer},
        urls,
    },
};
use crate::{
    calendar::{CalendarError, Reply, Request},
    call::CallContext,
    domain::{EmailAddress, EventId},
};
use event_in::EventIn;
use join_state::JoinState;
use requests::{requires_read_first, validate};

const READ_BEFORE_CHANGE: &str =
    "body,start,end,isAllDay,isOnlineMeeting,onlineMeeting,isCancelled,lastModifiedDateTime";
/// How long to wait for Graph to add an online meeting's link, before each further read.
const LINK_POLL_INTERVALS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)];
/// Time that is kept for one more read and the change.
const RESERVED_FOR_CHANGE: Duration = Duration::from_secs(3);

impl GraphCalendar {
    /// Executes a request by itself.
    pub(super) async fn execute_alone(&self, call: &CallContext, request: &Request) -> Result<Reply, CalendarError> {
        validate(request)?;
        let current = match request {
            Request::Change { mailbox, event, change, keep_join_block } if requires_read_first(request) => {
                let awaits_link = *keep_join_block && change.body.is_some();
                Some(self.read_before_change(call, mailbox, event, awaits_link).await?)
            }
            _ => None,
        };
        let serialized = self.event_request(request, current.as_ref())?.serialize()?;
        let sent = self.send(call, &serialized).await;
        drop(serialized);
        match (sent, request) {
            // An event without attendees, whom a person may have removed, is no meeting to Graph. Nothing was done.
            (Err(CalendarError::Rejected { .. }), Request::Delete { mailbox, event, comment: Some(_) }) => {
                let delete = Request::Delete { mailbox: mailbox.clone(), event: event.clone(), comment: None };
                Box::pin(self.execute_alone(call, &delete)).await
            }
            (sent, _) => self.reply(call, request, current.as_ref(), &sent?).await,
        }
    }

    /// The event as it is now: a person may have moved it or made it an online meeting since. With `awaits_link` the event is
    /// read again until Graph has added the join link to an online meeting, since a body without the link would end the
    /// meeting.
    async fn read_before_change(
        &self,
        call: &CallContext,
        mailbox: &EmailAddress,
        event: &EventId,
        awaits_link: bool,
    ) -> Result<EventIn, CalendarError> {
        let url =
            urls::event_properties(&self.tenant.cloud, mailbox, event, READ_BEFORE_CHANGE, &stored_times::filter());
        let request = GraphRequest::get(url, self.limited_mailbox(mailbox), Prefer::Utc, Target::EventReference);
        let mut waits = LINK_POLL_INTERVALS.into_iter();
        loop {
            let current = replies::live(&self.send(call, &request).await?)?;
            if !awaits_link || JoinState::of(&current, Utc::now()) != JoinState::Awaited {
                return Ok(current);
            }
            let wait = waits.next().filter(|wait| *wait + RESERVED_FOR_CHANGE <= call.deadline.remaining());
            tokio::time::sleep(wait.ok_or(CalendarError::LinkAwaited)?).await;
        }
    }
}
